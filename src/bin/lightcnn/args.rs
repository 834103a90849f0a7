//! What may be typed.

pub mod eval;
#[cfg(feature = "parquet")]
pub mod job;
pub mod rate;
pub mod search;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use lightcnn::Device;
use lightcnn::atc::{PrecisionMode, Soc};
use lightcnn::image::Preprocess;
use lightcnn::network::Network;
use std::num::{NonZeroU16, NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

/// LightCNN face features, natively.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = EXIT_CODES)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Say nothing but errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Say more.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

const EXIT_CODES: &str = "Exit codes: 0 all good, 1 some items failed (or compare's answer is no), \
    2 nothing useful done, 75 try again (job run and retry-bad only), 130 stopped by a signal with what was done kept.\n\
    LIGHTCNN_KERNELS=avx512vnni|avx512|avx2|neon|plain chooses the CPU kernels; LIGHTCNN_CACHE the folder of fetched models.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Turn face pictures into 256-d features.
    Extract(Extract),
    /// Jobs that survive: millions of pictures into a folder of features, resumable and in shards.
    #[cfg(feature = "parquet")]
    #[command(subcommand)]
    Job(job::Job),
    /// Compare two faces: cosine similarity of their features.
    Compare(Compare),
    /// Evaluate features: LFW, BLUFR, or any list of pairs, by the official definitions.
    #[command(subcommand)]
    Eval(eval::Eval),
    /// Find the faces of a gallery that are most alike: exact top-k by cosine.
    Search(search::Search),
    /// Measure what int16 needs to know, on faces: the ranges of the network's values.
    Calibrate(Calibrate),
    /// Show what is in a weight file and which network it fits, or what an offline model (.om) takes and gives.
    Inspect(Inspect),
    /// Write a model as ONNX.
    Export(Export),
    /// Compile a model for an Ascend chip with CANN's atc.
    Compile(Compile),
    /// Compare an offline model with the weights it was made from: features on the device against the CPU.
    Verify(Verify),
    /// Measure a model: throughput, latency, and what each stage takes; on the CPU each layer, too.
    Bench(Bench),
    /// Say whether Ascend inference can work on this machine, and what to do if not.
    #[cfg(feature = "ascend")]
    Doctor(Doctor),
    /// Download a published model, verify its SHA-256 and keep it in the cache.
    #[cfg(feature = "fetch")]
    Fetch(Fetch),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page (roff).
    Man,
}

/// Which model, and how it runs.
#[derive(Debug, ClapArgs)]
pub struct ModelArgs {
    /// A weight file (.ckpt, .pth, .safetensors), an offline model (.om), the name of a fetched model, or 'demo'
    /// (untrained, for trying the tool) [default: the fetched lightcnn9].
    #[arg(long, short, env = "LIGHTCNN_MODEL", value_name = "FILE|NAME|demo")]
    pub model: Option<String>,
    /// The network of the weights [default: recognised from the file].
    #[arg(long, value_name = "NAME")]
    pub network: Option<Network>,
    /// Threads that compute and decode [default: all processors].
    #[arg(long, short = 'j', value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Where it runs.
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// Where a model runs.
#[derive(Clone, Debug, ClapArgs)]
pub struct PlaceArgs {
    /// Where to run: cpu; ascend or ascend:0,1 (these devices, nothing else); auto takes the CPU, and says why,
    /// where Ascend cannot be used.
    #[arg(long, default_value_t = Device::Auto, value_name = "auto|cpu|ascend[:N,N]")]
    pub device: Device,
    /// Lanes per Ascend device that overlap copies and computing [default: 2].
    #[arg(long, value_name = "N")]
    pub streams: Option<NonZeroUsize>,
    /// Seconds after which a run on an Ascend device counts as hanging [default: 60].
    #[arg(long, value_name = "SECONDS")]
    pub limit: Option<NonZeroU16>,
    /// Arithmetic of the CPU engine; int16 is faster, a little less exact, and needs --calibration [default: f32].
    #[arg(long, value_enum, value_name = "f32|int16")]
    pub precision: Option<CpuPrecision>,
    /// What `lightcnn calibrate` wrote for these weights; for --precision int16.
    #[arg(long, value_name = "FILE", requires = "precision")]
    pub calibration: Option<PathBuf>,
}

/// Arithmetic of the CPU engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CpuPrecision {
    /// float32.
    F32,
    /// Statically quantised.
    Int16,
}

/// How pictures become faces.
#[derive(Debug, ClapArgs)]
pub struct FaceArgs {
    /// eval: resize to 128x128, as the official evaluation; center: shorter side to 144, centre crop 128;
    /// aligned: warp by five points.
    #[arg(long, default_value_t = Preprocess::Eval, value_name = "eval|center|aligned")]
    pub preprocess: Preprocess,
    /// Five points per picture, CSV or JSONL; for --preprocess aligned, unless the inputs bring them along.
    #[arg(long, value_name = "FILE")]
    pub landmarks: Option<PathBuf>,
}

