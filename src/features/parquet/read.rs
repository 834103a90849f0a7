//! Parquet files of features, ours and those that came back through other tools, read a window of rows at a time, so
//! that memory does not grow with a row group.

use super::columns::{Lists, Texts};
use super::{CONTRACT_KEY, SCHEMA};
use crate::contract::Contract;
use crate::features::contract::read_beside;
use crate::features::file::Rows;
use crate::features::{FeatureFile, ReadError, StoredRow};
use crate::network::FEATURE_LENGTH;
use crate::pages::{FeatureColumn, LIST_ROWS, PagedFile, check_codec, feature_column, guarded};
use crate::storage::{Address, Chunks, ReadAt};
use parquet::basic::Type as Physical;
use parquet::column::reader::{ColumnReaderImpl, get_typed_column_reader};
use parquet::data_type::Int64Type;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::schema::parser::parse_message_type;
use std::path::Path;

/// Rows decoded at a time: 1 MiB of features.
const WINDOW: usize = 1024;

/// Where in a file the columns are.
#[derive(Clone, Copy, Debug)]
struct Places {
    feature: FeatureColumn,
    path: Option<usize>,
    error: Option<usize>,
    /// Only of our own files: elsewhere `id` may be anything.
    id: Option<usize>,
}

/// Opens a file of ours, with all its columns and its contract.
pub(in crate::features) fn open(path: &Path, bytes: Box<dyn ReadAt>) -> Result<FeatureFile, ReadError> {
    let file = opened(path, Chunks(bytes.into()))?;
    if !is_ours(file.metadata()).map_err(|error| damaged(path, error))? {
        let problem = "the columns are not those of a file of features".to_string();
        return Err(ReadError::NotFeatures { path: path.to_path_buf(), problem });
    }
    let Some(contract) = stored_contract(path, file.metadata())? else {
        let looked = format!("metadata {CONTRACT_KEY}");
        return Err(ReadError::NoContract { path: path.to_path_buf(), looked });
    };
    rows(path, file, Some(contract))
}

/// Opens the file at `path`, whoever wrote it.
pub(in crate::features) fn open_file(path: &Path) -> Result<FeatureFile, ReadError> {
    let bytes = Address::Local(path.to_path_buf()).open_at();
    let bytes = bytes.map_err(|source| ReadError::Io { path: path.to_path_buf(), source })?;
    let file = opened(path, Chunks(bytes))?;
    let contract = match stored_contract(path, file.metadata())? {
        None => read_beside(path)?,
        stored => stored,
    };
    rows(path, file, contract)
}

fn opened(path: &Path, chunks: Chunks) -> Result<PagedFile, ReadError> {
    guarded(|| PagedFile::open(chunks)).map_err(|error| damaged(path, error))
}

fn is_ours(metadata: &ParquetMetaData) -> ParquetResult<bool> {
    Ok(metadata.file_metadata().schema().get_fields() == parse_message_type(SCHEMA)?.get_fields())
}

fn stored_contract(path: &Path, metadata: &ParquetMetaData) -> Result<Option<Contract>, ReadError> {
    let pairs = metadata.file_metadata().key_value_metadata();
    let stored = pairs.and_then(|all| all.iter().find(|pair| pair.key == CONTRACT_KEY));
    let Some(text) = stored.and_then(|pair| pair.value.as_deref()) else { return Ok(None) };
    serde_json::from_str(text)
        .map(Some)
        .map_err(|error| content(path, format!("metadata {CONTRACT_KEY} is no contract: {error}")))
}

fn rows(path: &Path, file: PagedFile, contract: Option<Contract>) -> Result<FeatureFile, ReadError> {
    let places = places(path, file.metadata())?;
    let count = check_groups(path, file.metadata(), places.feature.column)?;
    Ok(FeatureFile::new(path, contract, count, Box::new(ParquetRows { file, places, columns: None })))
}

