//! Writers of checkpoint files for tests and fuzz seeds: each format's bytes as its own tools write them, and the
//! variants that those tools wrote in other releases.

use lightcnn::network::Weights;

/// A tensor of raw little-endian values.
#[derive(Clone)]
pub struct Raw {
    pub name: String,
    pub shape: Vec<usize>,
    /// MindSpore's word for the element type.
    pub dtype: &'static str,
    pub bytes: Vec<u8>,
}

pub fn raw(name: &str, shape: &[usize], dtype: &'static str, bytes: Vec<u8>) -> Raw {
    Raw { name: name.to_string(), shape: shape.to_vec(), dtype, bytes }
}

/// A tensor of float32.
pub fn floats(name: &str, shape: &[usize], values: &[f32]) -> Raw {
    raw(name, shape, "Float32", values.iter().flat_map(|value| value.to_le_bytes()).collect())
}

/// All tensors of `weights`.
pub fn of_weights(weights: &Weights) -> Vec<Raw> {
    weights.iter().map(|(name, tensor)| floats(name, &tensor.shape, &tensor.data)).collect()
}

// MindSpore

pub fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A protobuf field of wire type 2.
pub fn field(number: u8, content: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2][..], &varint(content.len() as u64), content].concat()
}

/// One record: a tensor, or a slice of one whose full dims are given.
pub fn record(tag: &str, dims: &[u64], dtype: &str, content: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = dims.iter().flat_map(|&dim| [vec![0x08], varint(dim)].concat()).collect();
    let tensor = [dims, field(2, dtype.as_bytes()), field(3, content)].concat();
    field(1, &[field(1, tag.as_bytes()), field(2, &tensor)].concat())
}

pub fn mindspore(tensors: &[Raw]) -> Vec<u8> {
    let dims = |t: &Raw| t.shape.iter().map(|&extent| extent as u64).collect::<Vec<_>>();
    tensors.iter().flat_map(|t| record(&t.name, &dims(t), t.dtype, &t.bytes)).collect()
}

/// Appends the trailer of `crc_check=True`.
pub fn with_trailer(mut file: Vec<u8>) -> Vec<u8> {
    let crc = crc32fast::hash(&file);
    file.extend(b"crc_num\0\0\0\0\0\0");
    file.extend(crc.to_be_bytes());
    file
}

// safetensors

