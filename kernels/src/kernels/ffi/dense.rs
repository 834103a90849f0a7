//! The feature layer: `dense.c` and `integer_dense.c`.

use super::super::elements::{elements, holds};
use super::super::pack::{Arithmetic, Packed};
use super::{Items, KernelSet, Scales, Step, one_word_each};
use std::marker::PhantomData;

/// Same layout as `struct dense` in `layers.h`.
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

one_word_each!(
    DenseArguments {
        input = 0,
        weights = 1,
        bias = 2,
        output = 3,
        images = 4,
        inputs = 5,
        outputs = 6,
        max_feature_map = 7,
        scales = 8,
    } 11 words
);

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
    /// If a length does not fit, the shape is larger than any memory, `inputs` is no multiple of 512 or `outputs` no
    /// multiple of 32.
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
        assert!(holds(input.len(), &[images, inputs]), "input: {images} of {inputs}");
        assert!(holds(output.len(), &[images, outputs]), "output: {images} of {outputs}");
        let slices = outputs / if max_feature_map { set.lanes() } else { 2 * set.lanes() };
        packed.check(slices, &[inputs], set.lanes());
        packed.check_scales(&[inputs], &[inputs], &[slices, 2, set.lanes()]);
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
    ///
    /// # Panics
    /// If that is more than any memory has.
    pub fn dense_scratch(&self, arithmetic: Arithmetic, images: usize, inputs: usize) -> usize {
        match arithmetic {
            Arithmetic::Float => 0,
            Arithmetic::Integer => {
                assert!(elements(&[images, inputs]).is_some(), "{images} of {inputs}");
                // SAFETY: arithmetic on its arguments only, which does not overflow: it is half of the product above.
                unsafe { (self.integer_dense_scratch)(images, inputs) }
            }
        }
    }
}
