//! A pickle as data: protocols 2 to 5, as far as a state dict needs them.
//!
//! Nothing is ever imported or called. The few functions that make a tensor are known by name; a call of one
//! becomes a [`Node::Call`] for others to interpret. Every other class and function stays a name, and what would
//! be made of it a [`Node::Object`] that nobody looks into. All containers live in one list and refer to each
//! other by index, so that neither cycles nor depth can hurt.

use super::graph::{Global, Graph, Node, Object, Value};
use super::opcode::*;
use crate::checkpoint::cursor::Cursor;
use crate::checkpoint::error::Fault;
use crate::checkpoint::limits::{MAX_INSTRUCTIONS, MAX_MEMO, MAX_STACK};
use std::collections::HashMap;

/// Reads one pickle, up to and with its STOP.
pub(super) fn load<'a>(cursor: &mut Cursor<'a>) -> Result<Graph<'a>, Fault> {
    let mut machine =
        Machine { nodes: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
    let at = cursor.clone();
    if cursor.u8("a pickle")? != PROTO || !(2..=5).contains(&cursor.u8("a pickle")?) {
        return Err(at.malformed("no pickle of protocol 2 to 5"));
    }
    for _ in 0..MAX_INSTRUCTIONS {
        let at = cursor.clone();
        let code = cursor.u8("a pickle")?;
        if code == STOP {
            let root = machine.pop(&at)?;
            return Ok(Graph { nodes: machine.nodes, root });
        }
        machine.step(code, &at, cursor)?;
    }
    let limit = MAX_INSTRUCTIONS as u64;
    Err(Fault::TooMany { offset: cursor.offset(), what: "pickle instructions", limit })
}

struct Machine<'a> {
    nodes: Vec<Node<'a>>,
    stack: Vec<Value<'a>>,
    /// Heights of the stack at its marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Value<'a>>,
}

