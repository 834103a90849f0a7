//! Ascend offline models: what is in an `.om` file.
//!
//! The reader is for files from anywhere: it reads the header, the tables and at most two partitions of
//! limited size, checks every length before it uses it, and knows nothing of the device.

mod attribute;
mod container;
mod definition;
mod error;
mod inout;
#[cfg(test)]
pub(crate) mod sample;
mod summary;
mod tensor;
mod zip;

pub use ascend_sys::{DataType, Format};
pub use container::{Header, OmKind, Partition};
pub use definition::Aipp;
pub use error::{Malformed, OmError, OmProblem};
pub use summary::{GEAR_INPUT, OmSummary};
pub use tensor::Tensor;

use crate::file;
use container::{Container, FLOW_SUBMODEL, MODEL_DEF, MODEL_INOUT_INFO};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// First bytes of every offline model but OM2.
const MAGIC: &[u8] = b"IMOD";
/// Largest partition that is read into memory, in bytes: 64 MiB.
const LARGEST_READ: u64 = 64 << 20;

/// Text of unknown origin, safe for a terminal: control characters are escaped, quotes stay as they are.
pub(crate) fn printable(text: &str) -> String {
    let escape = |c: char| match c {
        '\'' | '"' => c.to_string(),
        _ => c.escape_debug().to_string(),
    };
    text.chars().map(escape).collect()
}

/// Whether the file at `path` is an offline model, by its first bytes or, for OM2 (a zip file like others), its name.
///
/// # Errors
/// If it cannot be read.
pub fn is_om(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    file::open(path)?.take(MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(starts_one(&start) || path.extension().is_some_and(|extension| extension == "om"))
}

/// Whether `bytes` begin as an offline model does.
pub fn starts_one(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// What the offline model at `path` is; needs no device.
///
/// # Errors
/// [`OmError`] if the file cannot be read, is no `.om`, is cut off or is damaged.
pub fn inspect(path: &Path) -> Result<OmSummary, OmError> {
    let open = || read(&mut BufReader::new(file::open(path)?));
    open().map_err(|problem| OmError { path: path.to_path_buf(), problem })
}

/// What the offline model in `file` is.
///
/// # Errors
/// [`OmProblem`] if it cannot be read, is no `.om`, is cut off or is damaged.
pub fn read(file: &mut (impl Read + Seek)) -> Result<OmSummary, OmProblem> {
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut first = Vec::new();
    file.by_ref().take(8).read_to_end(&mut first)?;
    if first.starts_with(b"PK\x03\x04") {
        return match zip::holds(file, size, b"model_meta.json")? {
            true => Ok(om2(size)),
            false => Err(foreign(&first)),
        };
    }
    if !starts_one(&first) {
        return Err(foreign(&first));
    }
    let container = Container::read(file, size)?;
    let mut summary = OmSummary {
        kind: container.header.kind,
        models: container.models,
        header: Some(container.header),
        ..om2(size)
    };
    summary.notes.clear();
    summary.look_inside(file)?;
    Ok(summary)
}

/// A summary of an OM2 file, into which we do not look.
fn om2(file_bytes: u64) -> OmSummary {
    let note =
        "OM2 container of CANN 9 and later: its contents are not shown; compile without OM2 to look inside";
    OmSummary {
        kind: OmKind::Om2,
        file_bytes,
        header: None,
        soc_version: None,
        inputs: Vec::new(),
        outputs: Vec::new(),
        gears: Vec::new(),
        other_gears: false,
        aipp: None,
        work_bytes: None,
        weight_bytes: None,
        models: Vec::new(),
        attributes: std::collections::BTreeMap::new(),
        command_line: None,
        notes: vec![note.to_string()],
    }
}

fn foreign(first: &[u8]) -> OmProblem {
    let hint = match first {
        [] => "; the file is empty",
        [b'P', b'K', 3, 4, ..] => "; it is a zip file without model_meta.json, perhaps a PyTorch checkpoint",
        [0x08, _, 0x12, ..] => "; it may be an ONNX or AIR model, which atc compiles to an .om",
        [0x0a, ..] => "; it may be a MindSpore checkpoint or MindIR file",
        [b'0'..=b'9' | b'{', ..] => "; it may be a safetensors or JSON file",
        [0x80, 2..=5, ..] => "; it may be a PyTorch checkpoint",
        _ => "",
    };
    OmProblem::Foreign { found: format!("\"{}\"", first.escape_ascii()), hint }
}

impl OmSummary {
    /// Reads the description partitions of the first model.
    fn look_inside(&mut self, file: &mut (impl Read + Seek)) -> Result<(), OmProblem> {
        if self.header.as_ref().is_some_and(|header| header.encrypted) {
            self.notes.push("encrypted: inputs and outputs cannot be read".to_string());
            return Ok(());
        }
        let partitions = self.models.first().cloned().unwrap_or_default();
        let submodels = partitions.iter().filter(|part| part.number == FLOW_SUBMODEL).count();
        if submodels > 0 {
            self.notes.push(format!("{submodels} models are nested in this flow; they are not looked into"));
        }
        if self.models.len() > 1 {
            self.notes.push(format!("{} models in the file; the first is described", self.models.len()));
        }
        let described = self.partition(file, &partitions, MODEL_INOUT_INFO)?;
        if let Some(bytes) = self.partition(file, &partitions, MODEL_DEF)? {
            let definition = definition::read(&bytes)?;
            let size = |name| definition.attributes.get(name).and_then(|text: &String| text.parse().ok());
            self.work_bytes = size("memory_size");
            self.weight_bytes = size("weight_size");
            self.soc_version =
                definition.attributes.get("soc_version").filter(|soc| !soc.is_empty()).cloned();
            self.attributes = definition.attributes;
            self.command_line = definition.command_line;
            self.inputs = definition.inputs;
            self.outputs = definition.outputs;
            self.gears = definition.gears;
            self.other_gears = definition.other_gears;
            self.aipp = definition.aipp;
        }
        if let Some(bytes) = described {
            let described = inout::read(&bytes)?;
            self.inputs = described.inputs;
            self.outputs = described.outputs;
            self.gears = described.gears;
            self.other_gears = described.other_gears;
        }
        let other_layout = |input: &Tensor| input.device_dims.get(1..) != input.dims.get(1..);
        if self.aipp.is_none() && self.inputs.iter().any(other_layout) {
            self.aipp = Some(Aipp::default());
        }
        Ok(())
    }

    /// The bytes of the first partition of type `number`; nothing if there is none or it is too large.
    fn partition(
        &mut self,
        file: &mut (impl Read + Seek),
        partitions: &[Partition],
        number: u32,
    ) -> Result<Option<Vec<u8>>, OmProblem> {
        let Some(partition) = partitions.iter().find(|partition| partition.number == number) else {
            return Ok(None);
        };
        if partition.size > LARGEST_READ {
            let Partition { name, size, .. } = partition;
            self.notes.push(format!("{name} has {size} bytes; more than {LARGEST_READ} are not read"));
            return Ok(None);
        }
        let mut bytes = vec![0; partition.size as usize];
        file.seek(SeekFrom::Start(partition.start))?;
        file.read_exact(&mut bytes)?;
        Ok(Some(bytes))
    }
}

#[cfg(test)]
mod tests;
