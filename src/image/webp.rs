//! WebP through `image-webp`. Alpha is dropped; of an animation the first frame is taken.
//!
//! A frame may claim another size than the picture; the decoder finds out late, but WebP's own limit of 16383×16383
//! bounds what it takes till then (0.4 GiB).

use super::decode::{DecodeError, ImageFormat};
use super::exif::{self, Orientation};
use super::gray;
use super::picture::{Canvas, Picture, Size};
use crate::network::Input;
use image_webp::{DecodingError, WebPDecoder};
use std::io::{Cursor, ErrorKind};

pub(super) fn decode(bytes: &[u8], input: Input) -> Result<(Picture, Orientation), DecodeError> {
    // The decoder does without the last bytes of a chunk, and makes pixels up.
    let promised = bytes.get(4..8).and_then(|b| b.try_into().ok()).map_or(u32::MAX, u32::from_le_bytes);
    if bytes.len() as u64 - 8 < u64::from(promised) {
        return Err(DecodeError::Truncated(ImageFormat::WebP));
    }
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(failure)?;
    let (width, height) = decoder.dimensions();
    let size = Size::new(ImageFormat::WebP, width.into(), height.into())?;
    if decoder.is_animated() {
        // OpenCV starts from a transparent canvas, whatever background the file asks for.
        decoder.set_background_color([0; 4]).map_err(failure)?;
    }
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let mut stored = vec![0; size.pixels() * channels];
    decoder.read_image(&mut stored).map_err(failure)?;
    let mut canvas = Canvas::new(size, input, gray::cvt_color);
    for rgb in stored.chunks_exact(channels) {
        canvas.push_bgr([rgb[2], rgb[1], rgb[0]]);
    }
    let exif = decoder.exif_metadata().map_err(failure)?;
    Ok((canvas.finish(), exif.as_deref().map_or(Orientation::UPRIGHT, exif::orientation)))
}

fn failure(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => {
            DecodeError::Truncated(ImageFormat::WebP)
        }
        DecodingError::MemoryLimitExceeded
        | DecodingError::UnsupportedFeature(_)
        | DecodingError::ImageTooLarge => DecodeError::unsupported(ImageFormat::WebP, error),
        _ => DecodeError::damaged(ImageFormat::WebP, error),
    }
}
