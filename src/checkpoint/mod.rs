//! Checkpoint files: bytes to weights whose names, shapes and values are proven to be a network's.
//!
//! Formats are recognised by content: MindSpore `.ckpt`, safetensors, PyTorch `.pth` in its zip and its legacy
//! container. The weights may be at the top or under keys, and all names may begin with one prefix (`module.`,
//! `backbone.`). A file from a stranger gives weights or an error; nothing in it is run, and what it may ask of
//! the machine is bounded by the numbers in [`limits`].

mod cursor;
mod dtype;
mod entry;
mod error;
mod fit;
mod format;
pub mod limits;
mod mindspore;
mod names;
mod passed;
mod safetensors;
mod sets;
mod sums;
mod torch;
mod wanted;

pub use error::{CheckpointError, ContentError, Fault, Unfit};
pub use format::CheckpointFormat;
pub use passed::{PassedOver, Surplus};

use crate::map::Map;
use crate::network::{Network, Tensor, Weights};
use entry::Entry;
use mindspore::Trailer;
use sets::Sets;
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::panic;
use std::path::Path;
use std::thread;
use sums::Sums;
use wanted::{Chosen, Wanted};

/// What to take from a checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// The network whose weights are wanted; `None` takes the one that the tensors fit.
    pub network: Option<Network>,
    /// Whether to take the classifier head `fc2` too, which features do not need.
    pub head: bool,
    /// Where the weights are: the keys that lead to their dict, and what else all names begin with, or the start of
    /// that up to a dot (`model_ema`, `state_dict.generator`); empty for the top. `None` takes the only set of weights
    /// that the file has, or the only one that is not averaged.
    pub key: Option<String>,
    /// Whether to refuse a file with tensors beside the weights, such as heads of another kind and averaged copies.
    /// The network's own head and what training keeps are always accepted.
    pub strict: bool,
}

/// Weights and where they come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    /// The weights, as float32 whatever the file has.
    pub weights: Weights,
    /// Which tensors of the file they are.
    pub set: WeightSet,
    /// SHA-256 of the whole file, in lower-case hex.
    pub sha256: String,
    /// What names the weights, in lower-case hex: the SHA-256 of the file, or, if the key asked for leads to others than
    /// would be taken without one, the SHA-256 of that and the place of the weights in the file.
    pub weights_sha256: String,
    /// Format of the file.
    pub format: CheckpointFormat,
}

/// Which tensors of a file are the weights.
///
/// Names are the file's own: escape them before they reach a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightSet {
    /// The network.
    pub network: Network,
    /// The keys that lead to the dict of the weights, joined by dots: `state_dict`; empty at the top.
    pub key: String,
    /// What all names in that dict begin with, without the last dot: `module`; empty if they are the network's own.
    pub prefix: String,
    /// The other tensors of floats, of more than one element.
    pub passed_over: Vec<PassedOver>,
}

/// What a checkpoint holds, whether or not it is one of our networks.
///
/// Names and texts are the file's own: escape them before they reach a terminal.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckpointSummary {
    /// Format of the file.
    pub format: CheckpointFormat,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of the whole file, in lower-case hex.
    pub sha256: String,
    /// Whether the file carries a CRC-32 of itself, which was then found right.
    pub has_checksum: bool,
    /// All tensors, in the order of the file.
    pub tensors: Vec<TensorSummary>,
    /// Key and value of what is no tensor or a tensor of one element: epoch, step, architecture and the like.
    pub metadata: Vec<(String, String)>,
    /// The tensors that loading takes, or why it fails.
    pub fit: Result<WeightSet, Unfit>,
}

/// A tensor of a [`CheckpointSummary`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorSummary {
    /// The keys that lead to its dict, joined by dots; empty at the top and in formats without keys.
    pub key: String,
    /// Name in that dict, with `module.` if it is there.
    pub name: String,
    /// Element type in the file's own word: `Float32`, `F32`, `FloatStorage`.
    pub dtype: String,
    /// Shape, row-major; empty for a scalar.
    pub shape: Vec<usize>,
    /// Bytes of its values.
    pub bytes: u64,
}