/// `lightcnn extract`.
#[derive(Debug, ClapArgs)]
pub struct Extract {
    /// Folders, pictures, quoted globs, lists (.txt, .lst), manifests (.csv, .jsonl, .parquet), archives (.tar), or
    /// '-' for paths on standard input.
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// Where the features go: .npy, .parquet or .jsonl; '-' prints JSON lines.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the output if it exists.
    #[arg(long, short)]
    pub force: bool,
    /// Scale every feature to length 1.
    #[arg(long)]
    pub normalize: bool,
    /// Faces per batch; changes speed and memory, never a feature [default: 8 on the CPU, the largest batch size of
    /// the model on Ascend].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub batch: Option<u16>,
    /// Paths on standard input end with NUL instead of a line feed.
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
    /// A picture, or a row of a feature file: FILE or FILE#ROW (rows count from 0).
    #[arg(value_name = "LEFT")]
    pub left: PathBuf,
    /// As LEFT.
    #[arg(value_name = "RIGHT")]
    pub right: PathBuf,
    /// Exit with 1 if the similarity is below this.
    #[arg(long, value_name = "COSINE", allow_negative_numbers = true)]
    pub threshold: Option<f64>,
    /// Exit with 1 if the similarity is below the threshold that `lightcnn eval … --save-thresholds` found for this
    /// false accept rate.
    #[arg(long, value_name = "RATE", conflicts_with = "threshold", value_parser = rate::rate)]
    pub threshold_at_far: Option<f64>,
    /// Where those thresholds are [default: in the cache, those for the features compared].
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

/// `lightcnn calibrate`.
#[derive(Debug, ClapArgs)]
pub struct Calibrate {
    /// Faces like those to come, some hundred of many persons; as for extract.
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// The calibration to write, JSON.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the output if it exists.
    #[arg(long, short)]
    pub force: bool,
    /// A weight file (.ckpt, .pth, .safetensors), the name of a fetched model, or 'demo' (untrained)
    /// [default: the fetched lightcnn9].
    #[arg(long, short, env = "LIGHTCNN_MODEL", value_name = "FILE|NAME|demo")]
    pub model: Option<String>,
    /// The network of the weights [default: recognised from the file].
    #[arg(long, value_name = "NAME")]
    pub network: Option<Network>,
    /// Threads that compute [default: all processors].
    #[arg(long, short = 'j', value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Print the summary as JSON on standard output.
    #[arg(long)]
    pub json: bool,
    /// The faces.
    #[command(flatten)]
    pub face: FaceArgs,
}

/// `lightcnn inspect`.
#[derive(Debug, ClapArgs)]
pub struct Inspect {
    /// The weight file or offline model.
    pub file: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// The weights a file is made from.
#[derive(Debug, ClapArgs)]
pub struct WeightArgs {
    /// A weight file (.ckpt, .pth, .safetensors), the name of a fetched model, or 'demo' (untrained).
    #[arg(value_name = "FILE|NAME|demo")]
    pub model: String,
    /// The network of the weights [default: recognised from the file].
    #[arg(long, value_name = "NAME")]
    pub network: Option<Network>,
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
    /// Replace the output if it exists.
    #[arg(long, short)]
    pub force: bool,
    /// Images per call [default: any number].
    #[arg(long, value_name = "N")]
    pub batch: Option<NonZeroU32>,
    /// Also give the classifier's logits, as output 0 before the features.
    #[arg(long)]
    pub logits: bool,
}

/// `lightcnn compile`.
#[derive(Debug, ClapArgs)]
pub struct Compile {
    /// The weights.
    #[command(flatten)]
    pub weights: WeightArgs,
    /// The .om file to write; its manifest goes beside it.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the output if it exists.
    #[arg(long, short)]
    pub force: bool,
    /// The chip, such as Ascend310P3 [default: that of this machine's device 0].
    #[arg(long, value_name = "NAME")]
    pub soc: Option<Soc>,
    /// Batch sizes; one size makes a model of fixed shape.
    #[arg(long, value_delimiter = ',', default_value = "1,4,8,16,32", value_name = "N,N,...")]
    pub gears: Vec<u32>,
    /// Let the device scale bytes to 0..1, so that a quarter of the bytes is copied.
    #[arg(long)]
    pub aipp: bool,
    /// Arithmetic on the device: atc's --precision_mode.
    #[arg(long, default_value = "force_fp16", value_name = "MODE")]
    pub precision: PrecisionMode,
}

/// `lightcnn verify`.
#[derive(Debug, ClapArgs)]
pub struct Verify {
    /// The offline model.
    #[arg(value_name = "MODEL.om")]
    pub model: PathBuf,
    /// The weights it was made from: a file, the name of a fetched model, or 'demo'.
    #[arg(long, value_name = "FILE|NAME|demo")]
    pub against: String,
    /// Pictures of faces, as for extract.
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// Least cosine of any face's two features.
    #[arg(long, default_value_t = 0.999, value_name = "COSINE")]
    pub min_cosine: f64,
    /// Where the offline model runs.
    #[arg(long, default_value = "ascend", value_name = "ascend[:N,N]")]
    pub device: Device,
    /// The network, where no manifest names it.
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
    /// A weight file, an offline model (.om), the name of a fetched model, or 'demo'.
    #[arg(value_name = "FILE|NAME|demo")]
    pub model: String,
    /// Pictures of faces; with them, reading and decoding are measured too.
    #[arg(value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
    /// The network, where the file does not name it.
    #[arg(long, value_name = "NAME")]
    pub network: Option<Network>,
    /// Faces per batch [default: what the backend works off best].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub batch: Option<u16>,
    /// Seconds to measure throughput for; on the CPU, again for each number of threads.
    #[arg(long, default_value = "5", value_name = "SECONDS")]
    pub seconds: NonZeroU16,
    /// Threads of the CPU engine [default: all processors].
    #[arg(long, short = 'j', value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// How it runs.
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Draw what the CPU engine does: an .svg file, replaced if it exists.
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
    /// An offline model to be run here.
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
    /// Name of the model.
    #[arg(required_unless_present = "list")]
    pub name: Option<String>,
    /// Download from here instead of the published place; the SHA-256 must still match.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// List the published models and whether they are in the cache.
    #[arg(long, conflicts_with_all = ["name", "url"])]
    pub list: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
