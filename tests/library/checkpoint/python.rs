//! PyTorch files of any Python value, as `torch.save` writes them.

use super::writers::{self, Pickle, Storage, View, row_major};
use lightcnn::network::{Network, Weights};

/// Where the classes of networks are.
pub const MODELS: &str = "models.lightcnn";

/// A Python value.
#[derive(Clone)]
pub enum Py {
    None,
    Int(i64),
    Float(f64),
    Text(String),
    Dict(Vec<(String, Py)>),
    /// A dict with numbers as keys.
    Numbered(Vec<(i64, Py)>),
    Ordered(Vec<(String, Py)>),
    List(Vec<Py>),
    Tuple(Vec<Py>),
    Tensor(View),
    /// What stands for a storage of the file.
    Stored(usize),
    /// A call of `module.name`.
    Call(&'static str, &'static str, Vec<Py>),
    /// An object of the class `module.name` with the items of a dict and with attributes.
    Object(&'static str, &'static str, Vec<(String, Py)>, Vec<(String, Py)>),
    /// A class or a function by its name.
    Named(&'static str, &'static str),
}

pub fn text(text: &str) -> Py {
    Py::Text(text.to_string())
}

pub fn dict<const N: usize>(items: [(&str, Py); N]) -> Py {
    Py::Dict(items.map(|(key, value)| (key.to_string(), value)).to_vec())
}

/// A file that is being made: the storages of its tensors so far.
#[derive(Default)]
pub struct File {
    storages: Vec<Storage>,
}

impl File {
    /// A tensor of zeros: one element for all of it, which takes no room in the file.
    pub fn zeros(&mut self, shape: &[usize]) -> Py {
        let storage = self.storage(vec![0; 4]);
        tensor(storage, shape, vec![0; shape.len()])
    }

    /// A state dict of the network, of zeros, with `prefix` before all names; followed by `others`.
    pub fn state_dict(&mut self, network: Network, prefix: &str, others: Vec<(String, Py)>) -> Py {
        let storage = self.storage(vec![0; 4]);
        let parameters = network.parameters().into_iter().map(|p| {
            let strides = vec![0; p.shape.len()];
            (format!("{prefix}{}", p.name), tensor(storage, &p.shape, strides))
        });
        Py::Ordered(parameters.chain(others).collect())
    }

    /// A state dict of these weights.
    pub fn weights(&mut self, weights: &Weights, prefix: &str) -> Py {
        let tensors = weights.iter().map(|(name, values)| {
            let storage = self.storage(values.data.iter().flat_map(|value| value.to_le_bytes()).collect());
            (format!("{prefix}{name}"), tensor(storage, &values.shape, row_major(&values.shape)))
        });
        Py::Ordered(tensors.collect())
    }

    /// A storage of floats, by its number.
    fn storage(&mut self, bytes: Vec<u8>) -> usize {
        self.storage_of("FloatStorage", 4, bytes)
    }

    /// A storage of this class, with elements of so many bytes, by its number.
    pub fn storage_of(&mut self, class: &'static str, size: usize, bytes: Vec<u8>) -> usize {
        self.storages.push(Storage { class, size, bytes });
        self.storages.len() - 1
    }

    /// The file with this value in the zip container and in the legacy one.
    pub fn save(&self, protocol: u8, value: &Py) -> [Vec<u8>; 2] {
        let object = |legacy| {
            let mut pickle = Pickle::new(protocol);
            self.write(&mut pickle, value, legacy);
            pickle.finish()
        };
        [
            writers::zip_of(object(false), &self.storages),
            writers::legacy_of(protocol, object(true), &self.storages),
        ]
    }

    /// The zip container around a pickle that refers to the storages of this file.
    pub fn zip(&self, pickle: Vec<u8>) -> Vec<u8> {
        writers::zip_of(pickle, &self.storages)
    }

