//! What the engine will do with an image, decided once: packed weights, which buffer each step reads and writes,
//! and how large the buffers must be.

use super::calibration::Calibration;
use super::threads::Threads;
use crate::kernels::integer::InputRange;
use crate::kernels::pack::{Crew, Packed};
use crate::kernels::{Finish, KernelSet};
use crate::network::{Convolution, Dense, Layer, Pool, SIDE, Tensor, Weights};
use std::collections::BTreeMap;
use std::io;

/// Index of an activation buffer. A residual block needs three at a time.
pub(super) type Slot = usize;

/// Number of activation buffers.
pub(super) const SLOTS: usize = 3;

/// One step of the plan: a layer with all that is fused into it.
pub(super) struct Stage {
    /// Name of the layer, the prefix of its parameters.
    pub name: String,
    pub kind: Kind,
    pub packed: Packed,
    /// Side of the input.
    pub side: usize,
    /// Channels in; values in for the feature layer.
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

impl Stage {
    /// Channels in.
    pub fn channels(&self) -> usize {
        match self.kind {
            Kind::Dense { .. } => self.inputs / (self.side * self.side),
            _ => self.inputs,
        }
    }
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

impl Plan {
    /// Packs `weights` tensor by tensor, so that the unpacked ones do not stay in memory, each on all `threads`.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn new(
        weights: Weights,
        set: &'static KernelSet,
        calibration: Option<&Calibration>,
        threads: &mut Threads,
    ) -> io::Result<Plan> {
        let network = weights.network();
        let plan = Plan { stages: Vec::new(), slots: [0; SLOTS] };
        let planes = network.input().channels();
        let tensors = weights.into_tensors();
        let mut planner = Planner { set, threads, planes, tensors, calibration, plan };
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
                    let to = (slot + 1) % SLOTS;
                    planner.convolution(layer, side, finish, [slot, to, slot])?;
                    slot = to;
                }
                Layer::Residual(first, second) => {
                    let (middle, to) = ((slot + 1) % SLOTS, (slot + 2) % SLOTS);
                    planner.convolution(first, side, Finish::Keep, [slot, middle, slot])?;
                    planner.convolution(second, side, Finish::Add, [middle, to, slot])?;
                    slot = to;
                }
                Layer::Pool(_) => side /= 2,
                Layer::Dense(layer) => planner.dense(layer, side, slot)?,
            }
        }
        Ok(planner.plan)
    }
}

/// A plan in the making.
struct Planner<'a> {
    set: &'static KernelSet,
    threads: &'a mut Threads,
    /// Planes of the network's input.
    planes: usize,
    tensors: BTreeMap<String, Tensor>,
    /// Present for int16.
    calibration: Option<&'a Calibration>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    /// The weight and bias of a layer; `Weights` has proven that they are there.
    fn take(&mut self, name: &str) -> [Vec<f32>; 2] {
        ["weight", "bias"].map(|part| {
            self.tensors.remove(&format!("{name}.{part}")).map_or(Vec::new(), |tensor| tensor.data)
        })
    }

    /// The range of a layer's inputs, for int16.
    fn range(&self, name: &str) -> Option<&'a InputRange> {
        self.calibration?.layer(name)
    }

    fn convolution(
        &mut self,
        layer: &Convolution,
        side: usize,
        finish: Finish,
        [from, to, residual]: [Slot; 3],
    ) -> io::Result<()> {
        let [weight, bias] = self.take(&layer.name);
        let (set, kernel) = (self.set, layer.kernel);
        let kind = match kernel {
            _ if layer.input == self.planes => Kind::First { kernel },
            3 => Kind::Winograd,
            _ => Kind::Pointwise,
        };
        let range = self.range(&layer.name);
        let crew: &mut Crew<'_> = &mut |job| self.threads.run(&|_| job());
        let packed = match (kind, range) {
            (Kind::First { .. }, _) if self.calibration.is_some() => {
                Packed::integer_first(set, &weight, &bias, kernel)
            }
            (Kind::First { .. }, _) => Packed::first(set, &weight, &bias, kernel),
            (Kind::Winograd, Some(range)) => Packed::integer_winograd(set, &weight, &bias, range),
            (Kind::Winograd, None) => Packed::winograd(set, &weight, &bias, layer.input, crew),
            (_, Some(range)) => Packed::integer_pointwise(set, &weight, &bias, range),
            (_, None) => Packed::convolution(set, &weight, &bias),
        }?;
        let out = if finish.pools() { side / 2 } else { side };
        let slot = &mut self.plan.slots[to];
        *slot = (*slot).max(layer.output * out * out);
        let (inputs, outputs) = (layer.input, layer.output);
        let name = layer.name.clone();
        self.plan.stages.push(Stage {
            name,
            kind,
            packed,
            side,
            inputs,
            outputs,
            finish,
            from,
            to,
            residual,
        });
        Ok(())
    }

    fn dense(&mut self, layer: &Dense, side: usize, slot: Slot) -> io::Result<()> {
        let [weight, bias] = self.take(&layer.name);
        let max_feature_map = layer.max_feature_map;
        let range = self.range(&layer.name);
        let crew: &mut Crew<'_> = &mut |job| self.threads.run(&|_| job());
        let packed = match range {
            Some(range) => Packed::integer_dense(self.set, &weight, &bias, range, max_feature_map),
            None => Packed::dense(self.set, &weight, &bias, side * side, max_feature_map, crew),
        }?;
        self.plan.stages.push(Stage {
            name: layer.name.clone(),
            kind: Kind::Dense { max_feature_map },
            packed,
            side,
            inputs: layer.input,
            outputs: layer.output,
            finish: Finish::Keep,
            from: slot,
            to: slot,
            residual: slot,
        });
        Ok(())
    }
}
