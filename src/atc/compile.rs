//! Running `atc`: ONNX in, a checked `.om` and its manifest out.

use super::manifest::{Manifest, Recipe};
use super::plan::{AIPP_FILE, BatchSizes, Plan};
use super::program::{Atc, Explanation, explain, hint};
use super::scratch::Scratch;
use crate::error::ErrorKind;
use crate::network::FEATURE_LENGTH;
use crate::om::{GEAR_INPUT, OmError, OmKind, OmSummary, inspect, printable};
use crate::partial::replace;
use std::collections::VecDeque;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf, absolute};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// What to compile, and where to.
#[derive(Clone, Copy, Debug)]
pub struct Compilation<'a> {
    /// What to compile for.
    pub plan: &'a Plan,
    /// The network as ONNX, exported with a dynamic batch for gears and with the same batch for a fixed one.
    pub onnx: &'a [u8],
    /// SHA-256 of the weight file, in hex, for the manifest.
    pub weights_sha256: &'a str,
    /// The `.om` to write; the manifest is written beside it.
    pub output: &'a Path,
}

/// A compiled model.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// What is written beside the model.
    pub manifest: Manifest,
    /// What the model itself says.
    pub summary: OmSummary,
}

/// Why there is no compiled model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The output or its manifest cannot be written.
    #[error("{}: cannot be written", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder in which `atc` works cannot be used.
    #[error("{}: cannot be used as the working folder of atc; set TMPDIR to a folder with room", path.display())]
    Scratch {
        /// The folder or a file in it.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `atc` refuses such a path.
    #[error(
        "{}: atc takes only letters, digits, '.', '_' and '-' in paths; set TMPDIR to such a folder", path.display()
    )]
    ScratchName {
        /// The folder.
        path: PathBuf,
    },
    /// `atc` cannot be started.
    #[error("{}: cannot be started", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `atc` says that it failed.
    #[error("atc failed ({status}){}", told(explanations, *hint, tail))]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// The error codes it printed.
        explanations: Vec<Explanation>,
        /// What to do, where no code says it.
        hint: Option<&'static str>,
        /// Its last lines.
        tail: Vec<String>,
    },
    /// `atc` says that all is well and wrote no model.
    #[error("atc ended without an error and without an .om{}", told(&[], None, tail))]
    NoModel {
        /// Its last lines.
        tail: Vec<String>,
    },
    /// The model cannot be read.
    #[error("atc wrote a model that cannot be read")]
    Unreadable(#[from] OmError),
    /// The model is another one than asked for.
    #[error("atc wrote another model than asked for: {what}; nothing was kept")]
    Mismatch {
        /// The difference.
        what: String,
    },
    /// The caller asked to stop.
    #[error("stopped; nothing was kept")]
    Stopped,
}

impl CompileError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            CompileError::Output { source, .. }
            | CompileError::Scratch { source, .. }
            | CompileError::Start { source, .. } => source.into(),
            CompileError::ScratchName { .. } => ErrorKind::InvalidInput,
            // `atc` depends on what is installed beside it, so another machine may do better.
            CompileError::Failed { .. } | CompileError::NoModel { .. } | CompileError::Stopped => {
                ErrorKind::Unavailable
            }
            CompileError::Unreadable(error) => error.kind(),
            CompileError::Mismatch { .. } => ErrorKind::Mismatch,
        }
    }
}

fn told(explanations: &[Explanation], hint: Option<&str>, tail: &[String]) -> String {
    let mut text = String::new();
    for row in explanations {
        text.push_str(&format!("\n  {}: {}; {}", row.code, row.meaning, row.advice));
    }
    if let Some(hint) = hint {
        text.push_str(&format!("\n  {hint}"));
    }
    if !tail.is_empty() {
        text.push_str("\nits last lines:");
    }
    for line in tail {
        text.push_str(&format!("\n  | {}", printable(line)));
    }
    text
}

