//! A Parquet file as the parquet crate wants to read it, with pages of ours.

use super::damage::damaged;
use super::reader::Pages;
use super::unpack;
use crate::storage::Chunks;
use parquet::basic::Compression;
use parquet::bloom_filter::Sbbf;
use parquet::column::page::PageReader;
use parquet::errors::Result;
use parquet::file::metadata::{
    ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData,
};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

/// A file whose pages are no larger than its footer says.
pub struct PagedFile {
    chunks: Chunks,
    metadata: ParquetMetaData,
}

struct Group<'a> {
    chunks: &'a Chunks,
    metadata: &'a RowGroupMetaData,
}

impl PagedFile {
    /// Reads the footer.
    ///
    /// # Errors
    /// If it cannot be read, or is damaged.
    pub fn open(chunks: Chunks) -> Result<PagedFile> {
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&chunks)?;
        Ok(PagedFile { chunks, metadata })
    }
}

/// Why a column cannot be unpacked, if it is of a codec that is not read.
///
/// # Errors
/// The name of the codec.
pub fn check_codec(column: &ColumnChunkMetaData) -> std::result::Result<(), &'static str> {
    match column.compression() {
        Compression::LZO => Err(unpack::name(Compression::LZO)),
        _ => Ok(()),
    }
}

impl FileReader for PagedFile {
    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }

    fn num_row_groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    fn get_row_group(&self, i: usize) -> Result<Box<dyn RowGroupReader + '_>> {
        let groups = self.metadata.row_groups();
        let metadata = groups.get(i).ok_or_else(|| damaged(format!("no row group {i}")))?;
        Ok(Box::new(Group { chunks: &self.chunks, metadata }))
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_file(projection, self)
    }
}

impl RowGroupReader for Group<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.metadata
    }

    fn num_columns(&self) -> usize {
        self.metadata.num_columns()
    }

    fn get_column_page_reader(&self, i: usize) -> Result<Box<dyn PageReader>> {
        Ok(Box::new(Pages::new(self.chunks.clone(), self.metadata.column(i))?))
    }

    fn get_column_bloom_filter(&self, _: usize) -> Option<&Sbbf> {
        None
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}