fn places(path: &Path, metadata: &ParquetMetaData) -> Result<Places, ReadError> {
    let schema = metadata.file_metadata().schema_descr();
    let feature = feature_column(schema).map_err(|problem| content(path, problem))?;
    let Some(feature) = feature else {
        let fields = schema.root_schema().get_fields();
        let Some(field) = fields.iter().find(|field| field.name() == "feature") else {
            let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
            let names = names.join(", ");
            let problem = format!(
                "no column 'feature' with lists of {FEATURE_LENGTH} numbers; the columns are {names}"
            );
            return Err(ReadError::NotFeatures { path: path.to_path_buf(), problem });
        };
        let found = match field.is_group() {
            true => "nested, without numbers that have a point".to_string(),
            false => field.get_physical_type().to_string(),
        };
        let expected = format!("expected lists of {FEATURE_LENGTH} float32, float64 or float16");
        return Err(content(path, format!("column 'feature': it is {found}; {expected}")));
    };
    // A text, of which there is one.
    let text = |name: &str| {
        let is_it = |at: &usize| schema.column(*at).path().parts().first().is_some_and(|root| root == name);
        match (0..schema.num_columns()).filter(is_it).collect::<Vec<_>>()[..] {
            [] => Ok(None),
            [at] if schema.column(at).path().parts().len() == 1
                && schema.column(at).max_rep_level() == 0
                && schema.column(at).physical_type() == Physical::BYTE_ARRAY =>
            {
                Ok(Some(at))
            }
            [at] => Err(format!("it is {}", schema.column(at).physical_type())),
            _ => Err("there are several".to_string()),
        }
    };
    let names = text("path").map_err(|found| {
        content(path, format!("column 'path': {found}; expected a string, the name of the row"))
    })?;
    let is_ours = is_ours(metadata).map_err(|error| damaged(path, error))?;
    // What `error` is in a file of others, if not a text, does not matter.
    Ok(Places { feature, path: names, error: text("error").unwrap_or(None), id: is_ours.then_some(0) })
}

/// The rows of all groups. Refuses what would fail, or fill the memory, in the middle of a run.
fn check_groups(path: &Path, metadata: &ParquetMetaData, feature: usize) -> Result<u64, ReadError> {
    let mut count = 0_u64;
    for (at, group) in metadata.row_groups().iter().enumerate() {
        let (rows, values) = (group.num_rows(), group.column(feature).num_values());
        if !(0..=LIST_ROWS).contains(&rows) {
            return Err(content(
                path,
                format!("row group {at} has {rows} rows, at most {LIST_ROWS} are read"),
            ));
        }
        if !(0..=rows * FEATURE_LENGTH as i64).contains(&values) {
            let problem = format!(
                "row group {at}, column 'feature': {values} values in {rows} rows, expected {FEATURE_LENGTH} in each"
            );
            return Err(content(path, problem));
        }
        if let Some(Err(codec)) = group.columns().iter().map(check_codec).find(Result::is_err) {
            return Err(content(
                path,
                format!("row group {at} is compressed with {codec}, which is not read"),
            ));
        }
        count += rows.unsigned_abs();
    }
    let said = metadata.file_metadata().num_rows();
    match u64::try_from(said) == Ok(count) {
        true => Ok(count),
        false => Err(content(path, format!("{count} rows in its row groups, {said} in the footer"))),
    }
}

struct ParquetRows {
    file: PagedFile,
    places: Places,
    columns: Option<Columns>,
}

impl Rows for ParquetRows {
    fn row(&mut self, path: &Path, row: u64) -> Result<StoredRow, ReadError> {
        let (mut start, mut found) = (0, None);
        for (at, group) in self.file.metadata().row_groups().iter().enumerate() {
            let rows = group.num_rows().unsigned_abs();
            if row < start + rows {
                found = Some(at);
                break;
            }
            start += rows;
        }
        let Some(group) = found else { return Err(content(path, format!("row {row} is in no row group"))) };
        let mut columns = match self.columns.take() {
            Some(columns) if columns.group == group && columns.first <= row => columns,
            _ => guarded(|| Columns::new(group, start, self.places, &*self.file.get_row_group(group)?))
                .map_err(|error| damaged(path, error))?,
        };
        while columns.first + columns.rows.len() as u64 <= row {
            guarded(|| columns.next_window()).map_err(|error| damaged(path, error))?;
            if columns.rows.is_empty() {
                return Err(content(path, format!("row {row} is missing from its row group")));
            }
        }
        let at = usize::try_from(row - columns.first).unwrap_or(usize::MAX);
        let found = columns.rows.get(at).cloned();
        self.columns = Some(columns);
        found.ok_or_else(|| content(path, format!("row {row} is missing")))
    }

