//! The folder in which `atc` works, and in which a model is that is not kept.

use super::compile::CompileError;
use crate::environment;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process;

/// A folder that is removed with all it holds.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// A new folder below the system's folder for temporary files, for this user only.
    pub(crate) fn new() -> Result<Scratch, CompileError> {
        let parent = environment::temporary_folder();
        let wrong = |path: &Path, source| CompileError::Scratch { path: path.to_path_buf(), source };
        let parent = parent.canonicalize().map_err(|source| wrong(&parent, source))?;
        if !parent.to_str().is_some_and(|path| path.chars().all(atc_takes)) {
            return Err(CompileError::ScratchName { path: parent });
        }
        for number in 0..1000 {
            let path = parent.join(format!("lightcnn-atc-{}-{number}", process::id()));
            match create(&path) {
                Ok(()) => return Ok(Scratch(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(wrong(&path, error)),
            }
        }
        Err(wrong(&parent, io::Error::other("a thousand folders lightcnn-atc-... are in the way")))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes the file called `name`.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CompileError> {
        let path = self.0.join(name);
        fs::write(&path, bytes).map_err(|source| CompileError::Scratch { path, source })
    }

    /// The `.om` in the folder, if there is exactly one. Its name is not always the one asked for: some
    /// versions of `atc` add the operating system and processor.
    pub(super) fn only_om(&self) -> Result<Option<PathBuf>, CompileError> {
        let wrong = |source| CompileError::Scratch { path: self.0.clone(), source };
        let mut models = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(wrong)? {
            let path = entry.map_err(wrong)?.path();
            if path.extension().is_some_and(|extension| extension == "om") {
                models.push(path);
            }
        }
        Ok(if models.len() == 1 { models.pop() } else { None })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays where temporary files are cleared by the system.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Characters that `atc` takes in a path (`ValidateStr` of the graph engine).
fn atc_takes(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._-".contains(c) || ('\u{4e00}'..='\u{9fa5}').contains(&c)
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}