/// Most lines of `atc` that are kept for an error.
const TAIL: usize = 20;
/// Longest line that is passed on in one piece, in bytes.
const LONGEST_LINE: usize = 8192;
/// How often to look whether to stop.
const LOOK: Duration = Duration::from_millis(100);
/// How long output is awaited after `atc` has ended: its own children may keep the pipe open.
const GRACE: Duration = Duration::from_secs(1);

impl Atc {
    /// The command that [`compile`] runs for `plan`, for showing; it runs in a folder of its own.
    pub fn command_line(&self, plan: &Plan) -> String {
        let program = self.program.display().to_string();
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
        let quoted = if program.chars().all(plain) {
            program
        } else {
            format!("'{}'", program.replace('\'', "'\\''"))
        };
        let arguments = plan.arguments();
        std::iter::once(quoted).chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

/// Compiles `job` with `atc`, passing each line it prints to `on_line`, and writes model and manifest: both
/// completely or not at all, and only if the model is for the chip, batch sizes, input and output asked for.
/// When `stop` is set, `atc` is ended.
///
/// `atc` runs in a folder of its own below the system's folder for temporary files, which is removed at the
/// end: `atc` leaves files where it runs and refuses paths with spaces.
///
/// # Errors
/// [`CompileError`]; files that were there before are then as they were.
pub fn compile(
    atc: &Atc,
    job: Compilation<'_>,
    stop: &AtomicBool,
    on_line: &mut dyn FnMut(&str),
) -> Result<Compiled, CompileError> {
    let Compilation { plan, onnx, weights_sha256, output } = job;
    check_output(output)?;
    let scratch = Scratch::new()?;
    scratch.write(&plan.onnx_file(), onnx)?;
    if plan.aipp {
        scratch.write(AIPP_FILE, plan.aipp_config().as_bytes())?;
    }
    let arguments = plan.arguments();
    let tail = run(atc, &arguments, scratch.path(), stop, on_line)?;
    let Some(om) = scratch.only_om()? else { return Err(CompileError::NoModel { tail }) };
    let summary = inspect(&om)?;
    if let Some(what) = difference(&summary, plan) {
        return Err(CompileError::Mismatch { what });
    }
    let bytes = std::fs::read(&om).map_err(|source| CompileError::Scratch { path: om, source })?;
    let recipe = Recipe::new(plan, weights_sha256, onnx, atc.cann_version.clone());
    let atc_version = summary.attributes.get("atc_version").cloned();
    let manifest = Manifest::new(recipe, arguments, atc_version, &bytes);
    let write = |path: &Path, bytes: &[u8]| {
        replace(path, bytes).map_err(|source| CompileError::Output { path: path.to_path_buf(), source })
    };
    write(output, &bytes)?;
    write(&Manifest::path_of(output), manifest.to_text().as_bytes())?;
    Ok(Compiled { manifest, summary })
}

/// Finds out before minutes of compiling what would fail after them.
fn check_output(output: &Path) -> Result<(), CompileError> {
    let wrong = |kind: io::ErrorKind, what: &str| {
        Err(CompileError::Output { path: output.to_path_buf(), source: io::Error::new(kind, what) })
    };
    if output.file_name().is_none() || output.is_dir() {
        return wrong(io::ErrorKind::IsADirectory, "it is a folder; give the name of an .om file");
    }
    match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            wrong(io::ErrorKind::NotFound, "its folder does not exist")
        }
        _ => Ok(()),
    }
}

