//! `.jsonl`: a JSON object a line, with `path`, or `bytes` in base64.

use super::SourceError;
use super::item::{Item, Points};
use super::list_file::Lines;
use super::manifest::{Manifest, PICTURE_LIMIT, Row};
use crate::storage::Address;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::io::BufReader;
use std::path::PathBuf;

/// Bytes a line may have: the largest picture in base64, and the rest.
const LINE_LIMIT: u64 = (PICTURE_LIMIT / 3 * 4) as u64 + (64 << 10);

const WANTED: &str =
    r#"an object with "path", or with "bytes" in base64, and five [x, y] if it has "landmarks""#;

/// Takes base64 with and without `=` at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Deserialize)]
struct Line {
    id: Option<Id>,
    path: Option<String>,
    #[serde(alias = "image")]
    bytes: Option<String>,
    #[serde(alias = "points")]
    landmarks: Option<Box<Points>>,
    feature: Option<IgnoredAny>,
    contract: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(serde_json::Number),
}

/// The pictures of the manifest at `address`.
///
/// # Errors
/// If it cannot be read, or its first line is no row of a manifest. A later line that is none is an unusable item.
pub(super) fn open(
    address: &Address,
) -> Result<impl Iterator<Item = Result<Item, SourceError>> + Send + use<>, SourceError> {
    let manifest = Manifest::new(address);
    let file = address.open().map_err(|source| manifest.unreadable(0, source))?;
    let lines = Lines::new(BufReader::new(file), super::escape(address.as_path()), b'\n', LINE_LIMIT);
    let mut rows = lines.zip(0_u64..).map(move |(line, number)| {
        let (place, text) = line?;
        let row = match serde_json::from_slice::<Line>(&text) {
            Ok(line) if line.feature.is_some() || line.contract.is_some() => return Err(manifest.features()),
            Ok(line) if number == 0 && line.path.is_none() && line.bytes.is_none() => {
                return Err(manifest.content(
                    format!("line {place}"),
                    r#"neither "path" nor "bytes""#,
                    WANTED,
                ));
            }
            Ok(line) => row(line),
            Err(error) if number == 0 => {
                return Err(manifest.content(format!("line {place}"), without_place(&error), WANTED));
            }
            Err(error) => {
                let problem = format!("line {place}: {}; wanted {WANTED}", without_place(&error));
                Row { problem: Some(problem), ..Row::default() }
            }
        };
        Ok(manifest.item(number, row))
    });
    let first = rows.next().transpose()?;
    Ok(first.map(Ok).into_iter().chain(rows))
}

fn row(line: Line) -> Row {
    let id = line.id.map(|id| match id {
        Id::Text(text) => text,
        Id::Number(number) => number.to_string(),
    });
    let (bytes, problem) = match line.bytes.map(|text| BASE64.decode(text)).transpose() {
        Ok(bytes) => (bytes, None),
        Err(error) => (None, Some(format!("\"bytes\" is no base64: {error}"))),
    };
    let path = line.path.map(PathBuf::from);
    Row { id: id.map(PathBuf::from), path, bytes, points: line.landmarks, problem }
}

/// What serde says without its line, which is always 1, but with the column.
fn without_place(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}
