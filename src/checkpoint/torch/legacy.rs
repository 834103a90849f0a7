//! The container before PyTorch 1.6: five pickles in a row - magic number, protocol, system, object, keys of the
//! storages - and then, for each key in turn, the number of elements (8 bytes) and the elements.

use super::graph::{Graph, Node, Value};
use super::pickle;
use super::tensor::{StorageId, Storages, storage_id};
use crate::checkpoint::cursor::Cursor;
use crate::checkpoint::error::Fault;
use crate::checkpoint::limits::MAX_TENSORS;
use std::collections::HashMap;

/// 0x1950a86a20f9469cfc6c
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const PROTOCOL: i64 = 1001;

/// The object's pickle and the storages by key.
pub(super) fn read(bytes: &[u8]) -> Result<(Graph<'_>, Storages<'_>), Fault> {
    let mut cursor = Cursor::new(bytes, 0);
    if pickle::load(&mut cursor)?.root != Value::Long(&MAGIC) {
        return Err(Fault::Unsupported {
            what: "the file".into(),
            found: "a pickle that torch.save did not write",
            advice: "save model.state_dict() with torch.save, or as safetensors",
        });
    }
    let at = cursor.clone();
    if pickle::load(&mut cursor)?.root != Value::Int(PROTOCOL) {
        return Err(at.malformed("the protocol of the PyTorch file is not 1001"));
    }
    let system = pickle::load(&mut cursor)?;
    if system.get(system.root, "little_endian") == Some(Value::Bool(false)) {
        return Err(big_endian());
    }
    let object = pickle::load(&mut cursor)?;
    let at = cursor.clone();
    let keys = pickle::load(&mut cursor)?;
    let keys = keys.list(keys.root).ok_or_else(|| at.malformed("the keys of the storages are no list"))?;
    if keys.len() > MAX_TENSORS {
        let limit = MAX_TENSORS as u64;
        return Err(Fault::TooMany { offset: at.offset(), what: "storages", limit });
    }
    let declared = declared(&object, &at)?;
    let mut storages = HashMap::with_capacity(keys.len());
    for key in keys {
        let at = cursor.clone();
        let Value::Text(key) = *key else { return Err(at.malformed("the key of a storage is no text")) };
        let Some(id) = declared.get(key) else { return Err(at.malformed("no tensor uses a storage")) };
        let elements = cursor.u64("the length of a storage")?;
        if elements != id.elements {
            return Err(at.malformed("a storage has another length than the pickle says"));
        }
        let size = id.dtype.size().ok_or_else(|| at.malformed("a storage has elements of unknown size"))?;
        let length =
            elements.checked_mul(size as u64).ok_or_else(|| at.malformed("a storage is too long"))?;
        if storages.insert(key, cursor.take(length, "a storage")?).is_some() {
            return Err(at.malformed("two storages have one key"));
        }
    }
    if !cursor.is_at_end() {
        return Err(cursor.malformed("bytes are left after the last storage"));
    }
    Ok((object, storages))
}

/// The storages that the object refers to, with their types: the part behind the pickles does not name them.
fn declared<'a>(object: &Graph<'a>, at: &Cursor) -> Result<HashMap<&'a str, StorageId<'a>>, Fault> {
    let mut declared: HashMap<&str, StorageId> = HashMap::new();
    for node in &object.nodes {
        let Node::Persistent(id) = node else { continue };
        // A module's class, with its source code.
        if matches!(object.tuple(*id), Some([Value::Text("module"), ..])) {
            continue;
        }
        let id = storage_id(object, *id)
            .ok_or_else(|| at.malformed("a persistent object of the pickle is no storage"))?;
        if let Some(other) = declared.get(id.key) {
            if other.dtype != id.dtype || other.elements != id.elements {
                return Err(at.malformed("a storage has two types or two lengths"));
            }
        } else {
            declared.insert(id.key, id);
        }
    }
    Ok(declared)
}

/// The same for both containers.
pub(super) fn big_endian() -> Fault {
    Fault::Unsupported {
        what: "the byte order of the file".into(),
        found: "big-endian",
        advice: "save it again on a little-endian machine",
    }
}
