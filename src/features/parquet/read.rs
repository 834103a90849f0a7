//! Parquet files of features, read back: a window of rows at a time, so that memory does not grow with a row group.

use super::{CONTRACT_KEY, SCHEMA};
use crate::features::file::Rows;
use crate::features::{FeatureFile, ReadError, StoredRow};
use crate::network::FEATURE_LENGTH;
use crate::storage::{Chunks, ReadAt};
use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int64Type};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::reader::{ChunkReader, FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::parser::parse_message_type;
use std::path::Path;

/// Rows decoded at a time: 1 MiB of features.
const WINDOW: usize = 1024;

pub(in crate::features) fn open(path: &Path, bytes: Box<dyn ReadAt>) -> Result<FeatureFile, ReadError> {
    open_chunks(path, Chunks(bytes.into()))
}

pub(in crate::features) fn open_file(path: &Path) -> Result<FeatureFile, ReadError> {
    let file =
        crate::file::open(path).map_err(|source| ReadError::Io { path: path.to_path_buf(), source })?;
    open_chunks(path, file)
}

fn open_chunks(path: &Path, chunks: impl ChunkReader + 'static) -> Result<FeatureFile, ReadError> {
    let damaged = |error: ParquetError| content(path, error.to_string());
    let reader = SerializedFileReader::new(chunks).map_err(damaged)?;
    let metadata = reader.metadata().file_metadata();
    let expected = parse_message_type(SCHEMA).map_err(damaged)?;
    if metadata.schema().get_fields() != expected.get_fields() {
        let problem = "the columns are not those of a file of features".to_string();
        return Err(ReadError::NotFeatures { path: path.to_path_buf(), problem });
    }
    let stored =
        metadata.key_value_metadata().and_then(|all| all.iter().find(|pair| pair.key == CONTRACT_KEY));
    let Some(text) = stored.and_then(|pair| pair.value.as_deref()) else {
        let looked = format!("metadata {CONTRACT_KEY}");
        return Err(ReadError::NoContract { path: path.to_path_buf(), looked });
    };
    let contract = serde_json::from_str(text)
        .map_err(|error| content(path, format!("metadata {CONTRACT_KEY} is no contract: {error}")))?;
    let rows =
        u64::try_from(metadata.num_rows()).map_err(|_| content(path, "a negative row count".into()))?;
    Ok(FeatureFile::new(path, contract, rows, Box::new(ParquetRows { reader, columns: None })))
}

struct ParquetRows<R: ChunkReader> {
    reader: SerializedFileReader<R>,
    columns: Option<Columns>,
}

impl<R: ChunkReader + 'static> Rows for ParquetRows<R> {
    fn row(&mut self, path: &Path, row: u64) -> Result<StoredRow, ReadError> {
        let damaged = |error: ParquetError| content(path, error.to_string());
        let (mut first, mut found) = (0, None);
        for at in 0..self.reader.num_row_groups() {
            let rows = self.reader.metadata().row_group(at).num_rows();
            let rows = u64::try_from(rows).map_err(|_| content(path, "a negative row count".into()))?;
            if row < first + rows {
                found = Some(at);
                break;
            }
            first += rows;
        }
        let Some(group) = found else { return Err(content(path, format!("row {row} is in no row group"))) };
        let wanted = row - first;
        let columns = match self.columns.take() {
            Some(columns) if columns.group == group && columns.first <= wanted => columns,
            _ => {
                let rows = self.reader.get_row_group(group).map_err(damaged)?;
                Columns::new(group, &*rows).map_err(damaged)?
            }
        };
        let columns = self.columns.insert(columns);
        while columns.first + columns.rows.len() as u64 <= wanted {
            columns.next_window().map_err(damaged)?;
            if columns.rows.is_empty() {
                return Err(content(path, format!("row {row} is missing from its row group")));
            }
        }
        let at = usize::try_from(wanted - columns.first).unwrap_or(usize::MAX);
        columns.rows.get(at).cloned().ok_or_else(|| content(path, format!("row {row} is missing")))
    }
}

/// The columns of a row group, read together, and a window of their rows.
struct Columns {
    group: usize,
    ids: ColumnReaderImpl<Int64Type>,
    paths: ColumnReaderImpl<ByteArrayType>,
    errors: ColumnReaderImpl<ByteArrayType>,
    features: ColumnReaderImpl<FloatType>,
    /// Place in the group of the window's first row.
    first: u64,
    rows: Vec<StoredRow>,
}

impl Columns {
    fn new(group: usize, rows: &dyn RowGroupReader) -> ParquetResult<Columns> {
        fn column<T: DataType>(rows: &dyn RowGroupReader, at: usize) -> ParquetResult<ColumnReaderImpl<T>> {
            Ok(get_typed_column_reader(rows.get_column_reader(at)?))
        }
        Ok(Columns {
            group,
            ids: column(rows, 0)?,
            paths: column(rows, 1)?,
            errors: column(rows, 3)?,
            features: column(rows, 4)?,
            first: 0,
            rows: Vec::new(),
        })
    }

    fn next_window(&mut self) -> ParquetResult<()> {
        self.first += self.rows.len() as u64;
        self.rows.clear();
        let mut ids = Vec::with_capacity(WINDOW);
        let (count, ..) = self.ids.read_records(WINDOW, None, None, &mut ids)?;
        let (mut paths, mut errors, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        let (found, ..) = self.paths.read_records(count, None, None, &mut paths)?;
        let (told, ..) = self.errors.read_records(count, Some(&mut failed), None, &mut errors)?;
        let (mut values, mut filled, mut starts) = (Vec::new(), Vec::new(), Vec::new());
        let (given, ..) =
            self.features.read_records(count, Some(&mut filled), Some(&mut starts), &mut values)?;
        if [found, told, given] != [count; 3] {
            return Err(ParquetError::General(format!(
                "columns of unequal length: {count}, {found}, {told}, {given}"
            )));
        }
        let (mut errors, mut values, mut at) = (errors.into_iter(), values.as_slice(), 0);
        for ((id, path), failed) in ids.into_iter().zip(paths).zip(failed) {
            let length = 1 + starts[at + 1..].iter().take_while(|level| **level > 0).count();
            let error = (failed > 0).then(|| errors.next()).flatten();
            let outcome = match filled[at] {
                2 if length == FEATURE_LENGTH && values.len() >= length => {
                    let feature = values[..length].to_vec();
                    values = &values[length..];
                    Ok(feature)
                }
                0 => Err(error.map(text).transpose()?.unwrap_or_else(|| "no feature and no reason".into())),
                _ => {
                    return Err(ParquetError::General(format!(
                        "{length} values in a row, expected {FEATURE_LENGTH}"
                    )));
                }
            };
            at += length;
            self.rows.push(StoredRow { id: u64::try_from(id).unwrap_or(0), path: text(path)?, outcome });
        }
        Ok(())
    }
}

fn text(bytes: ByteArray) -> ParquetResult<String> {
    Ok(bytes.as_utf8()?.to_string())
}

fn content(path: &Path, problem: String) -> ReadError {
    ReadError::Content { path: path.to_path_buf(), problem }
}
