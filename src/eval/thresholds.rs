//! Thresholds for given false accept rates, kept in a file so that single comparisons can be judged by them.

use super::{Curve, Evaluation, Protocol};
use crate::contract::{Contract, NotAlike, check_alike};
use crate::error::ErrorKind;
use crate::models;
use crate::partial::replace;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Bytes a file of thresholds may have; ours have some hundred.
const LIMIT: u64 = 1 << 20;

/// False accept rates that thresholds are kept for.
pub(super) const RATES: [f64; 6] = [0.1, 0.01, 0.001, 0.0001, 0.00001, 0.0];

/// A threshold for a false accept rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// The false accept rate that is not exceeded on the pairs measured.
    pub far: f64,
    /// Least score that is accepted.
    pub threshold: f64,
    /// Pairs of two persons that are accepted with it.
    pub false_accepts: u64,
    /// Share of pairs of one person that are accepted with it.
    pub tpr: f64,
}

/// Thresholds, and the features they are for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Thresholds {
    v: u32,
    /// What made the features they were measured on.
    pub contract: Contract,
    /// What they were measured by.
    pub protocol: Protocol,
    /// Pairs of one person.
    pub genuine: u64,
    /// Pairs of two persons.
    pub impostors: u64,
    /// The thresholds.
    pub points: Vec<OperatingPoint>,
}

/// Thresholds cannot be written, read or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ThresholdsError {
    /// Nothing says what made the features.
    #[error(
        "{name}: no embedding contract says what made these features, so thresholds measured on them fit nothing; \
         make the features again, with their contract"
    )]
    NoContract {
        /// The features.
        name: String,
    },
    /// The operating system refused.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file holds no thresholds.
    #[error("{}: no thresholds; measure them, and keep them here", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
    /// Written by another version.
    #[error("{}: its form is {found}, this program knows 1; measure again", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The form found.
        found: u32,
    },
    /// There is no such file.
    #[error("there are no thresholds for these features (looked for {}); measure them first", path.display())]
    NotMeasured {
        /// Where they would be.
        path: PathBuf,
    },
    /// They were measured on features that were made in another way.
    #[error("these thresholds are of features that were not made like the ones compared")]
    NotAlike(#[from] NotAlike),
    /// There is no place to keep them.
    #[error(transparent)]
    Cache(#[from] models::NoCache),
    /// No threshold for this rate.
    #[error("no threshold for FAR = {far}; there are those for {}", known.join(", "))]
    NoRate {
        /// The rate asked for.
        far: f64,
        /// The rates there are.
        known: Vec<String>,
    },
}

impl ThresholdsError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            ThresholdsError::NoContract { .. }
            | ThresholdsError::NotMeasured { .. }
            | ThresholdsError::NoRate { .. } => ErrorKind::NotFound,
            ThresholdsError::Io { source, .. } => source.into(),
            ThresholdsError::Content { .. } => ErrorKind::Damaged,
            ThresholdsError::Version { .. } => ErrorKind::Unsupported,
            ThresholdsError::NotAlike(error) => error.kind(),
            ThresholdsError::Cache(error) => error.kind(),
        }
    }
}

fn place(file: Option<&Path>, contract: &Contract) -> Result<PathBuf, models::NoCache> {
    match file {
        Some(file) => Ok(file.to_path_buf()),
        None => Ok(models::cache_folder()?.join(Thresholds::file_name(contract))),
    }
}

/// The thresholds of a curve: for each rate the lowest score that does not exceed it. Rates finer than one pair in all
/// are left out, but for 0.
pub(super) fn operating_points(curve: &Curve) -> Vec<OperatingPoint> {
    let impostors = curve.impostors();
    let is_measured = |far: &&f64| **far == 0.0 || **far * impostors as f64 >= 1.0;
    let at = |far: &f64| {
        let point = curve.at_far(*far);
        let false_accepts = (point.far * impostors as f64).round() as u64;
        Some(OperatingPoint { far: *far, threshold: point.threshold?, false_accepts, tpr: point.tpr })
    };
    RATES.iter().filter(is_measured).filter_map(at).collect()
}

