//! Pages unpack to what was said of them, and to nothing more.

use super::PagedFile;
use super::reader::Pages;
use super::unpack::page;
use crate::storage::{Chunks, ReadAt};
use bytes::Bytes;
use flate2::write::GzEncoder;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::column::page::PageReader;
use parquet::file::reader::FileReader;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// `abcdefgh` 32 times, as Google's own encoder packs it.
const BROTLI: [u8; 17] = [27, 255, 0, 0, 196, 1, 199, 128, 184, 62, 118, 11, 135, 12, 148, 211, 29];

/// 16 MiB of zeros, packed by the same.
const BROTLI_ZEROS: [u8; 26] = [
    203, 255, 255, 63, 0, 36, 0, 226, 177, 64, 114, 239, 255, 242, 255, 255, 15, 128, 4, 64, 28, 22, 128,
    238, 253, 31,
];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn hadoop(bytes: &[u8]) -> Vec<u8> {
    let blocks = bytes.chunks(100).flat_map(|block| {
        let packed = lz4_flex::block::compress(block);
        [&(block.len() as u32).to_be_bytes()[..], &(packed.len() as u32).to_be_bytes(), &packed].concat()
    });
    blocks.collect()
}

fn frame(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// All codecs, and of LZ4 all that was ever written under its name.
fn packed() -> Vec<(&'static str, Compression, Vec<u8>)> {
    let bytes = b"abcdefgh".repeat(32);
    let halves = bytes.split_at(99);
    vec![
        ("snappy", Compression::SNAPPY, snap::raw::Encoder::new().compress_vec(&bytes).unwrap()),
        ("gzip", Compression::GZIP(GzipLevel::default()), gzip(&bytes)),
        ("gzip, two", Compression::GZIP(GzipLevel::default()), [gzip(halves.0), gzip(halves.1)].concat()),
        ("zstd", Compression::ZSTD(ZstdLevel::default()), zstd(&bytes)),
        ("zstd, two", Compression::ZSTD(ZstdLevel::default()), [zstd(halves.0), zstd(halves.1)].concat()),
        ("brotli", Compression::BROTLI(BrotliLevel::default()), BROTLI.to_vec()),
        ("lz4 raw", Compression::LZ4_RAW, lz4_flex::block::compress(&bytes)),
        ("lz4 hadoop", Compression::LZ4, hadoop(&bytes)),
        ("lz4 frame", Compression::LZ4, frame(&bytes)),
        ("lz4 block", Compression::LZ4, lz4_flex::block::compress(&bytes)),
    ]
}

#[test]
fn every_codec_gives_what_its_header_says_or_nothing() {
    let bytes = b"abcdefgh".repeat(32);
    for (name, codec, packed) in packed() {
        let unpacked = |size| page(codec, Bytes::from(packed.clone()), 0, size);
        assert_eq!(unpacked(256).unwrap_or_else(|error| panic!("{name}: {error}")), bytes, "{name}");
        for size in [1, 99, 255, 257, 1 << 20] {
            assert!(unpacked(size).is_err(), "{name} unpacks to {size} bytes");
        }
        // After levels, which are as they are.
        let with_levels = [b"levels".as_slice(), &packed].concat();
        let unpacked = page(codec, with_levels.into(), 6, 262).unwrap();
        assert_eq!(unpacked, [b"levels".as_slice(), &bytes].concat(), "{name}");
        for end in 0..packed.len() {
            let cut = page(codec, Bytes::from(packed[..end].to_vec()), 0, 256);
            assert!(
                cut.as_ref().is_ok_and(|cut| *cut == bytes) || cut.is_err(),
                "{name}, cut to {end} bytes"
            );
        }
    }
}

#[test]
fn what_would_be_16_mib_ends_at_its_limit() {
    let zeros = vec![0; 1 << 24];
    for (codec, packed) in [
        (Compression::GZIP(GzipLevel::default()), gzip(&zeros)),
        (Compression::ZSTD(ZstdLevel::default()), zstd(&zeros)),
        (Compression::BROTLI(BrotliLevel::default()), BROTLI_ZEROS.to_vec()),
        (Compression::LZ4_RAW, lz4_flex::block::compress(&zeros)),
        (Compression::LZ4, frame(&zeros)),
        (Compression::SNAPPY, snap::raw::Encoder::new().compress_vec(&zeros).unwrap()),
    ] {
        let error = page(codec, packed.into(), 0, 1000).unwrap_err();
        let told = ["unpacks to 1001 bytes", "it says 16777216 bytes itself", "cannot be unpacked by LZ4"];
        assert!(told.iter().any(|told| error.contains(told)), "{codec}: {error}");
    }
}

/// A changed byte of a frame with a checksum.
#[test]
fn a_checksum_that_is_wrong_is_noticed() {
    let mut packed = zstd(&b"abcdefgh".repeat(32));
    let last = packed.len() - 1;
    packed[last] ^= 1;
    let error = page(Compression::ZSTD(ZstdLevel::default()), packed.into(), 0, 256).unwrap_err();
    assert!(error.contains("checksum"), "{error}");
}

struct Held(Vec<u8>);

impl ReadAt for Held {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let from = self.0.get(at as usize..).unwrap_or_default();
        Ok(from[..length.min(from.len())].to_vec())
    }
}

