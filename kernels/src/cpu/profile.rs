//! Where the time of a run goes.

use super::plan::{Kind, Stage};
use super::{CpuError, CpuNetwork};
use std::time::{Duration, Instant};

/// What a layer took in one run, with all that is fused into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerTime {
    /// Name of the layer, the prefix of its parameters.
    pub name: String,
    /// The kernel that computes it: `first`, `winograd`, `pointwise` or `dense`.
    pub kernel: &'static str,
    /// Time, over all images.
    pub time: Duration,
    /// Operations of direct computation, over all images: a multiply-add counts as two. A kernel may need fewer.
    pub operations: u64,
    /// Bytes that have to move at least: weights as they are packed, once a group of images, and each image's
    /// inputs and outputs.
    pub bytes: u64,
}

impl CpuNetwork {
    /// As [`CpuNetwork::run`], and says what each layer took, in the order of the layers.
    ///
    /// # Errors
    /// As [`CpuNetwork::run`].
    pub fn profile(&mut self, faces: &[u8], features: &mut [f32]) -> Result<Vec<LayerTime>, CpuError> {
        let mut layers: Vec<LayerTime> = self.plan.stages.iter().map(Stage::not_run).collect();
        let costs: Vec<Cost> = self.plan.stages.iter().map(Stage::cost).collect();
        let last = layers.len() - 1;
        let (mut at, mut since) = (last, None::<Instant>);
        self.watch(faces, features, &mut |_, _, images| {
            let now = Instant::now();
            // The stage before this one is done.
            layers[at].time += since.map_or(Duration::ZERO, |since| now - since);
            at = if at == last { 0 } else { at + 1 };
            layers[at].operations += costs[at].operations * images as u64;
            layers[at].bytes += costs[at].weights + costs[at].activations * images as u64;
            since = Some(now);
        })?;
        layers[at].time += since.map_or(Duration::ZERO, |since| since.elapsed());
        Ok(layers)
    }
}

/// What a stage costs.
struct Cost {
    /// Operations for an image.
    operations: u64,
    /// Bytes of weights.
    weights: u64,
    /// Bytes in and out for an image.
    activations: u64,
}

impl Stage {
    fn not_run(&self) -> LayerTime {
        let kernel = match self.kind {
            Kind::First { .. } => "first",
            Kind::Winograd => "winograd",
            Kind::Pointwise => "pointwise",
            Kind::Dense { .. } => "dense",
        };
        LayerTime { name: self.name.clone(), kernel, time: Duration::ZERO, operations: 0, bytes: 0 }
    }

    fn cost(&self) -> Cost {
        let (taps, halves, value) = match self.kind {
            Kind::First { kernel } => (kernel * kernel, 2, size_of::<u8>()),
            Kind::Winograd => (9, 2, size_of::<f32>()),
            Kind::Pointwise => (1, 2, size_of::<f32>()),
            Kind::Dense { max_feature_map } => (1, 1 + usize::from(max_feature_map), size_of::<f32>()),
        };
        // The feature layer counts every pixel of every channel as an input.
        let pixels = if matches!(self.kind, Kind::Dense { .. }) { 1 } else { self.side * self.side };
        let out = if self.finish.pools() { pixels / 4 } else { pixels };
        Cost {
            operations: (2 * pixels * self.inputs * taps * halves * self.outputs) as u64,
            weights: self.packed.bytes() as u64,
            activations: (pixels * self.inputs * value + out * self.outputs * size_of::<f32>()) as u64,
        }
    }
}
