//! What may be typed after `lightcnn calibrate`.

use super::{FaceArgs, SetArgs};
use clap::Args as ClapArgs;
use lightcnn::network::Network;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// `lightcnn calibrate`.
#[derive(Debug, ClapArgs)]
pub struct Calibrate {
    /// A few hundred faces of many persons, like those that will come; inputs as for `extract`.
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// The calibration to write: a JSON file.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the output if it is there already.
    #[arg(long, short)]
    pub force: bool,
    /// A file of weights (.ckpt, .pth, .safetensors), the name of a fetched model, or 'demo' (untrained)
    /// [default: lightcnn9, once it was fetched].
    #[arg(long, short, env = super::MODEL_VARIABLE, value_name = "FILE|NAME|demo")]
    pub model: Option<String>,
    /// The network that the weights belong to [default: the file shows it].
    #[arg(long, value_name = "NAME")]
    pub network: Option<Network>,
    /// Which tensors of the file they are.
    #[command(flatten)]
    pub set: SetArgs,
    /// Number of threads that compute [default: all processors].
    #[arg(long, short = 'j', value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Print the summary as JSON on standard output.
    #[arg(long)]
    pub json: bool,
    /// The faces.
    #[command(flatten)]
    pub face: FaceArgs,
}