fn chunks(name: &str) -> Chunks {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet").join(name);
    Chunks(Arc::new(Held(std::fs::read(file).unwrap())))
}

#[test]
fn pages_have_no_more_than_the_footer_says() {
    for name in
        ["pictures_arrow_zstd1.parquet", "pictures_arrow_gzip2.parquet", "pictures_arrow_none1.parquet"]
    {
        let chunks = chunks(name);
        let file = PagedFile::open(chunks.clone()).unwrap();
        let column = file.metadata().row_group(0).column(0);
        let read = |pages: &mut Pages| {
            let mut values = 0;
            while let Some(page) = pages.get_next_page()? {
                values += if page.is_data_page() { page.num_values() } else { 0 };
            }
            Ok(values)
        };
        let pages = || Pages::new(chunks.clone(), column).unwrap();
        let whole: parquet::errors::Result<u32> = read(&mut pages());
        assert_eq!(whole.unwrap(), 2, "{name}");
        let refused = |mut pages: Pages, told: &str| {
            let error = read(&mut pages).unwrap_err().to_string();
            assert!(error.contains(told), "{name}: {error}");
        };
        let (mut few, mut small, mut cut) = (pages(), pages(), pages());
        few.values_left = 1;
        refused(few, "values, where 1 can be");
        small.unpacked_left = 20;
        refused(small, "bytes, unpacked, where 20 can be");
        cut.left -= 1;
        refused(cut, "a page beyond its column");
    }
}

/// Whatever byte is changed, the reader ends, and says so or has as many rows as before.
#[test]
fn no_changed_byte_of_a_header_goes_beyond_the_column() {
    let whole = chunks("features_arrow_zstd1.parquet");
    let file = PagedFile::open(whole.clone()).unwrap();
    let column = file.metadata().row_group(0).column(1);
    let bytes = whole.0.read_at(0, whole.0.size() as usize).unwrap();
    let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset()) as usize;
    let (mut refused, mut read) = (0, 0);
    for at in start..start + 40 {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let mut pages = Pages::new(Chunks(Arc::new(Held(changed))), column).unwrap();
            let mut unpacked = 0;
            match std::iter::from_fn(|| pages.get_next_page().transpose()).try_for_each(|page| {
                unpacked += page?.buffer().len();
                Ok::<(), parquet::errors::ParquetError>(())
            }) {
                Ok(()) => read += 1,
                Err(_) => refused += 1,
            }
            assert!(unpacked as i64 <= column.uncompressed_size(), "byte {at}, bit {bit}");
        }
    }
    assert!(refused > 100 && refused + read == 320, "{refused} refused, {read} read");
}