    fn is_named(&self) -> bool {
        self.places.path.is_some()
    }
}

/// The columns of a row group, read together, and a window of their rows.
struct Columns {
    group: usize,
    features: Lists,
    paths: Option<Texts>,
    errors: Option<Texts>,
    ids: Option<ColumnReaderImpl<Int64Type>>,
    /// The window's first row, in the file.
    first: u64,
    rows: Vec<StoredRow>,
}

impl Columns {
    fn new(group: usize, start: u64, places: Places, rows: &dyn RowGroupReader) -> ParquetResult<Columns> {
        let text = |at: Option<usize>| at.map(|at| Texts::new(rows, at)).transpose();
        let id = |at| rows.get_column_reader(at).map(get_typed_column_reader);
        Ok(Columns {
            group,
            features: Lists::new(rows, places.feature)?,
            paths: text(places.path)?,
            errors: text(places.error)?,
            ids: places.id.map(id).transpose()?,
            first: start,
            rows: Vec::new(),
        })
    }

    fn next_window(&mut self) -> ParquetResult<()> {
        self.first += self.rows.len() as u64;
        self.rows.clear();
        let features = self.features.take(WINDOW)?;
        let count = features.len();
        let texts = |column: &mut Option<Texts>| match column {
            Some(column) => column.take(count).map(Some),
            None => Ok(None),
        };
        let (paths, errors) = (texts(&mut self.paths)?, texts(&mut self.errors)?);
        let mut ids = Vec::new();
        if let Some(column) = &mut self.ids {
            column.read_records(count, None, None, &mut ids)?;
        }
        let unequal = |other: usize| other != count;
        let lengths = [
            paths.as_ref().map(Vec::len),
            errors.as_ref().map(Vec::len),
            self.ids.as_ref().map(|_| ids.len()),
        ];
        if let Some(other) = lengths.into_iter().flatten().find(|other| unequal(*other)) {
            return Err(ParquetError::General(format!("columns of unequal length: {count}, {other}")));
        }
        let (mut paths, mut errors, mut ids) =
            (paths.map(Vec::into_iter), errors.map(Vec::into_iter), ids.into_iter());
        for (row, feature) in (self.first..).zip(features) {
            let error = errors.as_mut().and_then(Iterator::next).flatten();
            let outcome = match feature {
                Ok(feature) if feature.len() == FEATURE_LENGTH => Ok(feature),
                Ok(feature) => {
                    let found = feature.len();
                    let problem = format!("{found} values in row {row}, expected {FEATURE_LENGTH}");
                    return Err(ParquetError::General(problem));
                }
                Err(reason) => Err(error.unwrap_or(reason)),
            };
            let path = match paths.as_mut().map(Iterator::next) {
                Some(path) => path.flatten().ok_or_else(|| {
                    let problem = "the path is null; give the row a name, or leave the column out";
                    ParquetError::General(format!("row {row}: {problem}"))
                })?,
                None => String::new(),
            };
            let id = ids.next().and_then(|id| u64::try_from(id).ok()).unwrap_or(row);
            self.rows.push(StoredRow { id, path, outcome });
        }
        Ok(())
    }
}

fn content(path: &Path, problem: String) -> ReadError {
    ReadError::Content { path: path.to_path_buf(), problem }
}

/// What is wrong with the file, without the name of the format that the reader puts before it.
fn damaged(path: &Path, error: ParquetError) -> ReadError {
    let problem = match error {
        ParquetError::General(problem) => problem,
        other => other.to_string(),
    };
    content(path, problem)
}
