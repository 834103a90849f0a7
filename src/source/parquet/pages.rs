//! The pages of a Parquet file, counted before they are decoded.
//!
//! A run-length of a few bytes stands for as many values as a page's header says, and a list of them would be put
//! together in memory. What a header may say is what the footer said, and that was checked.

use crate::storage::Chunks;
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

/// A file whose pages have no more values than their column in the footer.
pub(super) struct Counted(pub SerializedFileReader<Chunks>);

struct Group<'a>(Box<dyn RowGroupReader + 'a>);

struct Pages {
    pages: Box<dyn PageReader>,
    /// Values that may still come.
    left: u64,
}

impl FileReader for Counted {
    fn metadata(&self) -> &ParquetMetaData {
        self.0.metadata()
    }

    fn num_row_groups(&self) -> usize {
        self.0.num_row_groups()
    }

    fn get_row_group(&self, i: usize) -> Result<Box<dyn RowGroupReader + '_>> {
        Ok(Box::new(Group(self.0.get_row_group(i)?)))
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_file(projection, self)
    }
}

impl RowGroupReader for Group<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.0.metadata()
    }

    fn num_columns(&self) -> usize {
        self.0.num_columns()
    }

    fn get_column_page_reader(&self, i: usize) -> Result<Box<dyn PageReader>> {
        let left = u64::try_from(self.metadata().column(i).num_values()).unwrap_or(0);
        Ok(Box::new(Pages { pages: self.0.get_column_page_reader(i)?, left }))
    }

    fn get_column_bloom_filter(&self, i: usize) -> Option<&Sbbf> {
        self.0.get_column_bloom_filter(i)
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let Some(page) = self.pages.get_next_page()? else { return Ok(None) };
        let values = u64::from(page.num_values());
        // Each value of a dictionary has a byte at least.
        let limit = match page {
            Page::DictionaryPage { .. } => page.buffer().len() as u64,
            _ => self.left,
        };
        if values > limit {
            return Err(ParquetError::General(format!("a page of {values} values, where {limit} can be")));
        }
        if !matches!(page, Page::DictionaryPage { .. }) {
            self.left -= values;
        }
        Ok(Some(page))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        self.get_next_page().transpose()
    }
}
