//! An offline model: a file, or its bytes.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(super) enum OfflineModel {
    File(PathBuf),
    Bytes(Arc<[u8]>),
}

impl fmt::Display for OfflineModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OfflineModel::File(path) => path.display().fmt(f),
            OfflineModel::Bytes(bytes) => write!(f, "the model of {} bytes", bytes.len()),
        }
    }
}

#[cfg(feature = "ascend")]
mod on_devices {
    use super::OfflineModel;
    use crate::atc::{Manifest, ManifestError};
    use crate::digest::{hex, sha256_of_file};
    use crate::engine::Error;
    use ascend::{Model, Stream};
    use sha2::{Digest, Sha256};

    impl OfflineModel {
        /// What is recorded beside the file; bytes have nothing beside them.
        pub(in crate::engine) fn manifest(&self) -> Result<Option<Manifest>, ManifestError> {
            match self {
                OfflineModel::File(path) => Manifest::of(path),
                OfflineModel::Bytes(_) => Ok(None),
            }
        }

        /// SHA-256 of the model itself, in hex.
        pub(in crate::engine) fn sha256(&self) -> Result<String, Error> {
            match self {
                OfflineModel::File(path) => {
                    sha256_of_file(path).map_err(|source| Error::Read { path: path.clone(), source })
                }
                OfflineModel::Bytes(bytes) => Ok(hex(&Sha256::digest(bytes))),
            }
        }

        /// The model, to run on `stream`.
        pub(in crate::engine) fn load(&self, stream: &Stream) -> Result<Model, ascend::Error> {
            match self {
                OfflineModel::File(path) => Model::load(stream, path),
                OfflineModel::Bytes(bytes) => Model::load_bytes(stream, bytes),
            }
        }
    }
}
