//! The ways in which OpenCV weighs blue, green and red into gray; PNG and JPEG have their own.

/// Gray of blue, green, red.
pub(super) type Weigh = fn([u8; 3]) -> u8;

/// What OpenCV's readers of BMP, PNM, TIFF and CMYK JPEG do (`icvCvt_BGR2Gray` in imgcodecs): 14-bit weights.
pub(super) fn imgcodecs([b, g, r]: [u8; 3]) -> u8 {
    ((1868 * u32::from(b) + 9617 * u32::from(g) + 4899 * u32::from(r) + (1 << 13)) >> 14) as u8
}

/// What `cvtColor` does, which OpenCV's readers of WebP and GIF call: 15-bit weights.
pub(super) fn cvt_color([b, g, r]: [u8; 3]) -> u8 {
    ((3735 * u32::from(b) + 19235 * u32::from(g) + 9798 * u32::from(r) + (1 << 14)) >> 15) as u8
}

/// What OpenCV's reader of BMP does for pixels with colour masks (`maskBGRAtoGray`): float32, truncated.
pub(super) fn bmp_masks(bgr: [u8; 3]) -> u8 {
    let [b, g, r] = bgr.map(f32::from);
    (0.299 * r + 0.587 * g + 0.114 * b) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gray_stays_gray() {
        for v in 0..=255 {
            assert_eq!((imgcodecs([v; 3]), cvt_color([v; 3])), (v, v));
        }
    }

    #[test]
    fn the_two_differ() {
        assert_eq!((imgcodecs([0, 90, 2]), cvt_color([0, 90, 2])), (53, 53));
        let different = (0..=255).filter(|&b| imgcodecs([b, 10, 200]) != cvt_color([b, 10, 200])).count();
        assert!(different > 0);
    }
}
