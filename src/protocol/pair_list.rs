//! Lists of pairs as CSV or JSON lines.
//!
//! CSV has a header; its columns, in any order: `left`, `right` (names, or row numbers from 0, `#7` for certain), `same` (`1`, `true`,
//! `same`, `yes` or `0`, `-1`, `false`, `different`, `no`), and, if wanted, `fold` (from 0) and `score`. With a score
//! `left` and `right` may be missing. JSON lines have the same keys; `left` and `right` are strings or numbers, `same` is
//! true or false. A number is a name if all numbers of the list are names, and a row if none is.

use super::pair::{Image, Pair, PairList};
use serde::Deserialize;

/// Columns that are known.
const COLUMNS: [&str; 5] = ["left", "right", "same", "fold", "score"];

/// Reads a CSV file.
///
/// # Errors
/// What is wrong, with the line.
#[doc(hidden)]
pub fn csv(bytes: &[u8]) -> Result<PairList, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|error| format!("no CSV: {error}"))?.clone();
    if let Some(unknown) = header.iter().find(|column| !COLUMNS.contains(column)) {
        return Err(format!("column '{}' is none of {}", unknown.escape_debug(), COLUMNS.join(", ")));
    }
    let column = |name| header.iter().position(|column| column == name);
    let [left, right, same, fold, score] = COLUMNS.map(column);
    let same = same.ok_or("there is no column 'same' (whether a pair shows one person)")?;
    let mut pairs = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let field =
            |column: Option<usize>| column.and_then(|at| record.get(at)).filter(|text| !text.is_empty());
        let wrong = |what: &str, text: &str| format!("line {line}: {what} is '{}'", text.escape_debug());
        let same = record.get(same).unwrap_or_default();
        let same = is_same(same).ok_or_else(|| wrong("same", same) + ", expected 1 or 0, true or false")?;
        let fold = field(fold).map(|text| text.parse().map_err(|_| wrong("fold", text))).transpose()?;
        let score = field(score).map(|text| number(text).ok_or_else(|| wrong("score", text))).transpose()?;
        let images = match (field(left), field(right)) {
            (Some(left), Some(right)) => Some([image(left), image(right)]),
            (None, None) if score.is_some() => None,
            _ => return Err(format!("line {line}: two images are needed, left and right")),
        };
        pairs.push(Pair { images, same, fold, score });
    }
    PairList::new(pairs)
}

/// A line of a JSON list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    left: Option<Name>,
    right: Option<Name>,
    same: bool,
    fold: Option<usize>,
    score: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Number(u64),
    Text(String),
}

/// Reads JSON lines.
///
/// # Errors
/// What is wrong, with the line.
#[doc(hidden)]
pub fn jsonl(text: &str) -> Result<PairList, String> {
    let image = |name| match name {
        Name::Number(number) => Image::Number(number.to_string()),
        Name::Text(name) => match name.strip_prefix('#').map(str::parse) {
            Some(Ok(row)) => Image::Row(row),
            _ => Image::Name(name),
        },
    };
    let mut pairs = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line =
            serde_json::from_str(line).map_err(|error| format!("line {number} is no pair: {error}"))?;
        let images = match (line.left, line.right) {
            (Some(left), Some(right)) => Some([image(left), image(right)]),
            (None, None) if line.score.is_some() => None,
            _ => return Err(format!("line {number}: two images are needed, left and right")),
        };
        pairs.push(Pair { images, same: line.same, fold: line.fold, score: line.score });
    }
    PairList::new(pairs)
}

/// What a field of a CSV file names, where a number may be a name as well.
fn image(text: &str) -> Image {
    match text.strip_prefix('#').map(str::parse) {
        Some(Ok(row)) => Image::Row(row),
        _ if text.bytes().all(|byte| byte.is_ascii_digit()) => Image::Number(text.to_string()),
        _ => Image::Name(text.to_string()),
    }
}

fn is_same(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "same" | "yes" => Some(true),
        "0" | "-1" | "false" | "different" | "no" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_json_lines_say_the_same() {
        let text = "same, left, right, fold\n1, a/b.png, 7, 0\ndifferent,\"c,d.png\", x.png, 1\n";
        let from_csv = csv(text.as_bytes()).unwrap();
        let lines = "{\"left\":\"a/b.png\",\"right\":7,\"same\":true,\"fold\":0}\n\
                     {\"left\":\"c,d.png\",\"right\":\"x.png\",\"same\":false,\"fold\":1}\n";
        assert_eq!(jsonl(lines).unwrap(), from_csv);
        assert_eq!(from_csv.folds, 2);
        assert_eq!(from_csv.pairs[0].images.as_ref().unwrap()[1], Image::Number("7".into()));
        let scores = csv(b"score,same\n0.5,1\n-0.25,-1\n").unwrap();
        assert_eq!(scores.pairs[1].score, Some(-0.25));
        assert_eq!(scores.pairs[1].images, None);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, expected) in [
            ("left,right\na,b\n", "no column 'same'"),
            ("left,right,same,mood\na,b,1,x\n", "column 'mood'"),
            ("left,right,same\na,b,perhaps\n", "line 2: same is 'perhaps'"),
            ("left,right,same\na,,1\n", "line 2: two images"),
            ("same,score\n1,NaN\n", "line 2: score is 'NaN'"),
            ("left,right,same,fold\na,b,1,0\na,b,1,\n", "1 of 2 pairs have a fold"),
            ("left,right,same,fold\na,b,1,1\na,b,1,1\n", "without a gap"),
            ("left,right,same,fold\na,b,1,9\n", "fold 9"),
            ("same,score\n", "no pairs"),
        ] {
            let problem = csv(text.as_bytes()).unwrap_err();
            assert!(problem.contains(expected), "{problem}");
        }
        assert!(jsonl("{\"left\":\"a\",\"same\":true}").unwrap_err().contains("line 1"));
        assert!(jsonl("nothing").unwrap_err().contains("line 1 is no pair"));
    }
}
