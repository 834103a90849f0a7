//! BMP: palettes of 1, 4 and 8 bits, plain or run-length encoded, and 16, 24 and 32 bits.
//!
//! One rule is not OpenCV's: colour masks behind a short header are obeyed for 32 bits, where OpenCV takes the bytes
//! for blue, green, red whatever the masks say.

use super::decode::{DecodeError, ImageFormat};
use super::gray::{self, Weigh};
use super::picture::{Canvas, Picture, Size};
use crate::network::Input;

pub(super) fn decode(bytes: &[u8], input: Input) -> Result<Picture, DecodeError> {
    let header = Header::read(bytes)?;
    let mut canvas = Canvas::new(header.size, input, header.weigh);
    let pixels = bytes.get(header.pixels_at..).ok_or(TRUNCATED)?;
    match header.kind {
        Kind::Palette { bits, compressed: false } => {
            rows(&header, pixels, bits, &mut canvas, |row, x| {
                let at = x * bits;
                let index = (row[at / 8] >> (8 - bits - at % 8)) & (0xff >> (8 - bits));
                header.palette[usize::from(index)]
            })?;
        }
        Kind::Palette { bits, compressed: true } => {
            let indices = run_lengths(pixels, header.size, bits)?;
            rows(&header, &indices, 8, &mut canvas, |row, x| header.palette[usize::from(row[x])])?;
        }
        Kind::Masks { bits, masks } => {
            let bytes = bits / 8;
            rows(&header, pixels, bits, &mut canvas, |row, x| {
                let mut word = [0; 4];
                word[..bytes].copy_from_slice(&row[x * bytes..(x + 1) * bytes]);
                masks.map(|mask| mask.value(u32::from_le_bytes(word)))
            })?;
        }
    }
    Ok(canvas.finish())
}

const TRUNCATED: DecodeError = DecodeError::Truncated(ImageFormat::Bmp);

fn unsupported(cause: String) -> DecodeError {
    DecodeError::unsupported(ImageFormat::Bmp, cause)
}

struct Header {
    size: Size,
    /// Whether the first row stored is the top one.
    top_down: bool,
    kind: Kind,
    weigh: Weigh,
    /// Blue, green, red; black where the file has none.
    palette: Box<[[u8; 3]; 256]>,
    pixels_at: usize,
}

enum Kind {
    /// `bits` is 1, 4 or 8.
    Palette { bits: usize, compressed: bool },
    /// `bits` is 16, 24 or 32; masks of blue, green, red.
    Masks { bits: usize, masks: [Mask; 3] },
}

/// Masks of blue, green, red.
const RGB555: [u32; 3] = [0x1f, 0x3e0, 0x7c00];
const RGB565: [u32; 3] = [0x1f, 0x7e0, 0xf800];
const RGB888: [u32; 3] = [0xff, 0xff00, 0xff_0000];

impl Header {
    fn read(bytes: &[u8]) -> Result<Header, DecodeError> {
        let pixels_at = u32_at(bytes, 10)? as usize;
        let length = u32_at(bytes, 14)? as usize;
        // 12 is the header of OS/2 1.x; all others begin like BITMAPINFOHEADER.
        let (width, height, bits, compression, colours) = match length {
            12 => (i64::from(u16_at(bytes, 18)?), i64::from(u16_at(bytes, 20)?), u16_at(bytes, 24)?, 0, 0),
            40.. => (
                i64::from(u32_at(bytes, 18)? as i32),
                i64::from(u32_at(bytes, 22)? as i32),
                u16_at(bytes, 28)?,
                u32_at(bytes, 30)?,
                u32_at(bytes, 46)? as usize,
            ),
            _ => return Err(unsupported(format!("a header of {length} bytes"))),
        };
        let unsigned = u64::try_from(width).map_err(|_| {
            DecodeError::damaged(ImageFormat::Bmp, format!("its size is {width}×{height} pixels"))
        })?;
        let size = Size::new(ImageFormat::Bmp, unsigned, height.unsigned_abs())?;
        let mut weigh: Weigh = gray::imgcodecs;
        let kind = match (bits, compression) {
            (1 | 4 | 8, 0) => Kind::Palette { bits: bits.into(), compressed: false },
            (8, 1) | (4, 2) => Kind::Palette { bits: bits.into(), compressed: true },
            (16, 0) => Kind::Masks { bits: 16, masks: RGB555.map(Mask::moved) },
            (24 | 32, 0) => Kind::Masks { bits: bits.into(), masks: RGB888.map(Mask::moved) },
            (16 | 32, 3) => {
                let masks = [u32_at(bytes, 62)?, u32_at(bytes, 58)?, u32_at(bytes, 54)?];
                let [b, g, r] = masks;
                let masks = match bits {
                    16 if [RGB555, RGB565].contains(&masks) => masks.map(Mask::moved),
                    16 => {
                        return Err(unsupported(format!("16 bits with colour masks {r:#x}, {g:#x}, {b:#x}")));
                    }
                    _ => [Mask::stretched(b)?, Mask::stretched(g)?, Mask::stretched(r)?],
                };
                // From this length on the masks are part of the header, and OpenCV weighs in another way.
                if length >= 56 && bits == 32 {
                    weigh = gray::bmp_masks;
                }
                Kind::Masks { bits: bits.into(), masks }
            }
            _ => return Err(unsupported(format!("{bits} bits per pixel with compression {compression}"))),
        };
        let mut palette = Box::new([[0; 3]; 256]);
        if let Kind::Palette { bits, .. } = kind {
            let entry = if length == 12 { 3 } else { 4 };
            let count = if colours == 0 { 1 << bits } else { colours.min(256) };
            let stored = length.checked_add(14).and_then(|at| bytes.get(at..)).unwrap_or_default();
            for (colour, bgr) in palette.iter_mut().zip(stored.chunks_exact(entry)).take(count) {
                colour.copy_from_slice(&bgr[..3]);
            }
        }
        Ok(Header { size, top_down: height < 0, kind, weigh, palette, pixels_at })
    }
}

