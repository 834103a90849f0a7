//! Where the samples of a picture are: in strips or tiles, interleaved or in planes.

use super::super::decode::{DecodeError, ImageFormat};
use super::super::picture::{MAX_PIXELS, Size};
use super::damaged;
use super::directory::Directory;

/// Bytes that the strips or tiles beside each other may take: a picture of `MAX_PIXELS` in one strip, four samples of two
/// bytes a pixel.
const MAX_BYTES: u64 = MAX_PIXELS * 8;

pub(super) struct Layout {
    pub size: Size,
    /// Width and height of a strip or tile. The last strip may be lower.
    pub chunk: Size,
    pub tiled: bool,
    /// Samples of a pixel.
    pub samples: usize,
    /// Bits of a sample: 1, 2, 4, 8 or 16.
    pub bits: usize,
    /// Each sample has a plane of its own.
    pub planes: bool,
    /// Pixels that share one Cb and one Cr, across and down; 1, 1 if there are none or each pixel has its own.
    pub shared: (usize, usize),
    /// Samples have been subtracted from those to the right of them.
    pub differences: bool,
    pub low_bit_first: bool,
    pub little: bool,
    offsets: Vec<u64>,
    lengths: Vec<u64>,
}

impl Layout {
    /// `shared`: as in the field of that name.
    pub fn read(directory: &Directory, shared: (usize, usize), packed: bool) -> Result<Layout, DecodeError> {
        let needed = |tag, what: &str| {
            directory.number(tag)?.ok_or_else(|| damaged(format!("it does not say its {what} (tag {tag})")))
        };
        let (width, height) = (needed(256, "width")?, needed(257, "height")?);
        let size = Size::new(ImageFormat::Tiff, width, height)?;
        let tiled = directory.number(322)?.is_some();
        let chunk = if tiled {
            Size::new(ImageFormat::Tiff, needed(322, "tiles' width")?, needed(323, "tiles' height")?)?
        } else {
            let rows = directory.number(278)?.filter(|rows| *rows > 0).unwrap_or(height);
            Size { width: size.width, height: rows.min(height) as usize }
        };
        let depths = directory.numbers(258)?.unwrap_or_else(|| vec![1]);
        let samples = directory.number(277)?.map_or(depths.len(), |samples| samples as usize);
        let bits = match depths.first() {
            Some(&bits @ (1 | 2 | 4 | 8 | 16)) if depths.iter().all(|other| *other == bits) => bits as usize,
            _ => return Err(unsupported(format!("samples of {depths:?} bits"))),
        };
        if !(1..=usize::from(u16::MAX)).contains(&samples) {
            return Err(damaged(format!("a pixel has {samples} samples")));
        }
        let layout = Layout {
            size,
            chunk,
            tiled,
            samples,
            bits,
            planes: samples > 1 && directory.number(284)? == Some(2),
            shared,
            differences: packed && directory.number(317)?.is_some_and(|predictor| predictor != 1),
            low_bit_first: directory.number(266)? == Some(2),
            little: directory.little(),
            offsets: directory.numbers(if tiled { 324 } else { 273 })?.unwrap_or_default(),
            lengths: directory.numbers(if tiled { 325 } else { 279 })?.unwrap_or_default(),
        };
        if layout.differences && (directory.number(317)? != Some(2) || bits < 8 || shared != (1, 1)) {
            return Err(unsupported("differences (tag 317) of samples of this kind".to_string()));
        }
        let pixels = layout.columns() as u64 * chunk.pixels() as u64;
        if pixels.saturating_mul((samples * bits).div_ceil(8) as u64) > MAX_BYTES {
            return Err(unsupported(format!("rows of tiles or strips of more than {MAX_BYTES} bytes")));
        }
        let chunks = layout.columns() * size.height.div_ceil(chunk.height) * layout.plane_count();
        if layout.offsets.len() < chunks {
            let found = layout.offsets.len();
            return Err(damaged(format!("it lists {found} of {chunks} strips or tiles")));
        }
        Ok(layout)
    }

    /// Strips or tiles beside each other.
    pub fn columns(&self) -> usize {
        self.size.width.div_ceil(self.chunk.width)
    }

    pub fn plane_count(&self) -> usize {
        if self.planes { self.samples } else { 1 }
    }

    /// Samples of a pixel that follow each other.
    pub fn interleaved(&self) -> usize {
        if self.planes { 1 } else { self.samples }
    }

    /// Bytes of a row of a strip or tile; of a row of blocks where pixels share Cb and Cr.
    pub fn row_bytes(&self) -> usize {
        match self.shared {
            (1, 1) => (self.chunk.width * self.interleaved() * self.bits).div_ceil(8),
            (across, down) => self.chunk.width.div_ceil(across) * (across * down + 2),
        }
    }

    /// Rows stored in a strip or tile that begins at row `top` of the picture.
    pub fn rows(&self, top: usize) -> usize {
        if self.tiled { self.chunk.height } else { self.chunk.height.min(self.size.height - top) }
    }

    /// The packed bytes of a strip or tile. `full`: how many an unpacked one has.
    pub fn data<'a>(
        &self,
        bytes: &'a [u8],
        chunk: usize,
        full: Option<usize>,
    ) -> Result<&'a [u8], DecodeError> {
        let truncated = || DecodeError::Truncated(ImageFormat::Tiff);
        let start = self.offsets.get(chunk).and_then(|&at| usize::try_from(at).ok()).ok_or_else(truncated)?;
        let rest = bytes.get(start..).ok_or_else(truncated)?;
        let length = match self.lengths.get(chunk) {
            // Some writers leave out the length of the only strip.
            None | Some(0) if self.offsets.len() == 1 => full.unwrap_or(rest.len()),
            Some(&length) => full.map_or(length, |full| length.min(full as u64)) as usize,
            None => return Err(damaged(format!("it does not say how long strip or tile {chunk} is"))),
        };
        rest.get(..length).ok_or_else(truncated)
    }
}

fn unsupported(cause: String) -> DecodeError {
    DecodeError::unsupported(ImageFormat::Tiff, cause)
}
