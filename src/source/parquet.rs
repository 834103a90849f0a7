//! `.parquet`: columns `path`, or `bytes` or `image`, and if there are any, `id` and points. One row group is read
//! after the other.

use super::SourceError;
use super::item::Item;
use super::manifest::{COORDINATES, Manifest, Row, check_pairs, columns, points};
use crate::pages::{self, GROUP_LIMIT, LIST_ROWS, PagedFile, guarded};
use crate::storage::{Address, Chunks};
use parquet::basic::{Repetition, Type as Physical};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::FileReader;
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row as Record};
use parquet::schema::types::Type;
use std::path::PathBuf;
use std::sync::Arc;

const WANTED: &str = "a column 'path', or a column 'bytes' or 'image' with the picture itself";

/// Values of a list, on average over a row group: 10, and some slack for those that fail.
const LIST_VALUES: i64 = 16;

/// The key under which `extract` writes how features were made.
const CONTRACT_KEY: &str = "lightcnn.contract";

struct Rows {
    manifest: Manifest,
    records: RowIter<'static>,
    row: u64,
    over: bool,
}

/// The pictures of the manifest at `address`.
///
/// # Errors
/// If it cannot be read, is damaged at its end, holds features, or has none of the columns, or one of another type.
pub(super) fn open(
    address: &Address,
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send + use<>, SourceError> {
    let manifest = Manifest::new(address);
    let file = address.open_at().map_err(|source| manifest.unreadable(0, source))?;
    let reader = guarded(|| PagedFile::open(Chunks(file)))
        .map_err(|error| manifest.content("at its end", error.to_string(), "a Parquet file"))?;
    let projection = projection(&manifest, reader.metadata())?;
    let records = guarded(|| RowIter::from_file_into(Box::new(reader)).project(Some(projection)))
        .map_err(|error| manifest.content("its columns", error.to_string(), WANTED))?;
    Ok(Rows { manifest, records, row: 0, over: false })
}

/// The columns to read, checked.
fn projection(manifest: &Manifest, metadata: &ParquetMetaData) -> Result<Type, SourceError> {
    let file = metadata.file_metadata();
    let fields = file.schema().get_fields();
    let is_contract = |key: &str| key == CONTRACT_KEY;
    let has_contract =
        file.key_value_metadata().is_some_and(|pairs| pairs.iter().any(|pair| is_contract(&pair.key)));
    // Tools that rewrite a file of features leave the metadata out.
    if has_contract || !matches!(pages::feature_column(file.schema_descr()), Ok(None)) {
        return Err(manifest.features());
    }
    let mut chosen: Vec<Arc<Type>> = Vec::new();
    for field in fields {
        let name = field.name();
        let wanted = match name {
            "path" => "a string",
            "bytes" | "image" => "binary, or a struct of 'bytes' and 'path'",
            "id" => "a string or a whole number",
            "landmarks" => "a list of 10 numbers or of 5 pairs of numbers",
            _ if COORDINATES.contains(&name) => "a number",
            _ => continue,
        };
        if !fits(field) {
            let found =
                if field.is_group() { "nested".to_string() } else { field.get_physical_type().to_string() };
            return Err(manifest.content(format!("column '{name}'"), format!("it is {found}"), wanted));
        }
        chosen.push(Arc::clone(field));
    }
    let has = |name: &str| chosen.iter().any(|field| field.name() == name);
    let coordinates = COORDINATES.iter().filter(|name| has(name)).count();
    if !(has("path") || has("bytes") || has("image")) || !matches!(coordinates, 0 | 10) {
        let found = columns(fields.iter().map(|field| field.name()));
        return Err(manifest.content("its schema", found, WANTED));
    }
    check_groups(manifest, metadata, &chosen)?;
    Type::group_type_builder(file.schema().name())
        .with_fields(chosen)
        .build()
        .map_err(|error| manifest.content("its schema", error.to_string(), WANTED))
}

/// Whether a column is of a type that its name promises.
fn fits(field: &Type) -> bool {
    let is = |field: &Type, types: &[Physical]| {
        field.is_primitive()
            && types.contains(&field.get_physical_type())
            && field.get_basic_info().repetition() != Repetition::REPEATED
    };
    let text = [Physical::BYTE_ARRAY];
    match field.name() {
        "path" => is(field, &text),
        "bytes" | "image" if field.is_group() => field.get_fields().iter().all(|part| match part.name() {
            "bytes" | "path" => is(part, &text),
            _ => part.is_primitive() && part.get_basic_info().repetition() != Repetition::REPEATED,
        }),
        "bytes" | "image" => is(field, &text),
        "id" => is(field, &[Physical::BYTE_ARRAY, Physical::INT32, Physical::INT64]),
        "landmarks" => field.is_group(),
        _ => is(field, &[Physical::FLOAT, Physical::DOUBLE, Physical::INT32, Physical::INT64]),
    }
}

/// Refuses what would fail, or fill the memory, in the middle of a run.
fn check_groups(
    manifest: &Manifest,
    metadata: &ParquetMetaData,
    chosen: &[Arc<Type>],
) -> Result<(), SourceError> {
    for (at, group) in metadata.row_groups().iter().enumerate() {
        let read = group.columns().iter().filter(|column| {
            let root = column.column_path().parts().first();
            root.is_some_and(|root| chosen.iter().any(|field| field.name() == root))
        });
        let mut bytes = 0_i64;
        for column in read {
            if let Err(codec) = pages::check_codec(column) {
                let place = format!("column '{}'", column.column_path().string());
                let wanted = "no compression, Snappy, gzip, Zstandard, LZ4 or Brotli: write the file anew";
                return Err(manifest.content(place, format!("compressed with {codec}"), wanted));
            }
            let is_list = column.column_descr().max_rep_level() > 0;
            let (most_rows, per_row) = if is_list { (LIST_ROWS, LIST_VALUES) } else { (i64::MAX, 1) };
            let (rows, values) = (group.num_rows(), column.num_values());
            if !(0..=most_rows).contains(&rows) || !(0..=rows.saturating_mul(per_row)).contains(&values) {
                let place = format!("row group {at}, column '{}'", column.column_path().string());
                let wanted =
                    "a value a row; of a list, at most 16 values a row in groups of at most 1,048,576 rows";
                return Err(manifest.content(place, format!("{values} values in {rows} rows"), wanted));
            }
            bytes = bytes.saturating_add(column.uncompressed_size());
        }
        if !(0..=GROUP_LIMIT).contains(&bytes) {
            let found = format!("{bytes} bytes");
            return Err(manifest.content(format!("row group {at}"), found, "at most 1 GiB in a row group"));
        }
    }
    Ok(())
}

impl Iterator for Rows {
    type Item = Result<Item, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let item = match guarded(|| self.records.next().transpose()) {
            Ok(Some(record)) => Ok(self.manifest.item(self.row, row(record))),
            Ok(None) => {
                self.over = true;
                return None;
            }
            Err(error) => {
                self.over = true;
                let place = format!("row {}", self.row);
                Err(self.manifest.content(place, error.to_string(), "a row of its columns"))
            }
        };
        self.row += 1;
        Some(item)
    }
}

