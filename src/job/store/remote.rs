//! A folder in an object store. An object is there as a whole or not at all, so nothing is ever left half-way but
//! uploads in parts that nobody sees.

use super::lease::Lease;
use super::{Entry, Lock, Store, StoreError};
use crate::storage::{Object, StoreUrl};
use std::io;
use std::path::{Path, PathBuf};

/// A job's files below an address such as `s3://bucket/features`.
pub struct Remote {
    root: StoreUrl,
}

/// Bytes a file of a job may have: a part of 65,536 rows and some.
const LIMIT: u64 = 1 << 30;

impl Remote {
    /// The folder at the address `root`.
    ///
    /// # Errors
    /// If it names no bucket, or the environment lacks what its store needs.
    pub fn new(root: StoreUrl) -> Result<Remote, StoreError> {
        let remote = Remote { root };
        remote.at("").map(|_| remote)
    }

    fn url(&self, name: &str) -> StoreUrl {
        if name.is_empty() { self.root.clone() } else { self.root.join(name) }
    }

    fn at(&self, name: &str) -> Result<Object, StoreError> {
        let url = self.url(name);
        Object::new(&url).map_err(refused("use", url.as_path()))
    }

    fn ask<T>(
        &self,
        what: &'static str,
        name: &str,
        ask: impl FnOnce(&Object) -> io::Result<T>,
    ) -> Result<T, StoreError> {
        ask(&self.at(name)?).map_err(refused(what, &self.path(name)))
    }
}

fn refused<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> StoreError + use<'a> {
    move |source| StoreError::Io { what, path: path.to_path_buf(), source }
}

impl Store for Remote {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.ask("read", name, |object| match object.get(LIMIT) {
            Ok((bytes, _)) => Ok(Some(bytes.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
    }

    fn read_at(&self, name: &str, at: u64, length: usize) -> Result<Vec<u8>, StoreError> {
        self.ask("read", name, |object| object.range(at..at + length as u64))
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.ask("write", name, |object| object.put(bytes))
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.ask("remove", name, Object::remove)
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, StoreError> {
        let entries = self.ask("list", folder, Object::list)?;
        Ok(entries.into_iter().map(|(name, size, is_folder)| Entry { name, size, is_folder }).collect())
    }

    fn sweep(&self, _folder: &str) -> Result<(), StoreError> {
        Ok(())
    }

    fn lock(&self, name: &str, holder: &str) -> Result<Lock, StoreError> {
        let path = self.path(name);
        match Lease::take(self.at(name)?, holder).map_err(refused("lock", &path))? {
            Ok(lease) => Ok(Box::new(lease)),
            Err(holder) => Err(StoreError::Held { path, holder }),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.url(name).as_path().to_path_buf()
    }
}