/// A file with the given header and data.
pub fn safetensors_of(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

pub fn safetensors(tensors: &[Raw]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut parts = vec![r#""__metadata__":{"format":"ms"}"#.to_string()];
    for t in tensors {
        let dtype = match t.dtype {
            "Float16" => "F16",
            "BFloat16" => "BF16",
            "Float64" => "F64",
            "Int32" => "I32",
            "Int64" => "I64",
            _ => "F32",
        };
        let start = data.len();
        data.extend(&t.bytes);
        parts.push(format!(
            r#""{}":{{"dtype":"{dtype}","shape":{:?},"data_offsets":[{start},{}]}}"#,
            t.name,
            t.shape,
            data.len()
        ));
    }
    safetensors_of(&format!("{{{}}}", parts.join(",")), &data)
}

// PyTorch

/// The instructions that Python's pickler uses for a state dict, in the words of one protocol.
pub struct Pickle {
    bytes: Vec<u8>,
    protocol: u8,
    remembered: u32,
}

impl Pickle {
    pub fn new(protocol: u8) -> Self {
        Pickle { bytes: Vec::new(), protocol, remembered: 0 }
    }

    pub fn op(&mut self, code: u8) -> &mut Self {
        self.bytes.push(code);
        self
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        if self.protocol >= 4 {
            self.bytes.extend([0x8c, text.len() as u8]);
        } else {
            self.bytes.push(b'X');
            self.bytes.extend((text.len() as u32).to_le_bytes());
        }
        self.bytes.extend(text.as_bytes());
        self.remember()
    }

    pub fn int(&mut self, value: i64) -> &mut Self {
        match value {
            0..=0xff => self.bytes.extend([b'K', value as u8]),
            0x100..=0xffff => self.bytes.extend([b'M', value as u8, (value >> 8) as u8]),
            _ if i32::try_from(value).is_ok() => {
                self.bytes.push(b'J');
                self.bytes.extend((value as i32).to_le_bytes());
            }
            _ => {
                self.bytes.extend([0x8a, 8]);
                self.bytes.extend(value.to_le_bytes());
            }
        }
        self
    }

    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend(bytes);
        self
    }

    pub fn float(&mut self, value: f64) -> &mut Self {
        self.op(b'G');
        self.bytes.extend(value.to_be_bytes());
        self
    }

    pub fn global(&mut self, module: &str, name: &str) -> &mut Self {
        if self.protocol >= 4 {
            self.text(module).text(name).op(0x93);
        } else {
            self.bytes.extend(format!("c{module}\n{name}\n").bytes());
        }
        self.remember()
    }

    /// The number under which the value on top is remembered.
    pub fn remember(&mut self) -> &mut Self {
        if self.protocol >= 4 {
            self.bytes.push(0x94);
        } else {
            match u8::try_from(self.remembered) {
                Ok(index) => self.bytes.extend([b'q', index]),
                Err(_) => {
                    self.bytes.push(b'r');
                    self.bytes.extend(self.remembered.to_le_bytes());
                }
            }
        }
        self.remembered += 1;
        self
    }

    pub fn tuple(&mut self, values: &[usize]) -> &mut Self {
        self.op(b'(');
        for &value in values {
            self.int(value as i64);
        }
        self.op(b't').remember()
    }

    pub fn finish(&self) -> Vec<u8> {
        let mut file = vec![0x80, self.protocol];
        if self.protocol >= 4 {
            file.push(0x95);
            file.extend((self.bytes.len() as u64 + 1).to_le_bytes());
        }
        file.extend(&self.bytes);
        file.push(b'.');
        file
    }
}

/// A tensor of a PyTorch file: part of a storage.
#[derive(Clone)]
pub struct View {
    pub name: String,
    /// Index of the storage.
    pub storage: usize,
    pub offset: usize,
    pub shape: Vec<usize>,
    pub strides: Vec<usize>,
}

/// A storage of a PyTorch file.
#[derive(Clone)]
pub struct Storage {
    /// `FloatStorage` and the like.
    pub class: &'static str,
    /// Bytes of an element.
    pub size: usize,
    pub bytes: Vec<u8>,
}

/// How a PyTorch file is written.
#[derive(Clone, Copy)]
pub struct Style {
    pub protocol: u8,
    /// `{'epoch': 12, 'arch': 'LightCNN', 'state_dict': ..., 'prec1': 98.5}` instead of the state dict alone.
    pub nested: bool,
    /// Keys start with `module.`.
    pub parallel: bool,
    /// `_rebuild_parameter` around every tensor.
    pub parameters: bool,
    /// `_rebuild_tensor` instead of `_rebuild_tensor_v2`.
    pub first_version: bool,
    /// `OrderedDict([[key, value], ...])` instead of items set one by one.
    pub python2: bool,
}

impl Style {
    /// As the official trainer writes today.
    pub const OFFICIAL: Style = Style {
        protocol: 2,
        nested: true,
        parallel: true,
        parameters: false,
        first_version: false,
        python2: false,
    };
}

/// A storage for each tensor, as a trained model has.
pub fn torch_parts(tensors: &[Raw]) -> (Vec<View>, Vec<Storage>) {
    let views = tensors.iter().enumerate().map(|(storage, t)| View {
        name: t.name.clone(),
        storage,
        offset: 0,
        shape: t.shape.clone(),
        strides: row_major(&t.shape),
    });
    let storages = tensors.iter().map(|t| {
        let (class, size) = match t.dtype {
            "Float16" => ("HalfStorage", 2),
            "BFloat16" => ("BFloat16Storage", 2),
            "Float64" => ("DoubleStorage", 8),
            "Int64" => ("LongStorage", 8),
            _ => ("FloatStorage", 4),
        };
        Storage { class, size, bytes: t.bytes.clone() }
    });
    (views.collect(), storages.collect())
}

pub fn row_major(shape: &[usize]) -> Vec<usize> {
    (0..shape.len()).map(|i| shape[i + 1..].iter().product()).collect()
}

/// The pickle of the object; storages have their index as key, and a sixth item in legacy files.
fn object(style: Style, views: &[View], storages: &[Storage], legacy: bool) -> Vec<u8> {
    let mut p = Pickle::new(style.protocol);
    if style.nested {
        p.op(b'}').remember().op(b'(');
        p.text("epoch").int(12).text("arch").text("LightCNN").text("state_dict");
    }
    p.global("collections", "OrderedDict");
    if style.python2 {
        p.op(b']').remember().op(b'(');
    } else {
        p.op(b')').op(b'R').remember().op(b'(');
    }
    for view in views {
        if style.python2 {
            p.op(b']').remember().op(b'(');
        }
        p.text(&format!("{}{}", if style.parallel { "module." } else { "" }, view.name));
        if style.parameters {
            p.global("torch._utils", "_rebuild_parameter").op(b'(');
        }
        tensor(&mut p, style.first_version, view, storages, legacy);
        if style.parameters {
            p.op(0x88).global("collections", "OrderedDict").op(b')').op(b'R').remember();
            p.op(b't').remember().op(b'R').remember();
        }
        if style.python2 {
            p.op(b'e');
        }
    }
    if style.python2 {
        p.op(b'e').op(0x85).remember().op(b'R').remember();
    } else {
        p.op(b'u');
    }
    // The state dict's attribute `_metadata`.
    p.op(b'}').remember().text("_metadata").global("collections", "OrderedDict").op(b')').op(b'R').remember();
    p.op(b's').op(b'b');
    if style.nested {
        p.text("prec1").float(98.5).op(b'u');
    }
    p.finish()
}

/// What stands for a storage.
pub fn stored(p: &mut Pickle, number: usize, storages: &[Storage], legacy: bool) {
    let storage = &storages[number];
    p.op(b'(').text("storage").global("torch", storage.class);
    p.text(&number.to_string()).text("cuda:0").int((storage.bytes.len() / storage.size) as i64);
    if legacy {
        p.op(b'N');
    }
    p.op(b't').remember().op(b'Q');
}

/// A call that makes a tensor.
pub fn tensor(p: &mut Pickle, first_version: bool, view: &View, storages: &[Storage], legacy: bool) {
    let function = if first_version { "_rebuild_tensor" } else { "_rebuild_tensor_v2" };
    p.global("torch._utils", function).op(b'(');
    stored(p, view.storage, storages, legacy);
    p.int(view.offset as i64);
    p.tuple(&view.shape).tuple(&view.strides);
    if !first_version {
        p.op(0x89).global("collections", "OrderedDict").op(b')').op(b'R').remember();
    }
    p.op(b't').remember().op(b'R').remember();
}

pub fn torch_zip(style: Style, views: &[View], storages: &[Storage]) -> Vec<u8> {
    zip_of(object(style, views, storages, false), storages)
}

/// The zip container around the pickle `object`.
pub fn zip_of(object: Vec<u8>, storages: &[Storage]) -> Vec<u8> {
    let mut entries =
        vec![("model/data.pkl".to_string(), object), ("model/byteorder".to_string(), b"little".to_vec())];
    entries.extend(storages.iter().enumerate().map(|(i, s)| (format!("model/data/{i}"), s.bytes.clone())));
    entries.push(("model/version".to_string(), b"3\n".to_vec()));
    zip(&entries)
}

pub fn torch_legacy(style: Style, views: &[View], storages: &[Storage]) -> Vec<u8> {
    legacy_of(style.protocol, object(style, views, storages, true), storages)
}

/// The legacy container around the pickle `object`.
pub fn legacy_of(protocol: u8, object: Vec<u8>, storages: &[Storage]) -> Vec<u8> {
    let mut magic = Pickle::new(protocol);
    magic.bytes.extend(b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
    let mut system = Pickle::new(protocol);
    system.op(b'}').remember().op(b'(').text("protocol_version").int(1001);
    system.text("little_endian").op(0x88).op(b'u');
    let mut keys = Pickle::new(protocol);
    keys.op(b']').remember().op(b'(');
    for key in 0..storages.len() {
        keys.text(&key.to_string());
    }
    keys.op(b'e');
    let mut file = magic.finish();
    file.extend(Pickle::new(protocol).int(1001).finish());
    file.extend(system.finish());
    file.extend(object);
    file.extend(keys.finish());
    for storage in storages {
        file.extend(((storage.bytes.len() / storage.size) as u64).to_le_bytes());
        file.extend(&storage.bytes);
    }
    file
}

/// An archive as PyTorch's writer makes it: stored, sizes in the directory only, content aligned to 64 bytes by
/// an extra field.
pub fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut directory = Vec::new();
    for (name, content) in entries {
        let local = file.len() as u32;
        let crc = crc32fast::hash(content);
        let padding = 64 - (file.len() + 34 + name.len()) % 64;
        file.extend(b"PK\x03\x04\x00\x00\x08\x08\x00\x00\x00\x00\x00\x00");
        file.extend([0; 12]);
        file.extend((name.len() as u16).to_le_bytes());
        file.extend((padding as u16 + 4).to_le_bytes());
        file.extend(name.as_bytes());
        file.extend(b"FB");
        file.extend((padding as u16).to_le_bytes());
        file.extend(vec![b'Z'; padding]);
        file.extend(content);
        file.extend(b"PK\x07\x08");
        file.extend(crc.to_le_bytes());
        file.extend([content.len() as u32, content.len() as u32].map(u32::to_le_bytes).concat());

        directory.extend(b"PK\x01\x02\x00\x00\x00\x00\x08\x08\x00\x00\x00\x00\x00\x00");
        directory.extend(crc.to_le_bytes());
        directory.extend([content.len() as u32, content.len() as u32].map(u32::to_le_bytes).concat());
        directory.extend((name.len() as u16).to_le_bytes());
        directory.extend([0; 12]);
        directory.extend(local.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let start = file.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06\x00\x00\x00\x00");
    file.extend([entries.len() as u16, entries.len() as u16].map(u16::to_le_bytes).concat());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0; 2]);
    file
}
