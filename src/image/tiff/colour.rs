//! What the samples of a pixel mean, by libtiff's rules (`tif_getimage.c`, `tif_color.c`).

use super::super::decode::{DecodeError, ImageFormat};
use super::super::picture::Canvas;
use super::damaged;
use super::directory::Directory;
use super::layout::Layout;

pub(super) enum Colour {
    /// The first sample; libtiff drops others. `white`: its greatest value is black.
    Gray {
        bits: usize,
        white: bool,
    },
    /// Blue, green and red of each value.
    Palette(Vec<[u8; 3]>),
    /// `premultiply`: libtiff multiplies colours by an alpha that is not yet in them ("unassociated").
    Rgb {
        bits: usize,
        premultiply: bool,
    },
    Cmyk,
    YCbCr(Box<YCbCr>),
}

/// TIFF's numbers of photometric interpretations.
pub(super) mod photometric {
    pub const WHITE_IS_ZERO: u64 = 0;
    pub const BLACK_IS_ZERO: u64 = 1;
    pub const RGB: u64 = 2;
    pub const PALETTE: u64 = 3;
    pub const CMYK: u64 = 5;
    pub const YCBCR: u64 = 6;
}

impl Colour {
    /// `interpretation`: what the samples are once unpacked.
    pub fn read(directory: &Directory, interpretation: u64, layout: &Layout) -> Result<Colour, DecodeError> {
        let formats = directory.numbers(339)?.unwrap_or_default();
        if formats.iter().any(|&format| format != 1) {
            return Err(unsupported("samples that are not unsigned integers"));
        }
        let (bits, samples) = (layout.bits, layout.samples);
        Ok(match (interpretation, bits, samples) {
            (0 | 1 | 3, ..=4, 2..) => {
                return Err(unsupported("pixels of several samples of less than 8 bits"));
            }
            (photometric::WHITE_IS_ZERO, ..) => Colour::Gray { bits, white: true },
            (photometric::BLACK_IS_ZERO, ..) => Colour::Gray { bits, white: false },
            (photometric::PALETTE, ..=8, _) => palette(directory, bits)?,
            (photometric::RGB, 8 | 16, 3..) => {
                let unassociated = samples > 3 && directory.number(338)? == Some(2);
                Colour::Rgb { bits, premultiply: unassociated }
            }
            (photometric::CMYK, 8, 4..) if directory.number(332)?.unwrap_or(1) == 1 => Colour::Cmyk,
            (photometric::YCBCR, 8, 3) => Colour::YCbCr(Box::new(YCbCr::read(directory)?)),
            _ => {
                let name = match interpretation {
                    photometric::PALETTE => "a palette",
                    photometric::RGB => "red, green and blue",
                    photometric::CMYK => "inks",
                    photometric::YCBCR => "YCbCr",
                    8..=10 => "CIE L*a*b*",
                    32844 | 32845 => "SGI Log",
                    32803 => "a sensor's colour filters",
                    34892 => "a sensor's raw colours",
                    _ => "an unknown kind",
                };
                return Err(unsupported(format!(
                    "{samples} samples of {bits} bits a pixel, of {name} (photometric interpretation {interpretation})"
                )));
            }
        })
    }

    /// Adds a pixel, which has as many samples as [`Colour::read`] has proved.
    pub fn push(&self, canvas: &mut Canvas, pixel: &[u16]) {
        match self {
            Colour::Gray { bits: 16, white } => {
                let value = (pixel[0] >> 8) as u8;
                canvas.push_gray(if *white { 255 - value } else { value });
            }
            Colour::Gray { bits, white } => canvas.push_gray(ramp(pixel[0], *bits, *white)),
            Colour::Palette(colours) => canvas.push_bgr(colours[usize::from(pixel[0])]),
            Colour::Rgb { bits, premultiply } => {
                let byte = |value: u16| match bits {
                    // Rounded, as 65535 = 255 × 257.
                    16 => ((u32::from(value) + 128) / 257) as u8,
                    _ => value as u8,
                };
                let bgr = [pixel[2], pixel[1], pixel[0]].map(byte);
                canvas.push_bgr(if *premultiply {
                    let alpha = u16::from(byte(pixel[3]));
                    bgr.map(|value| ((u16::from(value) * alpha + 127) / 255) as u8)
                } else {
                    bgr
                });
            }
            Colour::Cmyk => {
                let white = 255 - pixel[3];
                canvas.push_bgr([2, 1, 0].map(|ink| (white * (255 - pixel[ink]) / 255) as u8));
            }
            Colour::YCbCr(tables) => canvas.push_bgr(tables.bgr(pixel[0], pixel[1], pixel[2])),
        }
    }
}

