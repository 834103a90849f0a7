//! The LightCNN family as data: each network is a list of [`Layer`]s, and nothing here computes.
//!
//! The same list drives weight loading, the reference, and the CPU engine. Parameter names are those of the
//! official PyTorch models without `module.`; the official MindSpore LightCNN-9 uses the same ones.
//!
//! Sources: Wu, He, Sun, Tan, "A Light CNN for Deep Face Representation with Noisy Labels" (2018), and the
//! authors' `light_cnn.py` (9, 29, 29v2) and `light_cnn_v4.py` (v4).

mod seeded;
mod weights;

pub use seeded::{DEMO_SEED, seeded};
pub use weights::{Head, Misfit, Misfits, Tensor, Weights, shape_misfits};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Side of a network's input, in pixels.
pub const SIDE: usize = 128;

/// Length of a feature.
pub const FEATURE_LENGTH: usize = 256;

/// Name of a network's input in exported and compiled models: `N×1×128×128` float32 gray in `0.0..=1.0`, or
/// `N×3×128×128` blue, green, red for v4.
pub const INPUT_NAME: &str = "data";

/// Name of the output `N×256` float32 in exported models: the features, not normalized.
pub const FEATURE_NAME: &str = "feature";

/// Name of the output `N×C` float32 of the classifier head, where it was asked for.
pub const LOGITS_NAME: &str = "logits";

/// A network of the LightCNN family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// LightCNN-9, the network of the MindSpore model card.
    LightCnn9,
    /// LightCNN-29.
    LightCnn29,
    /// LightCNN-29 version 2: max + average pooling, plain linear feature layer.
    LightCnn29V2,
    /// LightCNN v4: three-channel input, no classifier head.
    LightCnnV4,
}

/// What a network looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// One plane: gray.
    Gray,
    /// Three planes: blue, green, red.
    Bgr,
}

impl Input {
    /// Number of planes: 1 or 3.
    pub fn channels(self) -> usize {
        match self {
            Input::Gray => 1,
            Input::Bgr => 3,
        }
    }
}

/// A convolution of stride 1 with zero padding that keeps the size, a bias, and Max-Feature-Map after it:
/// output plane `c` is the larger of filter planes `c` and `c + output`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Convolution {
    /// Prefix of the parameters `<name>.weight` and `<name>.bias`.
    pub name: String,
    /// Planes in.
    pub input: usize,
    /// Planes out, after Max-Feature-Map; there are `2 * output` filters.
    pub output: usize,
    /// Side of the square filters: 1, 3 or 5.
    pub kernel: usize,
}

/// Pooling over 2×2 windows of stride 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// The window's maximum.
    Max,
    /// The window's maximum plus its mean.
    MaxPlusAverage,
}

/// A linear layer on the flattened planes (`c * S * S + y * S + x`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dense {
    /// Prefix of the parameters `<name>.weight` and `<name>.bias`.
    pub name: String,
    /// Values in.
    pub input: usize,
    /// Values out, after Max-Feature-Map if there is one.
    pub output: usize,
    /// Whether the layer has `2 * output` rows, of which the larger of `i` and `i + output` is taken.
    pub max_feature_map: bool,
}

impl Dense {
    /// Rows of the weight matrix.
    pub fn rows(&self) -> usize {
        if self.max_feature_map { 2 * self.output } else { self.output }
    }
}

/// One step of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layer {
    /// A convolution with Max-Feature-Map.
    Convolution(Convolution),
    /// `x + second(first(x))`.
    Residual(Convolution, Convolution),
    /// Pooling; halves the side.
    Pool(Pool),
    /// The feature layer; always the last.
    Dense(Dense),
}

/// Name and shape of one parameter tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name, without `module.`.
    pub name: String,
    /// Shape, row-major: `[filters, planes, kernel, kernel]`, `[rows, columns]` or `[filters]`.
    pub shape: Vec<usize>,
}

impl Network {
    /// Every network.
    pub const ALL: [Network; 4] =
        [Network::LightCnn9, Network::LightCnn29, Network::LightCnn29V2, Network::LightCnnV4];

