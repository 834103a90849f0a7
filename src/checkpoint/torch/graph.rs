//! What a pickle describes: values and containers, as data.

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
    /// A value that no weight is made of, such as a number written as text.
    Opaque,
    Global(Global<'a>),
    Node(usize),
}

/// A class or a function, by its name. It is never looked up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Global<'a> {
    OrderedDict,
    RebuildTensor,
    RebuildTensorV2,
    RebuildTensorV3,
    RebuildParameter,
    RebuildFromType,
    /// Another function that makes a tensor: sparse, quantized, without values.
    RebuildOther(&'a str),
    /// The class of a storage, without its module.
    Storage(&'a str),
    /// Any other: module and name.
    Other(&'a str, &'a str),
}

#[derive(Debug)]
pub(super) enum Node<'a> {
    List(Vec<Value<'a>>),
    Tuple(Vec<Value<'a>>),
    /// A dict or an OrderedDict, in the order of the file.
    Dict(Vec<(Value<'a>, Value<'a>)>),
    /// An object kept outside the pickle: a storage.
    Persistent(Value<'a>),
    /// A call that Python would make to get a tensor, with its tuple of arguments.
    Call(Global<'a>, Value<'a>),
    /// An object of any other class, or what a call of any other function would give.
    Object(Object<'a>),
}

/// What a pickle says of an object that is not made.
#[derive(Debug)]
pub(super) struct Object<'a> {
    /// The class or function.
    pub class: Value<'a>,
    /// Its arguments.
    pub arguments: Value<'a>,
    /// Items, if it is a kind of dict.
    pub items: Vec<(Value<'a>, Value<'a>)>,
    /// Its attributes.
    pub state: Value<'a>,
}

/// A whole pickle. Containers may contain themselves.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    pub nodes: Vec<Node<'a>>,
    pub root: Value<'a>,
}

impl<'a> Graph<'a> {
    pub fn node(&self, value: Value) -> Option<&Node<'a>> {
        match value {
            Value::Node(index) => self.nodes.get(index),
            _ => None,
        }
    }

    pub fn tuple(&self, value: Value) -> Option<&[Value<'a>]> {
        match self.node(value)? {
            Node::Tuple(items) => Some(items),
            _ => None,
        }
    }

    pub fn list(&self, value: Value) -> Option<&[Value<'a>]> {
        match self.node(value)? {
            Node::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items of a dict, or of an object that is a kind of dict.
    pub fn dict(&self, value: Value) -> Option<&[(Value<'a>, Value<'a>)]> {
        match self.node(value)? {
            Node::Dict(items) => Some(items),
            Node::Object(object) if !object.items.is_empty() => Some(&object.items),
            _ => None,
        }
    }

    /// The value under the text `key` of a dict.
    pub fn get(&self, dict: Value, key: &str) -> Option<Value<'a>> {
        self.dict(dict)?.iter().rev().find(|(k, _)| *k == Value::Text(key)).map(|(_, value)| *value)
    }
}
