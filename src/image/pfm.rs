//! PFM: samples of 32-bit floating point, rows from the bottom, by OpenCV's rules.
//!
//! A sample is divided by the scale in the header and rounded to 0..=255; it is not multiplied by 255. OpenCV takes
//! samples that are no finite numbers for 0; here they are refused. It reads gray files only as gray and colour files
//! only as colour.

use super::decode::{DecodeError, ImageFormat};
use super::gray;
use super::picture::{Canvas, Picture, Size};
use crate::network::Input;
use std::str::FromStr;

const TRUNCATED: DecodeError = DecodeError::Truncated(ImageFormat::Pnm);

/// Bytes of a number in the header.
const NUMBER: usize = 64;

pub(super) fn decode(bytes: &[u8], input: Input) -> Result<Picture, DecodeError> {
    let colour = bytes[1] == b'F';
    // One byte of white space stands behind the mark and each number.
    let mut rest = bytes.get(3..).ok_or(TRUNCATED)?;
    let width = number::<u64>(&mut rest, "width")?;
    let height = number::<u64>(&mut rest, "height")?;
    let scale = number::<f64>(&mut rest, "scale")?;
    if scale == 0.0 || !scale.is_finite() {
        return Err(damaged(format!("its scale is {scale}")));
    }
    let size = Size::new(ImageFormat::Pnm, width, height)?;
    let channels = if colour { 3 } else { 1 };
    let row = size.width * channels * 4;
    let samples = rest.get(..row * size.height).ok_or(TRUNCATED)?;
    let factor = (1.0 / scale.abs()) as f32;
    let mut canvas = Canvas::new(size, input, gray::imgcodecs);
    for row in samples.chunks_exact(row).rev() {
        let mut bytes = row.as_chunks().0.iter().map(|bytes| {
            let value = if scale < 0.0 { f32::from_le_bytes(*bytes) } else { f32::from_be_bytes(*bytes) };
            match value.is_finite() {
                true => Ok((value * factor).round_ties_even() as u8),
                false => Err(damaged(format!("a sample is {value}"))),
            }
        });
        let mut next = || bytes.next().unwrap_or(Err(TRUNCATED));
        for _ in 0..size.width {
            if colour {
                let (r, g, b) = (next()?, next()?, next()?);
                canvas.push_bgr([b, g, r]);
            } else {
                canvas.push_gray(next()?);
            }
        }
    }
    Ok(canvas.finish())
}

/// The number that `rest` begins with, which is left behind it.
fn number<T: FromStr>(rest: &mut &[u8], what: &str) -> Result<T, DecodeError> {
    let start = &rest[..rest.len().min(NUMBER)];
    let Some(end) = start.iter().position(u8::is_ascii_whitespace) else {
        return Err(if start.len() < NUMBER {
            TRUNCATED
        } else {
            damaged(format!("its {what} does not end within {NUMBER} bytes"))
        });
    };
    let text = String::from_utf8_lossy(&rest[..end]);
    *rest = &rest[end + 1..];
    text.parse().map_err(|_| damaged(format!("its {what} is \"{}\"", text.escape_debug())))
}

fn damaged(cause: String) -> DecodeError {
    DecodeError::damaged(ImageFormat::Pnm, cause)
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use crate::network::Input;
    use std::error::Error;

    fn file(header: &str, samples: &[f32]) -> Vec<u8> {
        let samples = samples.iter().flat_map(|sample| sample.to_le_bytes());
        header.bytes().chain(samples).collect()
    }

    /// Samples as OpenCV 5.0.0 rounds them.
    #[test]
    fn gray() {
        let samples = [254.6, 255.5, 300.0, -3.0, 0.0, 0.5, 1.5, 2.5];
        let read = |header| decode(&file(header, &samples), Input::Gray).unwrap().as_bytes().to_vec();
        assert_eq!(read("Pf\n4 2\n-1.0\n"), [0, 0, 2, 2, 255, 255, 255, 0]);
        assert_eq!(read("Pf\n4\n2\n-2\n"), [0, 0, 1, 1, 127, 128, 150, 0]);
        let both = decode(&file("Pf\n4 2\n-1\n", &samples), Input::Bgr).unwrap();
        assert_eq!(both.as_bytes()[6..12], [2; 6]);
    }

    #[test]
    fn colour_and_byte_order() {
        let big: Vec<u8> = [1.0_f32, 20.0, 200.0].iter().flat_map(|sample| sample.to_be_bytes()).collect();
        let picture = decode(&[b"PF\n1 1\n1.0\n", &big[..]].concat(), Input::Bgr).unwrap();
        assert_eq!(picture.as_bytes(), [200, 20, 1]);
    }

    #[test]
    fn refusals() {
        let said = |bytes: &[u8]| {
            let error = decode(bytes, Input::Gray).unwrap_err();
            error.source().map_or(error.to_string(), ToString::to_string)
        };
        assert_eq!(said(&file("Pf\n1 1\n-1\n", &[f32::NAN])), "a sample is NaN");
        assert_eq!(said(&file("Pf\n1 1\n0\n", &[1.0])), "its scale is 0");
        assert_eq!(said(b"Pf\n1  1\n-1\n"), "its height is \"\"");
        assert!(said(&file("Pf\n2 1\n-1\n", &[1.0])).contains("ends before its picture"));
        assert!(said(b"Pf\n2 1").contains("ends before its picture"));
        assert!(said(b"Pf\n100000 100000\n-1\n").contains("100000×100000"));
    }
}
