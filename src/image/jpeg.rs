//! JPEG, by libjpeg through `jpeg.c`.
//!
//! Gray is libjpeg's own: the Y plane of a YCbCr file, whose chroma is never decoded. It is not the gray of the
//! decoded colours, which clip.

use super::decode::{DecodeError, ImageFormat};
use super::exif::{self, Orientation};
use super::gray;
use super::picture::{Canvas, Picture, Size};
use crate::network::Input;
use std::ffi::{CStr, c_char, c_int, c_long};

// Links libjpeg, which `jpeg.c` calls.
use mozjpeg_sys as _;

unsafe extern "C" {
    fn lightcnn_jpeg_header(
        data: *const u8,
        length: usize,
        width: *mut u32,
        height: *mut u32,
        components: *mut u32,
        message: *mut c_char,
    ) -> c_int;
    fn lightcnn_jpeg_decode(
        data: *const u8,
        length: usize,
        bgr: c_int,
        max_memory: c_long,
        out: *mut u8,
        out_length: usize,
        message: *mut c_char,
    ) -> c_int;
    fn lightcnn_jpeg_chunk(
        tables: *const u8,
        tables_length: usize,
        data: *const u8,
        length: usize,
        ycbcr: c_int,
        max_memory: c_long,
        shape: *const u32,
        out: *mut u8,
        out_length: usize,
        message: *mut c_char,
    ) -> c_int;
}

/// `JMSG_LENGTH_MAX` of libjpeg.
const MESSAGE_LENGTH: usize = 200;

/// Bytes libjpeg may use for itself: the coefficients of a progressive picture of `MAX_PIXELS` in four full planes
/// take 512 MiB.
const MAX_MEMORY: c_long = 576 << 20;

pub(super) fn decode(bytes: &[u8], input: Input) -> Result<(Picture, Orientation), DecodeError> {
    let (width, height, components) = header(bytes)?;
    let size = Size::new(ImageFormat::Jpeg, width.into(), height.into())?;
    let picture = if components == 4 {
        let mut canvas = Canvas::new(size, input, gray::imgcodecs);
        for cmyk in pixels(bytes, input, size.pixels() * 4)?.chunks_exact(4) {
            canvas.push_bgr(cmyk_to_bgr([cmyk[0], cmyk[1], cmyk[2], cmyk[3]]));
        }
        canvas.finish()
    } else {
        let data = pixels(bytes, input, size.pixels() * input.channels())?;
        Picture::new(size.width, size.height, input, data)
    };
    Ok((picture, orientation(bytes)))
}

/// Decodes the JPEG of a strip or tile of a TIFF into `out`, whose length is the product of `size`: width, height and
/// components. `tables` is the JPEG of the tables that it uses, empty if it has its own. If it is `ycbcr`, `out` gets red,
/// green and blue; otherwise its samples as they are. The JPEG may be higher; its first rows are taken.
///
/// # Errors
/// Those of the TIFF.
pub(super) fn chunk(
    tables: &[u8],
    data: &[u8],
    (width, height, components): (usize, usize, usize),
    ycbcr: bool,
    out: &mut [u8],
) -> Result<(), DecodeError> {
    let shape = [width as u32, height as u32, components as u32];
    let mut message = [0; MESSAGE_LENGTH];
    // SAFETY: `tables`, `data` and `out` are slices with their lengths, of which `out` is ours alone; `shape` has the three
    // numbers that are read, and the message has JMSG_LENGTH_MAX bytes. The function writes `out` only if the product of
    // `shape` is its length; it keeps no pointer and never jumps or unwinds out.
    let status = unsafe {
        lightcnn_jpeg_chunk(
            tables.as_ptr(),
            tables.len(),
            data.as_ptr(),
            data.len(),
            ycbcr.into(),
            MAX_MEMORY,
            shape.as_ptr(),
            out.as_mut_ptr(),
            out.len(),
            message.as_mut_ptr().cast(),
        )
    };
    match status {
        0 => Ok(()),
        3 => Err(DecodeError::unsupported(ImageFormat::Tiff, format!("a JPEG inside: {}", said(&message)))),
        _ => Err(DecodeError::damaged(ImageFormat::Tiff, format!("a JPEG inside: {}", said(&message)))),
    }
}

/// Width, height and number of components.
fn header(bytes: &[u8]) -> Result<(u32, u32, u32), DecodeError> {
    let (mut width, mut height, mut components) = (0, 0, 0);
    let mut message = [0; MESSAGE_LENGTH];
    // SAFETY: `data` and `length` are one slice; the three numbers and the message of JMSG_LENGTH_MAX bytes are ours
    // alone and live over the call; the function keeps no pointer and never jumps or unwinds out.
    let status = unsafe {
        lightcnn_jpeg_header(
            bytes.as_ptr(),
            bytes.len(),
            &mut width,
            &mut height,
            &mut components,
            message.as_mut_ptr().cast(),
        )
    };
    check(status, &message)?;
    Ok((width, height, components))
}

/// `length` bytes of pixels, as libjpeg gives them.
fn pixels(bytes: &[u8], input: Input, length: usize) -> Result<Vec<u8>, DecodeError> {
    let bgr = c_int::from(input == Input::Bgr);
    let mut out = vec![0; length];
    let mut message = [0; MESSAGE_LENGTH];
    // SAFETY: `data` and `length` are one slice, `out` and `out_length` another that is ours alone; the function
    // writes `out` only if the picture has exactly `out_length` bytes, and the message has JMSG_LENGTH_MAX bytes. It
    // keeps no pointer and never jumps or unwinds out.
    let status = unsafe {
        lightcnn_jpeg_decode(
            bytes.as_ptr(),
            bytes.len(),
            bgr,
            MAX_MEMORY,
            out.as_mut_ptr(),
            out.len(),
            message.as_mut_ptr().cast(),
        )
    };
    check(status, &message)?;
    Ok(out)
}

fn check(status: c_int, message: &[u8]) -> Result<(), DecodeError> {
    match status {
        0 => Ok(()),
        2 => Err(DecodeError::Truncated(ImageFormat::Jpeg)),
        3 => Err(DecodeError::unsupported(ImageFormat::Jpeg, said(message))),
        _ => Err(DecodeError::damaged(ImageFormat::Jpeg, said(message))),
    }
}

/// What libjpeg said.
fn said(message: &[u8]) -> String {
    CStr::from_bytes_until_nul(message).unwrap_or_default().to_string_lossy().into_owned()
}

/// OpenCV's `icvCvt_CMYK2BGR`, for the inverted values that Adobe's files hold.
fn cmyk_to_bgr([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    let k = i32::from(k);
    [y, m, c].map(|ink| (k - (((255 - i32::from(ink)) * k) >> 8)) as u8)
}

/// The orientation in the first APP1 segment that holds EXIF.
fn orientation(bytes: &[u8]) -> Orientation {
    let mut rest = bytes.get(2..).unwrap_or_default();
    // Fill bytes (0xff) may stand before a marker; SOS ends the segments that have a length.
    while let [0xff, marker, after @ ..] = rest {
        if *marker == 0xff {
            rest = &rest[1..];
            continue;
        }
        let [high, low, ..] = after else { break };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(segment) = after.get(2..length) else { break };
        if *marker == 0xe1
            && let Some(exif) = segment.strip_prefix(b"Exif\0\0")
        {
            return exif::orientation(exif);
        }
        if *marker == 0xda {
            break;
        }
        rest = &after[length..];
    }
    Orientation::UPRIGHT
}
