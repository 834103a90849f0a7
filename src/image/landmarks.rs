//! Five points of a face, and the file that gives them for many pictures.

use crate::error::ErrorKind;
use crate::text::without_mark;
use serde::Deserialize;
use std::collections::HashMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Bytes a table may have: 1 GiB, that is some ten million rows.
const LIMIT: u64 = 1 << 30;

/// Five points of a face in pixels of the upright picture, x to the right and y down from the middle of the top left
/// pixel. Left and right are as seen in the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Landmarks([[f64; 2]; 5]);

impl Landmarks {
    /// Takes left eye, right eye, tip of the nose, left and right corner of the mouth.
    pub fn new(points: [[f64; 2]; 5]) -> Landmarks {
        Landmarks(points)
    }

    /// Left eye, right eye, tip of the nose, left and right corner of the mouth.
    pub fn points(&self) -> &[[f64; 2]; 5] {
        &self.0
    }
}

/// The landmarks of many pictures.
///
/// A row is about every picture whose path ends with the row's path, folder by folder: `a/1.jpg` is about `a/1.jpg`,
/// `./a/1.jpg` and `/faces/a/1.jpg`, not about `ba/1.jpg`. If several rows fit, the longest path wins. A row with an
/// absolute path is about that path only. Links and `..` are not resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LandmarkTable {
    rows: HashMap<PathBuf, Landmarks>,
}

/// Why a landmarks file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LandmarksError {
    /// The file could not be opened or read.
    #[error("cannot read the landmarks file {}", file.display())]
    Read {
        /// The landmarks file.
        file: PathBuf,
        /// The system's reason.
        #[source]
        cause: io::Error,
    },
    /// The first line does not name the columns.
    #[error(
        "{}: line 1 has no column '{column}'; the columns are path (or file) and x1,y1 to x5,y5 (or le_x,le_y,re_x,re_y,\
         nose_x,nose_y,ml_x,ml_y,mr_x,mr_y)", file.display()
    )]
    Header {
        /// The landmarks file.
        file: PathBuf,
        /// The column that was looked for.
        column: &'static str,
    },
    /// A row is no path with five points.
    #[error("{}: line {line}: {reason}", file.display())]
    Row {
        /// The landmarks file.
        file: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

impl LandmarksError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            LandmarksError::Read { cause, .. } => cause.into(),
            LandmarksError::Header { .. } | LandmarksError::Row { .. } => ErrorKind::Damaged,
        }
    }
}

/// Names of the columns after the path: the plain ones, and those of files that name the points.
const COLUMNS: [[&str; 10]; 2] = [
    ["x1", "y1", "x2", "y2", "x3", "y3", "x4", "y4", "x5", "y5"],
    ["le_x", "le_y", "re_x", "re_y", "nose_x", "nose_y", "ml_x", "ml_y", "mr_x", "mr_y"],
];

impl LandmarkTable {
    /// Reads a file of landmarks, in UTF-8.
    ///
    /// It is JSON lines if it begins with `{`: one `{"path": "a/1.jpg", "points": [[x, y], …]}` a line. Otherwise it is
    /// CSV, whose first line names the columns: `path` or `file`, then `x1,y1` to `x5,y5` or `le_x,le_y` (left eye),
    /// `re_*`, `nose_*`, `ml_*` (left corner of the mouth), `mr_*`, in any order; other columns are not looked at.
    ///
    /// # Errors
    /// If the file cannot be read, a column is missing, or a row is not a path with five points of finite numbers, or has
    /// the path of an earlier row; the message names the line.
    pub fn read(file: &Path) -> Result<LandmarkTable, LandmarksError> {
        let failed = |cause| LandmarksError::Read { file: file.to_path_buf(), cause };
        let text = crate::file::read(file, LIMIT).map_err(failed)?;
        let text = without_mark(&text).map_err(failed)?;
        let json = text.trim_ascii_start().starts_with(b"{");
        let mut reading = Reading { file, text, rows: HashMap::new() };
        if json {
            reading.json_lines()?
        } else {
            reading.csv()?
        };
        let rows = reading.rows.into_iter().map(|(path, (_, landmarks))| (path, landmarks)).collect();
        Ok(LandmarkTable { rows })
    }

