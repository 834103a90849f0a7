//! Formats that OpenCV is no judge of, through the `image` crate: QOI, TGA, ICO, Radiance HDR and farbfeld.
//!
//! The size in the header is proved before pixels are allocated. The crate's decoders take no limit on other memory,
//! so what could grow beside the pixels (the header of an HDR, a colour profile inside an ICO) is bounded here.

use super::decode::{DecodeError, ImageFormat};
use super::picture::{Picture, Size};
use crate::network::Input;
use ::image::codecs::farbfeld::FarbfeldDecoder;
use ::image::codecs::hdr::HdrDecoder;
use ::image::codecs::ico::IcoDecoder;
use ::image::codecs::qoi::QoiDecoder;
use ::image::codecs::tga::TgaDecoder;
use ::image::{DynamicImage, ImageDecoder, ImageError};
use std::error::Error;
use std::io::{self, Cursor, ErrorKind};

/// `format` must be one of the five that are read here.
pub(super) fn decode(format: ImageFormat, bytes: &[u8], input: Input) -> Result<Picture, DecodeError> {
    let failure = |error| failure(format, error);
    match format {
        ImageFormat::Qoi => {
            let decoder = QoiDecoder::new(Cursor::new(bytes)).map_err(failure)?;
            picture(format, decoder, input).map_err(|error| match error {
                // The crate does not say that the file ended.
                DecodeError::Damaged { .. } if !bytes.ends_with(QOI_END) => DecodeError::Truncated(format),
                error => error,
            })
        }
        ImageFormat::Tga => {
            let pixels = tga(bytes)?;
            picture(format, TgaDecoder::new(pixels).map_err(failure)?, input)
        }
        ImageFormat::Ico if bytes.len() > ICO_LIMIT => {
            let cause = format!("it has {} bytes; the limit is {ICO_LIMIT}", bytes.len());
            Err(DecodeError::unsupported(format, cause))
        }
        ImageFormat::Ico => picture(format, IcoDecoder::new(Cursor::new(bytes)).map_err(failure)?, input),
        ImageFormat::Hdr => {
            hdr(bytes)?;
            picture(format, HdrDecoder::new(bytes).map_err(failure)?, input)
        }
        _ => picture(format, FarbfeldDecoder::new(bytes).map_err(failure)?, input),
    }
}

/// What a QOI ends with.
const QOI_END: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 1];

/// Bytes of an ICO. A colour profile in one unpacks to a thousand times its size and is not bounded by the crate; this
/// keeps it within the gigabyte that a picture may take.
const ICO_LIMIT: usize = 1 << 20;

/// Bytes of an HDR's header: the crate keeps each of its lines.
const HDR_HEADER: usize = 64 << 10;

/// Bytes behind the pixels of a TGA, of which the last 18 are a mark.
const TGA_FOOTER: usize = 26;

/// The file without its footer, which must not be read as pixels.
fn tga(bytes: &[u8]) -> Result<&[u8], DecodeError> {
    let format = ImageFormat::Tga;
    let pixels = bytes.len().checked_sub(TGA_FOOTER).map(|end| &bytes[..end]);
    let pixels = pixels.ok_or(DecodeError::Truncated(format))?;
    // The crate takes a type it does not know for gray.
    match pixels.get(2) {
        Some(1..=3 | 9..=11) => Ok(pixels),
        Some(kind) => Err(DecodeError::unsupported(format, format!("its image type is {kind}"))),
        None => Err(DecodeError::Truncated(format)),
    }
}

/// Proves that the header ends.
fn hdr(bytes: &[u8]) -> Result<(), DecodeError> {
    let start = &bytes[..bytes.len().min(HDR_HEADER)];
    match start.windows(2).any(|two| two == b"\n\n") {
        true => Ok(()),
        false if start.len() < HDR_HEADER => Err(DecodeError::Truncated(ImageFormat::Hdr)),
        false => {
            let cause = format!("its header does not end within {HDR_HEADER} bytes");
            Err(DecodeError::damaged(ImageFormat::Hdr, cause))
        }
    }
}

fn picture(format: ImageFormat, decoder: impl ImageDecoder, input: Input) -> Result<Picture, DecodeError> {
    let (width, height) = decoder.dimensions();
    Size::new(format, width.into(), height.into())?;
    let image = DynamicImage::from_decoder(decoder).map_err(|error| failure(format, error))?;
    Picture::from_image(&image, input).map_err(|error| DecodeError::unsupported(format, error))
}

fn failure(format: ImageFormat, error: ImageError) -> DecodeError {
    let source = match &error {
        ImageError::IoError(error) => Some(error),
        _ => error.source().and_then(|source| source.downcast_ref::<io::Error>()),
    };
    match error {
        _ if source.is_some_and(|error| error.kind() == ErrorKind::UnexpectedEof) => {
            DecodeError::Truncated(format)
        }
        ImageError::Unsupported(_) | ImageError::Limits(_) => DecodeError::unsupported(format, error),
        _ => DecodeError::damaged(format, error),
    }
}