/// Runs `atc` to its end; returns its last lines.
fn run(
    atc: &Atc,
    arguments: &[String],
    folder: &Path,
    stop: &AtomicBool,
    on_line: &mut dyn FnMut(&str),
) -> Result<Vec<String>, CompileError> {
    let start = |source| CompileError::Start { program: atc.program.clone(), source };
    let program = absolute(&atc.program).map_err(start)?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(start)?;
    let lines = lines_of(&mut child);
    let (mut tail, mut explanations) = (VecDeque::new(), Vec::new());
    let mut ended: Option<Instant> = None;
    loop {
        if stop.load(Ordering::Relaxed) {
            // It may have ended by itself just now; either way it is gone after this.
            let _ = child.kill();
            let _ = child.wait();
            return Err(CompileError::Stopped);
        }
        match lines.recv_timeout(LOOK) {
            Ok(line) => {
                on_line(&line);
                let found = explain(std::slice::from_ref(&line));
                explanations
                    .extend(found.into_iter().filter(|row| !explanations.contains(row)).collect::<Vec<_>>());
                tail.push_back(line);
                if tail.len() > TAIL {
                    tail.pop_front();
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                if ended.is_none() && child.try_wait().map_err(start)?.is_some() {
                    ended = Some(Instant::now());
                }
                if ended.is_some_and(|ended| ended.elapsed() > GRACE) {
                    break;
                }
            }
        }
    }
    let status = child.wait().map_err(start)?;
    let tail: Vec<String> = tail.into();
    if status.success() {
        return Ok(tail);
    }
    let hint = hint(&tail);
    Err(CompileError::Failed { status, explanations, hint, tail })
}

/// The lines of both outputs, in the order in which they come.
fn lines_of(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = sync_channel(256);
    if let Some(output) = child.stdout.take() {
        read_lines(output, sender.clone());
    }
    if let Some(output) = child.stderr.take() {
        read_lines(output, sender);
    }
    receiver
}

/// Sends the lines of `output` from a thread, which ends with the output or with the receiver.
fn read_lines(output: impl Read + Send + 'static, sender: SyncSender<String>) {
    thread::spawn(move || {
        let mut line = Vec::new();
        for byte in BufReader::new(output).bytes() {
            let Ok(byte) = byte else { break };
            if byte != b'\n' && byte != b'\r' {
                line.push(byte);
            }
            if (byte == b'\n' || byte == b'\r' || line.len() == LONGEST_LINE) && !line.is_empty() {
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    return;
                }
                line.clear();
            }
        }
        if !line.is_empty() {
            // Nobody listens any more: then nobody misses it.
            let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
        }
    });
}

/// In what `summary` is another model than `plan` asks for. What a model does not say is not held against it.
fn difference(summary: &OmSummary, plan: &Plan) -> Option<String> {
    if summary.kind != OmKind::Offline || summary.inputs.is_empty() || summary.outputs.is_empty() {
        return None;
    }
    if let Some(soc) = summary.soc_version.as_ref().filter(|soc| *soc != plan.soc.name()) {
        return Some(format!("it is for {}, not for {}", printable(soc), plan.soc));
    }
    let mut gears = summary.gears.clone();
    gears.sort_unstable();
    let wanted: Vec<u64> = match &plan.batch {
        BatchSizes::Fixed(_) => Vec::new(),
        BatchSizes::Gears(sizes) => sizes.iter().map(|size| u64::from(*size)).collect(),
    };
    if gears != wanted {
        return Some(format!("its batch sizes are {gears:?}, not {wanted:?}"));
    }
    let largest = u64::from(plan.batch.largest());
    let pictures: Vec<u64> =
        summary.inputs.iter().filter(|input| input.name != GEAR_INPUT).map(|input| input.bytes).collect();
    let wanted = largest * plan.picture_bytes();
    if pictures != [wanted] {
        return Some(format!("its inputs take {pictures:?} bytes, not [{wanted}] for {largest} pictures"));
    }
    let features: Vec<u64> = summary.outputs.iter().map(|output| output.bytes).collect();
    let wanted = largest * FEATURE_LENGTH as u64 * 4;
    if features != [wanted] {
        return Some(format!("its outputs give {features:?} bytes, not [{wanted}] for {largest} features"));
    }
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
