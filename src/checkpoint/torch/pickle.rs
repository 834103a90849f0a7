//! A pickle as data: protocols 2 to 5, as far as a state dict needs them.
//!
//! Nothing is ever imported or called. The few names that PyTorch writes for a state dict are known; a call
//! of one becomes a [`Node::Call`] for others to interpret, and every other name is an error. All containers
//! live in one list and refer to each other by index, so that neither cycles nor depth can hurt.

use super::graph::{Global, Graph, Node, Value};
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
            let graph = Graph { nodes: machine.nodes, root };
            graph.check_nesting()?;
            return Ok(graph);
        }
        machine.step(code, &at, cursor)?;
    }
    let limit = MAX_INSTRUCTIONS as u64;
    Err(Fault::TooMany { offset: cursor.offset(), what: "pickle instructions", limit })
}

// Names of the instructions as in Python's `pickletools`.
const MARK: u8 = b'(';
const STOP: u8 = b'.';
const POP: u8 = b'0';
const POP_MARK: u8 = b'1';
const DUP: u8 = b'2';
const BININT: u8 = b'J';
const BININT1: u8 = b'K';
const BININT2: u8 = b'M';
const LONG1: u8 = 0x8a;
const LONG4: u8 = 0x8b;
const NONE: u8 = b'N';
const NEWTRUE: u8 = 0x88;
const NEWFALSE: u8 = 0x89;
const BINFLOAT: u8 = b'G';
const SHORT_BINSTRING: u8 = b'U';
const BINSTRING: u8 = b'T';
const SHORT_BINBYTES: u8 = b'C';
const BINBYTES: u8 = b'B';
const BINBYTES8: u8 = 0x8e;
const SHORT_BINUNICODE: u8 = 0x8c;
const BINUNICODE: u8 = b'X';
const BINUNICODE8: u8 = 0x8d;
const EMPTY_LIST: u8 = b']';
const LIST: u8 = b'l';
const APPEND: u8 = b'a';
const APPENDS: u8 = b'e';
const EMPTY_TUPLE: u8 = b')';
const TUPLE: u8 = b't';
const TUPLE1: u8 = 0x85;
const TUPLE2: u8 = 0x86;
const TUPLE3: u8 = 0x87;
const EMPTY_DICT: u8 = b'}';
const DICT: u8 = b'd';
const SETITEM: u8 = b's';
const SETITEMS: u8 = b'u';
const GLOBAL: u8 = b'c';
const STACK_GLOBAL: u8 = 0x93;
const REDUCE: u8 = b'R';
const BUILD: u8 = b'b';
const BINPERSID: u8 = b'Q';
const BINGET: u8 = b'h';
const LONG_BINGET: u8 = b'j';
const BINPUT: u8 = b'q';
const LONG_BINPUT: u8 = b'r';
const MEMOIZE: u8 = 0x94;
const PROTO: u8 = 0x80;
const FRAME: u8 = 0x95;

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
            // The only number that is big-endian.
            BINFLOAT => self.push(at, Value::Float(f64::from_bits(cursor.u64(what)?.swap_bytes())))?,

            // Python 2 wrote its `str` with these.
            SHORT_BINSTRING | BINSTRING => {
                let length = if code == BINSTRING { cursor.u32(what)? } else { cursor.u8(what)?.into() };
                let bytes = cursor.take(length.into(), what)?;
                self.push(at, std::str::from_utf8(bytes).map_or(Value::Bytes(bytes), Value::Text))?;
            }
            SHORT_BINBYTES | BINBYTES | BINBYTES8 => {
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
                let text = std::str::from_utf8(cursor.take(length, what)?)
                    .map_err(|_| at.malformed("a text in the pickle is no UTF-8"))?;
                self.push(at, Value::Text(text))?;
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

            GLOBAL => {
                let (module, name) = (cursor.line(what)?, cursor.line(what)?);
                self.push(at, Value::Global(global(at, module, name)?))?;
            }
            STACK_GLOBAL => {
                let items = self.pop_many(at, 2)?;
                let [Value::Text(module), Value::Text(name)] = items[..] else {
                    return Err(at.malformed("a global of the pickle is not named by two texts"));
                };
                self.push(at, Value::Global(global(at, module.as_bytes(), name.as_bytes())?))?;
            }
            REDUCE => self.reduce(at)?,
            // The state of an OrderedDict is its `_metadata`: versions of modules, no weights.
            BUILD => {
                let state_of = self.pop_many(at, 2)?[0];
                if !matches!(self.node(state_of), Some(Node::Dict(_))) {
                    return Err(at.malformed("the pickle sets the state of what is no dict"));
                }
                self.push(at, state_of)?;
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
            _ => return Err(at.malformed("the pickle appends to what is no list")),
        }
        Ok(())
    }

    fn set(&mut self, at: &Cursor, items: &[Value<'a>]) -> Result<(), Fault> {
        let pairs = pairs(at, items)?;
        match self.top(at)? {
            Node::Dict(dict) => dict.extend(pairs),
            _ => return Err(at.malformed("the pickle sets items of what is no dict")),
        }
        Ok(())
    }

    fn reduce(&mut self, at: &Cursor) -> Result<(), Fault> {
        let items = self.pop_many(at, 2)?;
        let [Value::Global(called), arguments] = items[..] else {
            return Err(at.malformed("the pickle calls what is no function"));
        };
        let Some(Node::Tuple(tuple)) = self.node(arguments) else {
            return Err(at.malformed("the pickle calls without a tuple of arguments"));
        };
        let made = match called {
            Global::OrderedDict => Node::Dict(self.ordered(at, tuple)?),
            Global::Storage(_) => return Err(at.malformed("the pickle makes a storage by a call")),
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

fn global<'a>(at: &Cursor, module: &'a [u8], name: &'a [u8]) -> Result<Global<'a>, Fault> {
    match (module, name) {
        (b"collections", b"OrderedDict") => return Ok(Global::OrderedDict),
        (b"torch._utils", b"_rebuild_tensor") => return Ok(Global::RebuildTensor),
        (b"torch._utils", b"_rebuild_tensor_v2") => return Ok(Global::RebuildTensorV2),
        (b"torch._utils", b"_rebuild_parameter") => return Ok(Global::RebuildParameter),
        (b"torch", class) if class.ends_with(b"Storage") => {
            if let Ok(class) = std::str::from_utf8(class) {
                return Ok(Global::Storage(class));
            }
        }
        _ => {}
    }
    const SHOWN: usize = 100;
    let show = |part: &[u8]| String::from_utf8_lossy(&part[..part.len().min(SHOWN)]).into_owned();
    Err(Fault::Global { offset: at.offset(), name: format!("{}.{}", show(module), show(name)) })
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
    fn nothing_but_state_dicts_is_named() {
        for pickle in [&b"\x80\x02cos\nsystem\n(U\x02ls tR."[..], b"\x80\x04\x8c\x02os\x8c\x06system\x93."] {
            match read(pickle) {
                Err(Fault::Global { name, .. }) => assert_eq!(name, "os.system"),
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(read(b"\x80\x02cbuiltins\neval\n."), Err(Fault::Global { .. })));
        assert!(matches!(read(b"\x80\x02(ios\nsystem\n."), Err(Fault::Instruction { code: b'i', .. })));
    }

    #[test]
    fn cycles_and_depth_are_refused() {
        assert!(matches!(read(b"\x80\x02]q\x00h\x00a."), Err(Fault::Nesting(_))));
        assert!(matches!(read(b"\x80\x02}q\x00]q\x01h\x00aK\x01h\x01s."), Err(Fault::Malformed { .. })));
        assert!(matches!(read(b"\x80\x02}q\x00K\x01]h\x00as."), Err(Fault::Nesting(_))));
        let deep = [&b"\x80\x02)"[..], &[TUPLE1; 100_000], b"."].concat();
        assert!(matches!(read(&deep), Err(Fault::Nesting(_))));
        // The same tuple twice is no cycle, and 2^60 leaves are no work.
        let mut doubling = b"\x80\x02)".to_vec();
        doubling.extend([DUP, TUPLE2].repeat(60));
        doubling.push(STOP);
        assert!(read(&doubling).is_ok());
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
