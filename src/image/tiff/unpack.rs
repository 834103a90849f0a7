//! The bytes of one strip or tile, unpacked.
//!
//! A strip is done when it is full: writers differ in what they put behind the last sample, and some leave out the
//! mark of the end.

use super::super::decode::{DecodeError, ImageFormat};
use super::super::jpeg;
use super::damaged;
use super::layout::Layout;
use fax::Color;
use fax::decoder::{DecodeStatus, Group3Decoder, Group4Decoder, pels};
use flate2::{Decompress, FlushDecompress, Status};
use std::convert::Infallible;
use weezl::{BitOrder, LzwStatus};

/// How the samples are packed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression<'a> {
    None,
    Lzw,
    Deflate,
    PackBits,
    Group3,
    Group4,
    /// JPEG, with the tables that all strips share. `ycbcr`: its samples become red, green and blue.
    Jpeg {
        tables: &'a [u8],
        ycbcr: bool,
    },
}

impl Compression<'_> {
    /// TIFF's number of what is not read, in words.
    pub fn name(number: u64) -> String {
        let name = match number {
            2 => "CCITT run lengths",
            6 => "JPEG of the old style",
            32766 => "NeXT",
            32771 => "CCITT run lengths by words",
            32809 => "ThunderScan",
            34661 => "JBIG",
            34676 | 34677 => "SGI Log",
            33003 | 33005 | 34712 => "JPEG 2000",
            34887 => "LERC",
            34925 => "LZMA",
            50000 | 34926 => "Zstandard",
            50001 | 34927 => "WebP",
            50002 | 52546 => "JPEG XL",
            _ => return format!("compression {number}"),
        };
        format!("compression {number} ({name})")
    }
}

/// Unpacks `data` into `out`, which it must fill: `rows` rows of a strip or tile.
pub(super) fn unpack(
    layout: &Layout,
    compression: Compression,
    data: &[u8],
    rows: usize,
    out: &mut [u8],
) -> Result<(), DecodeError> {
    let reversed: Vec<u8>;
    let data = if layout.low_bit_first && !matches!(compression, Compression::Jpeg { .. }) {
        reversed = data.iter().map(|byte| byte.reverse_bits()).collect();
        &reversed
    } else {
        data
    };
    let filled = match compression {
        Compression::None => {
            let length = out.len().min(data.len());
            out[..length].copy_from_slice(&data[..length]);
            length
        }
        Compression::Lzw => lzw(data, out)?,
        Compression::Deflate => deflate(data, out)?,
        Compression::PackBits => packbits(data, out),
        Compression::Group3 => group3(data, layout.chunk.width, out)?,
        Compression::Group4 => group4(data, layout.chunk.width, out)?,
        Compression::Jpeg { tables, ycbcr } => {
            let size = (layout.chunk.width, rows, layout.interleaved());
            jpeg::chunk(tables, data, size, ycbcr, out)?;
            out.len()
        }
    };
    if filled < out.len() {
        return Err(damaged(format!("a strip or tile holds {filled} of {} bytes", out.len())));
    }
    Ok(())
}

/// LZW as TIFF defines it, or, known by its first bytes, as libtiff wrote it before 1990.
fn lzw(data: &[u8], out: &mut [u8]) -> Result<usize, DecodeError> {
    let mut decoder = match data {
        [0, second, ..] if second & 1 == 1 => weezl::decode::Decoder::new(BitOrder::Lsb, 8),
        _ => weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
    };
    let (mut read, mut filled) = (0, 0);
    while filled < out.len() {
        let step = decoder.decode_bytes(&data[read..], &mut out[filled..]);
        read += step.consumed_in;
        filled += step.consumed_out;
        match step.status {
            Ok(LzwStatus::Ok) if step.consumed_in + step.consumed_out > 0 => {}
            Ok(_) => break,
            Err(_) if filled == out.len() => break,
            Err(error) => return Err(DecodeError::damaged(ImageFormat::Tiff, error)),
        }
    }
    Ok(filled)
}

fn deflate(data: &[u8], out: &mut [u8]) -> Result<usize, DecodeError> {
    let mut stream = Decompress::new(true);
    loop {
        let (read, filled) = (stream.total_in() as usize, stream.total_out() as usize);
        if filled == out.len() {
            return Ok(filled);
        }
        let status = stream
            .decompress(&data[read..], &mut out[filled..], FlushDecompress::None)
            .map_err(|error| DecodeError::damaged(ImageFormat::Tiff, error))?;
        let moved = stream.total_in() as usize > read || stream.total_out() as usize > filled;
        if status == Status::StreamEnd || !moved {
            return Ok(stream.total_out() as usize);
        }
    }
}

fn packbits(mut data: &[u8], out: &mut [u8]) -> usize {
    let mut filled = 0;
    while filled < out.len() {
        let [head, rest @ ..] = data else { break };
        data = rest;
        match *head as i8 {
            -128 => {}
            count @ 0.. => {
                let length = (count as usize + 1).min(data.len()).min(out.len() - filled);
                out[filled..filled + length].copy_from_slice(&data[..length]);
                data = &data[length..];
                filled += length;
            }
            count => {
                let [value, rest @ ..] = data else { break };
                let length = (1 - isize::from(count)) as usize;
                let end = out.len().min(filled + length);
                out[filled..end].fill(*value);
                (data, filled) = (rest, end);
            }
        }
    }
    filled
}

fn group4(data: &[u8], width: usize, out: &mut [u8]) -> Result<usize, DecodeError> {
    let columns = fax_width(width)?;
    let mut decoder = Group4Decoder::new(padded(data), columns).map_err(|_| damaged(FAX.to_string()))?;
    let row = width.div_ceil(8);
    let mut filled = 0;
    while filled < out.len() {
        match decoder.advance() {
            Ok(DecodeStatus::Incomplete) => {
                paint(decoder.transition(), columns, &mut out[filled..filled + row])
            }
            Ok(DecodeStatus::End) => break,
            Err(_) => return Err(damaged(FAX.to_string())),
        }
        filled += row;
    }
    Ok(filled)
}

fn group3(data: &[u8], width: usize, out: &mut [u8]) -> Result<usize, DecodeError> {
    let columns = fax_width(width)?;
    let mut decoder = Group3Decoder::new(padded(data)).map_err(|_| damaged(FAX.to_string()))?;
    let row = width.div_ceil(8);
    let mut filled = 0;
    while filled < out.len() {
        // Behind the last row there need not be a mark, which the decoder asks for.
        let ended = decoder.advance().is_err();
        if decoder.transitions().last() != Some(&columns) {
            return Err(damaged(FAX.to_string()));
        }
        paint(decoder.transitions(), columns, &mut out[filled..filled + row]);
        filled += row;
        if ended {
            break;
        }
    }
    Ok(filled)
}

/// The decoder looks further than the last code reaches.
fn padded(data: &[u8]) -> impl Iterator<Item = Result<u8, Infallible>> {
    data.iter().copied().chain([0; 4]).map(Ok)
}

const FAX: &str = "a row of CCITT codes is damaged";

fn fax_width(width: usize) -> Result<u16, DecodeError> {
    u16::try_from(width).map_err(|_| {
        DecodeError::unsupported(ImageFormat::Tiff, format!("CCITT codes in rows of {width} pixels"))
    })
}

/// Sets the bits of black pixels.
fn paint(transitions: &[u16], columns: u16, row: &mut [u8]) {
    row.fill(0);
    for (x, colour) in pels(transitions, columns).enumerate() {
        if colour == Color::Black {
            row[x / 8] |= 0x80 >> (x % 8);
        }
    }
}