/// Loads the weights of a network from the checkpoint at `path`.
///
/// Float16, BFloat16 and Float64 are converted to float32. The weights may be under keys, and their names may have one
/// prefix. Other tensors are passed over (counters, optimizer state, averaged copies, heads of another kind), and
/// refused if they look like further layers of the network. Values of passed-over tensors, such as the head's, are never
/// read into memory.
///
/// The file is mapped into memory while it is read: it must not be shortened meanwhile.
///
/// # Errors
/// [`CheckpointError`] says what is wrong with the file; all misfits between its tensors and the network come
/// together in [`Unfit::Misfits`].
pub fn load(path: &Path, options: &LoadOptions) -> Result<Checkpoint, CheckpointError> {
    with_map(path, |file, bytes| {
        let contents = walk(bytes, None).map_err(Reason::Content)?;
        let sets = contents.sets().map_err(Reason::Content)?;
        let wanted = Wanted::of(&sets, options).map_err(|unfit| Reason::Content(unfit.into()))?;
        let (sums, weights) = thread::scope(|scope| {
            let sums = thread::Builder::new()
                .name("checksum".into())
                .spawn_scoped(scope, || sums::sums(file, contents.crc_covers()))?;
            let weights = wanted.weights();
            Ok((sums.join().unwrap_or_else(|panic| panic::resume_unwind(panic))?, weights))
        })
        .map_err(Reason::Read)?;
        // A damaged file is told as such, not by the values it has now.
        contents.check(&sums).map_err(Reason::Content)?;
        let weights = weights.map_err(|unfit| Reason::Content(unfit.into()))?;
        Ok(wanted.checkpoint(weights, sums.sha256, contents.format))
    })
}

/// Loads the weights of a network from the `bytes` of a whole file, as [`load`] does.
///
/// # Errors
/// As [`load`].
pub fn read(bytes: &[u8], options: &LoadOptions) -> Result<Checkpoint, ContentError> {
    let contents = walk(bytes, None)?;
    let sets = contents.sets()?;
    let wanted = Wanted::of(&sets, options)?;
    let sums = sums::sums_of(bytes, contents.crc_covers());
    contents.check(&sums)?;
    let weights = wanted.weights()?;
    Ok(wanted.checkpoint(weights, sums.sha256, contents.format))
}

/// Says what is in the checkpoint at `path`, of whatever network, and what loading it with `options` takes.
///
/// # Errors
/// [`CheckpointError`] if the file is no sound checkpoint.
pub fn inspect(path: &Path, options: &LoadOptions) -> Result<CheckpointSummary, CheckpointError> {
    with_map(path, |file, bytes| {
        let contents = walk(bytes, None).map_err(Reason::Content)?;
        let sums = sums::sums(file, contents.crc_covers()).map_err(Reason::Read)?;
        contents.summary(bytes.len(), sums, options).map_err(Reason::Content)
    })
}

/// Says what is in the `bytes` of a whole file, as [`inspect`] does. `format` is recognised by content if it is
/// `None`.
///
/// # Errors
/// [`ContentError`] if the bytes are no sound file of that format.
pub fn describe(bytes: &[u8], format: Option<CheckpointFormat>) -> Result<CheckpointSummary, ContentError> {
    let contents = walk(bytes, format)?;
    let sums = sums::sums_of(bytes, contents.crc_covers());
    contents.summary(bytes.len(), sums, &LoadOptions::default())
}

/// All tensors of floats in the `bytes` of a whole file, as float32, of no network in particular. Names are without the
/// keys that all tensors share, and without `module.`. `format` is recognised by content if it is `None`.
///
/// # Errors
/// [`ContentError`] if the bytes are no sound file of that format, or if tensors that share a storage would
/// together take more than four times the file.
pub fn tensors(
    bytes: &[u8],
    format: Option<CheckpointFormat>,
) -> Result<BTreeMap<String, Tensor>, ContentError> {
    let contents = walk(bytes, format)?;
    contents.check(&sums::sums_of(bytes, contents.crc_covers()))?;
    let mut index = sets::index(&contents.entries).map_err(|source| contents.fault(source))?;
    index.retain(|_, entry| entry.dtype.is_float());
    let needed = index.values().map(|entry| entry.elements() as u64 * size_of::<f32>() as u64);
    let limit = 4 * bytes.len() as u64;
    if needed.fold(0, u64::saturating_add) > limit {
        return Err(contents.fault(Fault::TooMany { offset: 0, what: "bytes of values", limit }));
    }
    let mut keys = index.values().map(|entry| entry.key());
    let key = keys.next().filter(|first| keys.all(|key| key == *first)).unwrap_or_default();
    let mut tensors = BTreeMap::new();
    for (name, entry) in &index {
        let name = names::plain(names::below(name, key).unwrap_or(name));
        if tensors.insert(name.to_string(), entry.to_tensor()).is_some() {
            return Err(contents.fault(Fault::Duplicate { name: name.to_string() }));
        }
    }
    Ok(tensors)
}

/// A whole file without its tensors' values.
struct Contents<'a> {
    format: CheckpointFormat,
    entries: Vec<Entry<'a>>,
    /// What the format keeps beside its tensors.
    beside: Vec<(String, String)>,
    trailer: Option<Trailer>,
}

