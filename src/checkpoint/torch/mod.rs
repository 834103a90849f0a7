//! PyTorch's `.pth`: a state dict in a pickle that refers to storages kept beside it, in one of two containers.

mod graph;
mod legacy;
mod pickle;
mod zip;

use super::CheckpointFormat;
use super::cursor::Cursor;
use super::dtype::Dtype;
use super::entry::Entry;
use super::error::{ContentError, Fault};
use super::limits::{MAX_NAME, MAX_SHOWN, MAX_TENSORS};
use graph::{Global, Graph, Node, Value};
use std::collections::HashMap;

/// What a file holds besides its tensors' values.
pub(super) struct Walked<'a> {
    pub entries: Vec<Entry<'a>>,
    /// Numbers and texts beside the tensors (`epoch`, `arch`, `prec1`), with their keys.
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
    state_dict(&graph, &storages).map_err(fault)
}

/// Reads the legacy container.
pub(super) fn walk_legacy(bytes: &[u8]) -> Result<Walked<'_>, Fault> {
    let (graph, storages) = legacy::read(bytes)?;
    state_dict(&graph, &storages)
}

/// The tensors of the dict under `state_dict`, or of the top dict if there is no such key.
fn state_dict<'a>(graph: &Graph<'a>, storages: &HashMap<&str, &'a [u8]>) -> Result<Walked<'a>, Fault> {
    let mut walked = Walked { entries: Vec::new(), metadata: Vec::new() };
    let top = graph.dict(graph.root).unwrap_or_default();
    let nested = graph.get(graph.root, "state_dict").and_then(|nested| graph.dict(nested));
    for (key, value) in nested.unwrap_or(top) {
        let Value::Text(name) = *key else { continue };
        let Some(reference) = tensor_reference(graph, *value) else { continue };
        let storage = |problem| Fault::Storage { name: shown(name), problem };
        if name.len() > MAX_NAME {
            return Err(storage("has too long a name"));
        }
        if walked.entries.len() == MAX_TENSORS {
            return Err(Fault::TooMany { offset: 0, what: "tensors", limit: MAX_TENSORS as u64 });
        }
        let reference =
            reference.ok_or_else(|| storage("is described in a way that PyTorch does not use"))?;
        walked.entries.push(reference.find(name, storages)?);
    }
    for (key, value) in top {
        let Value::Text(key) = *key else { continue };
        let text = match *value {
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::Text(text) => shown(text),
            _ => continue,
        };
        walked.metadata.push((shown(key), text));
    }
    if walked.entries.is_empty() {
        let keys = top.iter().filter_map(|(key, _)| match key {
            Value::Text(key) => Some(shown(key)),
            _ => None,
        });
        return Err(Fault::NoTensors { keys: keys.collect() });
    }
    Ok(walked)
}

/// The start of a text from a file.
fn shown(text: &str) -> String {
    text.chars().take(MAX_SHOWN).collect()
}

/// A storage as a pickle refers to it.
#[derive(Clone, Debug)]
struct StorageId<'a> {
    dtype: Dtype<'a>,
    key: &'a str,
    elements: u64,
    /// Offset and length, in elements, of the part that is meant; legacy files only.
    view: Option<(u64, u64)>,
}

/// `('storage', class, key, location, elements)`, in legacy files with a sixth item: None, or
/// `(key, offset, elements)` of a view.
fn storage_id<'a>(graph: &Graph<'a>, id: Value<'a>) -> Option<StorageId<'a>> {
    let (fixed, view) = match graph.tuple(id)? {
        [fixed @ .., view] if fixed.len() == 5 => (fixed, *view),
        fixed => (fixed, Value::None),
    };
    let [
        Value::Text("storage"),
        Value::Global(Global::Storage(class)),
        Value::Text(key),
        _,
        Value::Int(elements),
    ] = *fixed
    else {
        return None;
    };
    let view = match view {
        Value::None => None,
        view => match graph.tuple(view)? {
            [_, Value::Int(offset), Value::Int(elements)] => {
                Some((u64::try_from(*offset).ok()?, u64::try_from(*elements).ok()?))
            }
            _ => return None,
        },
    };
    Some(StorageId { dtype: Dtype::torch(class), key, elements: u64::try_from(elements).ok()?, view })
}

/// A tensor as a pickle describes it.
struct Reference<'a> {
    storage: StorageId<'a>,
    offset: u64,
    shape: Vec<u64>,
    strides: Vec<u64>,
}

/// `None` if the value is no tensor at all, `Some(None)` if it is one with arguments that make no sense.
fn tensor_reference<'a>(graph: &Graph<'a>, mut value: Value<'a>) -> Option<Option<Reference<'a>>> {
    // Ends because a graph has no cycle.
    loop {
        let Value::Node(index) = value else { return None };
        let Node::Call(function, arguments) = graph.nodes[index] else { return None };
        match (function, graph.tuple(arguments)) {
            // `(tensor, requires_grad, hooks)`
            (Global::RebuildParameter, Some([tensor, ..])) => value = *tensor,
            // `(storage, offset, size, stride)`; version 2 adds `requires_grad`, hooks and metadata.
            (
                Global::RebuildTensor | Global::RebuildTensorV2,
                Some([storage, offset, shape, strides, ..]),
            ) => {
                return Some(reference(graph, *storage, *offset, *shape, *strides));
            }
            _ => return Some(None),
        }
    }
}

fn reference<'a>(
    graph: &Graph<'a>,
    storage: Value<'a>,
    offset: Value<'a>,
    shape: Value<'a>,
    strides: Value<'a>,
) -> Option<Reference<'a>> {
    let natural = |value: &Value| match value {
        Value::Int(value) => u64::try_from(*value).ok(),
        _ => None,
    };
    let naturals = |value: Value| graph.tuple(value)?.iter().map(natural).collect::<Option<Vec<u64>>>();
    let Value::Node(index) = storage else { return None };
    let Node::Persistent(id) = graph.nodes[index] else { return None };
    Some(Reference {
        storage: storage_id(graph, id)?,
        offset: natural(&offset)?,
        shape: naturals(shape)?,
        strides: naturals(strides)?,
    })
}

impl<'a> Reference<'a> {
    fn find(self, name: &'a str, storages: &HashMap<&str, &'a [u8]>) -> Result<Entry<'a>, Fault> {
        let fault = |problem| Fault::Storage { name: name.to_string(), problem };
        let StorageId { dtype, key, elements, view } = self.storage;
        let mut storage = *storages.get(key).ok_or_else(|| fault("has a storage that is not in the file"))?;
        let size = dtype.size().ok_or_else(|| fault("has elements of unknown size"))? as u64;
        if elements.checked_mul(size) != Some(storage.len() as u64) {
            return Err(fault("has a storage of another length than the pickle says"));
        }
        if let Some((offset, length)) = view {
            let end = offset.checked_add(length).filter(|end| *end <= elements);
            let end = end.ok_or_else(|| fault("reaches past the end of its storage"))?;
            storage = &storage[(offset * size) as usize..(end * size) as usize];
        }
        Entry::of_storage(name, dtype, &self.shape, storage, self.offset, &self.strides)
    }
}
