//! What may be typed after `lightcnn job`.

use super::{FaceArgs, ModelArgs};
use clap::{Args as ClapArgs, Subcommand};
use lightcnn::job::{MaxBad, Shard};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

/// `lightcnn job`.
#[derive(Debug, Subcommand)]
pub enum Job {
    /// Begin a job, or go on with it. The same command finishes what was interrupted.
    #[command(after_help = EXIT_CODES)]
    Run(Run),
    /// Say what is done, what failed, and what limits the speed. Exit code 1 if not everything is done.
    Status(Status),
    /// Compare every part with its record. Exit code 1 if anything is wrong or missing.
    Verify(Verify),
    /// Write all features as one file, in the order of the inputs.
    Merge(Merge),
    /// Do the failed rows again and nothing else.
    #[command(after_help = EXIT_CODES)]
    RetryBad(RetryBad),
}

const EXIT_CODES: &str = "Exit codes:
  0    the shard is done; with --max-bad: and no more rows failed than allowed
  1    the shard is done, and some rows failed
  2    the same command will fail again: bad model, bad list, too many failed rows
  75   try again: a device was lost, memory is short, the storage does not answer, or
       another process does this shard
  130  a signal stopped it
After each of them the same command goes on where this one ended.";

/// Which shard.
#[derive(Debug, ClapArgs)]
pub struct ShardArgs {
    /// Which share of the rows to do; shares are counted from 0 [default: the variable LIGHTCNN_SHARD,
    /// JOB_COMPLETION_INDEX or SLURM_ARRAY_TASK_ID, else all rows].
    #[arg(long, value_name = "3/16")]
    pub shard: Option<Shard>,
    /// How many shards there are; needed if a variable says only which one this is.
    #[arg(long, value_name = "N")]
    pub shards: Option<NonZeroU32>,
}

/// How a run goes.
#[derive(Debug, ClapArgs)]
pub struct RunArgs {
    /// Which shard.
    #[command(flatten)]
    pub shard: ShardArgs,
    /// How many rows of this shard may fail. The run stops if one more fails [default: all may].
    #[arg(long, value_name = "N|0.1%")]
    pub max_bad: Option<MaxBad>,
    /// Faces in a batch. This changes speed and memory and never a feature [default: what suits the CPU or the device
    /// best].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub batch: Option<u16>,
    /// Time between two lines of progress, if standard error is not a terminal.
    #[arg(long, default_value = "10s", value_name = "TIME", value_parser = interval)]
    pub interval: Duration,
    /// Print the summary as JSON on standard output.
    #[arg(long)]
    pub json: bool,
    /// The model.
    #[command(flatten)]
    pub model: ModelArgs,
}

/// `lightcnn job run`.
#[derive(Debug, ClapArgs)]
pub struct Run {
    /// Pictures, folders, globs in quotes, lists of paths (.txt, .lst), manifests (.csv, .jsonl, .parquet), archives
    /// (.tar).
    #[arg(long, short, required = true, num_args = 1.., value_name = "INPUT")]
    pub input: Vec<PathBuf>,
    /// The folder of the job. It is made if it is not there.
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
    /// It is an error if a file in a folder or an archive is left out because of its ending.
    #[arg(long)]
    pub strict: bool,
    /// Rows of a part. A kill costs at most the parts that are unfinished [default: 4096, or what the job has].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub chunk: Option<u32>,
    /// Scale each feature to length 1.
    #[arg(long)]
    pub normalize: bool,
    /// The faces.
    #[command(flatten)]
    pub face: FaceArgs,
    /// How it runs.
    #[command(flatten)]
    pub run: RunArgs,
}

/// `lightcnn job retry-bad`.
#[derive(Debug, ClapArgs)]
pub struct RetryBad {
    /// The folder of the job. Inputs and model are those that the job was begun with.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// How it runs. Without a shard, all shards that were begun are done, one after the other.
    #[command(flatten)]
    pub run: RunArgs,
}

/// `lightcnn job status`.
#[derive(Debug, ClapArgs)]
pub struct Status {
    /// The folder of the job.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `lightcnn job verify`.
#[derive(Debug, ClapArgs)]
pub struct Verify {
    /// The folder of the job.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `lightcnn job merge`.
#[derive(Debug, ClapArgs)]
pub struct Merge {
    /// The folder of the job.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// The file of features to write: .npy, .parquet or .jsonl.
    #[arg(long, short, value_name = "FILE")]
    pub output: PathBuf,
    /// Replace the output if it is there already.
    #[arg(long, short)]
    pub force: bool,
}

/// `10s`, `500ms`, `2m`, or seconds.
fn interval(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let milliseconds = match &text[digits..] {
        "ms" => 1,
        "s" | "" => 1_000,
        "m" => 60_000,
        _ => 0,
    };
    match text[..digits].parse::<u32>() {
        Ok(number) if number > 0 && milliseconds > 0 => {
            Ok(Duration::from_millis(u64::from(number) * milliseconds))
        }
        _ => Err("write a time such as 10s, 500ms or 2m".into()),
    }
}