fn walk(bytes: &[u8], format: Option<CheckpointFormat>) -> Result<Contents<'_>, ContentError> {
    let format = match format {
        Some(format) => format,
        None => CheckpointFormat::recognise(bytes)?,
    };
    let fault = |source| ContentError::Fault { format, source };
    let contents = match format {
        CheckpointFormat::MindSpore => {
            let walked = mindspore::walk(bytes).map_err(fault)?;
            Contents { format, entries: walked.entries, beside: Vec::new(), trailer: walked.trailer }
        }
        CheckpointFormat::Safetensors => {
            let walked = safetensors::walk(bytes).map_err(fault)?;
            let beside = walked.metadata.into_iter().collect();
            Contents { format, entries: walked.entries, beside, trailer: None }
        }
        CheckpointFormat::TorchZip => {
            let walked = torch::walk_zip(bytes)?;
            Contents { format, entries: walked.entries, beside: walked.metadata, trailer: None }
        }
        CheckpointFormat::TorchLegacy => {
            let walked = torch::walk_legacy(bytes).map_err(fault)?;
            Contents { format, entries: walked.entries, beside: walked.metadata, trailer: None }
        }
    };
    if contents.entries.is_empty() {
        return Err(fault(Fault::NoTensors { keys: Vec::new() }));
    }
    Ok(contents)
}

impl<'a> Contents<'a> {
    fn fault(&self, source: Fault) -> ContentError {
        ContentError::Fault { format: self.format, source }
    }

    fn sets(&self) -> Result<Sets<'_, 'a>, ContentError> {
        // MindSpore's safetensors say so.
        let is_mindspore = self.format == CheckpointFormat::MindSpore
            || self.beside.iter().any(|(key, value)| key == "format" && value == "ms");
        Sets::of(&self.entries, is_mindspore).map_err(|source| self.fault(source))
    }

    fn summary(
        &self,
        bytes: usize,
        sums: Sums,
        options: &LoadOptions,
    ) -> Result<CheckpointSummary, ContentError> {
        self.check(&sums)?;
        let sets = self.sets()?;
        let fit = Chosen::of(&sets, options).map(|chosen| chosen.described);
        Ok(CheckpointSummary {
            format: self.format,
            bytes: bytes as u64,
            sha256: sums.sha256,
            has_checksum: self.trailer.is_some(),
            tensors: self.entries.iter().map(TensorSummary::of).collect(),
            metadata: self.metadata(),
            fit,
        })
    }

    fn metadata(&self) -> Vec<(String, String)> {
        let scalars = self.entries.iter().filter_map(|entry| Some((entry.name.to_string(), entry.show()?)));
        self.beside.iter().cloned().chain(scalars).collect()
    }

    /// How many bytes the file's own checksum covers.
    fn crc_covers(&self) -> u64 {
        self.trailer.map_or(0, |trailer| trailer.covers)
    }

    /// Compares the file's own checksum, if it has one.
    fn check(&self, sums: &Sums) -> Result<(), ContentError> {
        match self.trailer {
            Some(Trailer { stated, .. }) if stated != sums.crc32 => {
                Err(ContentError::Checksum { stated, found: sums.crc32 })
            }
            _ => Ok(()),
        }
    }
}

impl TensorSummary {
    fn of(entry: &Entry) -> Self {
        TensorSummary {
            key: entry.key().to_string(),
            name: entry.own_name().to_string(),
            dtype: entry.dtype.word.to_string(),
            shape: entry.shape.clone(),
            bytes: entry.bytes(),
        }
    }
}

/// Why the work on an open file failed.
enum Reason {
    Read(io::Error),
    Content(ContentError),
}

/// Runs `work` on the file at `path` and on its bytes, and checks that the file stayed as it was.
fn with_map<T>(
    path: &Path,
    work: impl FnOnce(&File, &[u8]) -> Result<T, Reason>,
) -> Result<T, CheckpointError> {
    let path_buf = || path.to_path_buf();
    let open_error = |source| CheckpointError::Open { path: path_buf(), source };
    let read_error = |source| CheckpointError::Read { path: path_buf(), source };
    // Before opening: to open a pipe is to wait for its writer.
    if !fs::metadata(path).map_err(open_error)?.is_file() {
        return Err(CheckpointError::NotAFile { path: path_buf() });
    }
    let file = File::open(path).map_err(open_error)?;
    let before = file.metadata().map_err(read_error)?;
    let done = {
        let map = Map::of(&file).map_err(read_error)?;
        work(&file, &map)
    };
    if is_changed(&before, &file.metadata().map_err(read_error)?) {
        return Err(CheckpointError::Changed { path: path_buf() });
    }
    done.map_err(|reason| match reason {
        Reason::Read(source) => read_error(source),
        Reason::Content(source) => CheckpointError::Content { path: path_buf(), source },
    })
}

fn is_changed(before: &Metadata, after: &Metadata) -> bool {
    before.len() != after.len() || before.modified().ok() != after.modified().ok()
}
