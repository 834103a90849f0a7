//! Columns of texts and of lists of numbers, in steps.

use crate::pages::FeatureColumn;
use half::f16;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArrayType, DoubleType, FixedLenByteArrayType, FloatType};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::RowGroupReader;

/// A column of texts, some of which may be null.
pub(super) struct Texts {
    column: ColumnReaderImpl<ByteArrayType>,
    is_optional: bool,
}

impl Texts {
    pub(super) fn new(rows: &dyn RowGroupReader, at: usize) -> Result<Texts> {
        let is_optional = rows.metadata().column(at).column_descr().max_def_level() > 0;
        Ok(Texts { column: get_typed_column_reader(rows.get_column_reader(at)?), is_optional })
    }

    /// The next `count` texts; fewer at the end.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<Option<String>>> {
        let (mut bytes, mut levels) = (Vec::new(), Vec::new());
        let wanted = self.is_optional.then_some(&mut levels);
        let (records, ..) = self.column.read_records(count, wanted, None, &mut bytes)?;
        let mut bytes = bytes.into_iter();
        let mut next = || bytes.next().map(|text| Ok(text.as_utf8()?.to_string())).transpose();
        match self.is_optional {
            true => levels.into_iter().map(|level| if level > 0 { next() } else { Ok(None) }).collect(),
            false => (0..records).map(|_| next()).collect(),
        }
    }
}

/// A column of lists of numbers.
pub(super) struct Lists {
    column: Numbers,
    /// The definition level of a value.
    full: i16,
    /// As in [`FeatureColumn`].
    list_level: i16,
}

enum Numbers {
    F16(ColumnReaderImpl<FixedLenByteArrayType>),
    F32(ColumnReaderImpl<FloatType>),
    F64(ColumnReaderImpl<DoubleType>),
}

impl Lists {
    pub(super) fn new(rows: &dyn RowGroupReader, feature: FeatureColumn) -> Result<Lists> {
        let column = match rows.get_column_reader(feature.column)? {
            ColumnReader::FixedLenByteArrayColumnReader(column) => Numbers::F16(column),
            ColumnReader::FloatColumnReader(column) => Numbers::F32(column),
            ColumnReader::DoubleColumnReader(column) => Numbers::F64(column),
            _ => return Err(ParquetError::General("the features are no numbers".to_string())),
        };
        let full = rows.metadata().column(feature.column).column_descr().max_def_level();
        Ok(Lists { column, full, list_level: feature.list_level })
    }

    /// The next `count` lists, or why there is none; fewer at the end.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<std::result::Result<Vec<f32>, String>>> {
        let (mut levels, mut starts) = (Vec::new(), Vec::new());
        let (defined, repeated) = (Some(&mut levels), Some(&mut starts));
        let values: Vec<f32> = match &mut self.column {
            Numbers::F16(column) => {
                let mut read = Vec::new();
                column.read_records(count, defined, repeated, &mut read)?;
                let number = |bytes: &[u8]| bytes.try_into().ok().map(|two| f16::from_le_bytes(two).to_f32());
                let all: Option<Vec<f32>> = read.iter().map(|bytes| number(bytes.data())).collect();
                all.ok_or_else(|| ParquetError::General("float16 of other than two bytes".to_string()))?
            }
            Numbers::F32(column) => {
                let mut read = Vec::new();
                column.read_records(count, defined, repeated, &mut read)?;
                read
            }
            Numbers::F64(column) => {
                let mut read = Vec::new();
                column.read_records(count, defined, repeated, &mut read)?;
                read.into_iter().map(|value: f64| value as f32).collect()
            }
        };
        let (mut lists, mut values, mut at) = (Vec::new(), values.into_iter(), 0);
        while at < starts.len() {
            let length = 1 + starts[at + 1..].iter().take_while(|level| **level > 0).count();
            let levels = &levels[at..at + length];
            let present = levels.iter().filter(|level| **level == self.full).count();
            let list: Vec<f32> = values.by_ref().take(present).collect();
            lists.push(match levels.iter().position(|level| *level < self.full) {
                None => Ok(list),
                Some(_) if levels[0] < self.list_level - 1 => Err("no feature and no reason".to_string()),
                Some(_) if levels[0] < self.list_level => Err("the list is empty".to_string()),
                Some(index) => Err(format!("value {index} is null")),
            });
            at += length;
        }
        Ok(lists)
    }
}