    /// The name used on the command line, in `models/` and in every output.
    pub fn name(self) -> &'static str {
        match self {
            Network::LightCnn9 => "lightcnn9",
            Network::LightCnn29 => "lightcnn29",
            Network::LightCnn29V2 => "lightcnn29v2",
            Network::LightCnnV4 => "lightcnnv4",
        }
    }

    /// What the network looks at: `N×1×128×128` gray, or `N×3×128×128` BGR for v4.
    pub fn input(self) -> Input {
        match self {
            Network::LightCnnV4 => Input::Bgr,
            _ => Input::Gray,
        }
    }

    /// The layers from input to feature, in order.
    #[doc(hidden)]
    pub fn layers(self) -> Vec<Layer> {
        match self {
            Network::LightCnn9 => lightcnn9(),
            Network::LightCnn29 => lightcnn29(Pool::Max, true),
            Network::LightCnn29V2 => lightcnn29(Pool::MaxPlusAverage, false),
            Network::LightCnnV4 => lightcnnv4(),
        }
    }

    /// The parameters that features need, in the order of the official files; the head is not among them.
    #[doc(hidden)]
    pub fn parameters(self) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for layer in self.layers() {
            match layer {
                Layer::Convolution(convolution) => convolution.parameters(&mut parameters),
                Layer::Residual(first, second) => {
                    first.parameters(&mut parameters);
                    second.parameters(&mut parameters);
                }
                Layer::Pool(_) => {}
                Layer::Dense(dense) => {
                    parameters.push(Parameter {
                        name: format!("{}.weight", dense.name),
                        shape: vec![dense.rows(), dense.input],
                    });
                    parameters
                        .push(Parameter { name: format!("{}.bias", dense.name), shape: vec![dense.rows()] });
                }
            }
        }
        parameters
    }

    /// The parameters of a classifier head of `classes` rows; none if the network has no head.
    #[doc(hidden)]
    pub fn head_parameters(self, classes: usize) -> Vec<Parameter> {
        let weight = Parameter { name: "fc2.weight".into(), shape: vec![classes, FEATURE_LENGTH] };
        let bias = || Parameter { name: "fc2.bias".into(), shape: vec![classes] };
        match self.head() {
            Some(HeadBias::Present) => vec![weight, bias()],
            Some(HeadBias::Absent) => vec![weight],
            None => Vec::new(),
        }
    }

    /// Whether the network has a classifier head `fc2` (`C×256`), and whether that head has a bias.
    #[doc(hidden)]
    pub fn head(self) -> Option<HeadBias> {
        match self {
            Network::LightCnn9 | Network::LightCnn29 => Some(HeadBias::Present),
            Network::LightCnn29V2 => Some(HeadBias::Absent),
            Network::LightCnnV4 => None,
        }
    }
}

/// Whether a classifier head adds a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadBias {
    /// `fc2.weight` and `fc2.bias`.
    Present,
    /// `fc2.weight` alone.
    Absent,
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no network's.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is no known network; choose one of lightcnn9, lightcnn29, lightcnn29v2, lightcnnv4")]
pub struct UnknownNetwork(pub String);

impl FromStr for Network {
    type Err = UnknownNetwork;

    fn from_str(name: &str) -> Result<Self, UnknownNetwork> {
        Network::ALL
            .into_iter()
            .find(|network| network.name() == name)
            .ok_or_else(|| UnknownNetwork(name.to_string()))
    }
}

impl Convolution {
    fn parameters(&self, into: &mut Vec<Parameter>) {
        let filters = 2 * self.output;
        into.push(Parameter {
            name: format!("{}.weight", self.name),
            shape: vec![filters, self.input, self.kernel, self.kernel],
        });
        into.push(Parameter { name: format!("{}.bias", self.name), shape: vec![filters] });
    }
}

/// One `mfm` of the official code; its parameters sit under `<module>.filter`.
fn mfm(module: &str, input: usize, output: usize, kernel: usize) -> Convolution {
    Convolution { name: format!("{module}.filter"), input, output, kernel }
}

/// One `group` of the official code: a 1×1 convolution that keeps the planes, then a 3×3.
fn group(module: &str, input: usize, output: usize) -> [Layer; 2] {
    [
        Layer::Convolution(mfm(&format!("{module}.conv_a"), input, input, 1)),
        Layer::Convolution(mfm(&format!("{module}.conv"), input, output, 3)),
    ]
}

