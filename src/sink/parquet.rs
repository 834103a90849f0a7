//! `.parquet`: id, path, status, error, feature; the contract in the metadata.
//!
//! Every row group is written together with a footer that closes the file, and the next one replaces that
//! footer, so the file is whole after every row group.

use super::partial::Partial;
use super::read::{LISTS, Rows};
use super::{FeatureFile, Kept, ReadError, Row, Sink, SinkError, StoredRow};
use crate::contract::Contract;
use crate::network::FEATURE_LENGTH;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, FloatType, Int64Type};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataWriter};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::RowAccessor;
use parquet::schema::parser::parse_message_type;
use std::fs::File;
use std::mem;
use std::path::Path;
use std::sync::Arc;

/// Rows of a row group: 1 MiB of features, and all that a kill can cost.
const GROUP: usize = 1024;

const CONTRACT_KEY: &str = "lightcnn.contract";

/// The list has three levels, as the format's `LogicalTypes.md` wants it; a failed row has no list.
const SCHEMA: &str = "message features {
    required int64 id;
    required binary path (STRING);
    required binary status (STRING);
    optional binary error (STRING);
    optional group feature (LIST) { repeated group list { required float element; } }
}";

/// Tells Arrow readers that every list has 256 values. `tests/arrow_schema.py` prints it.
const ARROW_SCHEMA: &str = include_str!("arrow_schema.txt");

/// A Parquet file.
pub(super) struct Parquet {
    file: Partial,
    writer: SerializedFileWriter<Vec<u8>>,
    group: Group,
    footer: Vec<u8>,
    kept: u64,
}

/// The columns of the row group being gathered.
#[derive(Default)]
struct Group {
    ids: Vec<i64>,
    paths: Vec<ByteArray>,
    statuses: Vec<ByteArray>,
    errors: Vec<ByteArray>,
    error_levels: Vec<i16>,
    values: Vec<f32>,
    value_levels: Vec<i16>,
    repetitions: Vec<i16>,
}

impl Group {
    fn push(&mut self, row: Row<'_>) {
        self.ids.push(row.id as i64);
        self.paths.push(row.path.into());
        match row.outcome {
            Ok(feature) => {
                self.statuses.push("ok".into());
                self.error_levels.push(0);
                self.values.extend_from_slice(feature);
                self.value_levels.resize(self.value_levels.len() + FEATURE_LENGTH, 2);
                self.repetitions.push(0);
                self.repetitions.resize(self.repetitions.len() + FEATURE_LENGTH - 1, 1);
            }
            Err(reason) => {
                self.statuses.push("failed".into());
                self.errors.push(reason.into());
                self.error_levels.push(1);
                self.value_levels.push(0);
                self.repetitions.push(0);
            }
        }
    }

    fn encode(&self, writer: &mut SerializedFileWriter<Vec<u8>>) -> ParquetResult<()> {
        let mut group = writer.next_row_group()?;
        let mut at = 0;
        while let Some(mut column) = group.next_column()? {
            match at {
                0 => column.typed::<Int64Type>().write_batch(&self.ids, None, None)?,
                1 => column.typed::<ByteArrayType>().write_batch(&self.paths, None, None)?,
                2 => column.typed::<ByteArrayType>().write_batch(&self.statuses, None, None)?,
                3 => column.typed::<ByteArrayType>().write_batch(
                    &self.errors,
                    Some(&self.error_levels),
                    None,
                )?,
                _ => column.typed::<FloatType>().write_batch(
                    &self.values,
                    Some(&self.value_levels),
                    Some(&self.repetitions),
                )?,
            };
            column.close()?;
            at += 1;
        }
        group.close()?;
        Ok(())
    }
}

impl Parquet {
    pub(super) fn create(path: &Path, contract: &Contract) -> Result<Parquet, SinkError> {
        let file = Partial::create(path)?;
        let writer =
            writer(contract).map_err(|source| SinkError::Parquet { path: path.to_path_buf(), source })?;
        let mut parquet = Parquet { file, writer, group: Group::default(), footer: Vec::new(), kept: 0 };
        parquet.put()?;
        Ok(parquet)
    }

    /// Appends what the writer encoded, and a footer over all row groups so far.
    fn put(&mut self) -> Result<(), SinkError> {
        let rows: i64 = self.writer.flushed_row_groups().iter().map(|group| group.num_rows()).sum();
        let footer = footer(&self.writer, rows)
            .map_err(|source| SinkError::Parquet { path: self.file.path().to_path_buf(), source })?;
        let body = mem::take(self.writer.inner_mut());
        let length = body.len();
        let mut bytes = body;
        bytes.extend_from_slice(&footer);
        let start = self.file.kept();
        if let Err(error) = self.file.write_at(&bytes, start) {
            // Back to the last footer; its space was there before.
            let _ = self.file.cut(start);
            let _ = self.file.write_at(&self.footer, start);
            return Err(error);
        }
        self.file.pending().extend_from_slice(&bytes[..length]);
        self.file.keep();
        self.footer = footer;
        self.kept = rows as u64;
        // A shorter footer than the one before must not leave its end behind.
        self.file.cut(self.file.kept() + self.footer.len() as u64)
    }

