//! Files that are damaged.

use parquet::errors::{ParquetError, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the reader, which is another crate's: should it panic on some file, that file is damaged.
///
/// # Errors
/// As `run`, or if it panics.
pub fn guarded<T>(run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(damaged("the reader panicked")))
}

/// The error of a damaged file.
pub(super) fn damaged(problem: impl Into<String>) -> ParquetError {
    ParquetError::General(problem.into())
}
