//! `.jsonl`: a JSON object a line, with `path`, or `bytes` in base64.

use super::SourceError;
use super::folder::is_picture;
use super::item::Item;
use super::list_file::Lines;
use super::manifest::{Manifest, PICTURE_LIMIT, Row, points_of_json};
use crate::storage::Address;
use crate::text;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Bytes a line may have: the largest picture in base64, and the rest.
const LINE_LIMIT: u64 = (PICTURE_LIMIT / 3 * 4) as u64 + (64 << 10);

const WANTED: &str = r#"an object with "path", or with "bytes" in base64, and five [x, y] or ten numbers if it has "landmarks""#;

/// Takes base64 with and without `=` at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Deserialize)]
struct Line {
    id: Option<Value>,
    path: Option<String>,
    #[serde(alias = "image")]
    bytes: Option<String>,
    #[serde(alias = "points")]
    landmarks: Option<Value>,
    feature: Option<IgnoredAny>,
    contract: Option<IgnoredAny>,
}

/// The pictures of the manifest at `address`.
///
/// # Errors
/// If it cannot be read, or its first line is no row of a manifest. A later line that is none is an unusable item.
pub(super) fn open(
    address: &Address,
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send + use<>, SourceError> {
    let manifest = Manifest::new(address);
    let file = address.open().and_then(text::reader).map_err(|source| manifest.unreadable(0, source))?;
    let lines = Lines::new(BufReader::new(file), super::escape(address.as_path()), b'\n', LINE_LIMIT);
    let mut rows = lines.zip(0_u64..).map(move |(line, number)| {
        let (place, text) = line?;
        let row = match parse(&text) {
            Ok(line) if line.feature.is_some() || line.contract.is_some() => return Err(manifest.features()),
            Ok(line) if number == 0 && line.path.is_none() && line.bytes.is_none() => {
                Err(r#"neither "path" nor "bytes""#.to_string())
            }
            Ok(line) => row(line),
            Err(problem) => Err(problem),
        };
        match row {
            Ok(row) => Ok(manifest.item(number, row)),
            Err(problem) if number == 0 => Err(manifest.content(format!("line {place}"), problem, WANTED)),
            Err(problem) => {
                let problem = format!("line {place}: {problem}; wanted {WANTED}");
                Ok(manifest.item(number, Row { problem: Some(problem), ..Row::default() }))
            }
        }
    });
    let first = rows.next().transpose()?;
    Ok(first.map(Ok).into_iter().chain(rows))
}

fn parse(text: &[u8]) -> Result<Line, String> {
    if text.trim_ascii_start().starts_with(b"[") {
        return Err("a JSON array, and each row must be a line of its own".to_string());
    }
    serde_json::from_slice(text).map_err(|error| without_place(&error))
}

/// What a line says, if it can be a row at all. What is wrong with its picture or points alone stands in the row.
fn row(line: Line) -> Result<Row, String> {
    let id = match line.id {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(other) => return Err(format!("\"id\" is {other}, neither a text nor a number")),
    };
    let points = line.landmarks.filter(|value| !value.is_null()).map(|value| points_of_json(&value));
    let (points, points_problem) = match points.transpose() {
        Ok(points) => (points, None),
        Err(problem) => (None, Some(problem)),
    };
    let (bytes, bytes_problem) = match line.bytes.map(|text| picture(&text)).transpose() {
        Ok(bytes) => (bytes, None),
        Err(NoPicture::Path(path)) => {
            return Err(format!(
                "\"bytes\" or \"image\" is the name of a file, '{path}', which belongs under \"path\""
            ));
        }
        Err(NoPicture::Damaged(problem)) => (None, Some(problem)),
    };
    let path = line.path.map(PathBuf::from);
    Ok(Row { id: id.map(PathBuf::from), path, bytes, points, problem: bytes_problem.or(points_problem) })
}

enum NoPicture {
    Path(String),
    Damaged(String),
}

/// The bytes that `text` has in base64, alone, broken into lines, or as a data URI.
fn picture(text: &str) -> Result<Vec<u8>, NoPicture> {
    let base64 = match text.strip_prefix("data:").map(|uri| uri.split_once(',')) {
        None => text,
        Some(Some((kind, data))) if kind.ends_with(";base64") => data,
        Some(_) => {
            return Err(NoPicture::Damaged("\"bytes\" is a data URI that is not in base64".to_string()));
        }
    };
    let lines: String;
    let whole = match base64.contains(['\n', '\r']) {
        true => {
            lines = base64.split_ascii_whitespace().collect();
            &lines
        }
        false => base64,
    };
    BASE64.decode(whole).map_err(|error| match is_picture(Path::new(text)) {
        true => NoPicture::Path(text.to_string()),
        false => NoPicture::Damaged(format!("\"bytes\" is no base64: {error}")),
    })
}

/// What serde says without its line, which is always 1, but with the column.
fn without_place(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}