impl Thresholds {
    /// Those that `evaluation` found.
    ///
    /// # Errors
    /// If its features have no contract.
    pub fn of(evaluation: &Evaluation) -> Result<Thresholds, ThresholdsError> {
        let Some(contract) = evaluation.source.contract.clone() else {
            return Err(ThresholdsError::NoContract { name: evaluation.source.name.clone() });
        };
        Ok(Thresholds {
            v: 1,
            contract,
            protocol: evaluation.protocol,
            genuine: evaluation.genuine,
            impostors: evaluation.impostors,
            points: evaluation.operating_points.clone(),
        })
    }

    /// The file's name where none is given: what a contract must have in common, so that features find their
    /// thresholds.
    #[doc(hidden)]
    pub fn file_name(contract: &Contract) -> String {
        let short = |hash: &str| hash.chars().take(12).collect::<String>();
        let calibration = contract.calibration_sha256.as_deref().map(|hash| format!("-{}", short(hash)));
        format!(
            "thresholds-{}-{}-{}-{}{}.json",
            contract.network,
            short(&contract.weights_sha256),
            contract.preprocess,
            contract.precision,
            calibration.unwrap_or_default()
        )
    }

    /// Finds those for features of `contract`: in `file`, else where [`Thresholds::keep`] puts them.
    ///
    /// # Errors
    /// If there are none, or they were measured on features that were made in another way.
    pub fn find(file: Option<&Path>, contract: &Contract) -> Result<Thresholds, ThresholdsError> {
        let path = place(file, contract)?;
        if !path.exists() {
            return Err(ThresholdsError::NotMeasured { path });
        }
        let thresholds = Thresholds::read(&path)?;
        let name = path.display().to_string();
        check_alike((&name, Some(&thresholds.contract)), ("the features", Some(contract)))?;
        Ok(thresholds)
    }

    /// Writes them to `file`, else to the cache under the name of what made the features; says where.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn keep(&self, file: Option<&Path>) -> Result<PathBuf, ThresholdsError> {
        let path = place(file, &self.contract)?;
        self.write(&path)?;
        Ok(path)
    }

    /// Writes them, replacing what is there.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn write(&self, path: &Path) -> Result<(), ThresholdsError> {
        let io = |source| ThresholdsError::Io { what: "write", path: path.to_path_buf(), source };
        // Numbers and strings always have a JSON form.
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(io)?;
        }
        replace(path, &text).map_err(io)
    }

    /// Reads them.
    ///
    /// # Errors
    /// If the file cannot be read or holds none.
    pub fn read(path: &Path) -> Result<Thresholds, ThresholdsError> {
        let io = |source| ThresholdsError::Io { what: "read", path: path.to_path_buf(), source };
        let text = crate::file::read(path, LIMIT).map_err(io)?;
        let thresholds: Thresholds = serde_json::from_slice(&text)
            .map_err(|source| ThresholdsError::Content { path: path.to_path_buf(), source })?;
        match thresholds.v {
            1 => Ok(thresholds),
            found => Err(ThresholdsError::Version { path: path.to_path_buf(), found }),
        }
    }

    /// The threshold for `far`.
    ///
    /// # Errors
    /// If it was not measured.
    pub fn at(&self, far: f64) -> Result<OperatingPoint, ThresholdsError> {
        // 0.1 % may come as 0.1 / 100, a rounding away from 0.001.
        let is_asked = |point: &&OperatingPoint| (point.far - far).abs() <= 1e-9 * far;
        let found = self.points.iter().find(is_asked).copied();
        found.ok_or_else(|| {
            let known = self.points.iter().map(|point| format!("{}%", point.far * 100.0)).collect();
            ThresholdsError::NoRate { far, known }
        })
    }
}