impl<'a> Machine<'a> {
    /// Runs the instruction `code`, which stands at `at`; `cursor` is at its argument.
    fn step(&mut self, code: u8, at: &Cursor<'a>, cursor: &mut Cursor<'a>) -> Result<(), Fault> {
        let what = "an argument of a pickle instruction";
        match code {
            FRAME => drop(cursor.u64(what)?),
            MARK => {
                limit(at, "marks on a pickle's stack", self.marks.len(), MAX_STACK)?;
                self.marks.push(self.stack.len());
            }
            POP => drop(self.pop(at)?),
            POP_MARK => drop(self.pop_mark(at)?),
            DUP => {
                let top = self.pop(at)?;
                self.push(at, top)?;
                self.push(at, top)?;
            }

            NONE => self.push(at, Value::None)?,
            NEWTRUE => self.push(at, Value::Bool(true))?,
            NEWFALSE => self.push(at, Value::Bool(false))?,
            BININT => self.push(at, Value::Int(i64::from(cursor.u32(what)? as i32)))?,
            BININT1 => self.push(at, Value::Int(i64::from(cursor.u8(what)?)))?,
            BININT2 => self.push(at, Value::Int(i64::from(cursor.u16(what)?)))?,
            LONG1 => {
                let length = u64::from(cursor.u8(what)?);
                self.push(at, integer(cursor.take(length, what)?))?;
            }
            LONG4 => {
                let length = u64::from(cursor.u32(what)?);
                self.push(at, integer(cursor.take(length, what)?))?;
            }
            // Python 2 wrote integers of more than 32 bits as text.
            INT | LONG | FLOAT => {
                let text = std::str::from_utf8(cursor.line(what)?).unwrap_or_default().trim_end_matches('L');
                let number = if code == FLOAT { None } else { text.parse().ok() };
                self.push(at, number.map_or(Value::Opaque, Value::Int))?;
            }
            // The only number that is big-endian.
            BINFLOAT => self.push(at, Value::Float(f64::from_bits(cursor.u64(what)?.swap_bytes())))?,

            // Python 2 wrote its `str` with these.
            SHORT_BINSTRING | BINSTRING => {
                let length = if code == BINSTRING { cursor.u32(what)? } else { cursor.u8(what)?.into() };
                let bytes = cursor.take(length.into(), what)?;
                self.push(at, std::str::from_utf8(bytes).map_or(Value::Bytes(bytes), Value::Text))?;
            }
            SHORT_BINBYTES | BINBYTES | BINBYTES8 | BYTEARRAY8 => {
                let length = match code {
                    SHORT_BINBYTES => cursor.u8(what)?.into(),
                    BINBYTES => cursor.u32(what)?.into(),
                    _ => cursor.u64(what)?,
                };
                self.push(at, Value::Bytes(cursor.take(length, what)?))?;
            }
            SHORT_BINUNICODE | BINUNICODE | BINUNICODE8 => {
                let length = match code {
                    SHORT_BINUNICODE => cursor.u8(what)?.into(),
                    BINUNICODE => cursor.u32(what)?.into(),
                    _ => cursor.u64(what)?,
                };
                // Python also writes lone surrogates, which are no UTF-8.
                let bytes = cursor.take(length, what)?;
                self.push(at, std::str::from_utf8(bytes).map_or(Value::Bytes(bytes), Value::Text))?;
            }

            EMPTY_LIST => self.make(at, Node::List(Vec::new()))?,
            EMPTY_TUPLE => self.make(at, Node::Tuple(Vec::new()))?,
            EMPTY_DICT => self.make(at, Node::Dict(Vec::new()))?,
            LIST => {
                let items = self.pop_mark(at)?;
                self.make(at, Node::List(items))?;
            }
            TUPLE => {
                let items = self.pop_mark(at)?;
                self.make(at, Node::Tuple(items))?;
            }
            TUPLE1 | TUPLE2 | TUPLE3 => {
                let items = self.pop_many(at, usize::from(code - TUPLE1) + 1)?;
                self.make(at, Node::Tuple(items))?;
            }
            DICT => {
                let items = self.pop_mark(at)?;
                let pairs = pairs(at, &items)?;
                self.make(at, Node::Dict(pairs))?;
            }
            APPEND => {
                let items = self.pop_many(at, 1)?;
                self.append(at, items)?;
            }
            APPENDS => {
                let items = self.pop_mark(at)?;
                self.append(at, items)?;
            }
            SETITEM => {
                let items = self.pop_many(at, 2)?;
                self.set(at, &items)?;
            }
            SETITEMS => {
                let items = self.pop_mark(at)?;
                self.set(at, &items)?;
            }

            // A set holds no weights; only that it is there matters.
            EMPTY_SET => self.make(at, Node::List(Vec::new()))?,
            ADDITEMS => {
                let items = self.pop_mark(at)?;
                self.append(at, items)?;
            }
            FROZENSET => {
                let items = self.pop_mark(at)?;
                self.make(at, Node::List(items))?;
            }

            GLOBAL => {
                let (module, name) = (cursor.line(what)?, cursor.line(what)?);
                self.push(at, Value::Global(global(text(at, module)?, text(at, name)?)))?;
            }
            STACK_GLOBAL => {
                let items = self.pop_many(at, 2)?;
                let [Value::Text(module), Value::Text(name)] = items[..] else {
                    return Err(at.malformed("a global of the pickle is not named by two texts"));
                };
                self.push(at, Value::Global(global(module, name)))?;
            }
            // A number for a class, which the program that wrote it knows.
            EXT1 | EXT2 | EXT4 => {
                cursor.take(if code == EXT4 { 4 } else { u64::from(code - EXT1) + 1 }, what)?;
                self.push(at, Value::Opaque)?;
            }
            REDUCE => self.reduce(at)?,
            NEWOBJ => {
                let items = self.pop_many(at, 2)?;
                self.object(at, items[0], items[1])?;
            }
            NEWOBJ_EX => {
                let items = self.pop_many(at, 3)?;
                self.object(at, items[0], items[1])?;
            }
            INST => {
                let (module, name) = (cursor.line(what)?, cursor.line(what)?);
                let class = global(text(at, module)?, text(at, name)?);
                self.pop_mark(at)?;
                self.object(at, Value::Global(class), Value::None)?;
            }
            OBJ => {
                let items = self.pop_mark(at)?;
                let Some(class) = items.first() else {
                    return Err(at.malformed("the pickle makes an object of no class"));
                };
                self.object(at, *class, Value::None)?;
            }
            BUILD => {
                let state = self.pop_many(at, 1)?[0];
                match self.top(at)? {
                    Node::Object(object) => object.state = state,
                    // Attributes of an OrderedDict, such as the versions of modules in `_metadata`, or of a tensor.
                    Node::Dict(_) | Node::List(_) | Node::Call(..) | Node::Persistent(_) => {}
                    Node::Tuple(_) => return Err(at.malformed("the pickle sets the state of a tuple")),
                }
            }
            BINPERSID => {
                let id = self.pop(at)?;
                self.make(at, Node::Persistent(id))?;
            }

            BINGET => self.recall(at, cursor.u8(what)?.into())?,
            LONG_BINGET => self.recall(at, cursor.u32(what)?)?,
            BINPUT => self.remember(at, cursor.u8(what)?.into())?,
            LONG_BINPUT => self.remember(at, cursor.u32(what)?)?,
            MEMOIZE => self.remember(at, self.memo.len() as u32)?,
            _ => return Err(Fault::Instruction { offset: at.offset(), code }),
        }
        Ok(())
    }

