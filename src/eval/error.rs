//! Why features cannot be evaluated.

use crate::error::ErrorKind;
use crate::features::RowError;
use std::fmt;
use std::path::PathBuf;

/// Features cannot be evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// Images of the protocol have no usable feature.
    #[error("{} has no usable feature for {problems}", path.display())]
    Images {
        /// The features.
        path: PathBuf,
        /// Which images, and why.
        problems: Problems,
    },
    /// The rows have no names, and nothing says which picture each is of.
    #[error(
        "{}: {rows} rows without names, and the protocol names its images; give the image list that has a line for \
         each row", path.display()
    )]
    Unnamed {
        /// The features.
        path: PathBuf,
        /// Rows they have.
        rows: usize,
    },
    /// Numbers that are names for some of the images, and rows for others.
    #[error(
        "{}: of the numbers in the list of pairs, '{name}' is the name of an image and '{row}' is not; give names to all, \
         or write the number of a row as '#{row}'", path.display()
    )]
    NamesOrRows {
        /// The features.
        path: PathBuf,
        /// A number that is a name.
        name: String,
        /// A number that is none.
        row: String,
    },
    /// Row numbers of a list of another length.
    #[error(
        "{}: {rows} rows without names, and the protocol counts {images} images; the features must be in its order, a \
         row for each", path.display()
    )]
    Rows {
        /// The features.
        path: PathBuf,
        /// Rows they have.
        rows: usize,
        /// Images of the protocol.
        images: usize,
    },
    /// Row numbers of the protocol count images in another order than that of the features.
    #[error(
        "{}: by the names of its rows, {wrong} of {genuine} pairs of one person are of two; the protocol's numbers count \
         the lines of a list in another order: give that list", path.display()
    )]
    Order {
        /// The features.
        path: PathBuf,
        /// Pairs of one person whose names are of two.
        wrong: usize,
        /// Pairs of one person.
        genuine: usize,
    },
    /// There are no features, and the list has no scores.
    #[error("the list of pairs has no scores; give features to compute them from")]
    NoScores,
    /// The list has only pairs of one kind.
    #[error("{genuine} pairs of one person and {impostors} of two; both kinds are needed{place}")]
    OneKind {
        /// Pairs of one person.
        genuine: u64,
        /// Pairs of two persons.
        impostors: u64,
        /// Where, if the protocol has parts.
        place: String,
    },
    /// All pairs are too many.
    #[error(
        "{}: {rows} rows make {pairs} pairs, and all pairs are taken of at most {limit}; give a list of pairs, or \
         evaluate by a BLUFR configuration", path.display()
    )]
    TooMany {
        /// The features.
        path: PathBuf,
        /// Rows they have.
        rows: usize,
        /// Pairs these make.
        pairs: usize,
        /// Most that are taken.
        limit: usize,
    },
    /// LFW's accuracy needs folds.
    #[error("the list has no folds, which LFW's accuracy needs; evaluate it as a plain list")]
    NoFolds,
}

impl EvalError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            EvalError::Images { .. } | EvalError::Rows { .. } | EvalError::Order { .. } => {
                ErrorKind::Mismatch
            }
            EvalError::Unnamed { .. }
            | EvalError::NamesOrRows { .. }
            | EvalError::NoScores
            | EvalError::OneKind { .. }
            | EvalError::TooMany { .. }
            | EvalError::NoFolds => ErrorKind::InvalidInput,
        }
    }
}

/// Images without a usable feature.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problems {
    /// All of them, in the order they were met.
    pub all: Vec<Problem>,
}

/// Why an image has no usable feature.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No row has its name.
    #[error("{name}: no row has this name")]
    NotFound {
        /// The image as the protocol names it.
        name: String,
    },
    /// Several rows have its name.
    #[error("{name}: rows {first} ({}) and {second} ({}) both match", names[0], names[1])]
    Ambiguous {
        /// The image as the protocol names it.
        name: String,
        /// The first row.
        first: usize,
        /// The second row.
        second: usize,
        /// Their names.
        names: Box<[String; 2]>,
    },
    /// The image list is shorter.
    #[error("image {number} of a list of {images}")]
    NotListed {
        /// The image, from 1.
        number: usize,
        /// Images of the list.
        images: usize,
    },
    /// The row has no direction.
    #[error(transparent)]
    Row(#[from] RowError),
}

impl Problem {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Problem::NotFound { .. } | Problem::NotListed { .. } => ErrorKind::NotFound,
            Problem::Ambiguous { .. } => ErrorKind::Mismatch,
            Problem::Row(error) => error.kind(),
        }
    }
}

/// Images that are named one by one.
const NAMED: usize = 10;

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.all.len();
        write!(f, "{count} of the protocol's images")?;
        for problem in self.all.iter().take(NAMED) {
            write!(f, "\n  {problem}")?;
        }
        if count > NAMED {
            write!(f, "\n  and {} more", count - NAMED)?;
        }
        write!(f, "\n  make the missing features, or evaluate on a list without these images")
    }
}
