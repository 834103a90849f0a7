//! The formats that can be decoded, and how large a picture may be.

use std::fmt;

/// The largest picture that is decoded, in pixels: 64 Mi, such as 8192×8192. It is checked on the size in the
/// file's header, before anything of that size is allocated, so decoding takes at most about 1 GiB at a time.
pub const MAX_PIXELS: u64 = 64 << 20;

/// A picture format that can be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JPEG, baseline and progressive.
    Jpeg,
    /// PNG; of an animated one the default image.
    Png,
    /// Windows and OS/2 bitmap.
    Bmp,
    /// PBM, PGM, PPM.
    Pnm,
    /// WebP, lossy and lossless; of an animated one the first frame.
    WebP,
    /// TIFF; the first picture of the file.
    Tiff,
    /// GIF; the first frame.
    Gif,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Jpeg => "JPEG",
            Format::Png => "PNG",
            Format::Bmp => "BMP",
            Format::Pnm => "PNM",
            Format::WebP => "WebP",
            Format::Tiff => "TIFF",
            Format::Gif => "GIF",
        })
    }
}
