//! GIF through the `gif` crate: the first frame, on the background colour.

use super::decode::{DecodeError, ImageFormat};
use super::gray;
use super::picture::{Canvas, Picture, Size};
use crate::network::Input;
use gif::{ColorOutput, DecodeOptions, DecodingError};
use std::io::ErrorKind;

/// Transparent pixels, and those that the first frame leaves out, have the background colour of the global palette.
pub(super) fn decode(bytes: &[u8], input: Input) -> Result<Picture, DecodeError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.check_frame_consistency(true);
    let mut decoder = options.read_info(bytes).map_err(failure)?;
    let size = Size::new(ImageFormat::Gif, decoder.width().into(), decoder.height().into())?;
    let global = decoder.global_palette().unwrap_or_default().to_vec();
    let background = decoder.bg_color().and_then(|index| colour(&global, index)).unwrap_or_default();

    let frame = decoder.next_frame_info().map_err(failure)?;
    let frame = frame.ok_or(DecodeError::Truncated(ImageFormat::Gif))?.clone();
    let mut indices = vec![0; usize::from(frame.width) * usize::from(frame.height)];
    decoder.read_into_buffer(&mut indices).map_err(failure)?;

    let palette = frame.palette.as_deref().unwrap_or(&global);
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let mut canvas = Canvas::new(size, input, gray::cvt_color);
    for y in 0..size.height {
        let row = y.checked_sub(top).and_then(|y| indices.chunks_exact(frame.width.into()).nth(y));
        for x in 0..size.width {
            let index = row.and_then(|row| row.get(x.checked_sub(left)?)).copied();
            let bgr = match index.filter(|index| Some(*index) != frame.transparent) {
                None => background,
                Some(index) => colour(palette, index.into()).ok_or_else(|| {
                    let cause = format!("it uses colour {index} of a palette of {}", palette.len() / 3);
                    DecodeError::damaged(ImageFormat::Gif, cause)
                })?,
            };
            canvas.push_bgr(bgr);
        }
    }
    Ok(canvas.finish())
}

/// Blue, green, red.
fn colour(palette: &[u8], index: usize) -> Option<[u8; 3]> {
    let [r, g, b] = *palette.as_chunks().0.get(index)?;
    Some([b, g, r])
}

fn failure(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::UnexpectedEof => DecodeError::Truncated(ImageFormat::Gif),
        DecodingError::Io(e) if e.kind() == ErrorKind::UnexpectedEof => {
            DecodeError::Truncated(ImageFormat::Gif)
        }
        _ => DecodeError::damaged(ImageFormat::Gif, error),
    }
}
