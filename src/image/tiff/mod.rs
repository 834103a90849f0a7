//! TIFF and BigTIFF: gray, palettes, colour, YCbCr and CMYK of up to 16 bits, in strips or tiles, interleaved or in
//! planes, with alpha; uncompressed, LZW, Deflate, PackBits, CCITT Group 3 (of one dimension) or 4, or JPEG.
//!
//! OpenCV lets libtiff turn every file into 8-bit RGBA (`TIFFReadRGBAStrip`); libtiff's rules are repeated here.
//! Strips and tiles are put together here, as no crate reads all that libtiff writes: tiles at the right and lower
//! edge are stored whole, and what is behind the samples of a strip does not matter. Samples of more than 16 bits are
//! not decoded (nor does OpenCV decode those as 8-bit pictures).

mod colour;
mod directory;
mod layout;
mod unpack;

use super::decode::{DecodeError, ImageFormat};
use super::exif::Orientation;
use super::gray;
use super::picture::{Canvas, Picture};
use crate::network::Input;
use colour::{Colour, photometric};
use directory::Directory;
use layout::Layout;
use unpack::{Compression, unpack};

pub(super) fn decode(bytes: &[u8], input: Input) -> Result<(Picture, Orientation), DecodeError> {
    let directory = Directory::read(bytes)?;
    // OpenCV reads the preview, of some hundred pixels, as if it were the picture.
    if directory.number(254)?.is_some_and(|kind| kind & 1 == 1) && directory.number(330)?.is_some() {
        let cause = "a small preview of another picture in the file, as cameras' raw files have it first";
        return Err(DecodeError::unsupported(ImageFormat::Tiff, cause));
    }
    let stored = interpretation(&directory)?;
    let compression = compression(&directory, stored)?;
    // Libjpeg turns YCbCr into colours by itself.
    let jpeg_colours = matches!(compression, Compression::Jpeg { ycbcr: true, .. });
    let interpretation = if jpeg_colours { photometric::RGB } else { stored };
    let shared = match interpretation {
        photometric::YCBCR => shared(&directory)?,
        _ => (1, 1),
    };
    let packed = matches!(compression, Compression::Lzw | Compression::Deflate);
    let layout = Layout::read(&directory, shared, packed)?;
    let colour = Colour::read(&directory, interpretation, &layout)?;
    match compression {
        Compression::Group3 | Compression::Group4 if (layout.bits, layout.samples) != (1, 1) => {
            return Err(damaged("CCITT codes for other than black and white".to_string()));
        }
        Compression::Jpeg { .. } if layout.bits != 8 || layout.samples > 4 => {
            let cause = format!("JPEG of {} samples of {} bits", layout.samples, layout.bits);
            return Err(DecodeError::unsupported(ImageFormat::Tiff, cause));
        }
        _ if layout.planes && shared != (1, 1) => {
            let cause = "YCbCr in planes of several sizes";
            return Err(DecodeError::unsupported(ImageFormat::Tiff, cause));
        }
        _ => {}
    }

    let orientation = directory.number(274)?;
    let mut canvas = Canvas::new(layout.size, input, gray::imgcodecs);
    let mut row = vec![0; layout.size.width * layout.samples];
    for top in (0..layout.size.height).step_by(layout.chunk.height) {
        let band = Band::read(bytes, &layout, compression, top)?;
        for y in 0..layout.chunk.height.min(layout.size.height - top) {
            band.row(&layout, y, &mut row);
            for pixel in row.chunks_exact(layout.samples) {
                colour.push(&mut canvas, pixel);
            }
        }
    }
    let orientation = orientation.and_then(|tag| u16::try_from(tag).ok());
    Ok((canvas.finish(), orientation.map_or(Orientation::UPRIGHT, Orientation::new)))
}

fn damaged(cause: String) -> DecodeError {
    DecodeError::damaged(ImageFormat::Tiff, cause)
}

/// The photometric interpretation; if the file has none, the one that libtiff takes.
fn interpretation(directory: &Directory) -> Result<u64, DecodeError> {
    if let Some(stored) = directory.number(262)? {
        return Ok(stored);
    }
    let extra = directory.numbers(338)?.map_or(0, |extra| extra.len() as u64);
    let ccitt = matches!(directory.number(259)?, Some(2..=4));
    match directory.number(277)?.unwrap_or(1).saturating_sub(extra) {
        1 if ccitt => Ok(photometric::WHITE_IS_ZERO),
        1 => Ok(photometric::BLACK_IS_ZERO),
        3 => Ok(photometric::RGB),
        _ => Err(damaged("it does not say what its samples mean (tag 262)".to_string())),
    }
}

