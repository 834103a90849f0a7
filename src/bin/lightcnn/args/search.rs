//! What may be typed after `lightcnn search`.

use super::{FaceArgs, ModelArgs};
use clap::Args as ClapArgs;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

/// `lightcnn search`.
#[derive(Debug, ClapArgs)]
pub struct Search {
    /// Whom to look for: pictures, folders, quoted globs and list files as for extract; feature files, of which every row is
    /// looked for, or one as in FILE#ROW (rows count from 0).
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
    #[arg(long, value_name = "SHARE", requires = "identify", conflicts_with = "threshold")]
    pub far: Option<Far>,
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

/// A false alarm rate, 0.0..=1.0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Far(pub f64);

/// A word that is no rate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is no share; write 1% or 0.01")]
pub struct NoFar(String);

impl FromStr for Far {
    type Err = NoFar;

    fn from_str(text: &str) -> Result<Far, NoFar> {
        let share = match text.strip_suffix('%') {
            Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
            None => text.parse(),
        };
        share.ok().filter(|share| (0.0..=1.0).contains(share)).map(Far).ok_or_else(|| NoFar(text.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_shares_or_percent() {
        for (text, share) in [("1%", 0.01), ("0.1 %", 0.001), ("0.01", 0.01), ("0", 0.0), ("100%", 1.0)] {
            assert_eq!(text.parse(), Ok(Far(share)), "{text}");
        }
        for text in ["", "%", "2", "-1%", "NaN", "one"] {
            assert_eq!(text.parse::<Far>(), Err(NoFar(text.into())));
        }
    }
}