    fn close_group(&mut self) -> Result<(), SinkError> {
        if self.group.ids.is_empty() {
            return Ok(());
        }
        let group = mem::take(&mut self.group);
        group
            .encode(&mut self.writer)
            .map_err(|source| SinkError::Parquet { path: self.file.path().to_path_buf(), source })?;
        self.put()
    }
}

impl Sink for Parquet {
    fn write(&mut self, row: Row<'_>) -> Result<(), SinkError> {
        self.group.push(row);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        if self.group.ids.len() >= GROUP { self.close_group() } else { Ok(()) }
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.close_group()?;
        self.file.sync()?;
        self.file.rename()
    }

    fn keep_partial(&mut self) -> Kept {
        // What cannot be written any more is not counted.
        let _ = self.close_group();
        Kept { rows: self.kept, path: Some(self.file.path().to_path_buf()) }
    }
}

fn writer(contract: &Contract) -> ParquetResult<SerializedFileWriter<Vec<u8>>> {
    let contract = serde_json::to_string(contract).map_err(|error| ParquetError::External(error.into()))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::UNCOMPRESSED)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_created_by(concat!("lightcnn version ", env!("CARGO_PKG_VERSION")).into())
        .set_key_value_metadata(Some(vec![
            KeyValue::new(CONTRACT_KEY.into(), contract),
            KeyValue::new("ARROW:schema".into(), ARROW_SCHEMA.trim_end().to_string()),
        ]))
        .build();
    SerializedFileWriter::new(Vec::new(), Arc::new(parse_message_type(SCHEMA)?), Arc::new(properties))
}

fn footer(writer: &SerializedFileWriter<Vec<u8>>, rows: i64) -> ParquetResult<Vec<u8>> {
    let properties = writer.properties();
    let file = FileMetaData::new(
        properties.writer_version().as_num(),
        rows,
        Some(properties.created_by().to_string()),
        properties.key_value_metadata().cloned(),
        Arc::new(writer.schema_descr().clone()),
        None,
    );
    let metadata = ParquetMetaData::new(file, writer.flushed_row_groups().to_vec());
    let mut footer = Vec::new();
    ParquetMetaDataWriter::new(&mut footer, &metadata).finish()?;
    Ok(footer)
}

pub(super) fn open(path: &Path) -> Result<FeatureFile, ReadError> {
    let damaged = |error: ParquetError| content(path, error.to_string());
    let file = File::open(path).map_err(|source| ReadError::Io { path: path.to_path_buf(), source })?;
    let reader = SerializedFileReader::new(file).map_err(damaged)?;
    let metadata = reader.metadata().file_metadata();
    let expected = parse_message_type(SCHEMA).map_err(damaged)?;
    if metadata.schema().get_fields() != expected.get_fields() {
        return Err(content(path, format!("the columns are not those of a file of features; {LISTS}")));
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
    Ok(FeatureFile::new(path, contract, rows, Box::new(ParquetRows { reader })))
}

struct ParquetRows {
    reader: SerializedFileReader<File>,
}

impl Rows for ParquetRows {
    fn row(&mut self, path: &Path, row: u64) -> Result<StoredRow, ReadError> {
        let damaged = |error: ParquetError| content(path, error.to_string());
        let mut left = row;
        for at in 0..self.reader.num_row_groups() {
            let group = self.reader.get_row_group(at).map_err(damaged)?;
            let rows = u64::try_from(group.metadata().num_rows()).unwrap_or(0);
            if left >= rows {
                left -= rows;
                continue;
            }
            let mut records = group.get_row_iter(None).map_err(damaged)?;
            let found = records.nth(usize::try_from(left).unwrap_or(usize::MAX));
            return match found {
                Some(record) => stored(&record.map_err(damaged)?).map_err(damaged),
                None => Err(content(path, format!("row {row} is missing from its row group"))),
            };
        }
        Err(content(path, format!("row {row} is in no row group")))
    }
}

fn stored(record: &parquet::record::Row) -> ParquetResult<StoredRow> {
    let id = u64::try_from(record.get_long(0)?).unwrap_or(0);
    let path = record.get_string(1)?.clone();
    let outcome = match record.get_list(4) {
        Ok(list) => {
            let mut feature = Vec::with_capacity(FEATURE_LENGTH);
            for at in 0..list.len() {
                feature.push(parquet::record::ListAccessor::get_float(list, at)?);
            }
            if feature.len() != FEATURE_LENGTH {
                let found = feature.len();
                return Err(ParquetError::General(format!(
                    "{found} values in a row, expected {FEATURE_LENGTH}"
                )));
            }
            Ok(feature)
        }
        Err(_) => Err(record.get_string(3).cloned().unwrap_or_else(|_| "no feature and no reason".into())),
    };
    Ok(StoredRow { id, path, outcome })
}

fn content(path: &Path, problem: String) -> ReadError {
    ReadError::Content { path: path.to_path_buf(), problem }
}
