//! The codecs of pages, none of which gives more bytes than a page claims.

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::io::{self, Read};

/// The window that any decoder of Zstandard grants, whatever the size of the content: 128 MiB.
const ZSTD_WINDOW: u64 = 1 << 27;

/// The bytes of a page, `size` of them, the first `levels` of which are not compressed.
///
/// # Errors
/// What is wrong, in words, if it has less or more.
pub(super) fn page(codec: Compression, packed: Bytes, levels: usize, size: usize) -> Result<Bytes, String> {
    let content = size.checked_sub(levels);
    let (Some(content), true) = (content, levels <= packed.len()) else {
        return Err(format!("a page of {size} bytes with {levels} of levels"));
    };
    let unpacked = match codec {
        Compression::UNCOMPRESSED => packed,
        // A page without values may have no content at all, not even of the codec.
        _ if content == 0 => packed.slice(..levels),
        _ => {
            let mut bytes = packed[..levels].to_vec();
            bytes.extend(unpack(codec, &packed[levels..], content)?);
            bytes.into()
        }
    };
    match unpacked.len() == size {
        true => Ok(unpacked),
        false => Err(format!("a page unpacks to {} bytes, and its header says {size}", unpacked.len())),
    }
}

/// The first `size` bytes of what is packed, and one more if there is more.
fn unpack(codec: Compression, packed: &[u8], size: usize) -> Result<Vec<u8>, String> {
    let unpacked = match codec {
        Compression::SNAPPY => snappy(packed, size),
        Compression::GZIP(_) => at_most(MultiGzDecoder::new(packed), size),
        Compression::ZSTD(_) => zstd(packed, size),
        Compression::BROTLI(_) => at_most(brotli_decompressor::Decompressor::new(packed, 4096), size),
        Compression::LZ4_RAW => block(packed, size),
        // The first writers put the bare block here, others a frame of LZ4; Hadoop's blocks are what the format means.
        Compression::LZ4 => hadoop(packed, size)
            .or_else(|_| at_most(lz4_flex::frame::FrameDecoder::new(packed), size))
            .or_else(|_| block(packed, size)),
        Compression::UNCOMPRESSED | Compression::LZO => Err(io::ErrorKind::Unsupported.into()),
    };
    unpacked.map_err(|error| format!("a page cannot be unpacked by {}: {error}", name(codec)))
}

/// The name of a codec, without the level, which a file does not say.
pub(super) fn name(codec: Compression) -> &'static str {
    match codec {
        Compression::UNCOMPRESSED => "no codec",
        Compression::SNAPPY => "Snappy",
        Compression::GZIP(_) => "gzip",
        Compression::LZO => "LZO",
        Compression::BROTLI(_) => "Brotli",
        Compression::LZ4 | Compression::LZ4_RAW => "LZ4",
        Compression::ZSTD(_) => "Zstandard",
    }
}

fn at_most(source: impl Read, size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(size as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn snappy(packed: &[u8], size: usize) -> io::Result<Vec<u8>> {
    let claimed = snap::raw::decompress_len(packed)?;
    if claimed != size {
        return Err(io::Error::other(format!("it says {claimed} bytes itself, and its header {size}")));
    }
    Ok(snap::raw::Decoder::new().decompress_vec(packed)?)
}

/// Frames, one after the other.
fn zstd(mut packed: &[u8], size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while !packed.is_empty() && bytes.len() <= size {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(ZSTD_WINDOW.max(size as u64));
        let mut decoder = StreamingDecoder::new_with_decoder(&mut packed, frame).map_err(io::Error::other)?;
        let left = (size - bytes.len()) as u64 + 1;
        decoder.by_ref().take(left).read_to_end(&mut bytes)?;
        let frame = &decoder.decoder;
        if bytes.len() <= size
            && frame.get_checksum_from_data().is_some_and(|sum| frame.get_calculated_checksum() != Some(sum))
        {
            return Err(io::Error::other("the checksum is another"));
        }
    }
    Ok(bytes)
}

/// A block of LZ4 alone, which does not say how long it is.
fn block(packed: &[u8], size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; size];
    let length = lz4_flex::block::decompress_into(packed, &mut bytes).map_err(io::Error::other)?;
    bytes.truncate(length);
    Ok(bytes)
}

/// Blocks, each after its size and its packed size, big-endian.
fn hadoop(mut packed: &[u8], size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some((head, rest)) = packed.split_at_checked(8) {
        let number =
            |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]) as usize;
        let (length, own) = (number(0), number(4));
        let (Some((own, rest)), true) = (rest.split_at_checked(own), length <= size - bytes.len()) else {
            return Err(io::Error::other("a block beyond the page"));
        };
        bytes.extend(block(own, length)?);
        packed = rest;
    }
    match packed.is_empty() && bytes.len() == size {
        true => Ok(bytes),
        false => Err(io::Error::other("blocks that are not the page")),
    }
}
