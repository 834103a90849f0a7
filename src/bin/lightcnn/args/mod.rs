//! What may be typed.

pub mod calibrate;
pub mod eval;
#[cfg(feature = "parquet")]
pub mod job;
pub mod rate;
pub mod search;

use clap::builder::Resettable;
use clap::{
    Arg, Args as ClapArgs, Command as ClapCommand, CommandFactory, FromArgMatches, Parser, Subcommand,
    ValueEnum,
};
use clap_complete::Shell;
use lightcnn::Device;
use lightcnn::atc::{PrecisionMode, Soc};
use lightcnn::image::Preprocess;
use lightcnn::network::Network;
use std::env;
use std::num::{NonZeroU16, NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

/// Turns pictures of faces into features: 256 numbers that say how alike two faces are.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = EXIT_CODES)]
pub struct Args {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// Print nothing but errors and results.
    #[arg(long, short, global = true, display_order = 900)]
    pub quiet: bool,
    /// Print details, too.
    #[arg(long, short, global = true, display_order = 901, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What was typed. Ends the program if that is wrong, or asks for help.
pub fn typed() -> Args {
    let matches = without_empty(Args::command()).get_matches();
    Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// `command` without the variables that are set and empty: they count as unset, and clap would take them for values.
fn without_empty(command: ClapCommand) -> ClapCommand {
    let read = |arg: Arg| match arg.get_env().and_then(env::var_os) {
        Some(value) if value.is_empty() => arg.env(Resettable::Reset),
        _ => arg,
    };
    command.mut_args(read).mut_subcommands(without_empty)
}

const EXIT_CODES: &str = "Exit codes:
  0    all good
  1    some items failed, or the answer is no
  2    nothing useful was done
  75   nothing is wrong with the command; try it again later (job commands only)
  130  a signal stopped it; what was done is kept

Environment variables:
  LIGHTCNN_MODEL    the model, if --model is not given
  LIGHTCNN_CACHE    the folder of fetched and compiled models
  LIGHTCNN_KERNELS  the CPU kernels: avx512vnni, avx512, avx2, neon or plain

To try it:  lightcnn extract FOLDER --model demo -o features.npy";

/// The variable that names the model where no flag does.
pub const MODEL_VARIABLE: &str = "LIGHTCNN_MODEL";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Turn pictures of faces into features.
    Extract(Extract),
    /// Turn millions of pictures into features, on many machines; a job that was killed goes on where it ended.
    #[cfg(feature = "parquet")]
    #[command(subcommand)]
    Job(job::Job),
    /// Say how alike two faces are: the cosine of their features.
    Compare(Compare),
    /// Say how well features tell persons apart: on LFW, on BLUFR, or on your own pairs.
    #[command(subcommand)]
    Eval(eval::Eval),
    /// Find the faces of a gallery that are most like a face, exactly.
    Search(search::Search),
    /// Measure on faces what --precision int16 needs: the range of values in every layer.
    Calibrate(calibrate::Calibrate),
    /// Show what is in a file of weights and which network it fits, or what is in an offline model (.om).
    Inspect(Inspect),
    /// Write a network with its weights as ONNX.
    Export(Export),
    /// Compile a network with its weights for an Ascend chip, with CANN's atc.
    Compile(Compile),
    /// Compute features with an offline model (.om) and, on the CPU, with its weights, and compare them.
    Verify(Verify),
    /// Measure how fast a model is, and how long each stage takes; on the CPU, each layer, too.
    Bench(Bench),
    /// Say whether Ascend devices can be used on this machine, and what to do if not.
    #[cfg(feature = "ascend")]
    Doctor(Doctor),
    /// Download a published model, check its SHA-256, and keep it in the cache.
    #[cfg(feature = "fetch")]
    Fetch(Fetch),
    /// Print a script that makes a shell complete commands and flags.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page, in the format of man.
    Man,
}

/// Which model, and how it runs.
#[derive(Debug, ClapArgs)]
pub struct ModelArgs {
    /// The model: a file of weights (.ckpt, .pth, .safetensors), an offline model (.om), the name of a fetched model, or
    /// 'demo', which is untrained and for trying the program [default: lightcnn9, once it was fetched].
    #[arg(long, short, env = MODEL_VARIABLE, value_name = "FILE|NAME|demo")]
    pub model: Option<String>,
    /// The network that the weights belong to [default: the file shows it].
    #[arg(long, value_name = "NAME")]
    pub network: Option<Network>,
    /// Which tensors of the file they are.
    #[command(flatten)]
    pub set: SetArgs,
    /// Number of threads that decode pictures, and of threads that compute on the CPU [default: all processors].
    #[arg(long, short = 'j', value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Where it computes.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// Which tensors of a file are the weights.
#[derive(Clone, Debug, ClapArgs)]
pub struct SetArgs {
    /// Where in the file the weights are, if it has several sets of them: the keys that lead to their dict or what all
    /// names begin with, such as 'model_ema' or 'checkpoint.model'; '' for the top [default: the only set there is, or
    /// the only one that is not averaged].
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
    /// Refuse a file with tensors beside the weights, such as heads of another kind or averaged copies. Without this they
    /// are listed and not used. The network's own head and the state of an optimizer are always accepted.
    #[arg(long)]
    pub strict_weights: bool,
}

/// Where a model runs.
#[derive(Clone, Debug, ClapArgs)]
pub struct PlaceArgs {
    /// Where to compute. 'cpu', 'ascend' (all devices) and 'ascend:0,1' (these devices) are obeyed or end in an error.
    /// 'auto' uses all Ascend devices; if there are none, it says why and uses the CPU.
    #[arg(long, default_value_t = Device::Auto, value_name = "auto|cpu|ascend[:N,N]")]
    pub device: Device,
    /// Lanes of each Ascend device: while one computes, another copies [default: 2].
    #[arg(long, value_name = "N")]
    pub streams: Option<NonZeroUsize>,
    /// Give up a run on an Ascend device after so many seconds [default: 60].
    #[arg(long, value_name = "SECONDS")]
    pub limit: Option<NonZeroU16>,
    /// Arithmetic on the CPU. 'int16' is faster and a little less exact; it needs --calibration [default: f32].
    #[arg(long, value_enum, value_name = "f32|int16")]
    pub precision: Option<CpuPrecision>,
    /// The file that `lightcnn calibrate` wrote for these weights; for --precision int16.
    #[arg(long, value_name = "FILE", requires = "precision")]
    pub calibration: Option<PathBuf>,
}

/// Arithmetic of the CPU engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CpuPrecision {
    /// 32-bit floats.
    F32,
    /// 16-bit integers.
    Int16,
}

/// How pictures become faces.
#[derive(Debug, ClapArgs)]
pub struct FaceArgs {
    /// How a picture becomes a face of 128x128 pixels. 'eval': resize it, as the official evaluation does. 'center':
    /// resize its shorter side to 144 and take the middle. 'aligned': turn and scale it by five points.
    #[arg(long, default_value_t = Preprocess::Eval, value_name = "eval|center|aligned")]
    pub preprocess: Preprocess,
    /// A table with five points of each face, CSV or JSON lines; for --preprocess aligned. Not needed if the inputs
    /// contain the points.
    #[arg(long, value_name = "FILE")]
    pub landmarks: Option<PathBuf>,
}

/// `lightcnn extract`.
#[derive(Debug, ClapArgs)]
pub struct Extract {
    /// Pictures, folders, globs in quotes, lists of paths (.txt, .lst), manifests (.csv, .jsonl, .parquet), archives
    /// (.tar), or '-' for paths on standard input.
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// The file of features to write: .npy, .parquet or .jsonl. '-' prints JSON lines.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the output if it is there already.
    #[arg(long, short)]
    pub force: bool,
    /// Scale each feature to length 1.
    #[arg(long)]
    pub normalize: bool,
    /// Faces in a batch. This changes speed and memory and never a feature [default: 8 on the CPU; on Ascend the
    /// largest batch that the model is compiled for].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub batch: Option<u16>,
    /// It is an error if a file in a folder or an archive is left out because of its ending.
    #[arg(long)]
    pub strict: bool,
    /// Paths on standard input end with a NUL byte, not with a line feed.
    #[arg(long, short = '0')]
    pub null: bool,
    /// Print the summary as JSON on standard output.
    #[arg(long)]
    pub json: bool,
    /// The model.
    #[command(flatten)]
    pub model: ModelArgs,
    /// The faces.
    #[command(flatten)]
    pub face: FaceArgs,
}

/// `lightcnn compare`.
#[derive(Debug, ClapArgs)]
pub struct Compare {
    /// A picture, or a row of a file of features: FILE#ROW. Rows are counted from 0.
    #[arg(value_name = "LEFT")]
    pub left: PathBuf,
    /// The same for the other face.
    #[arg(value_name = "RIGHT")]
    pub right: PathBuf,
    /// How features were made whose file does not say: a contract, such as the NAME.contract.json beside the .npy that
    /// they are from.
    #[arg(long, value_name = "FILE")]
    pub contract: Option<PathBuf>,
    /// End with exit code 1 if the cosine is below this.
    #[arg(long, value_name = "COSINE", allow_negative_numbers = true)]
    pub threshold: Option<f64>,
    /// End with exit code 1 if the cosine is below the threshold for this rate of false accepts, such as 0.1%.
    /// `lightcnn eval … --save-thresholds` measures thresholds.
    #[arg(long, value_name = "RATE", conflicts_with = "threshold", value_parser = rate::rate)]
    pub threshold_at_far: Option<f64>,
    /// The file of these thresholds [default: the one in the cache that belongs to these features].
    #[arg(long, value_name = "FILE", requires = "threshold_at_far")]
    pub thresholds: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// The model.
    #[command(flatten)]
    pub model: ModelArgs,
    /// The faces.
    #[command(flatten)]
    pub face: FaceArgs,
}

/// `lightcnn inspect`.
#[derive(Debug, ClapArgs)]
pub struct Inspect {
    /// The file of weights or the offline model (.om).
    pub file: PathBuf,
    /// The network that the weights should belong to [default: the file shows it].
    #[arg(long, value_name = "NAME")]
    pub network: Option<Network>,
    /// Which tensors of the file they are.
    #[command(flatten)]
    pub set: SetArgs,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// The weights a file is made from.
#[derive(Debug, ClapArgs)]
pub struct WeightArgs {
    /// A file of weights (.ckpt, .pth, .safetensors), the name of a fetched model, or 'demo' (untrained).
    #[arg(value_name = "FILE|NAME|demo")]
    pub model: String,
    /// The network that the weights belong to [default: the file shows it].
    #[arg(long, value_name = "NAME")]
    pub network: Option<Network>,
    /// Which tensors of the file they are.
    #[command(flatten)]
    pub set: SetArgs,
}

/// `lightcnn export`.
#[derive(Debug, ClapArgs)]
pub struct Export {
    /// The weights.
    #[command(flatten)]
    pub weights: WeightArgs,
    /// The .onnx file to write.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the output if it is there already.
    #[arg(long, short)]
    pub force: bool,
    /// Faces in a batch [default: the model takes any number].
    #[arg(long, value_name = "N")]
    pub batch: Option<NonZeroU32>,
    /// Let the model also output the classifier's logits. They become output 0, the features output 1.
    #[arg(long)]
    pub logits: bool,
}

/// `lightcnn compile`.
#[derive(Debug, ClapArgs)]
pub struct Compile {
    /// The weights.
    #[command(flatten)]
    pub weights: WeightArgs,
    /// The .om file to write. A manifest, which names network and weights, is written beside it.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the output if it is there already.
    #[arg(long, short)]
    pub force: bool,
    /// The chip, such as Ascend310P3 [default: the chip of device 0 of this machine].
    #[arg(long, value_name = "NAME")]
    pub soc: Option<Soc>,
    /// Batch sizes that the model can compute. With one size its shape is fixed.
    #[arg(long, value_delimiter = ',', default_value = "1,4,8,16,32", value_name = "N,N,...")]
    pub gears: Vec<u32>,
    /// Let the device turn bytes into floats. Then a quarter of the data is copied to it.
    #[arg(long)]
    pub aipp: bool,
    /// Arithmetic on the device, as atc's flag --precision_mode takes it.
    #[arg(long, default_value = "force_fp16", value_name = "MODE")]
    pub precision: PrecisionMode,
}

/// `lightcnn verify`.
#[derive(Debug, ClapArgs)]
pub struct Verify {
    /// The offline model.
    #[arg(value_name = "MODEL.om")]
    pub model: PathBuf,
    /// The weights that it was compiled from: a file, the name of a fetched model, or 'demo'.
    #[arg(long, value_name = "FILE|NAME|demo")]
    pub against: String,
    /// Which tensors of that file they are.
    #[command(flatten)]
    pub set: SetArgs,
    /// Pictures of faces; inputs as for `extract`.
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// End with exit code 1 if the two features of any face have a lower cosine.
    #[arg(long, default_value_t = 0.999, value_name = "COSINE")]
    pub min_cosine: f64,
    /// The devices that run the offline model.
    #[arg(long, default_value = "ascend", value_name = "ascend[:N,N]")]
    pub device: Device,
    /// The network, if no manifest names it.
    #[arg(long, value_name = "NAME")]
    pub network: Option<Network>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// The faces.
    #[command(flatten)]
    pub face: FaceArgs,
}

/// `lightcnn bench`.
#[derive(Debug, ClapArgs)]
pub struct Bench {
    /// A file of weights, an offline model (.om), the name of a fetched model, or 'demo'.
    #[arg(value_name = "FILE|NAME|demo")]
    pub model: String,
    /// Pictures of faces. If there are any, reading and decoding are measured, too.
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// The network, if the file does not show it.
    #[arg(long, value_name = "NAME")]
    pub network: Option<Network>,
    /// Which tensors of the file are the weights.
    #[command(flatten)]
    pub set: SetArgs,
    /// Faces in a batch [default: what suits the CPU or the device best].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub batch: Option<u16>,
    /// Measure throughput for so many seconds; on the CPU, once for each number of threads.
    #[arg(long, default_value = "5", value_name = "SECONDS")]
    pub seconds: NonZeroU16,
    /// Number of threads that compute on the CPU [default: all processors].
    #[arg(long, short = 'j', value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// How it runs.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Draw the results of the CPU into this .svg file. It is replaced if it is there already.
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `lightcnn doctor`.
#[cfg(feature = "ascend")]
#[derive(Debug, ClapArgs)]
pub struct Doctor {
    /// An offline model that you want to run here.
    #[arg(value_name = "MODEL.om")]
    pub model: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `lightcnn fetch`.
#[cfg(feature = "fetch")]
#[derive(Debug, ClapArgs)]
pub struct Fetch {
    /// The name of the model.
    #[arg(required_unless_present = "list")]
    pub name: Option<String>,
    /// Download from here, not from where it was published. The SHA-256 must be right all the same.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// List the published models, and whether they are in the cache.
    #[arg(long, conflicts_with_all = ["name", "url"])]
    pub list: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
