//! Weights whose names and shapes are proven to be a network's.

use super::Network;
use std::collections::BTreeMap;
use std::fmt;

/// A tensor of float32 values, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Shape.
    pub shape: Vec<usize>,
    /// Values; as many as the product of `shape`.
    pub data: Vec<f32>,
}

/// All the weights of a network, with shapes proven against its description.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    pub(super) network: Network,
    pub(super) tensors: BTreeMap<String, Tensor>,
}

/// The classifier head: `logits = weight · feature + bias`.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// Number of classes, C.
    pub classes: usize,
    /// `C×256`, row-major.
    pub weight: &'a [f32],
    /// `C` values, absent in LightCNN-29v2.
    pub bias: Option<&'a [f32]>,
}

/// One way in which a file does not fit a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The network needs the tensor and the file does not have it.
    Missing(String),
    /// The file has a tensor that looks like a weight and that the network does not know.
    Unexpected(String),
    /// The tensor has another shape.
    Shape {
        /// Name of the tensor.
        name: String,
        /// Shape the network needs.
        expected: Vec<usize>,
        /// Shape in the file.
        found: Vec<usize>,
    },
    /// The tensor's element type cannot be a weight.
    Type {
        /// Name of the tensor.
        name: String,
        /// Type in the file, in the file's own word.
        found: String,
    },
    /// The tensor has a value that is not finite.
    NotFinite {
        /// Name of the tensor.
        name: String,
        /// Row-major index of the first such value.
        index: usize,
        /// The value: an infinity or NaN, as text.
        value: String,
    },
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misfit::Missing(name) => write!(f, "{name}: missing"),
            // Names and types of a file may hold what a terminal obeys; the others are ours.
            Misfit::Unexpected(name) => {
                write!(f, "{}: not a parameter of this network", name.escape_debug())
            }
            Misfit::Shape { name, expected, found } => {
                write!(f, "{name}: shape {found:?}, expected {expected:?}")
            }
            Misfit::Type { name, found } => {
                let found = found.escape_debug();
                write!(f, "{name}: type {found}, expected float32, float16, bfloat16 or float64")
            }
            Misfit::NotFinite { name, index, value } => {
                write!(f, "{}: element {index} is {value}", name.escape_debug())
            }
        }
    }
}

/// Every way in which a file does not fit a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfits {
    /// The network that was tried.
    pub network: Network,
    /// All misfits, at least one.
    pub all: Vec<Misfit>,
}

impl std::error::Error for Misfits {}

impl fmt::Display for Misfits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the tensors do not fit {} ({} misfits)", self.network, self.all.len())?;
        const SHOWN: usize = 1000;
        for misfit in self.all.iter().take(SHOWN) {
            write!(f, "\n  {misfit}")?;
        }
        match self.all.len().checked_sub(SHOWN) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\n  and {more} more"),
        }
    }
}

/// The missing, unexpected and misshapen among tensors of the given names and shapes, if they are to be the
/// weights of `network`. With `head`, the classifier head must be there if the network has one; without, `fc2.*`
/// is unexpected.
pub fn shape_misfits(network: Network, head: bool, shapes: &BTreeMap<&str, &[usize]>) -> Vec<Misfit> {
    let mut expected: BTreeMap<String, Vec<usize>> =
        network.parameters().into_iter().map(|p| (p.name, p.shape)).collect();
    if head {
        let rows = |name| shapes.get(name).and_then(|shape: &&[usize]| shape.first().copied());
        let classes = rows("fc2.weight").or(rows("fc2.bias")).unwrap_or(0);
        expected.extend(network.head_parameters(classes).into_iter().map(|p| (p.name, p.shape)));
    }
    let mut all = Vec::new();
    for (name, expected) in &expected {
        match shapes.get(name.as_str()) {
            None => all.push(Misfit::Missing(name.clone())),
            Some(found) if found == expected => {}
            Some(found) => all.push(Misfit::Shape {
                name: name.clone(),
                expected: expected.clone(),
                found: found.to_vec(),
            }),
        }
    }
    let unknown = shapes.keys().filter(|name| !expected.contains_key(**name));
    all.extend(unknown.map(|name| Misfit::Unexpected(name.to_string())));
    all
}

impl Weights {
    /// Takes `tensors` as the weights of `network`; `fc2.*` among them, if the network has a head, becomes it.
    ///
    /// # Errors
    /// All missing, unexpected and misshapen tensors and values that are not finite, together.
    pub fn new(network: Network, tensors: BTreeMap<String, Tensor>) -> Result<Weights, Misfits> {
        let head = tensors.contains_key("fc2.weight") || tensors.contains_key("fc2.bias");
        let shapes = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor.shape.as_slice())).collect();
        let mut all = shape_misfits(network, head, &shapes);
        for (name, Tensor { data, .. }) in &tensors {
            if let Some(index) = data.iter().position(|value| !value.is_finite()) {
                all.push(Misfit::NotFinite { name: name.clone(), index, value: data[index].to_string() });
            }
        }
        if all.is_empty() { Ok(Weights { network, tensors }) } else { Err(Misfits { network, all }) }
    }

    /// The network these weights belong to.
    pub fn network(&self) -> Network {
        self.network
    }

    /// The tensor called `name`.
    ///
    /// # Panics
    /// If `name` is not a parameter of the network; [`Network::parameters`] lists them.
    pub fn get(&self, name: &str) -> &Tensor {
        &self.tensors[name]
    }

    /// All tensors with their names, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Gives up the tensors, without those of the head.
    pub fn into_tensors(mut self) -> BTreeMap<String, Tensor> {
        self.take_head();
        self.tensors
    }

    /// Takes the classifier head out, if it was loaded: `C×256` weights, and `C` biases unless the network has none.
    pub fn take_head(&mut self) -> Option<(Tensor, Option<Tensor>)> {
        let weight = self.tensors.remove("fc2.weight")?;
        Some((weight, self.tensors.remove("fc2.bias")))
    }

    /// The classifier head, if it was loaded.
    pub fn head(&self) -> Option<Head<'_>> {
        let weight = self.tensors.get("fc2.weight")?;
        Some(Head {
            classes: weight.shape[0],
            weight: &weight.data,
            bias: self.tensors.get("fc2.bias").map(|bias| bias.data.as_slice()),
        })
    }
}
