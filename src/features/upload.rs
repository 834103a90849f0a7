//! An output in a store: made in a folder of this machine, and put into the store when it is finished.

use super::sink::{create_local, made};
use super::{Kept, Row, Sink, SinkError};
use crate::contract::Contract;
use crate::environment;
use crate::storage::{Object, StoreUrl};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// An output that is made here and meant for a store.
pub(super) struct Upload {
    output: Box<dyn Sink>,
    /// The output here.
    local: PathBuf,
    /// Its address.
    target: StoreUrl,
}

/// Outputs of this process; each has a folder of its own.
static COUNT: AtomicU32 = AtomicU32::new(0);

impl Upload {
    pub(super) fn create(target: StoreUrl, contract: &Contract) -> Result<Upload, SinkError> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder =
            environment::temporary_folder().join(format!("lightcnn-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).map_err(refused("make the folder", &folder))?;
        let local = folder.join(target.as_path().file_name().unwrap_or_default());
        let output = create_local(&local, contract)?;
        Ok(Upload { output, local, target })
    }
}

fn refused<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> SinkError + use<'a> {
    move |source| SinkError::Io { what, path: path.to_path_buf(), source }
}

impl Sink for Upload {
    fn write(&mut self, row: Row<'_>) -> Result<(), SinkError> {
        self.output.write(row)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.output.flush()
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.output.finish()?;
        // The features last, as everywhere: who sees them sees what belongs to them.
        for local in made(&self.local).into_iter().rev() {
            let target = self.target.beside(local.file_name().unwrap_or_default());
            let uploaded = Object::new(&target).and_then(|object| match File::open(&local) {
                Ok(file) => object.upload(&file),
                // Not every output has failed rows; the one that is replaced may have had some.
                Err(error) if error.kind() == io::ErrorKind::NotFound => object.remove_if_there(),
                Err(error) => Err(error),
            });
            uploaded.map_err(|source| SinkError::Upload {
                path: target.as_path().to_path_buf(),
                kept: self.local.clone(),
                source,
            })?;
        }
        if let Some(folder) = self.local.parent() {
            fs::remove_dir_all(folder).map_err(refused("remove", folder))?;
        }
        Ok(())
    }

    fn keep_partial(&mut self) -> Kept {
        self.output.keep_partial()
    }
}