    fn push(&mut self, at: &Cursor, value: Value<'a>) -> Result<(), Fault> {
        limit(at, "values on a pickle's stack", self.stack.len(), MAX_STACK)?;
        self.stack.push(value);
        Ok(())
    }

    fn make(&mut self, at: &Cursor, node: Node<'a>) -> Result<(), Fault> {
        self.nodes.push(node);
        self.push(at, Value::Node(self.nodes.len() - 1))
    }

    fn object(&mut self, at: &Cursor, class: Value<'a>, arguments: Value<'a>) -> Result<(), Fault> {
        self.make(at, Node::Object(Object { class, arguments, items: Vec::new(), state: Value::None }))
    }

    fn node(&self, value: Value) -> Option<&Node<'a>> {
        match value {
            Value::Node(index) => self.nodes.get(index),
            _ => None,
        }
    }

    fn pop(&mut self, at: &Cursor) -> Result<Value<'a>, Fault> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.pop() {
            Some(value) if self.stack.len() >= floor => Ok(value),
            _ => Err(at.malformed("the pickle's stack is empty")),
        }
    }

    fn pop_many(&mut self, at: &Cursor, count: usize) -> Result<Vec<Value<'a>>, Fault> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.len().checked_sub(count) {
            Some(height) if height >= floor => Ok(self.stack.split_off(height)),
            _ => Err(at.malformed("the pickle's stack is empty")),
        }
    }

    fn pop_mark(&mut self, at: &Cursor) -> Result<Vec<Value<'a>>, Fault> {
        match self.marks.pop() {
            Some(height) if height <= self.stack.len() => Ok(self.stack.split_off(height)),
            _ => Err(at.malformed("the pickle's stack has no mark")),
        }
    }

    /// The container on top of the stack, which stays there.
    fn top(&mut self, at: &Cursor) -> Result<&mut Node<'a>, Fault> {
        let top = self.pop(at)?;
        self.stack.push(top);
        match top {
            Value::Node(index) => Ok(&mut self.nodes[index]),
            _ => Err(at.malformed("the pickle fills what is no container")),
        }
    }

    fn append(&mut self, at: &Cursor, items: Vec<Value<'a>>) -> Result<(), Fault> {
        match self.top(at)? {
            Node::List(list) => list.extend(items),
            Node::Object(object) => {
                let numbers = object.items.len() as i64..;
                object.items.extend(numbers.map(Value::Int).zip(items));
            }
            _ => return Err(at.malformed("the pickle appends to what is no list")),
        }
        Ok(())
    }

    fn set(&mut self, at: &Cursor, items: &[Value<'a>]) -> Result<(), Fault> {
        let pairs = pairs(at, items)?;
        match self.top(at)? {
            Node::Dict(dict) => dict.extend(pairs),
            Node::Object(object) => object.items.extend(pairs),
            _ => return Err(at.malformed("the pickle sets items of what is no dict")),
        }
        Ok(())
    }

    fn reduce(&mut self, at: &Cursor) -> Result<(), Fault> {
        let items = self.pop_many(at, 2)?;
        let (called, arguments) = (items[0], items[1]);
        let called = match called {
            Value::Global(Global::Other(..) | Global::Storage(_)) | Value::Opaque => {
                return self.object(at, called, arguments);
            }
            Value::Global(called) => called,
            // What another call gave, or a module's class in a legacy file.
            Value::Node(index) if matches!(self.nodes[index], Node::Object(_) | Node::Persistent(_)) => {
                return self.object(at, called, arguments);
            }
            _ => return Err(at.malformed("the pickle calls what is no function")),
        };
        let Some(Node::Tuple(tuple)) = self.node(arguments) else {
            return Err(at.malformed("the pickle calls without a tuple of arguments"));
        };
        let made = match called {
            Global::OrderedDict => Node::Dict(self.ordered(at, tuple)?),
            _ => Node::Call(called, arguments),
        };
        self.make(at, made)
    }

    /// The items of `OrderedDict()`, or of `OrderedDict([[key, value], ...])` as Python 2 wrote it.
    fn ordered(&self, at: &Cursor, arguments: &[Value<'a>]) -> Result<Vec<(Value<'a>, Value<'a>)>, Fault> {
        let items = match arguments {
            [] => return Ok(Vec::new()),
            [list] => match self.node(*list) {
                Some(Node::List(items)) => items,
                _ => return Err(at.malformed("an OrderedDict is made of what is no list")),
            },
            _ => return Err(at.malformed("an OrderedDict has more than one argument")),
        };
        let pair = |item: &Value<'a>| match self.node(*item) {
            Some(Node::List(pair) | Node::Tuple(pair)) if pair.len() == 2 => Ok((pair[0], pair[1])),
            _ => Err(at.malformed("an item of an OrderedDict is no pair")),
        };
        items.iter().map(pair).collect()
    }

    fn recall(&mut self, at: &Cursor, index: u32) -> Result<(), Fault> {
        match self.memo.get(&index) {
            Some(value) => self.push(at, *value),
            None => Err(at.malformed("the pickle uses a value that it did not remember")),
        }
    }

    fn remember(&mut self, at: &Cursor, index: u32) -> Result<(), Fault> {
        limit(at, "values in a pickle's memo", self.memo.len(), MAX_MEMO)?;
        let top = self.pop(at)?;
        self.stack.push(top);
        self.memo.insert(index, top);
        Ok(())
    }
}

