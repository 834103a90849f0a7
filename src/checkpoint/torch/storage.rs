//! How a pickle names a storage.

use super::graph::{Global, Graph, Value};
use crate::checkpoint::dtype::Dtype;

/// A storage as a pickle refers to it.
#[derive(Clone, Debug)]
pub(super) struct StorageId<'a> {
    pub(super) dtype: Dtype<'a>,
    pub(super) key: &'a str,
    pub(super) elements: u64,
    /// Offset and length, in elements, of the part that is meant; legacy files only.
    pub(super) view: Option<(u64, u64)>,
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