    pub fn write(&self, p: &mut Pickle, value: &Py, legacy: bool) {
        let items = |p: &mut Pickle, items: &[(String, Py)]| {
            p.op(b'(');
            for (key, value) in items {
                p.text(key);
                self.write(p, value, legacy);
            }
            p.op(b'u');
        };
        let tuple = |p: &mut Pickle, values: &[Py]| {
            p.op(b'(');
            values.iter().for_each(|value| self.write(p, value, legacy));
            p.op(b't').remember();
        };
        match value {
            Py::None => drop(p.op(b'N')),
            Py::Int(value) => drop(p.int(*value)),
            Py::Float(value) => drop(p.float(*value)),
            Py::Text(value) => drop(p.text(value)),
            Py::Dict(all) => {
                p.op(b'}').remember();
                items(p, all);
            }
            Py::Numbered(all) => {
                p.op(b'}').remember().op(b'(');
                for (key, value) in all {
                    p.int(*key);
                    self.write(p, value, legacy);
                }
                p.op(b'u');
            }
            Py::Ordered(all) => {
                p.global("collections", "OrderedDict").op(b')').op(b'R').remember();
                items(p, all);
            }
            Py::List(all) => {
                p.op(b']').remember().op(b'(');
                all.iter().for_each(|value| self.write(p, value, legacy));
                p.op(b'e');
            }
            Py::Tuple(all) => tuple(p, all),
            Py::Stored(number) => writers::stored(p, *number, &self.storages, legacy),
            Py::Tensor(view) => writers::tensor(p, false, view, &self.storages, legacy),
            Py::Call(module, name, arguments) => {
                p.global(module, name);
                tuple(p, arguments);
                p.op(b'R').remember();
            }
            Py::Object(module, name, all, state) => {
                // The legacy container keeps the source code of modules with their classes.
                match legacy && *module == MODELS {
                    true => {
                        p.op(b'(')
                            .text("module")
                            .global(module, name)
                            .text("models.py")
                            .text("class LightCNN: ...");
                        p.op(b't').remember().op(b'Q');
                    }
                    false => drop(p.global(module, name)),
                }
                p.op(b')').op(0x81).remember();
                if !all.is_empty() {
                    items(p, all);
                }
                p.op(b'}').remember();
                items(p, state);
                p.op(b'b');
            }
            Py::Named(module, name) => drop(p.global(module, name)),
        }
    }
}

fn tensor(storage: usize, shape: &[usize], strides: Vec<usize>) -> Py {
    Py::Tensor(View { name: String::new(), storage, offset: 0, shape: shape.to_vec(), strides })
}

/// What trainers keep beside the weights, of many classes.
pub fn beside(file: &mut File) -> Vec<(String, Py)> {
    let dtype = |code| Py::Call("numpy", "dtype", vec![text(code), Py::Int(0), Py::Int(1)]);
    let latin1 = |content: &str| Py::Call("_codecs", "encode", vec![text(content), text("latin1")]);
    let adam = Py::Numbered(
        (0..3).map(|i| (i, dict([("step", Py::Int(7)), ("exp_avg", file.zeros(&[6, 1, 5, 5]))]))).collect(),
    );
    let optimizer = dict([
        ("state", adam),
        (
            "param_groups",
            Py::List(vec![dict([("lr", Py::Float(0.1)), ("params", Py::List(vec![Py::Int(0)]))])]),
        ),
    ]);
    let hook = Py::Object("trainer.hooks", "Hook", vec![], vec![("beta".to_string(), Py::Float(0.5))]);
    [
        ("epoch", Py::Int(10)),
        ("none", Py::None),
        (
            "prec1",
            Py::Call("numpy.core.multiarray", "scalar", vec![dtype("f8"), latin1("\0\0\0\0\0\u{a0}X@")]),
        ),
        (
            "best",
            Py::Call("numpy._core.multiarray", "scalar", vec![dtype("i8"), latin1("\u{7}\0\0\0\0\0\0\0")]),
        ),
        ("when", Py::Call("datetime", "datetime", vec![latin1("\u{7}\u{e8}")])),
        ("where", Py::Call("pathlib", "PosixPath", vec![text("/"), text("x")])),
        ("args", Py::Object("argparse", "Namespace", vec![], vec![("lr".to_string(), Py::Float(0.01))])),
        ("config", Py::Object("easydict", "EasyDict", vec![("lr".to_string(), Py::Float(0.1))], vec![])),
        ("counts", Py::Call("collections", "defaultdict", vec![Py::Named("builtins", "int")])),
        ("size", Py::Call("torch", "Size", vec![Py::Tuple(vec![Py::Int(128)])])),
        ("dtype", Py::Named("torch", "float32")),
        ("device", Py::Call("torch", "device", vec![text("cuda"), Py::Int(0)])),
        ("callbacks", dict([("ModelCheckpoint", dict([("best_model_score", file.zeros(&[]))]))])),
        ("hook", hook),
        ("optimizer", optimizer),
        ("optimizer_object", Py::Object("torch.optim.sgd", "SGD", vec![], vec![("x".to_string(), Py::None)])),
        ("losses", Py::List(vec![Py::Float(0.5); 2000])),
        ("danger", Py::Call("os", "system", vec![text("touch /tmp/lightcnn-was-run")])),
    ]
    .map(|(key, value)| (key.to_string(), value))
    .to_vec()
}
