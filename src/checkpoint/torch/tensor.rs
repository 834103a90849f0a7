//! How a pickle describes a tensor: a storage, and which of its elements in which order.

use super::graph::{Global, Graph, Node, Value};
use crate::checkpoint::dtype::Dtype;
use crate::checkpoint::entry::Entry;
use crate::checkpoint::error::Fault;
use std::collections::HashMap;

/// Storages by key.
pub(super) type Storages<'a> = HashMap<&'a str, &'a [u8]>;

/// Functions around the one that makes a tensor: a parameter of a subclass has two.
const MAX_WRAPPERS: usize = 8;

/// A storage as a pickle refers to it.
#[derive(Clone, Debug)]
pub(super) struct StorageId<'a> {
    pub dtype: Dtype<'a>,
    pub key: &'a str,
    pub elements: u64,
    /// Offset and length, in elements, of the part that is meant; legacy files only.
    view: Option<(u64, u64)>,
}

/// `('storage', class, key, location, elements)`, in legacy files with a sixth item: None, or
/// `(key, offset, elements)` of a view.
pub(super) fn storage_id<'a>(graph: &Graph<'a>, id: Value<'a>) -> Option<StorageId<'a>> {
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

/// What stands for a tensor in a pickle.
pub(super) enum Described<'a> {
    /// A part of a storage.
    Part(Part<'a>),
    /// A tensor without plain values, and the function that makes it: sparse, quantized, on no device.
    Other(&'a str),
    /// The arguments make no sense.
    Nonsense,
}

/// A tensor that is a part of a storage.
pub(super) struct Part<'a> {
    storage: StorageId<'a>,
    offset: u64,
    shape: Vec<u64>,
    strides: Vec<u64>,
    /// The type of the elements, if the storage is of bytes.
    dtype: Option<&'a str>,
}

/// What `value` says of a tensor, if it is one.
pub(super) fn described<'a>(graph: &Graph<'a>, value: Value<'a>) -> Option<Described<'a>> {
    let Node::Call(mut function, mut arguments) = *graph.node(value)? else { return None };
    for _ in 0..MAX_WRAPPERS {
        let inner = match (function, graph.tuple(arguments)) {
            // `(tensor, requires_grad, hooks)`, and perhaps a state.
            (Global::RebuildParameter, Some([tensor, ..])) => match graph.node(*tensor) {
                Some(Node::Call(function, arguments)) => (*function, *arguments),
                _ => return Some(Described::Nonsense),
            },
            // `(function, class, arguments, state)`
            (Global::RebuildFromType, Some([Value::Global(function), _, arguments, ..])) => {
                (*function, *arguments)
            }
            // `(storage, offset, size, stride)`; version 2 adds `requires_grad`, hooks and metadata, version 3 has
            // the type of the elements after the hooks.
            (
                Global::RebuildTensor | Global::RebuildTensorV2 | Global::RebuildTensorV3,
                Some([storage, offset, shape, strides, rest @ ..]),
            ) => {
                let dtype = match (function, rest) {
                    (Global::RebuildTensorV3, [_, _, Value::Global(Global::Other("torch", word)), ..]) => {
                        Some(*word)
                    }
                    (Global::RebuildTensorV3, _) => return Some(Described::Nonsense),
                    _ => None,
                };
                let part = part(graph, *storage, *offset, *shape, *strides);
                let with_dtype = |part| Described::Part(Part { dtype, ..part });
                return Some(part.map_or(Described::Nonsense, with_dtype));
            }
            (Global::RebuildOther(name), _) => return Some(Described::Other(name)),
            _ => return Some(Described::Nonsense),
        };
        (function, arguments) = inner;
    }
    Some(Described::Nonsense)
}

fn part<'a>(
    graph: &Graph<'a>,
    storage: Value<'a>,
    offset: Value<'a>,
    shape: Value<'a>,
    strides: Value<'a>,
) -> Option<Part<'a>> {
    let natural = |value: &Value| match value {
        Value::Int(value) => u64::try_from(*value).ok(),
        _ => None,
    };
    let naturals = |value: Value| graph.tuple(value)?.iter().map(natural).collect::<Option<Vec<u64>>>();
    let Node::Persistent(id) = graph.node(storage)? else { return None };
    Some(Part {
        storage: storage_id(graph, *id)?,
        offset: natural(&offset)?,
        shape: naturals(shape)?,
        strides: naturals(strides)?,
        dtype: None,
    })
}

impl<'a> Described<'a> {
    /// The tensor, whose full name is `name` and whose container's is the first `key_length` bytes of that.
    pub fn entry(self, name: &str, key_length: usize, storages: &Storages<'a>) -> Result<Entry<'a>, Fault> {
        match self {
            Described::Part(part) => part.entry(name, key_length, storages),
            Described::Other(function) => Ok(Entry::without_values(name, key_length, function)),
            Described::Nonsense => Err(Fault::Storage {
                name: name.to_string(),
                problem: "is described in a way that PyTorch does not use",
            }),
        }
    }
}

impl<'a> Part<'a> {
    fn entry(self, name: &str, key_length: usize, storages: &Storages<'a>) -> Result<Entry<'a>, Fault> {
        let fault = |problem| Fault::Storage { name: name.to_string(), problem };
        let StorageId { dtype, key, elements, view } = self.storage;
        let mut storage = *storages.get(key).ok_or_else(|| fault("has a storage that is not in the file"))?;
        // Types that this reader does not know are no weights.
        let Some(size) = dtype.size() else {
            return Ok(Entry::without_values(name, key_length, &dtype.word));
        };
        let size = size as u64;
        if elements.checked_mul(size) != Some(storage.len() as u64) {
            return Err(fault("has a storage of another length than the pickle says"));
        }
        if let Some((offset, length)) = view {
            let end = offset.checked_add(length).filter(|end| *end <= elements);
            let end = end.ok_or_else(|| fault("reaches past the end of its storage"))?;
            storage = &storage[(offset * size) as usize..(end * size) as usize];
        }
        let dtype = match self.dtype.map(Dtype::torch) {
            Some(other) if other.size().is_none() => {
                return Ok(Entry::without_values(name, key_length, &other.word));
            }
            Some(other) => other,
            None => dtype,
        };
        Entry::of_storage(name, key_length, dtype, &self.shape, storage, self.offset, &self.strides)
    }
}
