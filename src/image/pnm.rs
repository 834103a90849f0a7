//! PBM, PGM and PPM, plain and binary, and PFM, by OpenCV's rules.
//!
//! Two of them are peculiar: binary samples up to 255 are taken as they are, whatever the header's maximum, and 16-bit
//! samples are cut to their high byte. Only plain samples up to 255 are scaled by the maximum.

use super::decode::{DecodeError, ImageFormat};
use super::gray;
use super::pfm;
use super::picture::{Canvas, Picture, Size};
use crate::network::Input;

pub(super) fn decode(bytes: &[u8], input: Input) -> Result<Picture, DecodeError> {
    let kind = bytes[1];
    if matches!(kind, b'f' | b'F') {
        return pfm::decode(bytes, input);
    }
    let mut text = Text { bytes, at: 2 };
    let (width, height) = (text.number()?, text.number()?);
    let size = Size::new(ImageFormat::Pnm, width.into(), height.into())?;
    let maximum = if matches!(kind, b'1' | b'4') { 1 } else { text.number()? };
    if !(1..=65535).contains(&maximum) {
        return Err(damaged(format!("its maximum is {maximum}; it may be 1 to 65535")));
    }
    // A plain sample takes at least one byte, eight binary ones of a PBM as well.
    if size.pixels() / 8 > bytes.len() {
        return Err(TRUNCATED);
    }
    let mut canvas = Canvas::new(size, input, gray::imgcodecs);
    match kind {
        b'1' => {
            for _ in 0..size.pixels() {
                canvas.push_gray(if text.digit()? == 0 { 255 } else { 0 });
            }
        }
        b'2' | b'3' => plain(&mut text, maximum, kind == b'3', size, &mut canvas)?,
        // One byte of white space stands between header and samples.
        b'4' => bits(text.rest()?, size, &mut canvas)?,
        _ => binary(text.rest()?, maximum, kind == b'6', size, &mut canvas)?,
    }
    Ok(canvas.finish())
}

const TRUNCATED: DecodeError = DecodeError::Truncated(ImageFormat::Pnm);

fn damaged(cause: String) -> DecodeError {
    DecodeError::damaged(ImageFormat::Pnm, cause)
}

fn plain(
    text: &mut Text,
    maximum: u32,
    colour: bool,
    size: Size,
    canvas: &mut Canvas,
) -> Result<(), DecodeError> {
    let mut sample = || {
        let value = text.number()?.min(maximum);
        Ok::<u8, DecodeError>(if maximum > 255 { value >> 8 } else { value * 255 / maximum } as u8)
    };
    for _ in 0..size.pixels() {
        if colour {
            let (r, g, b) = (sample()?, sample()?, sample()?);
            canvas.push_bgr([b, g, r]);
        } else {
            canvas.push_gray(sample()?);
        }
    }
    Ok(())
}

/// A set bit is black.
fn bits(samples: &[u8], size: Size, canvas: &mut Canvas) -> Result<(), DecodeError> {
    let stride = size.width.div_ceil(8);
    let samples = samples.get(..stride * size.height).ok_or(TRUNCATED)?;
    for row in samples.chunks_exact(stride) {
        for x in 0..size.width {
            let black = row[x / 8] & (0x80 >> (x % 8)) != 0;
            canvas.push_gray(if black { 0 } else { 255 });
        }
    }
    Ok(())
}

fn binary(
    samples: &[u8],
    maximum: u32,
    colour: bool,
    size: Size,
    canvas: &mut Canvas,
) -> Result<(), DecodeError> {
    // Samples of two bytes have the high one first.
    let bytes = if maximum > 255 { 2 } else { 1 };
    let pixel = bytes * if colour { 3 } else { 1 };
    let samples = samples.get(..pixel * size.pixels()).ok_or(TRUNCATED)?;
    for pixel in samples.chunks_exact(pixel) {
        if colour {
            canvas.push_bgr([pixel[2 * bytes], pixel[bytes], pixel[0]]);
        } else {
            canvas.push_gray(pixel[0]);
        }
    }
    Ok(())
}

/// The header and plain samples: numbers with white space and comments (`#` to the end of the line) between them.
struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Text<'a> {
    fn skip_space(&mut self) -> Result<u8, DecodeError> {
        loop {
            match *self.bytes.get(self.at).ok_or(TRUNCATED)? {
                b'#' => {
                    let line = self.bytes[self.at..].iter().position(|b| matches!(b, b'\n' | b'\r'));
                    self.at += line.ok_or(TRUNCATED)?;
                }
                b if b.is_ascii_whitespace() || b == 0x0b => self.at += 1,
                b if b.is_ascii_digit() => return Ok(b),
                b => {
                    return Err(damaged(format!(
                        "'{}' stands where a number is expected, at byte {}",
                        b.escape_ascii(),
                        self.at
                    )));
                }
            }
        }
    }

    fn number(&mut self) -> Result<u32, DecodeError> {
        self.skip_space()?;
        let digits = self.bytes[self.at..].iter().take_while(|b| b.is_ascii_digit());
        let mut value = 0_u32;
        for digit in digits {
            value = value
                .checked_mul(10)
                .and_then(|v| v.checked_add(u32::from(digit - b'0')))
                .ok_or_else(|| damaged(format!("the number at byte {} is too large", self.at)))?;
            self.at += 1;
        }
        // A number at the very end may have lost digits; OpenCV refuses it too.
        self.bytes.get(self.at).ok_or(TRUNCATED)?;
        Ok(value)
    }

    fn digit(&mut self) -> Result<u8, DecodeError> {
        let digit = self.skip_space()?;
        self.at += 1;
        Ok(digit - b'0')
    }

    fn rest(&self) -> Result<&'a [u8], DecodeError> {
        self.bytes.get(self.at + 1..).ok_or(TRUNCATED)
    }
}
