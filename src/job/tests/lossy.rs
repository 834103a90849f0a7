//! A disk that loses what was not synced when its power fails.

use super::super::store::{Disk, DiskFile};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A disk in memory; clones are the same disk.
#[derive(Clone, Default)]
pub struct Lossy(Arc<Mutex<State>>);

#[derive(Clone, Default)]
struct State {
    files: Vec<File>,
    now: Names,
    /// What a loss of power leaves for sure.
    durable: Names,
    /// Steps until everything ends; nothing for never.
    left: Option<u64>,
    /// Whether syncing a part does nothing: then losses must show.
    careless: bool,
}

#[derive(Clone, Default)]
struct Names {
    files: BTreeMap<PathBuf, usize>,
    folders: BTreeSet<PathBuf>,
}

#[derive(Clone, Default)]
struct File {
    bytes: Vec<u8>,
    synced: bool,
}

/// A generator of choices: splitmix64.
struct Choices(u64);

impl Choices {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

impl Lossy {
    /// A disk on which syncing a part does nothing.
    pub fn careless() -> Lossy {
        let disk = Lossy::default();
        disk.0.lock().unwrap().careless = true;
        disk
    }

    /// Lets `steps` steps succeed and every later one fail.
    pub fn fail_after(&self, steps: u64) {
        self.0.lock().unwrap().left = Some(steps);
    }

    /// The disk as a process finds it after another one was killed: everything done is there.
    pub fn after_kill(&self) -> Lossy {
        let mut state = self.0.lock().unwrap().clone();
        state.left = None;
        Lossy(Arc::new(Mutex::new(state)))
    }

    /// The disk after its power failed: of what was not synced, `seed` says what is left.
    pub fn after_power_loss(&self, seed: u64) -> Lossy {
        let mut choices = Choices(seed);
        let mut state = self.0.lock().unwrap().clone();
        state.left = None;
        let lost: Vec<PathBuf> = state.now.folders.difference(&state.durable.folders).cloned().collect();
        for folder in lost {
            if choices.below(2) == 0 {
                state.now.folders.retain(|path| !path.starts_with(&folder));
                state.now.files.retain(|path, _| !path.starts_with(&folder));
                state.durable.files.retain(|path, _| !path.starts_with(&folder));
            }
        }
        let mut names = state.now.files.clone();
        for path in state.now.files.keys().chain(state.durable.files.keys()) {
            let before = state.durable.files.get(path);
            if before == state.now.files.get(path) || choices.below(2) == 0 {
                continue;
            }
            match before {
                Some(file) => names.insert(path.clone(), *file),
                None => names.remove(path),
            };
        }
        for file in &mut state.files {
            if !file.synced {
                let length = choices.below(file.bytes.len() as u64 + 1) as usize;
                file.bytes.truncate(length);
                if choices.below(2) == 0 {
                    file.bytes.fill(0);
                }
                file.synced = true;
            }
        }
        state.now.files = names;
        state.durable = state.now.clone();
        Lossy(Arc::new(Mutex::new(state)))
    }

    /// The files whose names end so.
    pub fn files(&self, ending: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let state = self.0.lock().unwrap();
        let ours = state.now.files.iter().filter(|(path, _)| path.to_string_lossy().ends_with(ending));
        ours.map(|(path, file)| (path.clone(), state.files[*file].bytes.clone())).collect()
    }

    /// Changes the bytes of a file, or removes it.
    pub fn spoil(&self, path: &Path, spoil: impl FnOnce(&mut Vec<u8>) -> bool) {
        let mut state = self.0.lock().unwrap();
        let file = state.now.files[path];
        if !spoil(&mut state.files[file].bytes) {
            state.now.files.remove(path);
        }
    }

    fn step<T>(&self, step: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.0.lock().unwrap();
        match &mut state.left {
            Some(0) => return Err(io::Error::other("the power is gone")),
            Some(left) => *left -= 1,
            None => {}
        }
        step(&mut state)
    }
}

fn missing() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl Disk for Lossy {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.step(|state| {
            if path.parent().is_some_and(|folder| !state.now.folders.contains(folder)) {
                return Err(missing());
            }
            state.files.push(File::default());
            let file = state.files.len() - 1;
            state.now.files.insert(path.to_path_buf(), file);
            let careless = state.careless && path.to_string_lossy().contains(".parquet");
            Ok(Box::new(Open { disk: self.clone(), file, careless }) as Box<dyn DiskFile>)
        })
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let state = self.0.lock().unwrap();
        let file = state.now.files.get(path).ok_or_else(missing)?;
        Ok(state.files[*file].bytes.clone())
    }

    fn read_at(&self, path: &Path, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let bytes = self.read(path)?;
        Ok(bytes.into_iter().skip(at as usize).take(length).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(|state| {
            let file = state.now.files.remove(from).ok_or_else(missing)?;
            state.now.files.insert(to.to_path_buf(), file);
            Ok(())
        })
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(|state| state.now.files.remove(path).map(|_| ()).ok_or_else(missing))
    }

    fn has_folder(&self, path: &Path) -> bool {
        self.0.lock().unwrap().now.folders.contains(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.step(|state| {
            state.now.folders.insert(path.to_path_buf());
            Ok(())
        })
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.step(|state| {
            let inside = |other: &PathBuf| other.parent().is_none_or(|parent| parent == path);
            let State { now, durable, .. } = state;
            durable.files.retain(|other, _| !inside(other));
            durable
                .files
                .extend(now.files.iter().filter(|(other, _)| inside(other)).map(|(p, f)| (p.clone(), *f)));
            durable.folders.extend(now.folders.iter().filter(|other| inside(other)).cloned());
            Ok(())
        })
    }

    fn entries(&self, path: &Path) -> io::Result<Vec<(String, u64, bool)>> {
        let state = self.0.lock().unwrap();
        let name = |other: &Path| {
            let inside = other.parent() == Some(path);
            inside.then(|| other.file_name().unwrap_or_default().to_string_lossy().into_owned())
        };
        let files =
            state.now.files.iter().filter_map(|(other, file)| {
                Some((name(other)?, state.files[*file].bytes.len() as u64, false))
            });
        let folders = state.now.folders.iter().filter_map(|other| Some((name(other)?, 0, true)));
        Ok(files.chain(folders).collect())
    }

    fn try_lock(&self, path: &Path, _: &str) -> io::Result<Option<Box<dyn Send>>> {
        self.step(|state| {
            state.files.push(File { bytes: Vec::new(), synced: true });
            let file = state.files.len() - 1;
            state.now.files.insert(path.to_path_buf(), file);
            Ok(Some(Box::new(()) as Box<dyn Send>))
        })
    }
}

/// A file of [`Lossy`] that is being written.
struct Open {
    disk: Lossy,
    file: usize,
    careless: bool,
}

impl DiskFile for Open {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.step(|state| {
            state.files[self.file].bytes.extend_from_slice(bytes);
            Ok(())
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.step(|state| {
            state.files[self.file].synced = !self.careless;
            Ok(())
        })
    }
}
