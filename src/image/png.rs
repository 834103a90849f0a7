//! PNG. Samples come from the `png` crate as they are stored; gray is made of them as libpng does
//! (`png_set_rgb_to_gray` with 0.299 and 0.587, `png_set_strip_16`, `png_set_strip_alpha`), which OpenCV asks for.

use super::decode::{DecodeError, ImageFormat};
use super::exif::{self, Orientation};
use super::picture::{Picture, Size};
use crate::network::Input;
use png::{BitDepth, ColorType, Decoder, DecodingError, Info, Limits};
use std::io::{Cursor, ErrorKind};

/// Bytes the decoder may use beside the picture.
const MAX_MEMORY: usize = 64 << 20;

pub(super) fn decode(bytes: &[u8], input: Input) -> Result<(Picture, Orientation), DecodeError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MAX_MEMORY });
    decoder.set_ignore_text_chunk(true);
    let header = decoder.read_header_info().map_err(failure)?;
    let size = Size::new(ImageFormat::Png, header.width.into(), header.height.into())?;
    let mut reader = decoder.read_info().map_err(failure)?;
    let length = reader.output_buffer_size().ok_or_else(|| failure(DecodingError::LimitsExceeded))?;
    let mut stored = vec![0; length];
    let line = reader.next_frame(&mut stored).map_err(failure)?.line_size;
    // Orientation may stand behind the pixels.
    reader.finish().map_err(failure)?;
    let info = reader.info();

    let mut pixels = Pixels::new(info, input, size);
    for row in stored.chunks_exact(line) {
        pixels.push_row(info, row, size.width)?;
    }
    let orientation = info.exif_metadata.as_deref().map_or(Orientation::UPRIGHT, exif::orientation);
    Ok((Picture::new(size.width, size.height, input, pixels.data), orientation))
}

fn failure(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => {
            DecodeError::Truncated(ImageFormat::Png)
        }
        DecodingError::LimitsExceeded => DecodeError::unsupported(ImageFormat::Png, error),
        _ => DecodeError::damaged(ImageFormat::Png, error),
    }
}

/// The picture under construction.
struct Pixels {
    input: Input,
    gamma: Gamma,
    data: Vec<u8>,
}

impl Pixels {
    fn new(info: &Info, input: Input, size: Size) -> Pixels {
        Pixels { input, gamma: Gamma::of(info), data: Vec::with_capacity(size.pixels() * input.channels()) }
    }

    fn push_row(&mut self, info: &Info, row: &[u8], width: usize) -> Result<(), DecodeError> {
        let samples = info.color_type.samples();
        match (info.color_type, info.bit_depth) {
            (ColorType::Grayscale | ColorType::GrayscaleAlpha, BitDepth::Sixteen) => {
                row.chunks_exact(2 * samples).for_each(|pixel| self.push_gray(pixel[0]));
            }
            (ColorType::Grayscale | ColorType::GrayscaleAlpha, BitDepth::Eight) => {
                row.chunks_exact(samples).for_each(|pixel| self.push_gray(pixel[0]));
            }
            (ColorType::Grayscale | ColorType::GrayscaleAlpha, depth) => {
                let scale = 255 / ((1 << depth as u8) - 1) as u8;
                (0..width).for_each(|x| self.push_gray(packed(row, x, depth) * scale));
            }
            (ColorType::Rgb | ColorType::Rgba, BitDepth::Sixteen) => {
                for pixel in row.chunks_exact(2 * samples) {
                    self.push_rgb16([0, 2, 4].map(|i| u16::from_be_bytes([pixel[i], pixel[i + 1]])));
                }
            }
            (ColorType::Rgb | ColorType::Rgba, _) => {
                row.chunks_exact(samples).for_each(|pixel| self.push_rgb([pixel[0], pixel[1], pixel[2]]));
            }
            (ColorType::Indexed, depth) => {
                let palette = info.palette.as_deref().unwrap_or_default();
                for x in 0..width {
                    let index = packed(row, x, depth);
                    let Some(&[r, g, b]) = palette.as_chunks().0.get(usize::from(index)) else {
                        let cause = format!("it uses colour {index} of a palette of {}", palette.len() / 3);
                        return Err(DecodeError::damaged(ImageFormat::Png, cause));
                    };
                    self.push_rgb([r, g, b]);
                }
            }
        }
        Ok(())
    }

    fn push_gray(&mut self, value: u8) {
        match self.input {
            Input::Gray => self.data.push(value),
            Input::Bgr => self.data.extend_from_slice(&[value; 3]),
        }
    }

    fn push_rgb(&mut self, rgb: [u8; 3]) {
        match self.input {
            Input::Gray => self.data.push(self.gamma.gray(rgb)),
            Input::Bgr => self.data.extend(rgb.iter().rev()),
        }
    }

    fn push_rgb16(&mut self, rgb: [u16; 3]) {
        match self.input {
            Input::Gray => self.data.push(self.gamma.gray16(rgb)),
            Input::Bgr => self.data.extend(rgb.iter().rev().map(|v| (v >> 8) as u8)),
        }
    }
}

/// Sample `x` of a row of 1, 2, 4 or 8 bits a sample; the first is in the high bits.
fn packed(row: &[u8], x: usize, depth: BitDepth) -> u8 {
    let bits = depth as usize;
    let at = x * bits;
    let shift = 8 - bits - at % 8;
    (row[at / 8] >> shift) & (0xff >> (8 - bits))
}