fn compression<'a>(directory: &Directory<'a>, interpretation: u64) -> Result<Compression<'a>, DecodeError> {
    Ok(match directory.number(259)?.unwrap_or(1) {
        1 => Compression::None,
        3 if directory.number(292)?.is_some_and(|options| options & 1 == 1) => {
            let cause = "CCITT Group 3 of two dimensions";
            return Err(DecodeError::unsupported(ImageFormat::Tiff, cause));
        }
        3 => Compression::Group3,
        4 => Compression::Group4,
        5 => Compression::Lzw,
        7 => Compression::Jpeg {
            tables: directory.bytes(347)?.unwrap_or_default(),
            ycbcr: interpretation == photometric::YCBCR && directory.number(284)? != Some(2),
        },
        8 | 32946 => Compression::Deflate,
        32773 => Compression::PackBits,
        other => return Err(DecodeError::unsupported(ImageFormat::Tiff, Compression::name(other))),
    })
}

/// Pixels that share one Cb and one Cr, across and down.
fn shared(directory: &Directory) -> Result<(usize, usize), DecodeError> {
    match directory.numbers(530)?.as_deref() {
        None | Some([]) => Ok((2, 2)),
        Some(&[across @ (1 | 2 | 4), down @ (1 | 2 | 4), ..])
            if (across, down) != (1, 4) && (across, down) != (2, 4) =>
        {
            Ok((across as usize, down as usize))
        }
        Some(other) => {
            let cause = format!("YCbCr with a subsampling of {other:?}");
            Err(DecodeError::unsupported(ImageFormat::Tiff, cause))
        }
    }
}

/// The unpacked strips or tiles beside each other: plane by plane, each from the left.
struct Band(Vec<u8>);

impl Band {
    /// `top`: the picture's row where they begin.
    fn read(
        bytes: &[u8],
        layout: &Layout,
        compression: Compression,
        top: usize,
    ) -> Result<Band, DecodeError> {
        let rows = layout.rows(top);
        let length = layout.row_bytes() * rows.div_ceil(layout.shared.1);
        let columns = layout.columns();
        let rows_of_chunks = layout.size.height.div_ceil(layout.chunk.height);
        let mut band = vec![0; length * columns * layout.plane_count()];
        for (at, out) in band.chunks_exact_mut(length).enumerate() {
            let (plane, column) = (at / columns, at % columns);
            let chunk = (plane * rows_of_chunks + top / layout.chunk.height) * columns + column;
            let full = (compression == Compression::None).then_some(length);
            unpack(layout, compression, layout.data(bytes, chunk, full)?, rows, out)?;
            if layout.differences {
                for row in out.chunks_exact_mut(layout.row_bytes()) {
                    add_up(row, layout);
                }
            }
        }
        Ok(Band(band))
    }

    /// The samples of row `y` of the band, pixel by pixel.
    fn row(&self, layout: &Layout, y: usize, out: &mut [u16]) {
        let (across, down) = layout.shared;
        let columns = layout.columns();
        let chunks = self.0.chunks_exact(self.0.len() / (columns * layout.plane_count()));
        for (at, chunk) in chunks.enumerate() {
            let (plane, left) = (at / columns, at % columns * layout.chunk.width);
            let row = &chunk[y / down * layout.row_bytes()..];
            let pixels = layout.chunk.width.min(layout.size.width - left);
            let out = &mut out[left * layout.samples..][..pixels * layout.samples];
            for (x, pixel) in out.chunks_exact_mut(layout.samples).enumerate() {
                if layout.shared != (1, 1) {
                    let block = &row[x / across * (across * down + 2)..];
                    let light = block[y % down * across + x % across];
                    let values = [light, block[across * down], block[across * down + 1]];
                    pixel.copy_from_slice(&values.map(u16::from));
                } else if layout.planes {
                    pixel[plane] = sample(row, layout, x);
                } else {
                    let first = x * layout.samples;
                    (first..).zip(pixel).for_each(|(at, value)| *value = sample(row, layout, at));
                }
            }
        }
    }
}

/// The sample of index `at` in a row.
fn sample(row: &[u8], layout: &Layout, at: usize) -> u16 {
    match layout.bits {
        8 => row[at].into(),
        16 if layout.little => u16::from_le_bytes([row[2 * at], row[2 * at + 1]]),
        16 => u16::from_be_bytes([row[2 * at], row[2 * at + 1]]),
        bits => {
            let shift = 8 - bits - at * bits % 8;
            (row[at * bits / 8] >> shift & ((1 << bits) - 1)).into()
        }
    }
}

/// Undoes the differences of samples to those of the pixel on their left.
fn add_up(row: &mut [u8], layout: &Layout) {
    let back = layout.interleaved();
    if layout.bits == 8 {
        for at in back..row.len() {
            row[at] = row[at].wrapping_add(row[at - back]);
        }
        return;
    }
    for at in back..row.len() / 2 {
        let sum = sample(row, layout, at).wrapping_add(sample(row, layout, at - back));
        let bytes = if layout.little { sum.to_le_bytes() } else { sum.to_be_bytes() };
        row[2 * at..2 * at + 2].copy_from_slice(&bytes);
    }
}
