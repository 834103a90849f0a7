//! Bytes to picture: the format is recognised by content, never by the file's name.

use super::exif::Orientation;
use super::foreign;
use super::guard::guarded;
#[cfg(feature = "image")]
use super::others;
use super::picture::{MAX_PIXELS, Picture};
use super::{bmp, gif, jpeg, png, pnm, tiff, webp};
use crate::error::ErrorKind;
use crate::network::Input;
use std::fmt;

/// A picture format that can be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageFormat {
    /// JPEG, baseline and progressive.
    Jpeg,
    /// PNG; of an animated one the default image.
    Png,
    /// Windows and OS/2 bitmap.
    Bmp,
    /// PBM, PGM, PPM, PFM.
    Pnm,
    /// WebP, lossy and lossless; of an animated one the first frame.
    WebP,
    /// TIFF; the first picture of the file.
    Tiff,
    /// GIF; the first frame.
    Gif,
    /// QOI. Needs the feature `image`, as those that follow.
    Qoi,
    /// TGA of version 2, which ends with a mark. One of version 1 has none and is not recognised.
    Tga,
    /// Windows icon; the largest picture of those with the most bits a pixel.
    Ico,
    /// Radiance HDR: linear light from 0 to 1, what is brighter is cut off.
    Hdr,
    /// farbfeld.
    Farbfeld,
}

impl fmt::Display for ImageFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ImageFormat::Jpeg => "JPEG",
            ImageFormat::Png => "PNG",
            ImageFormat::Bmp => "BMP",
            ImageFormat::Pnm => "PNM",
            ImageFormat::WebP => "WebP",
            ImageFormat::Tiff => "TIFF",
            ImageFormat::Gif => "GIF",
            ImageFormat::Qoi => "QOI",
            ImageFormat::Tga => "TGA",
            ImageFormat::Ico => "ICO",
            ImageFormat::Hdr => "Radiance HDR",
            ImageFormat::Farbfeld => "farbfeld",
        })
    }
}

/// What a decoder said.
#[doc(hidden)]
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a file gave no picture.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Nothing in the file.
    #[error("the file is empty (0 bytes); write it again")]
    Empty,
    /// The bytes are of no format that can be decoded: what they are, and what to do.
    #[error("{0}")]
    UnknownFormat(String),
    /// A format that is read only by a build with the feature `image`.
    #[error(
        "this build reads no {0} files; build it with the feature `image`, or convert the picture to PNG"
    )]
    NeedsFeature(ImageFormat),
    /// The header's size is above [`MAX_PIXELS`].
    #[error(
        "the {format} picture is {width}×{height} pixels; the limit is {MAX_PIXELS} pixels, so crop or shrink it"
    )]
    TooLarge {
        /// Format of the file.
        format: ImageFormat,
        /// Width in the header, in pixels.
        width: u64,
        /// Height in the header, in pixels.
        height: u64,
    },
    /// The file ends early. OpenCV fills up some such pictures with gray; here they are refused, as a feature of
    /// half a face looks like any other.
    #[error("the {0} file ends before its picture does; copy or download it again")]
    Truncated(ImageFormat),
    /// The contents contradict the format.
    #[error("the {format} file is damaged")]
    Damaged {
        /// Format of the file.
        format: ImageFormat,
        /// What was found.
        #[source]
        cause: Cause,
    },
    /// A correct file of a kind that is not decoded.
    #[error("this kind of {format} file is not supported; convert it to PNG")]
    Unsupported {
        /// Format of the file.
        format: ImageFormat,
        /// Which kind it is.
        #[source]
        cause: Cause,
    },
}

impl DecodeError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            DecodeError::Empty | DecodeError::Truncated(_) | DecodeError::Damaged { .. } => {
                ErrorKind::Damaged
            }
            DecodeError::UnknownFormat(_)
            | DecodeError::NeedsFeature(_)
            | DecodeError::TooLarge { .. }
            | DecodeError::Unsupported { .. } => ErrorKind::Unsupported,
        }
    }
}

impl DecodeError {
    pub(super) fn damaged(format: ImageFormat, cause: impl Into<Cause>) -> DecodeError {
        DecodeError::Damaged { format, cause: cause.into() }
    }