/// 0.299, 0.587 and the rest of 1 in 1/32768, as libpng rounds them.
fn weigh([r, g, b]: [u16; 3]) -> u32 {
    9797 * u32::from(r) + 19234 * u32::from(g) + 3737 * u32::from(b)
}

/// How colours are weighed.
enum Gamma {
    /// As they are stored.
    Stored,
    /// In linear light: all but the `shift` low bits of a sample are looked up in `to_linear`, weighed, and looked up in
    /// `from_linear`. Gray samples of 16 bits are cut to 8 by `cut`, which is rounded.
    Linear { shift: u32, to_linear: Vec<u16>, from_linear: Vec<u16>, cut: Vec<u8> },
}

impl Gamma {
    /// libpng weighs in linear light if a gAMA or sRGB chunk gives a gamma that is not within 5 % of 1.
    fn of(info: &Info) -> Gamma {
        let screen = info.gamma().and_then(|gamma| reciprocal(gamma.into_scaled()));
        let Some((to, from)) = screen.and_then(|screen| Some((screen, reciprocal(screen)?))) else {
            return Gamma::Stored;
        };
        if !significant(to) && !significant(from) {
            return Gamma::Stored;
        }
        // Of a sample that will be cut to 8 bits, libpng looks at 11 (`PNG_MAX_GAMMA_8`), or fewer but at least 8 if an
        // sBIT chunk says that fewer mean something.
        let bits = match (info.bit_depth, &info.sbit) {
            (BitDepth::Sixteen, Some(meant)) => {
                meant.iter().take(3).max().map_or(11, |&bits| u32::from(bits).clamp(8, 11))
            }
            (BitDepth::Sixteen, None) => 11,
            _ => 8,
        };
        let (depth, full) = if info.bit_depth == BitDepth::Sixteen { (16, 65535.0) } else { (8, 255.0) };
        let table = |gamma| table(gamma, 1 << bits, full);
        let cut = if depth == 16 { cut(1 << bits) } else { Vec::new() };
        Gamma::Linear { shift: depth - bits, to_linear: table(to), from_linear: table(from), cut }
    }

    fn linear(rgb: [u16; 3], shift: u32, to_linear: &[u16], from_linear: &[u16]) -> u16 {
        let light = weigh(rgb.map(|v| to_linear[usize::from(v >> shift)])) + 16384;
        from_linear[(light >> 15 >> shift) as usize]
    }

    /// Gray of 8 bits; as stored it is truncated, in linear light rounded.
    fn gray(&self, rgb: [u8; 3]) -> u8 {
        match self {
            _ if rgb[0] == rgb[1] && rgb[0] == rgb[2] => rgb[0],
            Gamma::Stored => (weigh(rgb.map(u16::from)) >> 15) as u8,
            Gamma::Linear { shift, to_linear, from_linear, .. } => {
                Gamma::linear(rgb.map(u16::from), *shift, to_linear, from_linear) as u8
            }
        }
    }

    /// Gray of 16 bits, weighed with rounding, of which the high byte is kept.
    fn gray16(&self, rgb: [u16; 3]) -> u8 {
        let equal = rgb[0] == rgb[1] && rgb[0] == rgb[2];
        match self {
            Gamma::Stored if equal => (rgb[0] >> 8) as u8,
            Gamma::Stored => ((weigh(rgb) + 16384) >> 15 >> 8) as u8,
            Gamma::Linear { shift, cut, .. } if equal => cut[usize::from(rgb[0] >> shift)],
            Gamma::Linear { shift, to_linear, from_linear, .. } => {
                (Gamma::linear(rgb, *shift, to_linear, from_linear) >> 8) as u8
            }
        }
    }
}

/// `png_reciprocal`: 1/x of a number in 1/100000; nothing where that is no such number.
fn reciprocal(gamma: u32) -> Option<u32> {
    let value = (1e10 / f64::from(gamma) + 0.5).floor();
    (1.0..=f64::from(i32::MAX)).contains(&value).then_some(value as u32)
}

/// `png_gamma_significant`.
fn significant(gamma: u32) -> bool {
    !(95_000..=105_000).contains(&gamma)
}

/// `png_build_8bit_table` and `png_build_16bit_table`: 0..=1 in `steps`, to the power `gamma` (in 1/100000), scaled to
/// 0..=`full` and rounded.
fn table(gamma: u32, steps: usize, full: f64) -> Vec<u16> {
    let exponent = if significant(gamma) { f64::from(gamma) * 1e-5 } else { 1.0 };
    let last = (steps - 1) as f64;
    (0..steps).map(|i| (full * (i as f64 / last).powf(exponent) + 0.5).floor() as u16).collect()
}

/// `png_build_16to8_table` for a gamma of 1: 0..`steps` to 0..=255, rounded.
fn cut(steps: u32) -> Vec<u8> {
    let last = steps - 1;
    let bound = |byte: u32| ((byte * 257 + 128) * last + 32768) / 65535;
    let mut byte = 0;
    (0..steps)
        .map(|step| {
            while byte < 255 && step > bound(byte) {
                byte += 1;
            }
            byte as u8
        })
        .collect()
}
