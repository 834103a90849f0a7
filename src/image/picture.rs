//! A decoded picture, and the way decoders build one.

use super::decode::{DecodeError, ImageFormat};
use super::exif::Orientation;
use super::gray::Weigh;
use crate::network::Input;

/// The largest picture that is decoded, in pixels: 64 Mi, such as 8192×8192. It is checked on the size in the
/// file's header, before anything of that size is allocated, so decoding takes at most about 1 GiB at a time.
pub const MAX_PIXELS: u64 = 64 << 20;

/// A picture of 8-bit pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    channels: usize,
    data: Vec<u8>,
}

impl Picture {
    /// Takes `data` as a picture: `height×width×channels`, rows from the top.
    ///
    /// # Panics
    /// If `width` or `height` is 0, if there are more than [`MAX_PIXELS`] pixels, or if `data` has another length.
    pub fn new(width: usize, height: usize, input: Input, data: Vec<u8>) -> Picture {
        let pixels = width.checked_mul(height).filter(|n| (1..=MAX_PIXELS).contains(&(*n as u64)));
        let channels = input.channels();
        assert_eq!(pixels.map(|n| n * channels), Some(data.len()), "{width}×{height}×{channels}");
        Picture { width, height, channels, data }
    }

    /// Width in pixels, at least 1.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels, at least 1.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Values per pixel: 1 (gray) or 3 (blue, green, red).
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The values 0..=255, `height×width×channels`, rows from the top.
    pub fn as_bytes(&self) -> &[u8] {
        &self.data
    }

    /// The picture as a viewer shows it.
    pub(super) fn upright(self, orientation: Orientation) -> Picture {
        if orientation == Orientation::UPRIGHT {
            return self;
        }
        let (width, height) =
            if orientation.transposes() { (self.height, self.width) } else { (self.width, self.height) };
        let mut data = Vec::with_capacity(self.data.len());
        for y in 0..height {
            for x in 0..width {
                let (from_x, from_y) = orientation.source(x, y, self.width, self.height);
                let at = (from_y * self.width + from_x) * self.channels;
                data.extend_from_slice(&self.data[at..at + self.channels]);
            }
        }
        Picture { width, height, data, ..self }
    }
}

/// Width and height that may be allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub width: usize,
    pub height: usize,
}

impl Size {
    /// Proves the size in a header.
    pub fn new(format: ImageFormat, width: u64, height: u64) -> Result<Size, DecodeError> {
        match width.checked_mul(height) {
            Some(0) => Err(DecodeError::damaged(format, format!("its size is {width}×{height} pixels"))),
            Some(1..=MAX_PIXELS) => Ok(Size { width: width as usize, height: height as usize }),
            _ => Err(DecodeError::TooLarge { format, width, height }),
        }
    }

    pub fn pixels(self) -> usize {
        self.width * self.height
    }
}

/// A picture under construction: pixels are added row by row from the top, each as gray or as colour.
pub(super) struct Canvas {
    size: Size,
    input: Input,
    weigh: Weigh,
    data: Vec<u8>,
}

impl Canvas {
    /// An empty canvas; `weigh` is how the format turns a colour into gray.
    pub fn new(size: Size, input: Input, weigh: Weigh) -> Canvas {
        Canvas { size, input, weigh, data: Vec::with_capacity(size.pixels() * input.channels()) }
    }

    pub fn push_gray(&mut self, value: u8) {
        match self.input {
            Input::Gray => self.data.push(value),
            Input::Bgr => self.data.extend_from_slice(&[value; 3]),
        }
    }

    pub fn push_bgr(&mut self, bgr: [u8; 3]) {
        match self.input {
            Input::Gray => self.data.push((self.weigh)(bgr)),
            Input::Bgr => self.data.extend_from_slice(&bgr),
        }
    }

    /// The picture, once every pixel was added.
    pub fn finish(self) -> Picture {
        Picture::new(self.size.width, self.size.height, self.input, self.data)
    }
}
