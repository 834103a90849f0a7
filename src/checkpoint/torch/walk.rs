//! Finds the tensors of a pickle, wherever in its dicts, lists and modules they are, and their names.
//!
//! A tensor's full name is the keys that lead to it and its own name, joined by dots:
//! `state_dict.module.conv1.filter.weight`.

use super::graph::{Graph, Node, Object, Value};
use super::shown;
use super::tensor::{Storages, described};
use crate::checkpoint::entry::Entry;
use crate::checkpoint::error::Fault;
use crate::checkpoint::limits::{MAX_DEPTH, MAX_NAME, MAX_TENSORS, MAX_VISITS};
use std::collections::HashSet;

/// All tensors of `graph`, in the order of the file.
pub(super) fn tensors<'a>(graph: &Graph<'a>, storages: &Storages<'a>) -> Result<Vec<Entry<'a>>, Fault> {
    let mut walk = Walk {
        graph,
        storages,
        entries: Vec::new(),
        name: String::new(),
        open: Vec::new(),
        barren: HashSet::new(),
        visits: 0,
    };
    walk.container(graph.root, None)?;
    Ok(walk.entries)
}

struct Walk<'g, 'a> {
    graph: &'g Graph<'a>,
    storages: &'g Storages<'a>,
    entries: Vec<Entry<'a>>,
    /// Full name of the value that is visited.
    name: String,
    /// Containers around it. One that contains itself is not entered again.
    open: Vec<usize>,
    /// Containers without a tensor, which need no second visit.
    barren: HashSet<usize>,
    visits: usize,
}

impl<'a> Walk<'_, 'a> {
    /// Visits the items of `value`, if it has any. `module` is the length of the outermost module's name, if this is a
    /// part of a module: names in a module belong together.
    fn container(&mut self, value: Value<'a>, module: Option<usize>) -> Result<(), Fault> {
        let Value::Node(index) = value else { return Ok(()) };
        if self.open.len() == MAX_DEPTH || self.open.contains(&index) || self.barren.contains(&index) {
            return Ok(());
        }
        self.open.push(index);
        let before = self.entries.len();
        let graph = self.graph;
        match &graph.nodes[index] {
            Node::Dict(items) => self.items(items, self.name.len(), None)?,
            Node::Object(object) => match parts_of_module(graph, object) {
                Some(parts) => {
                    let key_length = module.unwrap_or(self.name.len());
                    for items in parts.into_iter().flatten() {
                        self.items(items, key_length, Some(key_length))?;
                    }
                }
                None => self.items(&object.items, self.name.len(), None)?,
            },
            Node::List(values) | Node::Tuple(values) => {
                for (number, value) in values.iter().enumerate() {
                    self.item(&number.to_string(), *value, self.name.len(), None)?;
                }
            }
            Node::Persistent(_) | Node::Call(..) => {}
        }
        if self.entries.len() == before {
            self.barren.insert(index);
        }
        self.open.pop();
        Ok(())
    }

    fn items(
        &mut self,
        items: &[(Value<'a>, Value<'a>)],
        key_length: usize,
        module: Option<usize>,
    ) -> Result<(), Fault> {
        for (number, (key, value)) in items.iter().enumerate() {
            match key {
                Value::Text(key) => self.item(key, *value, key_length, module)?,
                Value::Int(key) => self.item(&key.to_string(), *value, key_length, module)?,
                _ => self.item(&number.to_string(), *value, key_length, module)?,
            }
        }
        Ok(())
    }

    /// Visits the `value` under `key`; the first `key_length` bytes of the name are those of the container.
    fn item(
        &mut self,
        key: &str,
        value: Value<'a>,
        key_length: usize,
        module: Option<usize>,
    ) -> Result<(), Fault> {
        self.visits += 1;
        if self.visits > MAX_VISITS {
            let limit = MAX_VISITS as u64;
            return Err(Fault::TooMany { offset: 0, what: "items of containers", limit });
        }
        if !matches!(value, Value::Node(_)) {
            return Ok(());
        }
        let length = self.name.len();
        if length > 0 {
            self.name.push('.');
        }
        self.name.push_str(key);
        match described(self.graph, value) {
            Some(_) if self.name.len() > MAX_NAME => {
                return Err(Fault::Storage { name: shown(&self.name), problem: "has too long a name" });
            }
            Some(_) if self.entries.len() == MAX_TENSORS => {
                return Err(Fault::TooMany { offset: 0, what: "tensors", limit: MAX_TENSORS as u64 });
            }
            Some(tensor) => self.entries.push(tensor.entry(&self.name, key_length, self.storages)?),
            None => self.container(value, module)?,
        }
        self.name.truncate(length);
        Ok(())
    }
}

/// The dicts of parameters, buffers and modules of a pickled `nn.Module`, which name their tensors as its `state_dict`
/// does.
#[expect(clippy::type_complexity, reason = "three dicts")]
fn parts_of_module<'g, 'a>(
    graph: &'g Graph<'a>,
    object: &Object<'a>,
) -> Option<[Option<&'g [(Value<'a>, Value<'a>)]>; 3]> {
    let part = |name| graph.get(object.state, name).and_then(|part| graph.dict(part));
    let (parameters, modules) = (part("_parameters")?, part("_modules")?);
    Some([Some(parameters), part("_buffers"), Some(modules)])
}
