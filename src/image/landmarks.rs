//! Five points of a face, and the file that gives them for many pictures.

use serde::Deserialize;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Component, Path, PathBuf};

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
        let mut reader = BufReader::new(File::open(file).map_err(failed)?);
        let start = reader.fill_buf().map_err(failed)?;
        let json = start.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
        let mut reading = Reading { file, rows: HashMap::new() };
        if json {
            reading.json_lines(reader)?
        } else {
            reading.csv(reader)?
        };
        let rows = reading.rows.into_iter().map(|(path, (_, landmarks))| (path, landmarks)).collect();
        Ok(LandmarkTable { rows })
    }

    /// The landmarks of a picture, if a row is about it.
    pub fn get(&self, picture: &Path) -> Option<&Landmarks> {
        let picture = plain(picture);
        let parts: Vec<Component> = picture.components().collect();
        (0..parts.len()).find_map(|first| self.rows.get(&parts[first..].iter().collect::<PathBuf>()))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
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

    fn csv(&mut self, reader: impl BufRead) -> Result<(), LandmarksError> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(reader);
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
            let line = row.position().map_or(0, csv::Position::line);
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

    fn csv_error(&self, error: csv::Error) -> LandmarksError {
        let line = error.position().map_or(1, csv::Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(cause) => LandmarksError::Read { file: self.file.to_path_buf(), cause },
            csv::ErrorKind::Utf8 { .. } => self.row_error(line, "not UTF-8"),
            other => self.row_error(line, format!("not CSV ({other:?})")),
        }
    }

    fn json_lines(&mut self, reader: impl BufRead) -> Result<(), LandmarksError> {
        #[derive(Deserialize)]
        struct Row {
            path: String,
            points: [[f64; 2]; 5],
        }
        for (line, text) in (1..).zip(reader.lines()) {
            let text = text.map_err(|cause| LandmarksError::Read { file: self.file.to_path_buf(), cause })?;
            if text.trim().is_empty() {
                continue;
            }
            let row: Row = serde_json::from_str(&text).map_err(|e| self.row_error(line, e.to_string()))?;
            self.add(line, &row.path, row.points)?;
        }
        Ok(())
    }
}
