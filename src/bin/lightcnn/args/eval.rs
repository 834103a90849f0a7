//! What may be typed after `lightcnn eval`.

use super::rate::rate;
use super::{FaceArgs, ModelArgs};
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

/// `lightcnn eval`.
#[derive(Debug, Subcommand)]
pub enum Eval {
    /// LFW: 6,000 pairs. 100%-EER, TPR@FAR, ten-fold accuracy.
    Lfw(Lfw),
    /// BLUFR: all pairs of LFW in ten trials. VR@FAR=0.1%, DIR@FAR=1%.
    Blufr(Blufr),
    /// Any list of pairs.
    Pairs(Pairs),
}

/// `lightcnn eval lfw`.
#[derive(Debug, ClapArgs)]
pub struct Lfw {
    /// The pairs: pairs.txt, or lfw_pairs.mat, whose numbers count lines of --list, or rows of the features.
    #[arg(long, value_name = "FILE")]
    pub pairs: PathBuf,
    /// What is evaluated.
    #[command(flatten)]
    pub what: What,
    /// How.
    #[command(flatten)]
    pub how: How,
}

/// `lightcnn eval blufr`.
#[derive(Debug, ClapArgs)]
pub struct Blufr {
    /// The protocol: blufr_lfw_config.mat. Features without names must be in its order.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// What is evaluated.
    #[command(flatten)]
    pub what: What,
    /// How.
    #[command(flatten)]
    pub how: How,
}

/// `lightcnn eval pairs`.
#[derive(Debug, ClapArgs)]
pub struct Pairs {
    /// The pairs: .csv or .jsonl with left, right, same (or score, same), .mat, or the form of LFW's pairs.txt.
    /// 'all' takes every two pictures and tells persons apart by folder.
    #[arg(long, value_name = "FILE|all")]
    pub pairs: PathBuf,
    /// What is evaluated; nothing is needed for a list of scores.
    #[command(flatten)]
    pub what: What,
    /// How.
    #[command(flatten)]
    pub how: How,
}

/// The features.
#[derive(Debug, ClapArgs)]
pub struct What {
    /// Features: .npy, .parquet, .jsonl, .mat, or the folder of a job. Several, of one model in several precisions
    /// or of several models, stand side by side, each with its difference to the first.
    #[arg(long, short = 'F', value_name = "FILE")]
    pub features: Vec<PathBuf>,
    /// Pictures to make the features of now, with --model; as for extract.
    #[arg(long, value_name = "INPUT")]
    pub images: Vec<PathBuf>,
    /// The image list: names for the rows of features that have none, and what the numbers of a .mat count. A
    /// picture's ending does not matter.
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
    /// Resamples of the confidence intervals; 0 for none.
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub bootstrap: u32,
    /// Level of the confidence intervals.
    #[arg(long, default_value = "95%", value_parser = rate, value_name = "RATE")]
    pub level: f64,
    /// Seed of the confidence intervals.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Published figures to stand beside: the name of a published model [default: that of the features' weights].
    #[arg(long, value_name = "NAME")]
    pub card: Option<String>,
    /// Exit with 1 if a figure of the model card or LFW's accuracy falls by more than this from the first features to
    /// others; 0.1% is a tenth of a percent point.
    #[arg(long, value_parser = rate, value_name = "RATE")]
    pub max_drop: Option<f64>,
    /// Keep the thresholds of the first features for `compare --threshold-at-far`, in this file [default: in the
    /// cache].
    #[arg(long, visible_alias = "save-calibration", value_name = "FILE", num_args = 0..=1)]
    pub save_thresholds: Option<Option<PathBuf>>,
    /// Write a page with tables, curves and the hardest pairs (index.html), and each curve as an SVG file, into this
    /// folder.
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Where pictures are that the names of features lead to only from there; for --report.
    #[arg(long, value_name = "DIR", requires = "report")]
    pub pictures: Vec<PathBuf>,
    /// Print JSON, with ROC, histograms and the hardest pairs.
    #[arg(long)]
    pub json: bool,
}
