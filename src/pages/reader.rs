//! The pages of a column, one after the other.

use super::damage::damaged;
use super::header::{self, Header, Kind};
use super::{limits, unpack};
use crate::storage::Chunks;
use parquet::basic::Compression;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::Result;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;

/// The pages of a column in a row group.
pub(super) struct Pages {
    chunks: Chunks,
    codec: Compression,
    /// Where the next header or, if it was read already, the next page is.
    at: u64,
    /// Bytes of the column from there on.
    pub(super) left: u64,
    /// Bytes, unpacked, that may still come.
    pub(super) unpacked_left: u64,
    /// Values that may still come.
    pub(super) values_left: u64,
    /// The header of the next page, if it was read already.
    next: Option<Header>,
}

impl Pages {
    pub(super) fn new(chunks: Chunks, column: &ColumnChunkMetaData) -> Result<Pages> {
        let start = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let number =
            |number: i64| u64::try_from(number).map_err(|_| damaged(format!("{number} in the footer")));
        Ok(Pages {
            chunks,
            codec: column.compression(),
            at: number(start)?,
            left: number(column.compressed_size())?,
            unpacked_left: number(column.uncompressed_size())?,
            values_left: number(column.num_values())?,
            next: None,
        })
    }

    /// The header of the next page; nothing at the end.
    fn header(&mut self) -> Result<Option<Header>> {
        if self.next.is_some() {
            return Ok(self.next);
        }
        while self.left > 0 {
            let (header, length) = header::read(self.chunks.get_read(self.at)?, self.left)?;
            self.step(length)?;
            match header.kind {
                Kind::Index => self.step(header.packed as u64)?,
                _ => {
                    self.check(&header)?;
                    self.next = Some(header);
                    return Ok(self.next);
                }
            }
        }
        Ok(None)
    }

    fn step(&mut self, length: u64) -> Result<()> {
        self.left = self.left.checked_sub(length).ok_or_else(|| damaged("a page beyond its column"))?;
        self.at += length;
        Ok(())
    }

    /// Refuses a page of more than the footer said.
    fn check(&mut self, header: &Header) -> Result<()> {
        let (unpacked, left) =
            (header.unpacked as u64, self.unpacked_left.min(limits::GROUP_LIMIT.unsigned_abs()));
        if unpacked > left {
            return Err(damaged(format!(
                "a page that claims {unpacked} bytes, unpacked, where {left} can be"
            )));
        }
        self.unpacked_left -= unpacked;
        let (values, limit) = match header.kind {
            // Each value of a dictionary has a byte at least.
            Kind::Dictionary { values, .. } => (u64::from(values), unpacked),
            Kind::Data { values, .. } | Kind::DataV2 { values, .. } => {
                let limit = self.values_left;
                self.values_left = limit.saturating_sub(values.into());
                (u64::from(values), limit)
            }
            Kind::Index => (0, 0),
        };
        match values > limit {
            true => Err(damaged(format!("a page of {values} values, where {limit} can be"))),
            false => Ok(()),
        }
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let Some(header) = self.header()? else { return Ok(None) };
        let packed = self.chunks.get_bytes(self.at, header.packed)?;
        self.skip_next_page()?;
        // The levels of a page of version 2 are not compressed.
        let (levels, is_compressed) = match header.kind {
            Kind::DataV2 { def_bytes, rep_bytes, is_compressed, .. } => {
                (def_bytes as usize + rep_bytes as usize, is_compressed)
            }
            _ => (0, true),
        };
        let codec = if is_compressed { self.codec } else { Compression::UNCOMPRESSED };
        let buf = unpack::page(codec, packed, levels, header.unpacked).map_err(damaged)?;
        Ok(match header.kind {
            Kind::Data { values: num_values, encoding, def, rep } => Some(Page::DataPage {
                buf,
                num_values,
                encoding,
                def_level_encoding: def,
                rep_level_encoding: rep,
                statistics: None,
            }),
            Kind::DataV2 { values: num_values, encoding, nulls, rows, def_bytes, rep_bytes, .. } => {
                Some(Page::DataPageV2 {
                    buf,
                    num_values,
                    encoding,
                    num_nulls: nulls,
                    num_rows: rows,
                    def_levels_byte_len: def_bytes,
                    rep_levels_byte_len: rep_bytes,
                    is_compressed: false,
                    statistics: None,
                })
            }
            Kind::Dictionary { values: num_values, encoding } => {
                Some(Page::DictionaryPage { buf, num_values, encoding, is_sorted: false })
            }
            Kind::Index => None,
        })
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        let count = |number: u32| Some(number as usize);
        Ok(self.header()?.map(|header| match header.kind {
            Kind::Data { values, .. } => {
                PageMetadata { num_rows: None, num_levels: count(values), is_dict: false }
            }
            Kind::DataV2 { values, rows, .. } => {
                PageMetadata { num_rows: count(rows), num_levels: count(values), is_dict: false }
            }
            Kind::Dictionary { .. } | Kind::Index => {
                PageMetadata { num_rows: None, num_levels: None, is_dict: true }
            }
        }))
    }

    fn skip_next_page(&mut self) -> Result<()> {
        match self.header()? {
            Some(header) => {
                self.next = None;
                self.step(header.packed as u64)
            }
            None => Ok(()),
        }
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        self.get_next_page().transpose()
    }
}
