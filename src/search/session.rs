//! A gallery that is opened once and searched for pictures and for rows of other files.

use super::{
    Found, Gallery, MOST_WIDTH, People, PeopleError, SearchError, SearchOptions, Strangers, search, strangers,
};
use crate::contract::{Contract, NotAlike, check_alike};
use crate::engine::{self, Engine};
use crate::error::ErrorKind;
use crate::error::chain;
use crate::features::Features;
use crate::image::Face;
use crate::pipeline::FaceReader;
use crate::source::{Item, SourceError, escape};
use crate::stored::{self, StoredError};
use std::path::{Path, PathBuf};

/// Features of known faces, to be searched again and again.
#[derive(Debug)]
pub struct Session {
    features: Features,
    people: Option<People>,
    assumed: Option<Contract>,
}

/// A gallery cannot be opened or searched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// Features cannot be read.
    #[error("{}: cannot be used", path.display())]
    Features {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: StoredError,
    },
    /// Features of too many values.
    #[error("{}: features of {width} values; {MOST_WIDTH} are the most", path.display())]
    TooWide {
        /// The file.
        path: PathBuf,
        /// Values of a feature.
        width: usize,
    },
    /// Features of unequal length.
    #[error(
        "{} has features of {gallery_width} values and {} of {width}; these cannot be compared",
        gallery.display(), path.display()
    )]
    Width {
        /// The gallery.
        gallery: PathBuf,
        /// Values of its features.
        gallery_width: usize,
        /// The other file.
        path: PathBuf,
        /// Values of its features.
        width: usize,
    },
    /// Rows without names, of which nobody can say whose they are.
    #[error("the rows of {} have no names, so nothing says whose they are; identification needs a gallery with names", path.display())]
    NoNames {
        /// The gallery.
        path: PathBuf,
    },
    /// The persons cannot be told.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The features were not made alike.
    #[error(transparent)]
    NotAlike(#[from] NotAlike),
    /// The pictures cannot be listed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The pictures cannot be computed.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// The search cannot be done.
    #[error(transparent)]
    Search(#[from] SearchError),
}

impl SessionError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            SessionError::Features { source, .. } => source.kind(),
            SessionError::TooWide { .. } => ErrorKind::Unsupported,
            SessionError::Width { .. } => ErrorKind::Mismatch,
            SessionError::NoNames { .. } => ErrorKind::InvalidInput,
            SessionError::People(error) => error.kind(),
            SessionError::NotAlike(error) => error.kind(),
            SessionError::Source(error) => error.kind(),
            SessionError::Engine(error) => error.kind(),
            SessionError::Search(error) => error.kind(),
        }
    }
}

impl Session {
    /// Opens the gallery at `path`, a file of features or the folder of a job.
    ///
    /// # Errors
    /// If it cannot be read, or its features are too wide.
    pub fn open(path: &Path) -> Result<Session, SessionError> {
        let features = features(path)?;
        if features.width() > MOST_WIDTH {
            return Err(SessionError::TooWide { path: path.to_path_buf(), width: features.width() });
        }
        Ok(Session { features, people: None, assumed: None })
    }

    /// Says how features were made whose files do not: those of the gallery, and those of probes that are added later.
    pub fn assume(mut self, contract: Contract) -> Session {
        self.features.assume(&contract);
        self.assumed = Some(contract);
        self
    }

    /// Finds out whose each row is, by the CSV file `persons` if given, else by the folder of its path. Every person is
    /// then found once, with the best row.
    ///
    /// # Errors
    /// If the rows have no names, or a person cannot be told.
    pub fn identify(mut self, persons: Option<&Path>) -> Result<Session, SessionError> {
        if !self.features.is_named() {
            return Err(SessionError::NoNames { path: self.features.path().to_path_buf() });
        }
        let names = (0..self.features.rows()).filter_map(|row| self.features.name(row));
        self.people = Some(match persons {
            Some(file) => People::from_csv(file, names)?,
            None => People::from_folders(names)?,
        });
        Ok(self)
    }

    /// The features.
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// Whose each row is, if that was asked.
    pub fn people(&self) -> Option<&People> {
        self.people.as_ref()
    }

