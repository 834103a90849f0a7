//! What a pickle describes: values and containers, as data.

use crate::checkpoint::error::Fault;
use crate::checkpoint::limits::MAX_DEPTH;

/// A value; containers are indices into [`Graph::nodes`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// An integer of more than 8 bytes, little-endian.
    Long(&'a [u8]),
    Float(f64),
    Text(&'a str),
    /// Bytes, or text of Python 2 that is no UTF-8.
    Bytes(&'a [u8]),
    Global(Global<'a>),
    Node(usize),
}

/// The names a state dict may use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Global<'a> {
    OrderedDict,
    RebuildTensor,
    RebuildTensorV2,
    RebuildParameter,
    /// The class of a storage, without `torch.`.
    Storage(&'a str),
}

#[derive(Debug)]
pub(super) enum Node<'a> {
    List(Vec<Value<'a>>),
    Tuple(Vec<Value<'a>>),
    /// A dict or an OrderedDict, in the order of the file.
    Dict(Vec<(Value<'a>, Value<'a>)>),
    /// An object kept outside the pickle: a storage.
    Persistent(Value<'a>),
    /// A call that Python would make, with its tuple of arguments.
    Call(Global<'a>, Value<'a>),
}

/// A whole pickle.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    pub nodes: Vec<Node<'a>>,
    pub root: Value<'a>,
}

impl<'a> Graph<'a> {
    pub fn tuple(&self, value: Value) -> Option<&[Value<'a>]> {
        match value {
            Value::Node(index) => match &self.nodes[index] {
                Node::Tuple(items) => Some(items),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn list(&self, value: Value) -> Option<&[Value<'a>]> {
        match value {
            Value::Node(index) => match &self.nodes[index] {
                Node::List(items) => Some(items),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn dict(&self, value: Value) -> Option<&[(Value<'a>, Value<'a>)]> {
        match value {
            Value::Node(index) => match &self.nodes[index] {
                Node::Dict(items) => Some(items),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value under the text `key` of a dict.
    pub fn get(&self, dict: Value, key: &str) -> Option<Value<'a>> {
        self.dict(dict)?.iter().rev().find(|(k, _)| *k == Value::Text(key)).map(|(_, value)| *value)
    }

    /// Refuses containers that contain themselves, and those that nest deeper than a checkpoint ever does.
    pub fn check_nesting(&self) -> Result<(), Fault> {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let mut states = vec![State::New; self.nodes.len()];
        // The path from the root to where we are: a container and how many of its values were visited.
        let mut path: Vec<(usize, usize)> = Vec::new();
        let mut next = Some(self.root);
        loop {
            if let Some(Value::Node(index)) = next.take() {
                match states[index] {
                    State::New if path.len() == MAX_DEPTH => return Err(Fault::Nesting("nest too deep")),
                    State::New => {
                        states[index] = State::Open;
                        path.push((index, 0));
                    }
                    State::Open => return Err(Fault::Nesting("contain themselves")),
                    State::Done => {}
                }
            }
            let Some((index, visited)) = path.last_mut() else { return Ok(()) };
            next = child(&self.nodes[*index], *visited);
            *visited += 1;
            if next.is_none() {
                states[*index] = State::Done;
                path.pop();
            }
        }
    }
}

fn child<'a>(node: &Node<'a>, number: usize) -> Option<Value<'a>> {
    match node {
        Node::List(items) | Node::Tuple(items) => items.get(number).copied(),
        Node::Dict(items) => {
            let (key, value) = items.get(number / 2)?;
            Some(if number.is_multiple_of(2) { *key } else { *value })
        }
        Node::Persistent(value) | Node::Call(_, value) => (number == 0).then_some(*value),
    }
}
