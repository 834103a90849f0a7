//! The orientation tag of EXIF, which `imread` obeys.

/// How stored rows and columns lie in the upright picture: EXIF tag 0x0112, 1 to 8 (EXIF 2.32, 4.6.4 A).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u8);

impl Orientation {
    pub const UPRIGHT: Orientation = Orientation(1);

    /// The tag's value; values that EXIF does not define mean upright.
    pub fn new(tag: u16) -> Orientation {
        if (1..=8).contains(&tag) { Orientation(tag as u8) } else { Orientation::UPRIGHT }
    }

    /// Whether rows become columns.
    pub fn transposes(self) -> bool {
        self.0 >= 5
    }

    /// Where pixel (`x`, `y`) of the upright picture is in the stored one of `width`×`height`.
    pub fn source(self, x: usize, y: usize, width: usize, height: usize) -> (usize, usize) {
        let (right, bottom) = (width - 1, height - 1);
        match self.0 {
            2 => (right - x, y),
            3 => (right - x, bottom - y),
            4 => (x, bottom - y),
            5 => (y, x),
            6 => (y, bottom - x),
            7 => (right - y, bottom - x),
            8 => (right - y, x),
            _ => (x, y),
        }
    }
}

/// The orientation in an EXIF block (a TIFF header and its first directory); upright if it has none or is
/// damaged, as in OpenCV.
pub(super) fn orientation(exif: &[u8]) -> Orientation {
    tag(exif).map_or(Orientation::UPRIGHT, Orientation::new)
}

fn tag(exif: &[u8]) -> Option<u16> {
    let little = match exif.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let bytes = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let u32_at = |at: usize| {
        let bytes = exif.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    if u16_at(2)? != 42 {
        return None;
    }
    let directory = u32_at(4)? as usize;
    let entries = usize::from(u16_at(directory)?);
    (0..entries)
        .map(|i| directory.saturating_add(2 + 12 * i))
        .find(|&entry| u16_at(entry) == Some(0x0112))
        .and_then(|entry| u16_at(entry.checked_add(8)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(tag: u16, value: u16) -> Vec<u8> {
        let mut exif = b"MM\0*\0\0\0\x08\0\x02\x01\x0f\0\x02\0\0\0\x01\0\0\0\0".to_vec();
        exif.extend(tag.to_be_bytes());
        exif.extend([0, 3, 0, 0, 0, 1]);
        exif.extend(value.to_be_bytes());
        exif.extend([0; 6]);
        exif
    }

    #[test]
    fn second_entry_is_found() {
        assert_eq!(orientation(&block(0x0112, 6)), Orientation(6));
        assert_eq!(orientation(&block(0x0113, 6)), Orientation::UPRIGHT);
    }

    #[test]
    fn undefined_values_mean_upright() {
        for value in [0, 9, 0x600] {
            assert_eq!(orientation(&block(0x0112, value)), Orientation::UPRIGHT);
        }
    }

    #[test]
    fn cut_blocks_mean_upright() {
        let whole = block(0x0112, 6);
        for cut in 0..32 {
            assert_eq!(orientation(&whole[..cut]), Orientation::UPRIGHT, "{cut}");
        }
    }

    #[test]
    fn directory_offset_beyond_the_end() {
        assert_eq!(orientation(b"II*\0\xff\xff\xff\xff"), Orientation::UPRIGHT);
    }
}
