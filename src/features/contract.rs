//! The contract of features whose file does not say how they were made.

use super::ReadError;
use crate::contract::Contract;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Bytes a contract may have; ours have some hundred.
const LIMIT: u64 = 1 << 20;

/// Where the contract of the features at `features` is, if it is not in the file: `NAME.contract.json`.
pub(super) fn beside(features: &Path) -> PathBuf {
    features.with_extension("contract.json")
}

/// The contract beside the features at `features`; nothing if there is no such file.
pub(super) fn read_beside(features: &Path) -> Result<Option<Contract>, ReadError> {
    match read_contract(&beside(features)) {
        Err(ReadError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        Err(ReadError::Content { path, problem }) => {
            let problem = format!("{problem}; remove it if it does not belong to the features");
            Err(ReadError::Content { path, problem })
        }
        read => read.map(Some),
    }
}

/// Reads a contract, such as the `NAME.contract.json` beside a `.npy` of ours.
///
/// # Errors
/// If it cannot be read, or is none.
pub fn read_contract(path: &Path) -> Result<Contract, ReadError> {
    let text = crate::file::read(path, LIMIT)
        .map_err(|source| ReadError::Io { path: path.to_path_buf(), source })?;
    serde_json::from_slice(&text).map_err(|error| ReadError::Content {
        path: path.to_path_buf(),
        problem: format!("no embedding contract: {error}"),
    })
}
