//! The feature layer: `kernels/dense.c` and `kernels/integer_dense.c`.

use super::super::pack::{Arithmetic, Packed};
use super::{Items, KernelSet, Scales, Step};
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
    scales: Scales,
}

/// The feature layer.
pub struct Dense<'a> {
    set: &'static KernelSet,
    arithmetic: Arithmetic,
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
        packed.check_scales(inputs, inputs, slices * 2 * set.lanes());
        Dense {
            set,
            arithmetic: packed.arithmetic(),
            arguments: DenseArguments {
                input: input.as_ptr(),
                weights: packed.weights().as_ptr(),
                bias: packed.bias().as_ptr(),
                output: output.as_mut_ptr(),
                images,
                inputs,
                outputs,
                max_feature_map: usize::from(max_feature_map),
                scales: Scales::of(packed),
            },
            items: Items::new(slices),
            borrows: PhantomData,
        }
    }
}

impl Step for Dense<'_> {
    fn work(&self, scratch: &mut [f32]) {
        let DenseArguments { images, inputs, .. } = self.arguments;
        assert!(scratch.len() >= self.set.dense_scratch(self.arithmetic, images, inputs));
        while let Some(slice) = self.items.claim() {
            match self.arithmetic {
                // SAFETY: `new` checked that all images and slices lie inside the buffers, which `self` borrows; no other
                // thread has this slice.
                Arithmetic::Float => unsafe { (self.set.dense)(&self.arguments, slice, 1) },
                // SAFETY: as above; the scratch is long enough.
                Arithmetic::Integer => unsafe {
                    (self.set.integer_dense)(&self.arguments, slice, 1, scratch.as_mut_ptr());
                },
            }
        }
    }
}

impl KernelSet {
    /// Floats of scratch a thread needs for [`Dense`].
    pub fn dense_scratch(&self, arithmetic: Arithmetic, images: usize, inputs: usize) -> usize {
        match arithmetic {
            Arithmetic::Float => 0,
            // SAFETY: arithmetic on its arguments only.
            Arithmetic::Integer => unsafe { (self.integer_dense_scratch)(images, inputs) },
        }
    }
}
