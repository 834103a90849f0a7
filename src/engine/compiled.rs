//! Where models that are compiled on demand are: in the cache, for all runs, or, where there is none that can be
//! written, in a folder of this run.

use super::error::Error;
use super::notice::{Listener, Notice};
use crate::atc::{CompileError, Manifest, Recipe, Scratch};
use crate::error::chain;
use crate::models;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process;

/// A compiled model.
pub(super) struct Compiled {
    pub(super) model: PathBuf,
    /// The folder of this run that it is in; the model goes with it.
    pub(super) folder: Option<Scratch>,
}

impl Compiled {
    /// The model of `recipe` from the cache, or made now by `compile`, which is given the path of the model to write, and
    /// whether it is kept.
    ///
    /// A cache that cannot be used is told, and keeps nothing from computing: compiling again costs minutes, computing on
    /// another device than asked for costs more.
    ///
    /// # Errors
    /// If `compile` fails, or there is no room for temporary files.
    pub(super) fn of(
        recipe: &Recipe,
        listener: &Listener,
        compile: &dyn Fn(&Path, bool) -> Result<(), CompileError>,
    ) -> Result<Compiled, Error> {
        let name = recipe.cache_name();
        let reason = match models::cache_folder() {
            Ok(folder) => {
                let model = folder.join(&name);
                if is_of(&model, recipe) {
                    return Ok(Compiled { model, folder: None });
                }
                match usable(&folder) {
                    Ok(()) => match compile(&model, true) {
                        Ok(()) => return Ok(Compiled { model, folder: None }),
                        // As when the disk is full.
                        Err(CompileError::Output { path, source }) => unwritable(&path, &source),
                        Err(error) => return Err(error.into()),
                    },
                    Err(source) => unwritable(&folder, &source),
                }
            }
            Err(error) => error.to_string(),
        };
        listener.tell(&Notice::NotKept { reason });
        let folder = Scratch::new()?;
        let model = folder.path().join(&name);
        compile(&model, false)?;
        Ok(Compiled { model, folder: Some(folder) })
    }
}

/// Whether `model` is there and made by `recipe`. One that is damaged or not ours is made anew.
fn is_of(model: &Path, recipe: &Recipe) -> bool {
    let manifest = || Manifest::of(model).ok().flatten();
    model.exists() && manifest().is_some_and(|manifest| manifest.recipe == *recipe)
}

/// Makes `folder`, if it is not there, and finds out whether files can be made in it: before minutes of compiling.
fn usable(folder: &Path) -> io::Result<()> {
    if folder.exists() && !folder.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    fs::create_dir_all(folder)?;
    let probe = folder.join(format!(".lightcnn-{}.partial", process::id()));
    File::create(&probe)?;
    fs::remove_file(probe)
}

fn unwritable(path: &Path, source: &io::Error) -> String {
    let cause = chain(source);
    format!(
        "{} cannot be written: {cause}; set LIGHTCNN_CACHE to a folder that can be written, with room",
        path.display()
    )
}
