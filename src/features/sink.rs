//! Features written row by row.
//!
//! A file is written as `NAME.partial`, in steps that each leave it readable, and gets its name when it is
//! complete. So after an error, a signal or a full disk, the rows written so far are there.

use super::form::{Form, form};
use super::{SinkError, jsonl, npy};
use crate::contract::Contract;
use crate::partial::folder;
use crate::storage::Address;
use std::fmt;
use std::path::{Path, PathBuf};

/// One row of an output.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Position in the input, from 0.
    pub id: u64,
    /// The picture's path, escaped to one line.
    pub path: &'a str,
    /// The feature, 256 values, or why there is none.
    pub outcome: Result<&'a [f32], Failure<'a>>,
}

/// Why a row has no feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure<'a> {
    /// A word or two that stay the same whatever the picture, to count failures by. Files of features do not keep
    /// it.
    pub kind: &'a str,
    /// What is wrong with this picture.
    pub reason: &'a str,
}

/// Where rows go.
pub trait Sink {
    /// Takes a row.
    ///
    /// # Errors
    /// If the file system refuses it. The rows of earlier [`Sink::flush`]es stay readable.
    fn write(&mut self, row: Row<'_>) -> Result<(), SinkError>;

    /// Hands the rows taken so far to the operating system; from here on they survive the end of this process.
    /// A Parquet file does so once per row group of 1,024 rows.
    ///
    /// # Errors
    /// As [`Sink::write`].
    fn flush(&mut self) -> Result<(), SinkError>;

    /// Makes the output durable and gives it its name.
    ///
    /// # Errors
    /// As [`Sink::write`]; the output then stays under its partial name.
    fn finish(&mut self) -> Result<(), SinkError>;

    /// Leaves what was written, readable, under its partial name, and says what is there.
    fn keep_partial(&mut self) -> Kept;
}

/// What an unfinished run left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Rows that can be read.
    pub rows: u64,
    /// Where they are; nothing for a stream.
    pub path: Option<PathBuf>,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{} rows are kept in {}", self.rows, path.display()),
            None => write!(f, "{} rows were written", self.rows),
        }
    }
}

/// Whether an output may be made at `address`, before any work is done.
///
/// # Errors
/// If the ending is none of the three, the folder does not exist or takes no files, or an output is there
/// already and `force` is not set.
#[doc(hidden)]
pub fn check_output(address: impl Into<Address>, force: bool) -> Result<(), SinkError> {
    may_be_made(&address.into(), force)
}

fn may_be_made(address: &Address, force: bool) -> Result<(), SinkError> {
    let path = address.as_path();
    match form(path) {
        None => return Err(SinkError::Form { path: path.to_path_buf() }),
        #[cfg(not(feature = "parquet"))]
        Some(Form::Parquet) => return Err(SinkError::NoParquet { path: path.to_path_buf() }),
        Some(_) => {}
    }
    if let Address::Store(url) = address {
        let refused = |source| SinkError::Io { what: "write to", path: path.to_path_buf(), source };
        return match url.exists().map_err(refused)? && !force {
            true => Err(SinkError::Exists { path: path.to_path_buf() }),
            false => Ok(()),
        };
    }
    if path.is_dir() {
        return Err(SinkError::Folder { path: path.to_path_buf() });
    }
    let folder = folder(path);
    if !folder.is_dir() {
        return Err(SinkError::NoFolder { path: path.to_path_buf(), folder });
    }
    // A link that leads nowhere is there, too.
    match made(path).into_iter().find(|path| path.symlink_metadata().is_ok()) {
        Some(path) if !force => Err(SinkError::Exists { path }),
        _ => Ok(()),
    }
}

/// The files that an output at `path` consists of, the features first.
pub(super) fn made(path: &Path) -> Vec<PathBuf> {
    let mut made = vec![path.to_path_buf()];
    if form(path) == Some(Form::Npy) {
        made.extend(npy::Companions::of(path).all());
    }
    made
}

/// Begins an output at `address`, in the form its ending names. One in a store is made in the folder for temporary files
/// first.
///
/// # Errors
/// As [`check_output`], or if the file cannot be made or another process is writing it.
pub fn create(
    address: impl Into<Address>,
    contract: &Contract,
    force: bool,
) -> Result<Box<dyn Sink>, SinkError> {
    let address = address.into();
    may_be_made(&address, force)?;
    match address {
        Address::Local(path) => create_local(&path, contract),
        #[cfg(feature = "cloud")]
        Address::Store(url) => Ok(Box::new(super::upload::Upload::create(url, contract)?)),
        #[cfg(not(feature = "cloud"))]
        Address::Store(url) => Err(SinkError::Io {
            what: "write to",
            path: url.as_path().to_path_buf(),
            source: crate::storage::no_cloud(),
        }),
    }
}

/// Begins an output of this machine, in place of one that may be there.
pub(super) fn create_local(path: &Path, contract: &Contract) -> Result<Box<dyn Sink>, SinkError> {
    match form(path) {
        Some(Form::Npy) => Ok(Box::new(npy::Npy::create(path, contract)?)),
        Some(Form::Jsonl) => Ok(Box::new(jsonl::Jsonl::create(path, contract)?)),
        #[cfg(feature = "parquet")]
        Some(Form::Parquet) => Ok(Box::new(super::parquet::Parquet::create(path, contract)?)),
        _ => Err(SinkError::Form { path: path.to_path_buf() }),
    }
}