    pub(super) fn unsupported(format: ImageFormat, cause: impl Into<Cause>) -> DecodeError {
        DecodeError::Unsupported { format, cause: cause.into() }
    }
}

/// Decodes a picture to what `input` asks for: gray, or blue, green and red. The EXIF orientation has been applied,
/// alpha has been dropped, and 16-bit samples have become 8-bit ones, as `cv2.imread` does with `IMREAD_GRAYSCALE`
/// and `IMREAD_COLOR`. Of the formats that need the feature `image`, `Picture::from_image` says what becomes of samples.
///
/// # Errors
/// If the bytes are no picture of a known [`ImageFormat`], are damaged or cut short, are of a kind that is not decoded, hold a
/// picture of more than [`MAX_PIXELS`] pixels, or are of a format that this build does not read.
pub fn decode(bytes: &[u8], input: Input) -> Result<Picture, DecodeError> {
    let (picture, orientation) = match recognise(bytes)? {
        ImageFormat::Jpeg => jpeg::decode(bytes, input)?,
        ImageFormat::Png => guarded(ImageFormat::Png, || png::decode(bytes, input))?,
        ImageFormat::Bmp => (bmp::decode(bytes, input)?, Orientation::UPRIGHT),
        ImageFormat::Pnm => (pnm::decode(bytes, input)?, Orientation::UPRIGHT),
        ImageFormat::WebP => guarded(ImageFormat::WebP, || webp::decode(bytes, input))?,
        ImageFormat::Tiff => guarded(ImageFormat::Tiff, || tiff::decode(bytes, input))?,
        ImageFormat::Gif => (guarded(ImageFormat::Gif, || gif::decode(bytes, input))?, Orientation::UPRIGHT),
        format @ (ImageFormat::Qoi
        | ImageFormat::Tga
        | ImageFormat::Ico
        | ImageFormat::Hdr
        | ImageFormat::Farbfeld) => {
            #[cfg(not(feature = "image"))]
            return Err(DecodeError::NeedsFeature(format));
            #[cfg(feature = "image")]
            (guarded(format, || others::decode(format, bytes, input))?, Orientation::UPRIGHT)
        }
    };
    Ok(picture.upright(orientation))
}

fn recognise(bytes: &[u8]) -> Result<ImageFormat, DecodeError> {
    Ok(match bytes {
        [] => return Err(DecodeError::Empty),
        [0xff, 0xd8, 0xff, ..] => ImageFormat::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => ImageFormat::Png,
        [b'B', b'M', ..] => ImageFormat::Bmp,
        [b'P', b'1'..=b'6' | b'f' | b'F', c, ..] if c.is_ascii_whitespace() => ImageFormat::Pnm,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => ImageFormat::WebP,
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => ImageFormat::Tiff,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => ImageFormat::Gif,
        [b'q', b'o', b'i', b'f', ..] => ImageFormat::Qoi,
        [0, 0, 1, 0, ..] => ImageFormat::Ico,
        _ if bytes.starts_with(b"#?RADIANCE") => ImageFormat::Hdr,
        _ if bytes.starts_with(b"farbfeld") => ImageFormat::Farbfeld,
        _ if bytes.ends_with(b"TRUEVISION-XFILE.\0") => ImageFormat::Tga,
        _ => return Err(DecodeError::UnknownFormat(foreign::describe(bytes))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_file() {
        assert!(decode(b"", Input::Gray).unwrap_err().to_string().contains("0 bytes"));
    }

    /// Which build reads them is said whatever is in them.
    #[cfg(not(feature = "image"))]
    #[test]
    fn formats_of_the_feature() {
        for (bytes, format) in [
            (&b"qoif"[..], ImageFormat::Qoi),
            (b"\0\0\x01\0", ImageFormat::Ico),
            (b"#?RADIANCE\n", ImageFormat::Hdr),
            (b"farbfeld", ImageFormat::Farbfeld),
            (b"\0\0\x02 TRUEVISION-XFILE.\0", ImageFormat::Tga),
        ] {
            let error = decode(bytes, Input::Gray).unwrap_err();
            assert!(matches!(error, DecodeError::NeedsFeature(found) if found == format), "{error:?}");
            assert_eq!(
                error.to_string(),
                format!(
                    "this build reads no {format} files; build it with the feature `image`, or convert the picture to PNG"
                )
            );
        }
    }
}
