//! Runs the plan on a group of images.

use super::plan::{Kind, Stage};
use super::{CpuNetwork, GROUP};
use crate::kernels::{
    Aligned, Dense, Finish, First, FirstShape, KernelSet, Pointwise, Step, Winograd, WinogradShape,
};
use std::sync::PoisonError;

/// Most tiles of a Winograd item. Weights are then read once for 32 tiles, and the transformed inputs of a thread are
/// at most 885 KB. Between 16 and 48, AVX-512 showed no difference beyond noise; AVX2 lost a quarter of its speed in
/// the last layers with 16.
const TILES_PER_ITEM: usize = 32;

impl Stage {
    /// Floats of scratch a thread needs.
    pub fn scratch(&self, set: &KernelSet) -> usize {
        let arithmetic = self.packed.arithmetic();
        match self.kind {
            Kind::First { kernel } => set.first_scratch(arithmetic, self.side, self.inputs, kernel),
            Kind::Winograd => set.winograd_scratch(arithmetic, self.inputs, TILES_PER_ITEM),
            Kind::Pointwise => set.pointwise_scratch(arithmetic, self.inputs),
            Kind::Dense { .. } => set.dense_scratch(arithmetic, GROUP, self.inputs),
        }
    }

    /// Cuts a Winograd stage so that every thread has the same work: into equal groups of tiles, or if there are not
    /// enough tiles for that, by output channels too.
    fn winograd_shape(&self, images: usize, threads: usize) -> WinogradShape {
        let tiles = images * (self.side / 4) * (self.side / 4);
        let groups = tiles.div_ceil(TILES_PER_ITEM);
        let (groups, parts) = if groups >= threads {
            (groups.next_multiple_of(threads), 1)
        } else {
            (groups, threads.div_ceil(groups))
        };
        WinogradShape {
            images,
            side: self.side,
            inputs: self.inputs,
            outputs: self.outputs,
            tiles_per_item: tiles.div_ceil(groups).next_multiple_of(4).min(TILES_PER_ITEM),
            parts,
        }
    }
}

/// Sees a stage, its input and the number of images, before the stage is computed.
pub(super) type Watch<'a> = dyn FnMut(&Stage, &[f32], usize) + 'a;

impl CpuNetwork {
    /// Embeds up to [`GROUP`] faces; `watch` sees every stage and its input before it is computed.
    pub(super) fn run_group(
        &mut self,
        images: usize,
        faces: &[u8],
        features: &mut [f32],
        watch: &mut Watch<'_>,
    ) {
        let CpuNetwork { set, plan, threads, arena, scratch, .. } = self;
        let count = threads.count();
        let mut run = |step: &dyn Step| {
            threads.run(&|thread| {
                // A panic elsewhere leaves nothing in the scratch that matters.
                step.work(&mut scratch[thread].lock().unwrap_or_else(PoisonError::into_inner));
            });
        };
        for stage in &plan.stages {
            let Stage { side, inputs, outputs, finish, ref packed, .. } = *stage;
            watch(stage, &arena[stage.from], images);
            match stage.kind {
                Kind::First { kernel } => {
                    let shape = FirstShape { images, side, planes: inputs, kernel, outputs };
                    run(&First::new(set, shape, faces, packed, finish, &mut arena[stage.to]));
                }
                Kind::Winograd => {
                    let shape = stage.winograd_shape(images, count);
                    let (input, residual, output) = buffers(arena, stage);
                    run(&Winograd::new(set, shape, input, packed, finish, residual, output));
                }
                Kind::Pointwise => {
                    let (input, _, output) = buffers(arena, stage);
                    run(&Pointwise::new(
                        set,
                        (images, side * side),
                        (inputs, outputs),
                        input,
                        packed,
                        output,
                    ));
                }
                Kind::Dense { max_feature_map } => {
                    let input = &arena[stage.from];
                    run(&Dense::new(
                        set,
                        images,
                        (inputs, outputs),
                        max_feature_map,
                        input,
                        packed,
                        features,
                    ));
                }
            }
        }
    }
}

/// What a stage reads, what it adds and what it writes.
fn buffers<'a>(arena: &'a mut [Aligned], stage: &Stage) -> (&'a [f32], &'a [f32], &'a mut [f32]) {
    let (mut input, mut residual): (&[f32], &[f32]) = (&[], &[]);
    let mut output: &mut [f32] = &mut [];
    for (slot, buffer) in arena.iter_mut().enumerate() {
        if slot == stage.to {
            output = buffer;
            continue;
        }
        let buffer: &[f32] = buffer;
        if slot == stage.from {
            input = buffer;
        }
        if slot == stage.residual && stage.finish == Finish::Add {
            residual = buffer;
        }
    }
    (input, residual, output)
}
