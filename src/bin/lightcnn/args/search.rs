//! What may be typed after `lightcnn search`.

use super::rate::rate;
use super::{FaceArgs, ModelArgs};
use clap::Args as ClapArgs;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// `lightcnn search`.
#[derive(Debug, ClapArgs)]
pub struct Search {
    /// Whom to look for: pictures, folders, quoted globs and list files as for extract; feature files, of which every
    /// row is looked for, or one as in FILE#ROW (rows count from 0).
    #[arg(required = true, value_name = "PROBE")]
    pub probes: Vec<PathBuf>,
    /// Where to look: a feature file (.npy, .parquet, .jsonl) or the folder of a job.
    #[arg(long, short, value_name = "FEATURES")]
    pub gallery: PathBuf,
    /// Rows to find for each probe; with --identify, persons.
    #[arg(short, long = "top", default_value = "5", value_name = "N")]
    pub k: NonZeroUsize,
    /// Find persons, each once, with the best row. A person is the folder that a picture is in.
    #[arg(long)]
    pub identify: bool,
    /// Whose each picture of the gallery is: a CSV with the header path,person.
    #[arg(long, value_name = "FILE.csv", requires = "identify")]
    pub persons: Option<PathBuf>,
    /// A probe whose best cosine is below this is nobody's.
    #[arg(long, value_name = "COSINE", allow_negative_numbers = true, requires = "identify")]
    pub threshold: Option<f64>,
    /// The threshold that at most this share of strangers reaches, such as 1%, as the persons of the gallery show it.
    #[arg(long, value_name = "RATE", requires = "identify", conflicts_with = "threshold", value_parser = rate)]
    pub far: Option<f64>,
    /// Take the threshold for --far from this file instead, which `lightcnn eval … --save-thresholds` wrote: the
    /// share of pairs of two persons that reach it, whatever the size of the gallery.
    #[arg(long, value_name = "FILE", requires = "far")]
    pub thresholds: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// The model that pictures are embedded with.
    #[command(flatten)]
    pub model: ModelArgs,
    /// The faces.
    #[command(flatten)]
    pub face: FaceArgs,
}
