//! What the engine will do with an image, decided once: packed weights, which buffer each step reads and writes,
//! and how large the buffers must be.

use crate::kernels::pack::Packed;
use crate::kernels::{Finish, KernelSet};
use crate::network::{Convolution, Layer, Network, Pool, SIDE, Tensor, Weights};
use std::collections::BTreeMap;

/// Index of an activation buffer. A residual block needs three at a time.
pub(super) type Slot = usize;

/// Number of activation buffers.
pub(super) const SLOTS: usize = 3;

/// One step of the plan: a layer with all that is fused into it.
pub(super) struct Stage {
    pub kind: Kind,
    pub packed: Packed,
    /// Side of the input.
    pub side: usize,
    /// Channels in.
    pub inputs: usize,
    /// Channels out.
    pub outputs: usize,
    pub finish: Finish,
    /// Buffer read; the first layer reads the images instead.
    pub from: Slot,
    /// Buffer written; the feature layer writes the features instead.
    pub to: Slot,
    /// Buffer that [`Finish::Add`] adds.
    pub residual: Slot,
}

/// Which kernel computes a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    First { kernel: usize },
    Winograd,
    Pointwise,
    Dense { max_feature_map: bool },
}

/// The plan of a network.
pub(super) struct Plan {
    pub stages: Vec<Stage>,
    /// Floats of each buffer for one image.
    pub slots: [usize; SLOTS],
}

/// Tensors that are handed over one by one, so that the unpacked ones do not stay in memory.
struct Tensors(BTreeMap<String, Tensor>);

impl Tensors {
    fn take(&mut self, name: &str) -> [Vec<f32>; 2] {
        ["weight", "bias"].map(|part| self.0.remove(&format!("{name}.{part}")).map_or(Vec::new(), |t| t.data))
    }
}

impl Plan {
    pub fn new(weights: Weights, set: &KernelSet) -> Plan {
        let network = weights.network();
        let mut tensors = Tensors(weights.into_tensors());
        let mut plan = Plan { stages: Vec::new(), slots: [0; SLOTS] };
        let (mut side, mut slot) = (SIDE, 0);
        let layers = network.layers();
        for (at, layer) in layers.iter().enumerate() {
            let finish = match layers.get(at + 1) {
                Some(Layer::Pool(Pool::Max)) => Finish::PoolMax,
                Some(Layer::Pool(Pool::MaxPlusAverage)) => Finish::PoolMaxPlusAverage,
                _ => Finish::Keep,
            };
            match layer {
                Layer::Convolution(layer) => {
                    // The first layer reads no buffer, so that it may as well write the first.
                    let to = if at == 0 { slot } else { (slot + 1) % SLOTS };
                    plan.convolution(set, layer, network, &mut tensors, side, finish, [slot, to, slot]);
                    slot = to;
                }
                Layer::Residual(first, second) => {
                    let (middle, to) = ((slot + 1) % SLOTS, (slot + 2) % SLOTS);
                    plan.convolution(
                        set,
                        first,
                        network,
                        &mut tensors,
                        side,
                        Finish::Keep,
                        [slot, middle, slot],
                    );
                    plan.convolution(
                        set,
                        second,
                        network,
                        &mut tensors,
                        side,
                        Finish::Add,
                        [middle, to, slot],
                    );
                    slot = to;
                }
                Layer::Pool(_) => side /= 2,
                Layer::Dense(layer) => {
                    let [weight, bias] = tensors.take(&layer.name);
                    let max_feature_map = layer.max_feature_map;
                    plan.stages.push(Stage {
                        kind: Kind::Dense { max_feature_map },
                        packed: Packed::dense(set, &weight, &bias, side * side, max_feature_map),
                        side: 1,
                        inputs: layer.input,
                        outputs: layer.output,
                        finish: Finish::Keep,
                        from: slot,
                        to: slot,
                        residual: slot,
                    });
                }
            }
        }
        plan
    }

    #[expect(clippy::too_many_arguments, reason = "all of it is decided where the layers are walked")]
    fn convolution(
        &mut self,
        set: &KernelSet,
        layer: &Convolution,
        network: Network,
        tensors: &mut Tensors,
        side: usize,
        finish: Finish,
        [from, to, residual]: [Slot; 3],
    ) {
        let [weight, bias] = tensors.take(&layer.name);
        let (kind, packed) = if layer.input == network.input().channels() {
            (Kind::First { kernel: layer.kernel }, Packed::convolution(set, &weight, &bias))
        } else if layer.kernel == 3 {
            (Kind::Winograd, Packed::winograd(set, &weight, &bias, layer.input))
        } else {
            (Kind::Pointwise, Packed::convolution(set, &weight, &bias))
        };
        let out = if finish.pools() { side / 2 } else { side };
        self.slots[to] = self.slots[to].max(layer.output * out * out);
        self.stages.push(Stage {
            kind,
            packed,
            side,
            inputs: layer.input,
            outputs: layer.output,
            finish,
            from,
            to,
            residual,
        });
    }
}
