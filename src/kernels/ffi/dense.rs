//! The feature layer: `kernels/dense.c`.

use super::super::pack::Packed;
use super::{Items, KernelSet, Step};
use std::marker::PhantomData;

/// Same layout as `struct dense` in `kernels/dense.c`.
#[repr(C)]
pub(super) struct DenseArguments {
    input: *const f32,
    weights: *const f32,
    bias: *const f32,
    output: *mut f32,
    images: usize,
    inputs: usize,
    outputs: usize,
    max_feature_map: usize,
}

/// The feature layer.
pub struct Dense<'a> {
    set: &'static KernelSet,
    arguments: DenseArguments,
    items: Items,
    borrows: PhantomData<(&'a [f32], &'a mut [f32])>,
}

// SAFETY: as for `Winograd`; an item is one slice of the outputs of all images.
unsafe impl Sync for Dense<'_> {}

impl<'a> Dense<'a> {
    /// `input` is `images × inputs`, `output` is `images × outputs`. With Max-Feature-Map a slice of weights gives
    /// `lanes` outputs, without it `2 * lanes`.
    ///
    /// # Panics
    /// If a length does not fit, `inputs` is no multiple of 512 or `outputs` no multiple of 32.
    pub fn new(
        set: &'static KernelSet,
        images: usize,
        (inputs, outputs): (usize, usize),
        max_feature_map: bool,
        input: &'a [f32],
        packed: &'a Packed,
        output: &'a mut [f32],
    ) -> Dense<'a> {
        assert!(inputs % 512 == 0 && outputs % 32 == 0, "{inputs} to {outputs}");
        assert!(input.len() >= images * inputs && output.len() >= images * outputs);
        let slices = outputs / if max_feature_map { set.lanes() } else { 2 * set.lanes() };
        packed.check(slices, inputs, set.lanes());
        Dense {
            set,
            arguments: DenseArguments {
                input: input.as_ptr(),
                weights: packed.weights().as_ptr(),
                bias: packed.bias().as_ptr(),
                output: output.as_mut_ptr(),
                images,
                inputs,
                outputs,
                max_feature_map: usize::from(max_feature_map),
            },
            items: Items::new(slices),
            borrows: PhantomData,
        }
    }
}

impl Step for Dense<'_> {
    fn work(&self, _scratch: &mut [f32]) {
        while let Some(slice) = self.items.claim() {
            // SAFETY: `new` checked that all images and slices lie inside the buffers, which `self` borrows; no other
            // thread has this slice.
            unsafe { (self.set.dense)(&self.arguments, slice, 1) }
        }
    }
}
