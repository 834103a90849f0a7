//! `.npy` of ours, read back row by row.

use super::companions::{Companions, Failed};
use super::header;
use crate::features::file::{Rows, line_at};
use crate::features::{FeatureFile, ReadError, StoredRow};
use crate::file;
use crate::network::FEATURE_LENGTH;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Bytes of a row.
const ROW: usize = 4 * FEATURE_LENGTH;

pub(in crate::features) fn open(path: &Path) -> Result<FeatureFile, ReadError> {
    let io = |path: &Path| {
        let path = path.to_path_buf();
        move |source| ReadError::Io { path: path.clone(), source }
    };
    let content = |path: &Path, problem| ReadError::Content { path: path.to_path_buf(), problem };
    let features = file::open(path).map_err(io(path))?;
    let length = features.metadata().map_err(io(path))?.len();
    let mut start = Vec::new();
    (&features).take(header::MOST as u64).read_to_end(&mut start).map_err(io(path))?;
    let header = header::read(&start).map_err(|problem| content(path, problem))?;
    if !header.is_ours() || header.width != FEATURE_LENGTH {
        let problem = format!(
            "it is {}, expected N×{FEATURE_LENGTH} little-endian float32 in C order",
            header.describe()
        );
        return Err(content(path, problem));
    }
    header.check_length(length).map_err(|problem| content(path, problem))?;
    let rows = header.rows as u64;
    let beside = Companions::of(path);
    let contract = match file::read(&beside.contract, super::CONTRACT_LIMIT) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|error| content(&beside.contract, format!("no embedding contract: {error}")))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let looked = beside.contract.display().to_string();
            return Err(ReadError::NoContract { path: path.to_path_buf(), looked });
        }
        Err(error) => return Err(io(&beside.contract)(error)),
    };
    let paths = BufReader::new(file::open(&beside.paths).map_err(io(&beside.paths))?);
    let (paths, starts) = index(paths, rows).map_err(io(&beside.paths))?;
    if starts.len() as u64 != rows {
        return Err(content(&beside.paths, format!("{} lines for {rows} rows", starts.len())));
    }
    let source = NpyRows { features, start: header.start as u64, paths, starts, errors: beside.errors };
    Ok(FeatureFile::new(path, contract, rows, Box::new(source)))
}

/// Offsets of at most `rows` + 1 lines.
fn index(mut file: BufReader<File>, rows: u64) -> std::io::Result<(BufReader<File>, Vec<u64>)> {
    let (mut starts, mut at) = (Vec::new(), 0);
    while starts.len() as u64 <= rows {
        let read = file.skip_until(b'\n')? as u64;
        if read == 0 {
            break;
        }
        starts.push(at);
        at += read;
    }
    Ok((file, starts))
}

struct NpyRows {
    features: File,
    /// Bytes before the first row.
    start: u64,
    paths: BufReader<File>,
    starts: Vec<u64>,
    errors: PathBuf,
}

impl Rows for NpyRows {
    fn row(&mut self, path: &Path, row: u64) -> Result<StoredRow, ReadError> {
        let io = |source| ReadError::Io { path: path.to_path_buf(), source };
        let mut bytes = [0; ROW];
        self.features.read_exact_at(&mut bytes, self.start + row * ROW as u64).map_err(io)?;
        let (values, _) = bytes.as_chunks::<4>();
        let feature: Vec<f32> = values.iter().map(|value| f32::from_le_bytes(*value)).collect();
        let mut name = String::new();
        self.paths.seek(SeekFrom::Start(line_at(&self.starts, row))).map_err(io)?;
        self.paths.by_ref().take(1 << 20).read_line(&mut name).map_err(io)?;
        let outcome = match feature.iter().any(|value| value.is_nan()) {
            true => Err(self.reason(row)),
            false => Ok(feature),
        };
        Ok(StoredRow { id: row, path: name.trim_end_matches('\n').to_string(), outcome })
    }
}

impl NpyRows {
    fn reason(&self, row: u64) -> String {
        let lines = file::open(&self.errors).map(|file| BufReader::new(file).lines());
        lines
            .into_iter()
            .flatten()
            .map_while(Result::ok)
            .filter_map(|line| serde_json::from_str::<Failed>(&line).ok())
            .find(|failure| failure.row == row)
            .map_or_else(|| "the row is NaN".into(), |failure| failure.error)
    }
}
