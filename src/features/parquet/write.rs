//! Parquet, written to a file or into memory.
//!
//! Every row group is written together with a footer that closes the file, and the next one replaces that
//! footer, so the file is whole after every row group.

use super::{ARROW_SCHEMA, CONTRACT_KEY, SCHEMA};
use crate::contract::Contract;
use crate::features::partial::Partial;
use crate::features::{Kept, Row, Sink, SinkError};
use crate::network::FEATURE_LENGTH;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, FloatType, Int64Type};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataWriter};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::mem;
use std::path::Path;
use std::sync::Arc;

/// Rows of a row group: 1 MiB of features, and all that a kill can cost.
const GROUP: usize = 1024;

/// A Parquet file.
pub(in crate::features) struct Parquet {
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
            Err(failure) => {
                self.statuses.push("failed".into());
                self.errors.push(failure.reason.into());
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
    pub(in crate::features) fn create(path: &Path, contract: &Contract) -> Result<Parquet, SinkError> {
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

/// Rows into the bytes of a whole Parquet file, in memory. Equal rows give equal bytes.
#[doc(hidden)]
pub struct Encoder {
    writer: SerializedFileWriter<Vec<u8>>,
    group: Group,
}

impl Encoder {
    /// Begins a file.
    ///
    /// # Errors
    /// If the Parquet writer refuses the contract.
    pub fn new(contract: &Contract) -> Result<Encoder, SinkError> {
        Ok(Encoder { writer: writer(contract).map_err(SinkError::Encode)?, group: Group::default() })
    }

    /// Takes a row.
    ///
    /// # Errors
    /// If the Parquet writer refuses it.
    pub fn push(&mut self, row: Row<'_>) -> Result<(), SinkError> {
        self.group.push(row);
        if self.group.ids.len() >= GROUP {
            mem::take(&mut self.group).encode(&mut self.writer).map_err(SinkError::Encode)?;
        }
        Ok(())
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// If the Parquet writer refuses the last rows.
    pub fn finish(mut self) -> Result<Vec<u8>, SinkError> {
        if !self.group.ids.is_empty() {
            self.group.encode(&mut self.writer).map_err(SinkError::Encode)?;
        }
        self.writer.into_inner().map_err(SinkError::Encode)
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
