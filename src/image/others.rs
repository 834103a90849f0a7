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
        ImageFormat::Ico => {
            ico(bytes)?;
            picture(format, IcoDecoder::new(Cursor::new(bytes)).map_err(failure)?, input)
        }
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

/// Proves that all of the pictures are there; the crate does without the last bytes of a PNG.
fn ico(bytes: &[u8]) -> Result<(), DecodeError> {
    let truncated = DecodeError::Truncated(ImageFormat::Ico);
    let number = |at: usize| match bytes.get(at..at + 4) {
        Some(&[a, b, c, d]) => Some(u32::from_le_bytes([a, b, c, d]) as u64),
        _ => None,
    };
    let Some(&[low, high]) = bytes.get(4..6) else { return Err(truncated) };
    let mut entries = (0..usize::from(u16::from_le_bytes([low, high]))).map(|entry| 6 + 16 * entry);
    let whole = entries.all(|at| match (number(at + 8), number(at + 12)) {
        (Some(length), Some(offset)) => offset + length <= bytes.len() as u64,
        _ => false,
    });
    if whole { Ok(()) } else { Err(truncated) }
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

#[cfg(test)]
mod tests {
    use super::super::{ImageFormat, MAX_PIXELS, Picture, decode};
    use super::{DecodeError, HDR_HEADER, ICO_LIMIT};
    use crate::network::Input;
    use ::image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage};
    use std::error::Error;
    use std::io::Cursor;

    const FORMATS: [ImageFormat; 5] =
        [ImageFormat::Qoi, ImageFormat::Tga, ImageFormat::Ico, ImageFormat::Hdr, ImageFormat::Farbfeld];

    fn pixels() -> RgbaImage {
        RgbaImage::from_fn(9, 5, |x, y| Rgba([(x * 28) as u8, (y * 60) as u8, (x * y * 7) as u8, 255]))
    }

    fn bgr(image: &RgbaImage) -> Vec<u8> {
        image.pixels().flat_map(|Rgba([r, g, b, _])| [*b, *g, *r]).collect()
    }

    /// Extension and developer offsets, the mark.
    fn with_footer(mut tga: Vec<u8>) -> Vec<u8> {
        tga.extend([0; 8]);
        tga.extend(b"TRUEVISION-XFILE.\0");
        tga
    }

    /// The file that the `image` crate writes of `image`.
    fn written(image: &DynamicImage, format: ::image::ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    /// A file of each format, of the same pixels but for what HDR loses.
    fn file(format: ImageFormat) -> Vec<u8> {
        let rgba = DynamicImage::from(pixels());
        match format {
            ImageFormat::Qoi => written(&rgba, ::image::ImageFormat::Qoi),
            ImageFormat::Tga => with_footer(written(&rgba, ::image::ImageFormat::Tga)),
            ImageFormat::Ico => written(&rgba, ::image::ImageFormat::Ico),
            ImageFormat::Hdr => written(&rgba.into_rgb32f().into(), ::image::ImageFormat::Hdr),
            _ => written(&rgba.into_rgba16().into(), ::image::ImageFormat::Farbfeld),
        }
    }

    #[test]
    fn every_format() {
        let expected = bgr(&pixels());
        for format in FORMATS {
            let picture = decode(&file(format), Input::Bgr).unwrap_or_else(|e| panic!("{format}: {e}"));
            assert_eq!((picture.width(), picture.height()), (9, 5), "{format}");
            // HDR keeps eight bits of the largest of three samples.
            let most = if format == ImageFormat::Hdr { 2 } else { 0 };
            let far = picture.as_bytes().iter().zip(&expected).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(far <= Some(most), "{format}: {far:?}");
            let image = DynamicImage::from(&picture);
            let gray = decode(&file(format), Input::Gray).unwrap();
            assert_eq!(gray, Picture::from_image(&image, Input::Gray).unwrap(), "{format}");
        }
    }

    /// OpenCV 5.0.0 wrote the file, and read these bytes from it as colour and as gray.
    #[test]
    fn hdr_as_opencv() {
        let file = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 8\n\x02\x02\x00\x08\x08\x00B\xf0\x93\x08\x98\t\r\
            \x08\x007\x14MS\x00\xfa\x8d\x08\x00\xa3c\x02\xa3\x83\x05j\x08\x00\x81\x81\x7f\x80y\x81\x81\x02\x02\x00\x08\
            \x84E\x04\xdcM \x01\x84\xbd\x04\xe5\xe6\x12\x08\x84O\x04\xde\x00\xcc\xc2\x84\x7f\x04\x80\x81\x81\x81";
        let hex =
            |picture: Picture| picture.as_bytes().iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(
            hex(decode(file, Input::Bgr).unwrap()),
            "000000ff6e83c528ff012649a253080100010aff12d3ff1a\
             275e22275e22275e22275e22dde4db00ff99ff2440ff1002"
        );
        assert_eq!(hex(decode(file, Input::Gray).unwrap()), "00857a2c46009cb646464646e1c34527");
    }

    /// Lines from the bottom, a palette, run lengths: what writers of TGA other than the `image` crate make.
    #[test]
    fn kinds_of_tga() {
        let header = |kind, map: u8, bits: u8, origin: u8| {
            vec![0, map.min(1), kind, 0, 0, map, 0, 24 * map.min(1), 0, 0, 0, 0, 2, 0, 2, 0, bits, origin]
        };
        let tga = |header: Vec<u8>, rest: &[u8]| with_footer([&header[..], rest].concat());
        let read = |file: &[u8], input| decode(file, input).unwrap().as_bytes().to_vec();
        assert_eq!(read(&tga(header(3, 0, 8, 0), &[1, 2, 3, 4]), Input::Gray), [3, 4, 1, 2]);
        assert_eq!(read(&tga(header(3, 0, 8, 0x20), &[1, 2, 3, 4]), Input::Gray), [1, 2, 3, 4]);
        let mapped = tga(header(1, 2, 8, 0x20), &[9, 8, 7, 6, 5, 4, 0, 1, 1, 0]);
        assert_eq!(read(&mapped, Input::Bgr), [9, 8, 7, 6, 5, 4, 6, 5, 4, 9, 8, 7]);
        let runs = tga(header(10, 0, 24, 0x20), &[0x82, 1, 2, 3, 0, 4, 5, 6]);
        assert_eq!(read(&runs, Input::Bgr), [1, 2, 3, 1, 2, 3, 1, 2, 3, 4, 5, 6]);
        // The footer is no pixel.
        let short = tga(header(3, 0, 8, 0x20), &[1, 2, 3]);
        assert!(matches!(decode(&short, Input::Gray), Err(DecodeError::Truncated(ImageFormat::Tga))));
        let none = decode(&tga(header(0, 0, 8, 0), &[1, 2, 3, 4]), Input::Gray).unwrap_err();
        assert_eq!(none.source().unwrap().to_string(), "its image type is 0");
        // Without the mark nothing says that it is a TGA.
        let plain = written(&pixels().into(), ::image::ImageFormat::Tga);
        assert!(matches!(decode(&plain, Input::Gray), Err(DecodeError::UnknownFormat(_))));
        assert!(matches!(
            decode(b"TRUEVISION-XFILE.\0", Input::Gray),
            Err(DecodeError::Truncated(ImageFormat::Tga))
        ));
    }

    /// An icon of several sizes, as `.ico` files are: the largest is read.
    #[test]
    fn icons() {
        let small = GrayImage::from_pixel(1, 1, Luma([7]));
        let large = RgbImage::from_fn(3, 2, |x, y| Rgb([x as u8, y as u8, 200]));
        let frames = [DynamicImage::from(small), DynamicImage::from(large)].map(|image| {
            let image = image.into_rgba8();
            ::image::codecs::ico::IcoFrame::as_png(
                &image,
                image.width(),
                image.height(),
                ::image::ExtendedColorType::Rgba8,
            )
            .unwrap()
        });
        let mut file = Vec::new();
        ::image::codecs::ico::IcoEncoder::new(&mut file).encode_images(&frames).unwrap();
        let picture = decode(&file, Input::Bgr).unwrap();
        assert_eq!((picture.width(), picture.height()), (3, 2));
        assert_eq!(picture.as_bytes()[..6], [200, 0, 0, 200, 0, 1]);

        file.resize(ICO_LIMIT + 1, 0);
        let error = decode(&file, Input::Bgr).unwrap_err();
        assert!(matches!(error, DecodeError::Unsupported { format: ImageFormat::Ico, .. }), "{error:?}");
    }

    #[test]
    fn cut_short() {
        for format in FORMATS {
            let bytes = file(format);
            for length in 0..bytes.len() {
                assert!(decode(&bytes[..length], Input::Gray).is_err(), "{format}: {length} bytes");
            }
            let error = decode(&bytes[..bytes.len() * 2 / 3], Input::Gray).unwrap_err();
            match format {
                // Its mark is gone.
                ImageFormat::Tga => assert!(matches!(error, DecodeError::UnknownFormat(_)), "{error:?}"),
                _ => assert!(matches!(error, DecodeError::Truncated(_)), "{format}: {error:?}"),
            }
        }
    }

    /// A changed byte gives a picture or an error, never the end of the process.
    #[test]
    fn damaged() {
        for format in FORMATS {
            let whole = file(format);
            let mut refused = 0;
            for at in 0..whole.len() {
                for value in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut bytes = whole.clone();
                    bytes[at] = value;
                    refused += usize::from(decode(&bytes, Input::Bgr).is_err());
                }
            }
            assert!(refused > 20, "{format}: only {refused} were refused");
        }
    }

    #[test]
    fn too_large() {
        let side = 20_000_u32.to_be_bytes();
        let qoi = [b"qoif", &side[..], &side, &[4, 0]].concat();
        let farbfeld = [b"farbfeld", &side[..], &side].concat();
        let hdr = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 20000 +X 20000\n".to_vec();
        let tga = with_footer(vec![0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0x4e, 0x20, 0x4e, 8, 0]);
        let mut png = file(ImageFormat::Ico);
        let at = png.windows(4).position(|four| four == b"IHDR").unwrap();
        png[at + 4..at + 12].copy_from_slice(&[side, side].concat());
        let mut crc = crc32fast::Hasher::new();
        crc.update(&png[at..at + 17]);
        png[at + 17..at + 21].copy_from_slice(&crc.finalize().to_be_bytes());
        for (format, bytes) in FORMATS.into_iter().zip([qoi, tga, png, hdr, farbfeld]) {
            let error = decode(&bytes, Input::Gray).unwrap_err();
            match error {
                DecodeError::TooLarge { format: found, width: 20_000, height: 20_000 } => {
                    assert_eq!(found, format)
                }
                other => panic!("{format}: {other:?}"),
            }
            assert!(error.to_string().contains(&MAX_PIXELS.to_string()), "{error}");
        }
        // No pixels at all.
        let empty = decode(b"farbfeld\0\0\0\0\0\0\0\x01", Input::Gray).unwrap_err();
        assert!(matches!(empty, DecodeError::Damaged { .. }), "{empty:?}");
    }

    #[test]
    fn a_header_without_end() {
        let mut hdr = b"#?RADIANCE\n".to_vec();
        hdr.extend(b"a\n".repeat(HDR_HEADER));
        let error = decode(&hdr, Input::Gray).unwrap_err();
        assert_eq!(error.source().unwrap().to_string(), "its header does not end within 65536 bytes");
        assert!(matches!(decode(&hdr[..100], Input::Gray), Err(DecodeError::Truncated(ImageFormat::Hdr))));
    }
}