    fn gallery(&self) -> Gallery<'_> {
        Gallery {
            features: self.features.as_slice(),
            width: self.features.width(),
            people: self.people.as_ref().map(|people| &people.of_row[..]),
        }
    }

    /// The rows most alike each probe without an error, in the order of the probes.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn search(&self, probes: &Probes, options: &SearchOptions) -> Result<Found, SessionError> {
        Ok(search(self.gallery(), &probes.features, options)?)
    }

    /// What the persons of the gallery score as strangers to it; a threshold for a rate of false alarms comes from that.
    ///
    /// # Errors
    /// If the gallery has fewer than two persons.
    pub fn strangers(&self, options: &SearchOptions) -> Result<Strangers, SessionError> {
        Ok(strangers(self.gallery(), options)?)
    }

    /// Refuses features, called `name`, that were not made as those of the gallery.
    ///
    /// # Errors
    /// [`NotAlike`] says in what they differ.
    pub fn check(&self, name: &str, contract: Option<&Contract>) -> Result<(), NotAlike> {
        let gallery = self.features.path().display().to_string();
        check_alike((&gallery, self.features.contract()), (name, contract))
    }
}

fn features(path: &Path) -> Result<Features, SessionError> {
    stored::open(path).map_err(|source| SessionError::Features { path: path.to_path_buf(), source })
}

/// Something that is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// What it is called: a path, or a row of a file.
    pub name: String,
    /// Why it cannot be looked for.
    pub error: Option<String>,
}

/// All that is looked for.
#[derive(Clone, Debug, Default)]
pub struct Probes {
    list: Vec<Probe>,
    /// Of those without an error, `good probes × width`.
    features: Vec<f32>,
}

/// Faces embedded at once.
const BATCH: usize = 32;

impl Probes {
    /// In the order they were added in.
    pub fn list(&self) -> &[Probe] {
        &self.list
    }

    /// Adds one row of a file of features, or all, to be looked for in `session`.
    ///
    /// # Errors
    /// If the file cannot be read, or its features were made in another way than those of the gallery.
    pub fn add_rows(&mut self, session: &Session, file: &Path, row: Option<u64>) -> Result<(), SessionError> {
        let gallery = &session.features;
        let mut features = features(file)?;
        if let Some(contract) = &session.assumed {
            features.assume(contract);
        }
        if features.width() != gallery.width() {
            return Err(SessionError::Width {
                gallery: gallery.path().to_path_buf(),
                gallery_width: gallery.width(),
                path: file.to_path_buf(),
                width: features.width(),
            });
        }
        session.check(&file.display().to_string(), features.contract())?;
        let rows = match row {
            Some(row) => {
                let row = usize::try_from(row).unwrap_or(usize::MAX);
                row..row.saturating_add(1)
            }
            None => 0..features.rows(),
        };
        for row in rows {
            let name = match features.name(row) {
                Some(name) => format!("{}#{row} ({name})", file.display()),
                None => format!("{}#{row}", file.display()),
            };
            let feature = features.usable(row).map_err(|error| error.to_string());
            self.push(name, feature);
        }
        Ok(())
    }

    /// Adds pictures, to be looked for in `session`: read by `reader` and embedded by `engine`.
    ///
    /// # Errors
    /// If the features that `engine` makes are not like those of the gallery, the pictures cannot be listed, or `engine`
    /// fails. A picture that cannot be read is a probe with an error.
    pub fn add_pictures(
        &mut self,
        session: &Session,
        items: impl IntoIterator<Item = Result<Item, SourceError>>,
        engine: &Engine,
        reader: &FaceReader,
    ) -> Result<(), SessionError> {
        session.check("pictures", Some(&engine.contract(reader.preprocess(), false)))?;
        let mut read: Vec<(String, Result<Face, String>)> = Vec::new();
        let mut bytes = Vec::new();
        for item in items {
            let item = item?;
            let face = reader.read(&item, &mut bytes).map_err(|error| chain(&error));
            read.push((escape(&item.key), face));
            if read.len() == BATCH {
                self.embed(&mut read, engine)?;
            }
        }
        self.embed(&mut read, engine)
    }

    fn embed(
        &mut self,
        read: &mut Vec<(String, Result<Face, String>)>,
        engine: &Engine,
    ) -> Result<(), SessionError> {
        let (mut names, mut faces) = (Vec::new(), Vec::new());
        for (name, face) in read.drain(..) {
            names.push((name, face.map(|face| faces.push(face))));
        }
        let features = engine.embed(&faces)?;
        let mut rows = features.outer_iter();
        for (name, outcome) in names {
            let row = outcome.map(|()| rows.next().map(|row| row.to_vec()).unwrap_or_default());
            match row {
                Ok(row) if row.iter().all(|&value| value == 0.0) => {
                    self.push(name, Err("its feature is all zero".into()));
                }
                Ok(row) => self.push(name, Ok(&row)),
                Err(reason) => self.push(name, Err(reason)),
            }
        }
        Ok(())
    }

    fn push(&mut self, name: String, feature: Result<&[f32], String>) {
        let error = match feature {
            Ok(feature) => {
                self.features.extend_from_slice(feature);
                None
            }
            Err(reason) => Some(reason),
        };
        self.list.push(Probe { name, error });
    }
}