/// A gray of `bits` bits as one of eight.
fn ramp(value: u16, bits: usize, white: bool) -> u8 {
    let most = (1 << bits) - 1;
    let value = if white { most - value } else { value };
    (value * 255 / most) as u8
}

fn palette(directory: &Directory, bits: usize) -> Result<Colour, DecodeError> {
    let map = directory.numbers(320)?.ok_or_else(|| damaged("it has no palette (tag 320)".to_string()))?;
    let colours = 1 << bits;
    let planes: Vec<&[u64]> = map.chunks_exact(colours).collect();
    let [red, green, blue, ..] = planes[..] else {
        return Err(damaged(format!("its palette has {} numbers, not {}", map.len(), 3 * colours)));
    };
    // Some writers fill the palette with bytes, where 16 bits belong.
    let wide = map.iter().any(|&value| value >= 256);
    let byte = |value: u64| if wide { (value >> 8) as u8 } else { value as u8 };
    Ok(Colour::Palette((0..colours).map(|i| [blue[i], green[i], red[i]].map(byte)).collect()))
}

/// Tables by which libtiff turns YCbCr into colours.
pub(super) struct YCbCr {
    y: [i32; 256],
    cr_red: [i32; 256],
    cb_blue: [i32; 256],
    cr_green: [i32; 256],
    cb_green: [i32; 256],
}

impl YCbCr {
    fn read(directory: &Directory) -> Result<YCbCr, DecodeError> {
        let numbers = |tag, default: &[f32]| {
            let found = directory.fractions(tag)?.unwrap_or_else(|| default.to_vec());
            if found.len() < default.len() {
                return Err(damaged(format!("tag {tag} has {} of {} numbers", found.len(), default.len())));
            }
            Ok::<Vec<f32>, DecodeError>(found)
        };
        let luma = numbers(529, &[0.299, 0.587, 0.114])?;
        let range = numbers(532, &[0.0, 255.0, 128.0, 255.0, 128.0, 255.0])?;
        let (red, green, blue) = (luma[0], luma[1], luma[2]);
        if green == 0.0 {
            return Err(damaged("green has no part in its luma (tag 529)".to_string()));
        }
        // 16 bits behind the point.
        let fixed = |value: f32| (f64::from(value.clamp(0.0, 2.0)) * 65536.0 + 0.5) as i32;
        let half = 1 << 15;
        let (to_red, to_blue) = (2.0 - 2.0 * red, 2.0 - 2.0 * blue);
        let (d1, d3) = (fixed(to_red), fixed(to_blue));
        let (d2, d4) = (-fixed(red * to_red / green), -fixed(blue * to_blue / green));
        let value = |code: i32, black: f32, white: f32, scale: f32| {
            let span = if white - black == 0.0 { 1.0 } else { white - black };
            (((code - black as i32) as f32 * scale) / span).clamp(-4096.0, 4096.0) as i32
        };
        let mut tables = YCbCr {
            y: [0; 256],
            cr_red: [0; 256],
            cb_blue: [0; 256],
            cr_green: [0; 256],
            cb_green: [0; 256],
        };
        for code in 0..256_i32 {
            let at = code as usize;
            let cr = value(code - 128, range[4] - 128.0, range[5] - 128.0, 127.0);
            let cb = value(code - 128, range[2] - 128.0, range[3] - 128.0, 127.0);
            tables.y[at] = value(code, range[0], range[1], 255.0);
            tables.cr_red[at] = (d1 * cr + half) >> 16;
            tables.cb_blue[at] = (d3 * cb + half) >> 16;
            tables.cr_green[at] = d2 * cr;
            tables.cb_green[at] = d4 * cb + half;
        }
        Ok(tables)
    }

    fn bgr(&self, y: u16, cb: u16, cr: u16) -> [u8; 3] {
        let [y, cb, cr] = [y, cb, cr].map(usize::from);
        let light = self.y[y];
        let green = (self.cr_green[cr] + self.cb_green[cb]) >> 16;
        [self.cb_blue[cb], green, self.cr_red[cr]].map(|add| (light + add).clamp(0, 255) as u8)
    }
}

fn unsupported(cause: impl Into<String>) -> DecodeError {
    DecodeError::unsupported(ImageFormat::Tiff, cause.into())
}