/// `count` residual blocks of two 3×3 convolutions.
fn block(module: &str, count: usize, planes: usize) -> impl Iterator<Item = Layer> {
    (0..count).map(move |i| {
        Layer::Residual(
            mfm(&format!("{module}.{i}.conv1"), planes, planes, 3),
            mfm(&format!("{module}.{i}.conv2"), planes, planes, 3),
        )
    })
}

/// The last pool leaves 128 planes of 8×8.
const FLAT: usize = 128 * 8 * 8;

fn feature_layer(name: &str, max_feature_map: bool) -> Layer {
    Layer::Dense(Dense { name: name.to_string(), input: FLAT, output: FEATURE_LENGTH, max_feature_map })
}

fn lightcnn9() -> Vec<Layer> {
    let mut layers = vec![Layer::Convolution(mfm("features.0", 1, 48, 5)), Layer::Pool(Pool::Max)];
    layers.extend(group("features.2", 48, 96));
    layers.push(Layer::Pool(Pool::Max));
    layers.extend(group("features.4", 96, 192));
    layers.push(Layer::Pool(Pool::Max));
    layers.extend(group("features.6", 192, 128));
    layers.extend(group("features.7", 128, 128));
    layers.push(Layer::Pool(Pool::Max));
    layers.push(feature_layer("fc1.filter", true));
    layers
}

fn lightcnn29(pool: Pool, max_feature_map: bool) -> Vec<Layer> {
    let mut layers = vec![Layer::Convolution(mfm("conv1", 1, 48, 5)), Layer::Pool(pool)];
    layers.extend(block("block1", 1, 48));
    layers.extend(group("group1", 48, 96));
    layers.push(Layer::Pool(pool));
    layers.extend(block("block2", 2, 96));
    layers.extend(group("group2", 96, 192));
    layers.push(Layer::Pool(pool));
    layers.extend(block("block3", 3, 192));
    layers.extend(group("group3", 192, 128));
    layers.extend(block("block4", 4, 128));
    layers.extend(group("group4", 128, 128));
    layers.push(Layer::Pool(pool));
    layers.push(feature_layer(if max_feature_map { "fc.filter" } else { "fc" }, max_feature_map));
    layers
}

fn lightcnnv4() -> Vec<Layer> {
    let pool = Layer::Pool(Pool::MaxPlusAverage);
    let mut layers = vec![Layer::Convolution(mfm("conv1", 3, 48, 3)), pool.clone()];
    layers.extend(block("block1", 1, 48));
    layers.push(Layer::Convolution(mfm("conv2", 48, 96, 3)));
    layers.push(pool.clone());
    layers.extend(block("block2", 2, 96));
    layers.push(Layer::Convolution(mfm("conv3", 96, 192, 3)));
    layers.push(pool.clone());
    layers.extend(block("block3", 3, 192));
    layers.push(Layer::Convolution(mfm("conv4", 192, 128, 3)));
    layers.extend(block("block4", 4, 128));
    layers.push(Layer::Convolution(mfm("conv5", 128, 128, 3)));
    layers.push(pool);
    layers.push(feature_layer("fc", false));
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The counts of the official models, without `fc2`.
    #[test]
    fn parameter_counts_are_the_official_ones() {
        for (network, expected) in [
            (Network::LightCnn9, 5_480_864),
            (Network::LightCnn29, 12_573_280),
            (Network::LightCnn29V2, 10_475_872),
            (Network::LightCnnV4, 10_345_600),
        ] {
            let count: usize = network.parameters().iter().map(|p| p.shape.iter().product::<usize>()).sum();
            assert_eq!(count, expected, "{network}");
        }
    }

    /// Planes and sides must chain from the input to 128×8×8 before the feature layer.
    #[test]
    fn layers_chain() {
        for network in Network::ALL {
            let (mut planes, mut side) = (network.input().channels(), SIDE);
            for layer in network.layers() {
                match layer {
                    Layer::Convolution(c) => {
                        assert_eq!(c.input, planes, "{network} {}", c.name);
                        planes = c.output;
                    }
                    Layer::Residual(a, b) => {
                        assert_eq!((a.input, a.output, b.input, b.output), (planes, planes, planes, planes));
                    }
                    Layer::Pool(_) => side /= 2,
                    Layer::Dense(d) => {
                        assert_eq!((d.input, d.output), (planes * side * side, FEATURE_LENGTH));
                    }
                }
            }
        }
    }
}