fn limit(at: &Cursor, what: &'static str, count: usize, limit: usize) -> Result<(), Fault> {
    if count < limit {
        Ok(())
    } else {
        Err(Fault::TooMany { offset: at.offset(), what, limit: limit as u64 })
    }
}

/// A two's complement integer of any length, little-endian; no bytes at all are 0.
fn integer(bytes: &[u8]) -> Value<'_> {
    if bytes.len() > 8 {
        return Value::Long(bytes);
    }
    let is_negative = bytes.last().is_some_and(|last| last & 0x80 != 0);
    let mut all = [if is_negative { 0xff } else { 0 }; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(all))
}

fn pairs<'a>(at: &Cursor, items: &[Value<'a>]) -> Result<Vec<(Value<'a>, Value<'a>)>, Fault> {
    match items.as_chunks::<2>() {
        (pairs, []) => Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect()),
        _ => Err(at.malformed("a key in the pickle has no value")),
    }
}

fn text<'a>(at: &Cursor, bytes: &'a [u8]) -> Result<&'a str, Fault> {
    std::str::from_utf8(bytes).map_err(|_| at.malformed("the name of a class in the pickle is no UTF-8"))
}

fn global<'a>(module: &'a str, name: &'a str) -> Global<'a> {
    match (module, name) {
        ("collections", "OrderedDict") => Global::OrderedDict,
        ("torch._utils", "_rebuild_tensor") => Global::RebuildTensor,
        ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensorV2,
        // Ascend's extension of PyTorch: the same arguments, and then a memory format of the device.
        (module, "_rebuild_npu_tensor") if module.starts_with("torch_npu.") => Global::RebuildTensorV2,
        ("torch._utils", "_rebuild_tensor_v3") => Global::RebuildTensorV3,
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => Global::RebuildParameter,
        ("torch._tensor", "_rebuild_from_type_v2") => Global::RebuildFromType,
        ("torch._utils" | "torch._tensor", name) if name.starts_with("_rebuild") => {
            Global::RebuildOther(name)
        }
        ("torch" | "torch.cuda" | "torch.npu" | "torch.storage", class) if class.ends_with("Storage") => {
            Global::Storage(class)
        }
        _ => Global::Other(module, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Graph<'_>, Fault> {
        load(&mut Cursor::new(bytes, 0))
    }

    #[test]
    fn plain_values() {
        let graph = read(b"\x80\x02}(U\x01aJ\xfe\xff\xff\xffX\x01\x00\x00\x00bG@X\xa0\x00\x00\x00\x00\x00u.")
            .unwrap();
        assert_eq!(graph.get(graph.root, "a"), Some(Value::Int(-2)));
        assert_eq!(graph.get(graph.root, "b"), Some(Value::Float(98.5)));
        assert_eq!(read(b"\x80\x02\x8a\x00.").unwrap().root, Value::Int(0));
        assert_eq!(read(b"\x80\x02\x8a\x02\x00\x80.").unwrap().root, Value::Int(-32768));
    }

    #[test]
    fn other_classes_stay_names() {
        for pickle in [
            &b"\x80\x02cos\nsystem\nU\x02ls\x85R."[..],
            b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R.",
            b"\x80\x02cos\nsystem\nU\x02ls\x85\x81.",
            b"\x80\x02(cos\nsystem\nU\x02lso.",
            b"\x80\x02(U\x02lsios\nsystem\n.",
        ] {
            let graph = read(pickle).unwrap();
            let Some(Node::Object(object)) = graph.node(graph.root) else { panic!("{graph:?}") };
            assert_eq!(object.class, Value::Global(Global::Other("os", "system")));
        }
        // Items and state of an object, and a call of what another call gave.
        let graph = read(b"\x80\x02ca\nB\n)\x81}U\x01cK\x01sbU\x01kK\x02s.").unwrap();
        assert_eq!(graph.get(graph.root, "k"), Some(Value::Int(2)));
        assert!(read(b"\x80\x02ca\nB\n)R)R.").is_ok());
        assert!(matches!(read(b"\x80\x02K\x01)R."), Err(Fault::Malformed { .. })));
    }

    #[test]
    fn cycles_and_depth_are_data() {
        assert!(read(b"\x80\x02]q\x00h\x00a.").is_ok());
        let deep = [&b"\x80\x02)"[..], &[TUPLE1; 100_000], b"."].concat();
        assert!(read(&deep).is_ok());
        let mut doubling = b"\x80\x02)".to_vec();
        doubling.extend([DUP, TUPLE2].repeat(60));
        doubling.push(STOP);
        assert!(read(&doubling).is_ok());
    }

    #[test]
    fn numbers_as_text() {
        assert_eq!(read(b"\x80\x02I1099511627776\n.").unwrap().root, Value::Int(1 << 40));
        assert_eq!(read(b"\x80\x02L12L\n.").unwrap().root, Value::Int(12));
        assert_eq!(read(b"\x80\x02F1.5\n.").unwrap().root, Value::Opaque);
    }

    #[test]
    fn hunger_meets_a_limit() {
        for instruction in [&b"N"[..], b"(", b"}", b"NN\x860"] {
            let pickle = [&b"\x80\x02"[..], &instruction.repeat(MAX_INSTRUCTIONS)].concat();
            assert!(matches!(read(&pickle), Err(Fault::TooMany { .. })), "{instruction:?}");
        }
        let mut memo = b"\x80\x02N".to_vec();
        (0..=MAX_MEMO as u32).for_each(|i| {
            memo.push(LONG_BINPUT);
            memo.extend(i.to_le_bytes());
        });
        assert!(matches!(read(&memo), Err(Fault::TooMany { .. })));
    }

    #[test]
    fn no_underflow() {
        for instruction in 0..=u8::MAX {
            for before in [&b""[..], b"N", b"(", b"N(", b"NN(", b"]N(", b"}N("] {
                let pickle = [b"\x80\x02", before, &[instruction, 0, 0, 0, 0, 0, 0, 0, 0], b"."].concat();
                let _ = read(&pickle).map(|graph| graph.nodes.len());
            }
        }
        assert!(matches!(read(b"\x80\x02K\x01(\x85."), Err(Fault::Malformed { .. })));
    }
}
