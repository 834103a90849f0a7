//! What may be typed after `lightcnn search`.

use super::rate::rate;
use super::{FaceArgs, ModelArgs};
use clap::Args as ClapArgs;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// `lightcnn search`.
#[derive(Debug, ClapArgs)]
pub struct Search {
    /// The faces to look for: pictures, folders, globs in quotes or lists of paths; files of features (every row is
    /// looked for); or one row, FILE#ROW. Rows are counted from 0.
    #[arg(required = true, value_name = "PROBE")]
    pub probes: Vec<PathBuf>,
    /// Where to look: a file of features (.npy, .parquet, .jsonl) or the folder of a job.
    #[arg(long, short, value_name = "FEATURES")]
    pub gallery: PathBuf,
    /// How features were made whose file does not say: a contract, such as the NAME.contract.json beside the .npy that
    /// they are from.
    #[arg(long, value_name = "FILE")]
    pub contract: Option<PathBuf>,
    /// How many rows to find for each probe; with --identify, how many persons.
    #[arg(short, long = "top", default_value = "5", value_name = "N")]
    pub k: NonZeroUsize,
    /// Find persons, not rows: each person once, with the best row. The person is the folder that a picture is in.
    #[arg(long)]
    pub identify: bool,
    /// Which person each picture of the gallery shows: a CSV file with the header path,person.
    #[arg(long, value_name = "FILE.csv", requires = "identify")]
    pub persons: Option<PathBuf>,
    /// A probe whose best cosine is below this is unknown.
    #[arg(long, value_name = "COSINE", allow_negative_numbers = true, requires = "identify")]
    pub threshold: Option<f64>,
    /// Choose the threshold so that at most this share of strangers reaches it, such as 1%. Persons of the gallery play
    /// the strangers.
    #[arg(long, value_name = "RATE", requires = "identify", conflicts_with = "threshold", value_parser = rate)]
    pub far: Option<f64>,
    /// Take the threshold for --far from this file, which `lightcnn eval … --save-thresholds` wrote. It is right for
    /// pairs of faces, and too low for a large gallery.
    #[arg(long, value_name = "FILE", requires = "far")]
    pub thresholds: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// The model for probes that are pictures.
    #[command(flatten)]
    pub model: ModelArgs,
    /// The faces.
    #[command(flatten)]
    pub face: FaceArgs,
}
