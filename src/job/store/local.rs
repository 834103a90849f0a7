//! A folder of this machine, or one mounted on it.

use super::{Disk, Entry, Lock, Os, Store, StoreError};
use std::io;
use std::path::{Path, PathBuf};

/// A job's files in a local folder, which is made when the first file is put into it.
#[doc(hidden)]
pub struct Local<D = Os> {
    root: PathBuf,
    disk: D,
    /// Ending of this process's unfinished files; no other process's is the same, even if locks are of no use.
    partial: String,
}

/// Ending of all unfinished files.
const PARTIAL: &str = ".partial";

impl Local {
    /// The folder at `root`.
    pub fn new(root: &Path) -> Local {
        Local::on(Os, root)
    }
}

impl<D: Disk> Local<D> {
    /// The folder at `root` of `disk`.
    pub fn on(disk: D, root: &Path) -> Local<D> {
        let partial = format!(".{}-{}{PARTIAL}", super::super::holder::host(), std::process::id());
        Local { root: root.to_path_buf(), disk, partial }
    }

    /// Makes the folder and those it is in; a name in a folder is worth nothing while the folder's own is not durable.
    fn make_folder(&self, folder: &Path) -> Result<(), StoreError> {
        if folder.as_os_str().is_empty() || self.disk.has_folder(folder) {
            return Ok(());
        }
        let parent = folder.parent().unwrap_or(Path::new(""));
        self.make_folder(parent)?;
        self.disk.create_folder(folder).map_err(refused("make the folder", folder))?;
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        self.disk.sync_folder(parent).map_err(refused("sync the folder", parent))
    }

    fn folder_of(&self, path: &Path) -> PathBuf {
        path.parent().unwrap_or(&self.root).to_path_buf()
    }

    fn unfinished(&self, path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_os_string();
        name.push(&self.partial);
        PathBuf::from(name)
    }
}

fn refused<'a>(what: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> StoreError + use<'a> {
    move |source| StoreError::Io { what, path: path.to_path_buf(), source }
}

impl<D: Disk> Store for Local<D> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(name);
        match self.disk.read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(refused("read", &path)(error)),
        }
    }

    fn read_at(&self, name: &str, at: u64, length: usize) -> Result<Vec<u8>, StoreError> {
        let path = self.path(name);
        self.disk.read_at(&path, at, length).map_err(refused("read", &path))
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path(name);
        let (folder, partial) = (self.folder_of(&path), self.unfinished(&path));
        self.make_folder(&folder)?;
        let mut file = self.disk.create(&partial).map_err(refused("make", &partial))?;
        file.write(bytes).map_err(refused("write to", &partial))?;
        // The bytes before the name: a name that survives must not be that of an empty file.
        file.sync().map_err(refused("sync", &partial))?;
        self.disk.rename(&partial, &path).map_err(refused("rename to", &path))?;
        self.disk.sync_folder(&folder).map_err(refused("sync the folder", &folder))
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.path(name);
        let folder = self.folder_of(&path);
        self.disk.remove(&path).map_err(refused("remove", &path))?;
        self.disk.sync_folder(&folder).map_err(refused("sync the folder", &folder))
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, StoreError> {
        let path = self.path(folder);
        let entries = match self.disk.entries(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            entries => entries.map_err(refused("list", &path))?,
        };
        let entries = entries.into_iter().filter(|(name, ..)| !name.ends_with(PARTIAL));
        Ok(entries.map(|(name, size, is_folder)| Entry { name, size, is_folder }).collect())
    }

    fn sweep(&self, folder: &str) -> Result<(), StoreError> {
        let path = self.path(folder);
        for (name, ..) in self.disk.entries(&path).map_err(refused("list", &path))? {
            if name.ends_with(PARTIAL) {
                let left = path.join(name);
                self.disk.remove(&left).map_err(refused("remove", &left))?;
            }
        }
        Ok(())
    }

    fn lock(&self, name: &str, holder: &str) -> Result<Lock, StoreError> {
        let path = self.path(name);
        self.make_folder(&self.folder_of(&path))?;
        let held = || {
            let holder = self.disk.read(&path).map(|text| String::from_utf8_lossy(&text).into_owned());
            let holder = holder.ok().filter(|text| !text.is_empty());
            let holder = holder.unwrap_or_else(|| "another process".into());
            StoreError::Held { path: path.clone(), holder }
        };
        self.disk.try_lock(&path, holder).map_err(refused("lock", &path))?.ok_or_else(held)
    }

    fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.root.clone() } else { self.root.join(name) }
    }
}