/// The bits of a pixel that hold one colour, and the number that takes them to 0..=255.
#[derive(Clone, Copy)]
struct Mask {
    bits: u32,
    scale: f32,
}

impl Mask {
    /// 5 and 6 bits are moved up and filled with zeros.
    fn moved(bits: u32) -> Mask {
        Mask { bits, scale: (256 >> bits.count_ones()) as f32 }
    }

    /// Any number of bits that are together is stretched.
    fn stretched(bits: u32) -> Result<Mask, DecodeError> {
        let ones = bits.checked_shr(bits.trailing_zeros()).unwrap_or(0);
        if ones == 0 || ones & ones.wrapping_add(1) != 0 {
            return Err(unsupported(format!("the colour mask {bits:#x}")));
        }
        Ok(Mask { bits, scale: 255.0 / ones as f32 })
    }

    fn value(self, pixel: u32) -> u8 {
        (((pixel & self.bits) >> self.bits.trailing_zeros()) as f32 * self.scale) as u8
    }
}

/// Adds all rows from the top; `colour(row, x)` is blue, green, red of pixel `x`. Rows are padded to 4 bytes.
fn rows(
    header: &Header,
    pixels: &[u8],
    bits: usize,
    canvas: &mut Canvas,
    colour: impl Fn(&[u8], usize) -> [u8; 3],
) -> Result<(), DecodeError> {
    let Size { width, height } = header.size;
    let stride = (width * bits).div_ceil(32) * 4;
    let used = (width * bits).div_ceil(8);
    for y in 0..height {
        let row = if header.top_down { y } else { height - 1 - y };
        let row = pixels.get(row * stride..row * stride + used).ok_or(TRUNCATED)?;
        for x in 0..width {
            canvas.push_bgr(colour(row, x));
        }
    }
    Ok(())
}

/// Expands RLE4 or RLE8 to one byte per pixel, rows as stored and padded to 4 bytes. Pixels that are skipped get
/// colour 0.
fn run_lengths(codes: &[u8], size: Size, bits: usize) -> Result<Vec<u8>, DecodeError> {
    let stride = size.width.div_ceil(4) * 4;
    let mut indices = vec![0; stride * size.height];
    let (mut x, mut y) = (0, 0);
    let mut codes = codes.iter().copied();
    let mut next = || codes.next().ok_or(TRUNCATED);
    let nibble = |byte: u8, i: usize| match (bits, i % 2) {
        (8, _) => byte,
        (_, 0) => byte >> 4,
        _ => byte & 15,
    };
    while y < size.height {
        match (next()?, next()?) {
            (0, 0) => (x, y) = (0, y + 1),
            (0, 1) => break,
            (0, 2) => {
                x += usize::from(next()?);
                y += usize::from(next()?);
            }
            (0, count) => {
                let count = usize::from(count);
                let run = run(&mut indices, stride, size, (x, y), count)?;
                let mut byte = 0;
                for (i, index) in run.iter_mut().enumerate() {
                    if bits == 8 || i % 2 == 0 {
                        byte = next()?;
                    }
                    *index = nibble(byte, i);
                }
                if (count * bits).div_ceil(8) % 2 == 1 {
                    next()?;
                }
                x += count;
            }
            (count, byte) => {
                let count = usize::from(count);
                let run = run(&mut indices, stride, size, (x, y), count)?;
                run.iter_mut().enumerate().for_each(|(i, index)| *index = nibble(byte, i));
                x += count;
            }
        }
    }
    Ok(indices)
}

/// `count` pixels of row `y` from column `x`.
fn run(
    indices: &mut [u8],
    stride: usize,
    size: Size,
    (x, y): (usize, usize),
    count: usize,
) -> Result<&mut [u8], DecodeError> {
    if x + count > size.width {
        let cause = format!("a run of {count} pixels from column {x} of {} columns", size.width);
        return Err(DecodeError::damaged(ImageFormat::Bmp, cause));
    }
    Ok(&mut indices[y * stride + x..][..count])
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, DecodeError> {
    let bytes = bytes.get(at..at + 2).and_then(|b| b.try_into().ok()).ok_or(TRUNCATED)?;
    Ok(u16::from_le_bytes(bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, DecodeError> {
    let bytes = bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).ok_or(TRUNCATED)?;
    Ok(u32::from_le_bytes(bytes))
}
