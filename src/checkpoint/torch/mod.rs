//! PyTorch's `.pth`: a pickle that refers to storages kept beside it, in one of two containers. The pickle is a state
//! dict, a dict with state dicts among other things, or a module.

mod beside;
mod graph;
mod legacy;
mod opcode;
mod pickle;
mod tensor;
mod walk;
mod zip;

use super::CheckpointFormat;
use super::cursor::Cursor;
use super::entry::Entry;
use super::error::{ContentError, Fault};
use super::limits::MAX_SHOWN;
use graph::{Graph, Value};
use tensor::Storages;

/// What a file holds besides its tensors' values.
pub(super) struct Walked<'a> {
    pub entries: Vec<Entry<'a>>,
    /// What is beside the tensors at the top (`epoch`, `arch`, `prec1`), with its keys.
    pub metadata: Vec<(String, String)>,
}

/// Reads the zip container.
pub(super) fn walk_zip(bytes: &[u8]) -> Result<Walked<'_>, ContentError> {
    let fault = |source| ContentError::Fault { format: CheckpointFormat::TorchZip, source };
    let foreign = |what, advice| Err(ContentError::Foreign { what, advice });
    let archive = zip::entries(bytes).map_err(fault)?;
    let mut folders = archive.keys().filter_map(|name| {
        let top = name.strip_suffix("data.pkl")?;
        (top.find('/') == top.len().checked_sub(1)).then_some(top)
    });
    let (Some(folder), None) = (folders.next(), folders.next()) else {
        return foreign("a zip archive without a PyTorch checkpoint", "unpack it and give what is inside");
    };
    let inside = |name: &str| archive.get(format!("{folder}{name}").as_str());
    if inside("constants.pkl").is_some() {
        return foreign("a TorchScript archive", "save model.state_dict() with torch.save instead");
    }
    if inside("byteorder").is_some_and(|order| order.bytes != b"little") {
        return Err(fault(legacy::big_endian()));
    }
    let storages = archive
        .iter()
        .filter_map(|(name, content)| {
            Some((name.strip_prefix(folder)?.strip_prefix("data/")?, content.bytes))
        })
        .collect();
    let pickle = inside("data.pkl").map(|content| Cursor::new(content.bytes, content.offset));
    let graph = pickle::load(&mut pickle.unwrap_or(Cursor::new(&[], 0))).map_err(fault)?;
    walked(&graph, &storages).map_err(fault)
}

/// Reads the legacy container.
pub(super) fn walk_legacy(bytes: &[u8]) -> Result<Walked<'_>, Fault> {
    let (graph, storages) = legacy::read(bytes)?;
    walked(&graph, &storages)
}

fn walked<'a>(graph: &Graph<'a>, storages: &Storages<'a>) -> Result<Walked<'a>, Fault> {
    let entries = walk::tensors(graph, storages)?;
    let top = graph.dict(graph.root).unwrap_or_default();
    if entries.is_empty() {
        let keys = top.iter().filter_map(|(key, _)| match key {
            Value::Text(key) => Some(shown(key)),
            _ => None,
        });
        return Err(Fault::NoTensors { keys: keys.collect() });
    }
    let metadata = top.iter().filter_map(|(key, value)| match key {
        Value::Text(key) => Some((shown(key), beside::show(graph, *value)?)),
        _ => None,
    });
    Ok(Walked { entries, metadata: metadata.collect() })
}

/// The start of a text from a file.
fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN).collect()
}
