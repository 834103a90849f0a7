//! TIFF through the `tiff` crate: gray, colour and CMYK of up to 16 bits, in strips, tiles or planes, with alpha;
//! uncompressed, LZW, Deflate, PackBits or Group 4.
//!
//! OpenCV lets libtiff turn every file into 8-bit RGBA (`TIFFReadRGBAStrip`); libtiff's rules are repeated here. Not
//! decoded are palettes, YCbCr and JPEG inside TIFF, and samples of more than 16 bits (nor does OpenCV decode those
//! as 8-bit pictures).

use super::decode::{DecodeError, ImageFormat};
use super::exif::Orientation;
use super::gray;
use super::picture::{Canvas, MAX_PIXELS, Picture, Size};
use crate::network::Input;
use std::io::{Cursor, ErrorKind};
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

/// The largest samples of a pixel: four of two bytes.
const PIXEL_BYTES: usize = 8;

pub(super) fn decode(bytes: &[u8], input: Input) -> Result<(Picture, Orientation), DecodeError> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(failure)?;
    let (width, height) = decoder.dimensions().map_err(failure)?;
    let size = Size::new(ImageFormat::Tiff, width.into(), height.into())?;
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_PIXELS as usize * PIXEL_BYTES;
    decoder = decoder.with_limits(limits);

    let kind = Kind::of(&mut decoder)?;
    let orientation = decoder.find_tag_unsigned::<u16>(Tag::Orientation).map_err(failure)?;
    let mut samples = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut samples).map_err(failure)?;
    let stored = Stored {
        row: layout.row_stride.map_or(0, |stride| stride.get()),
        plane: layout.plane_stride.filter(|_| layout.planes > 1).map(|stride| stride.get()),
        channels: kind.channels(),
        bits: kind.bits,
        samples: &samples,
    };
    let mut canvas = Canvas::new(size, input, gray::imgcodecs);
    for y in 0..size.height {
        for x in 0..size.width {
            let sample = |channel| stored.sample(x, y, channel);
            kind.push(&mut canvas, sample).ok_or(DecodeError::Truncated(ImageFormat::Tiff))?;
        }
    }
    Ok((canvas.finish(), orientation.map_or(Orientation::UPRIGHT, Orientation::new)))
}

fn failure(error: TiffError) -> DecodeError {
    match error {
        TiffError::IoError(e) if e.kind() == ErrorKind::UnexpectedEof => {
            DecodeError::Truncated(ImageFormat::Tiff)
        }
        TiffError::UnsupportedError(_) | TiffError::LimitsExceeded => {
            DecodeError::unsupported(ImageFormat::Tiff, error)
        }
        _ => DecodeError::damaged(ImageFormat::Tiff, error),
    }
}

/// What the samples of a pixel mean.
struct Kind {
    colour: Colour,
    /// 1, 8 or 16 bits a sample.
    bits: u8,
}

enum Colour {
    /// The first of `channels` samples; libtiff drops the rest.
    Gray {
        channels: usize,
    },
    Rgb,
    /// `premultiply`: libtiff multiplies colours by an alpha that is not yet in them ("unassociated").
    Rgba {
        premultiply: bool,
    },
    Cmyk,
}

impl Kind {
    fn of(decoder: &mut Decoder<Cursor<&[u8]>>) -> Result<Kind, DecodeError> {
        let extra = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples).map_err(failure)?;
        let formats = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).map_err(failure)?;
        let kind = decoder.colortype().map_err(failure)?;
        let (colour, bits) = match kind {
            ColorType::Gray(bits @ (1 | 8 | 16)) => (Colour::Gray { channels: 1 }, bits),
            // Only gray files have this type in the `tiff` crate.
            ColorType::Multiband { bit_depth: bits @ (8 | 16), num_samples: channels @ 2..=4 } => {
                (Colour::Gray { channels: channels.into() }, bits)
            }
            ColorType::RGB(bits @ (8 | 16)) => (Colour::Rgb, bits),
            ColorType::RGBA(bits @ (8 | 16)) => {
                let premultiply = extra.is_some_and(|extra| extra.first() == Some(&2));
                (Colour::Rgba { premultiply }, bits)
            }
            ColorType::CMYK(8) => (Colour::Cmyk, 8),
            _ => return Err(DecodeError::unsupported(ImageFormat::Tiff, format!("samples of {kind:?}"))),
        };
        if formats.is_some_and(|formats| formats.iter().any(|&format| format != 1)) {
            return Err(DecodeError::unsupported(
                ImageFormat::Tiff,
                "samples that are not unsigned integers",
            ));
        }
        Ok(Kind { colour, bits })
    }

    fn channels(&self) -> usize {
        match self.colour {
            Colour::Gray { channels } => channels,
            Colour::Rgb => 3,
            Colour::Rgba { .. } | Colour::Cmyk => 4,
        }
    }

    /// Adds a pixel; nothing if a sample is missing.
    fn push(&self, canvas: &mut Canvas, sample: impl Fn(usize) -> Option<u16>) -> Option<()> {
        let byte = |channel| {
            let value = sample(channel)?;
            // Rounded, as 65535 = 255 × 257.
            Some(if self.bits == 16 { ((u32::from(value) + 128) / 257) as u8 } else { value as u8 })
        };
        match self.colour {
            Colour::Gray { .. } => canvas.push_gray(match self.bits {
                16 => (sample(0)? >> 8) as u8,
                bits => (sample(0)? * 255 / ((1 << bits) - 1)) as u8,
            }),
            Colour::Rgb | Colour::Rgba { premultiply: false } => {
                canvas.push_bgr([byte(2)?, byte(1)?, byte(0)?]);
            }
            Colour::Rgba { premultiply: true } => {
                let alpha = u16::from(byte(3)?);
                let times = |value| ((u16::from(value) * alpha + 127) / 255) as u8;
                canvas.push_bgr([times(byte(2)?), times(byte(1)?), times(byte(0)?)]);
            }
            Colour::Cmyk => {
                let white = 255 - u16::from(byte(3)?);
                let light = |ink| (white * (255 - u16::from(ink)) / 255) as u8;
                canvas.push_bgr([light(byte(2)?), light(byte(1)?), light(byte(0)?)]);
            }
        }
        Some(())
    }
}

/// Samples as the crate gives them.
struct Stored<'a> {
    /// Bytes from row to row.
    row: usize,
    /// Bytes from plane to plane, if each channel is a plane of its own.
    plane: Option<usize>,
    channels: usize,
    bits: u8,
    samples: &'a DecodingResult,
}

impl Stored<'_> {
    fn sample(&self, x: usize, y: usize, channel: usize) -> Option<u16> {
        let (start, column) = match self.plane {
            Some(plane) => (plane * channel, x),
            None => (0, x * self.channels + channel),
        };
        let row = start + y * self.row;
        match self.samples {
            DecodingResult::U8(samples) => {
                let bits = usize::from(self.bits);
                let at = column * bits;
                let byte = samples.get(row + at / 8)?;
                Some(u16::from(byte >> (8 - bits - at % 8) & (0xff >> (8 - bits))))
            }
            DecodingResult::U16(samples) => samples.get(row / 2 + column).copied(),
            _ => None,
        }
    }
}