    /// The landmarks of a picture, if a row is about it.
    #[doc(hidden)]
    pub fn get(&self, picture: &Path) -> Option<&Landmarks> {
        let picture = plain(picture);
        let parts: Vec<Component> = picture.components().collect();
        (0..parts.len()).find_map(|first| self.rows.get(&parts[first..].iter().collect::<PathBuf>()))
    }

    /// How many rows there are.
    #[doc(hidden)]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    #[doc(hidden)]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// The path without `.` parts.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// A file being read: its rows so far, with their lines.
struct Reading<'a> {
    file: &'a Path,
    text: &'a [u8],
    rows: HashMap<PathBuf, (u64, Landmarks)>,
}

impl Reading<'_> {
    fn row_error(&self, line: u64, reason: impl Into<String>) -> LandmarksError {
        LandmarksError::Row { file: self.file.to_path_buf(), line, reason: reason.into() }
    }

    fn add(&mut self, line: u64, path: &str, points: [[f64; 2]; 5]) -> Result<(), LandmarksError> {
        if let Some(number) = points.as_flattened().iter().find(|v| !v.is_finite()) {
            return Err(self.row_error(line, format!("a point has the coordinate {number}")));
        }
        let path = plain(Path::new(path));
        if path.as_os_str().is_empty() {
            return Err(self.row_error(line, "the path is empty"));
        }
        if let Some((before, _)) = self.rows.get(&path) {
            return Err(self.row_error(line, format!("{} is already on line {before}", path.display())));
        }
        self.rows.insert(path, (line, Landmarks::new(points)));
        Ok(())
    }

    fn csv(&mut self) -> Result<(), LandmarksError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(self.text);
        let header = reader.headers().map_err(|e| self.csv_error(e))?.clone();
        let missing = |column| LandmarksError::Header { file: self.file.to_path_buf(), column };
        let column = |name| header.iter().position(|column| column == name);
        let path = column("path").or_else(|| column("file")).ok_or_else(|| missing("path"))?;
        let names = if column("x1").is_none() && column("le_x").is_some() { COLUMNS[1] } else { COLUMNS[0] };
        let mut columns = [0; 10];
        for (to, name) in columns.iter_mut().zip(names) {
            *to = column(name).ok_or_else(|| missing(name))?;
        }
        for row in reader.records() {
            let row = row.map_err(|e| self.csv_error(e))?;
            let line = self.line(row.position());
            let mut points = [[0.0; 2]; 5];
            for (to, (column, name)) in points.as_flattened_mut().iter_mut().zip(columns.iter().zip(names)) {
                let field = row.get(*column).ok_or_else(|| {
                    self.row_error(line, format!("{} fields, where line 1 has {}", row.len(), header.len()))
                })?;
                *to = field
                    .parse()
                    .map_err(|_| self.row_error(line, format!("{name} is '{field}', not a number")))?;
            }
            self.add(line, row.get(path).unwrap_or_default(), points)?;
        }
        Ok(())
    }

    /// The line of a row; its position is that of the empty lines before it, if there are any.
    fn line(&self, position: Option<&csv::Position>) -> u64 {
        let Some(position) = position else { return 1 };
        let rest = self.text.get(position.byte() as usize..).unwrap_or_default();
        let empty = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).filter(|b| **b == b'\n').count();
        position.line() + empty as u64
    }

    fn csv_error(&self, error: csv::Error) -> LandmarksError {
        let line = self.line(error.position());
        match error.into_kind() {
            csv::ErrorKind::Io(cause) => LandmarksError::Read { file: self.file.to_path_buf(), cause },
            csv::ErrorKind::Utf8 { .. } => self.row_error(line, "not UTF-8"),
            other => self.row_error(line, format!("not CSV ({other:?})")),
        }
    }

    fn json_lines(&mut self) -> Result<(), LandmarksError> {
        #[derive(Deserialize)]
        struct Row {
            path: String,
            points: [[f64; 2]; 5],
        }
        for (line, text) in (1..).zip(self.text.split(|b| *b == b'\n')) {
            if text.trim_ascii().is_empty() {
                continue;
            }
            let row: Row = serde_json::from_slice(text).map_err(|e| self.row_error(line, e.to_string()))?;
            self.add(line, &row.path, row.points)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>) -> Result<LandmarkTable, LandmarksError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("points");
        std::fs::write(&file, text).unwrap();
        LandmarkTable::read(&file)
    }

    fn refusal(text: impl AsRef<[u8]>) -> String {
        let message = read(text).unwrap_err().to_string();
        message.split_once("points: ").map(|(_, reason)| reason.to_string()).unwrap_or(message)
    }

    const HEADER: &str = "path,x1,y1,x2,y2,x3,y3,x4,y4,x5,y5\n";
    const POINTS: Landmarks = Landmarks([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.5]]);

    #[test]
    fn three_forms() {
        for text in [
            format!("{HEADER}a/1.jpg,1,2,3,4,5,6,7,8,9,10.5\n"),
            "label, file ,le_x,le_y,re_x,re_y,nose_x,nose_y,ml_x,ml_y,mr_x,mr_y\n7,a/1.jpg,1,2,3,4,5,6,7,8,9,10.5"
                .to_string(),
            "\n{\"path\": \"a/1.jpg\", \"points\": [[1,2],[3,4],[5,6],[7,8],[9,10.5]], \"score\": 0.9}\n\n".to_string(),
        ] {
            let table = read(&text).unwrap();
            assert_eq!(table.len(), 1, "{text}");
            assert_eq!(table.get(Path::new("a/1.jpg")), Some(&POINTS), "{text}");
        }
        assert!(read("path,x1,y1,x2,y2,x3,y3,x4,y4,x5,y5\n").unwrap().is_empty());
    }

    #[test]
    fn paths_match_from_the_end() {
        let row = |path: &str, x: u32| format!("{path},{x},2,3,4,5,6,7,8,9,10\n");
        let rows = [row("1.jpg", 1), row("./a/1.jpg", 2), row("/faces/b/1.jpg", 3)].concat();
        let table = read(format!("{HEADER}{rows}")).unwrap();
        for (path, expected) in [
            ("1.jpg", Some(1.0)),
            ("a/1.jpg", Some(2.0)),
            ("./a/./1.jpg", Some(2.0)),
            ("/x/a/1.jpg", Some(2.0)),
            ("ba/1.jpg", Some(1.0)),
            ("/faces/b/1.jpg", Some(3.0)),
            ("/x/faces/b/1.jpg", Some(1.0)),
            ("21.jpg", None),
            ("1.jpg/2.jpg", None),
            ("", None),
        ] {
            assert_eq!(table.get(Path::new(path)).map(|found| found.points()[0][0]), expected, "{path}");
        }
    }

    #[test]
    fn bad_rows_are_named() {
        let good = "a.jpg,1,2,3,4,5,6,7,8,9,10\n";
        for (text, expected) in [
            (format!("{HEADER}{good}b.jpg,1,2,x,4,5,6,7,8,9,10\n"), "line 3: x2 is 'x', not a number"),
            (format!("{HEADER}{good}b.jpg,1,2,3\n"), "line 3: 4 fields, where line 1 has 11"),
            (
                format!("{HEADER}{good}b.jpg,1,2,NaN,4,5,6,7,8,9,10\n"),
                "line 3: a point has the coordinate NaN",
            ),
            (format!("{HEADER}{good}\n./{good}"), "line 4: a.jpg is already on line 2"),
            (format!("{HEADER},1,2,3,4,5,6,7,8,9,10\n"), "line 2: the path is empty"),
            ("file,x1\n".to_string(), "line 1 has no column 'y1'"),
            ("a,b\n".to_string(), "line 1 has no column 'path'"),
            (String::new(), "line 1 has no column 'path'"),
            ("{\"path\": \"a\", \"points\": [[1,2]]}\n".to_string(), "line 1: invalid length 1"),
            ("{}\n".to_string(), "line 1: missing field `path`"),
        ] {
            let message = refusal(&text);
            assert!(message.starts_with(expected), "{text:?}: {message}");
        }
        let message = refusal([HEADER.as_bytes(), b"\xff.jpg,1,2,3,4,5,6,7,8,9,10\n"].concat());
        assert_eq!(message, "line 2: not UTF-8");
    }

    #[test]
    fn no_file() {
        let error = LandmarkTable::read(Path::new("missing/points.csv")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read the landmarks file missing/points.csv");
        assert!(std::error::Error::source(&error).is_some());
    }
}