fn row(record: Record) -> Row {
    let mut row = Row::default();
    let mut numbers = Vec::new();
    for (name, field) in record.into_columns() {
        match name.as_str() {
            "path" => row.path = text(field).or(row.path),
            "id" => row.id = text(field),
            "landmarks" => {
                if let Err(problem) = add_landmarks(&field, &mut numbers) {
                    row.problem = Some(problem);
                }
            }
            "bytes" | "image" => match field {
                // Hugging Face's pictures: the bytes, and the name of the file they are from.
                Field::Group(group) => {
                    for (name, field) in group.into_columns() {
                        match name.as_str() {
                            "bytes" => row.bytes = bytes(field).or(row.bytes),
                            "path" => row.path = row.path.or(text(field)),
                            _ => {}
                        }
                    }
                }
                field => row.bytes = bytes(field).or(row.bytes),
            },
            _ => numbers.extend(number(&field)),
        }
    }
    if !numbers.is_empty() && row.problem.is_none() {
        match points(&numbers) {
            Ok(points) => row.points = Some(points),
            Err(problem) => row.problem = Some(problem),
        }
    }
    row
}

fn text(field: Field) -> Option<PathBuf> {
    match field {
        Field::Str(text) => Some(text.into()),
        Field::Bytes(bytes) => Some(crate::source::escape::path_from_bytes(bytes.data().to_vec())),
        Field::Null => None,
        number => Some(number.to_string().into()),
    }
}

fn bytes(field: Field) -> Option<Vec<u8>> {
    match field {
        Field::Bytes(bytes) => Some(bytes.data().to_vec()),
        // A column of strings; a picture in it fails as one.
        Field::Str(text) => Some(text.into_bytes()),
        _ => None,
    }
}

/// Adds ten numbers, or five lists of two, or five structs of `x` and `y`; other lists are not taken for points.
fn add_landmarks(field: &Field, numbers: &mut Vec<f64>) -> Result<(), String> {
    let list = match field {
        Field::Null => return Ok(()),
        Field::ListInternal(list) => list.elements(),
        _ => return Err("the landmarks are no list; wanted 10 numbers or 5 pairs".to_string()),
    };
    let pairs: Option<Vec<Vec<Option<f64>>>> = list.iter().map(pair).collect();
    let found: Option<Vec<f64>> = match pairs {
        Some(pairs) if !pairs.is_empty() => {
            check_pairs(pairs.iter().map(Vec::len))?;
            pairs.into_iter().flatten().collect()
        }
        _ => list.iter().map(number).collect(),
    };
    numbers.extend(found.ok_or("the landmarks are not all numbers, or not all pairs")?);
    Ok(())
}

/// The parts of a list, or of a struct with `x` and `y`; nothing if it is neither.
fn pair(field: &Field) -> Option<Vec<Option<f64>>> {
    match field {
        Field::ListInternal(list) => Some(list.elements().iter().map(number).collect()),
        Field::Group(group) => {
            let part = |wanted: &str| {
                let found = group.get_column_iter().find(|(name, _)| *name == wanted);
                found.and_then(|(_, field)| number(field))
            };
            Some(vec![part("x"), part("y")])
        }
        _ => None,
    }
}

fn number(field: &Field) -> Option<f64> {
    match field {
        Field::Float(number) => Some((*number).into()),
        Field::Double(number) => Some(*number),
        Field::Int(number) => Some((*number).into()),
        Field::Long(number) => Some(*number as f64),
        _ => None,
    }
}
