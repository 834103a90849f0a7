//! What may be typed after `lightcnn eval`.

use super::rate::rate;
use super::{FaceArgs, ModelArgs};
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

/// `lightcnn eval`.
#[derive(Debug, Subcommand)]
pub enum Eval {
    /// LFW, 6,000 pairs: 100%-EER, TPR@FAR and the accuracy over ten folds.
    Lfw(Lfw),
    /// BLUFR, all pairs of LFW in ten trials: VR@FAR=0.1% and DIR@FAR=1%.
    Blufr(Blufr),
    /// Your own list of pairs, or all pairs of your pictures.
    Pairs(Pairs),
}

/// `lightcnn eval lfw`.
#[derive(Debug, ClapArgs)]
pub struct Lfw {
    /// The pairs: pairs.txt or lfw_pairs.mat. The numbers in lfw_pairs.mat count the lines of --list or, without it, the
    /// rows of the features.
    #[arg(long, value_name = "FILE")]
    pub pairs: PathBuf,
    /// The features.
    #[command(flatten)]
    pub what: What,
    /// How they are evaluated.
    #[command(flatten)]
    pub how: How,
}

/// `lightcnn eval blufr`.
#[derive(Debug, ClapArgs)]
pub struct Blufr {
    /// The protocol: blufr_lfw_config.mat. If the features have no names, they must be in its order.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// The features.
    #[command(flatten)]
    pub what: What,
    /// How they are evaluated.
    #[command(flatten)]
    pub how: How,
}

/// `lightcnn eval pairs`.
#[derive(Debug, ClapArgs)]
pub struct Pairs {
    /// The pairs: .csv or .jsonl with left, right, same (or score, same), .mat, or a file like LFW's pairs.txt. 'all'
    /// means every two pictures; the person is then the folder that a picture is in.
    #[arg(long, value_name = "FILE|all")]
    pub pairs: PathBuf,
    /// The features; none are needed for a list of scores.
    #[command(flatten)]
    pub what: What,
    /// How they are evaluated.
    #[command(flatten)]
    pub how: How,
}

/// The features.
#[derive(Debug, ClapArgs)]
pub struct What {
    /// Features to evaluate: .npy, .parquet, .jsonl, .mat, or the folder of a job. If there are several, such as of two
    /// precisions or two models, each is shown with its difference to the first.
    #[arg(long, short = 'F', value_name = "FILE")]
    pub features: Vec<PathBuf>,
    /// How features were made whose file does not say: a contract, such as the NAME.contract.json beside the .npy that
    /// they are from.
    #[arg(long, value_name = "FILE")]
    pub contract: Option<PathBuf>,
    /// Pictures to evaluate; --model makes their features. Inputs as for `extract`.
    #[arg(long, value_name = "INPUT")]
    pub images: Vec<PathBuf>,
    /// A list with one image name a line. It names the rows of features that have no names, and the numbers in a .mat
    /// count its lines. The ending of a picture does not matter.
    #[arg(long, value_name = "FILE")]
    pub list: Option<PathBuf>,
    /// The model, for --images.
    #[command(flatten)]
    pub model: ModelArgs,
    /// The faces, for --images.
    #[command(flatten)]
    pub face: FaceArgs,
}

/// How it is evaluated and said.
#[derive(Debug, ClapArgs)]
pub struct How {
    /// Number of resamples for the confidence intervals. 0: no intervals.
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub bootstrap: u32,
    /// The level of the confidence intervals.
    #[arg(long, default_value = "95%", value_parser = rate, value_name = "RATE")]
    pub level: f64,
    /// The seed of the confidence intervals.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Show the published figures of this model beside [default: of the model that the features were made with].
    #[arg(long, value_name = "NAME")]
    pub card: Option<String>,
    /// End with exit code 1 if other features are worse than the first by more than this in a figure of the model card
    /// or in LFW's accuracy. 0.1% is a tenth of a percentage point.
    #[arg(long, value_parser = rate, value_name = "RATE")]
    pub max_drop: Option<f64>,
    /// Keep the thresholds of the first features in this file [default: in the cache]. `compare --threshold-at-far` and
    /// `search --far` use them.
    #[arg(long, visible_alias = "save-calibration", value_name = "FILE", num_args = 0..=1)]
    pub save_thresholds: Option<Option<PathBuf>>,
    /// Write a report into this folder: a page (index.html) with tables, curves and the hardest pairs, and each curve
    /// as an SVG file.
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Look for the pictures of the report below this folder, too.
    #[arg(long, value_name = "DIR", requires = "report")]
    pub pictures: Vec<PathBuf>,
    /// Print JSON. It also has ROC, histograms and the hardest pairs.
    #[arg(long)]
    pub json: bool,
}
