//! 1×1 convolution: `pointwise.c` and `integer_pointwise.c`.

use super::super::CHUNK;
use super::super::elements::{elements, holds};
use super::super::pack::{Arithmetic, Packed};
use super::{Items, KernelSet, Scales, Step, one_word_each};
use std::marker::PhantomData;

/// Same layout as `struct pointwise` in `layers.h`.
#[repr(C)]
pub(super) struct PointwiseArguments {
    input: *const f32,
    weights: *const f32,
    bias: *const f32,
    output: *mut f32,
    pixels: usize,
    input_chunks: usize,
    output_chunks: usize,
    scales: Scales,
}

one_word_each!(
    PointwiseArguments {
        input = 0,
        weights = 1,
        bias = 2,
        output = 3,
        pixels = 4,
        input_chunks = 5,
        output_chunks = 6,
        scales = 7,
    } 10 words
);

/// 1×1 convolution, bias and Max-Feature-Map.
pub struct Pointwise<'a> {
    set: &'static KernelSet,
    arithmetic: Arithmetic,
    arguments: PointwiseArguments,
    items: Items,
    borrows: PhantomData<(&'a [f32], &'a mut [f32])>,
}

// SAFETY: as for `Winograd`; an item is a range of pixels of one image.
unsafe impl Sync for Pointwise<'_> {}

/// Pixels of an item of [`Pointwise`]: inputs and outputs of so many stay in the second cache.
const PIXELS_PER_ITEM: usize = 128;

impl<'a> Pointwise<'a> {
    /// `input` is `images × inputs/16 × pixels × 16`, `output` the same of `outputs`.
    ///
    /// # Panics
    /// If a length does not fit, the shape is larger than any memory, or channels are not multiples of 16.
    pub fn new(
        set: &'static KernelSet,
        (images, pixels): (usize, usize),
        (inputs, outputs): (usize, usize),
        input: &'a [f32],
        packed: &'a Packed,
        output: &'a mut [f32],
    ) -> Pointwise<'a> {
        assert!(inputs % CHUNK == 0 && outputs % CHUNK == 0, "{inputs} to {outputs} channels");
        assert!(holds(input.len(), &[images, inputs, pixels]), "input: {images} of {inputs} × {pixels}");
        assert!(holds(output.len(), &[images, outputs, pixels]), "output: {images} of {outputs} × {pixels}");
        packed.check(outputs / set.lanes(), &[inputs], set.lanes());
        packed.check_scales(&[inputs], &[inputs], &[2, outputs]);
        Pointwise {
            set,
            arithmetic: packed.arithmetic(),
            arguments: PointwiseArguments {
                input: input.as_ptr(),
                weights: packed.weights().as_ptr(),
                bias: packed.bias().as_ptr(),
                output: output.as_mut_ptr(),
                pixels,
                input_chunks: inputs / CHUNK,
                output_chunks: outputs / CHUNK,
                scales: Scales::of(packed),
            },
            items: Items::new(images * pixels.div_ceil(PIXELS_PER_ITEM)),
            borrows: PhantomData,
        }
    }
}

impl Step for Pointwise<'_> {
    fn work(&self, scratch: &mut [f32]) {
        assert!(
            scratch.len() >= self.set.pointwise_scratch(self.arithmetic, self.arguments.input_chunks * CHUNK)
        );
        let per_image = self.arguments.pixels.div_ceil(PIXELS_PER_ITEM);
        while let Some(item) = self.items.claim() {
            let first = item % per_image * PIXELS_PER_ITEM;
            let count = PIXELS_PER_ITEM.min(self.arguments.pixels - first);
            let image = item / per_image;
            match self.arithmetic {
                // SAFETY: `new` checked that all images and pixels lie inside the buffers, which `self` borrows; this
                // item's pixels are in range and no other thread has them.
                Arithmetic::Float => unsafe { (self.set.pointwise)(&self.arguments, image, first, count) },
                // SAFETY: as above; the scratch is long enough.
                Arithmetic::Integer => unsafe {
                    (self.set.integer_pointwise)(&self.arguments, image, first, count, scratch.as_mut_ptr());
                },
            }
        }
    }
}

impl KernelSet {
    /// Floats of scratch a thread needs for [`Pointwise`] with `inputs` channels.
    ///
    /// # Panics
    /// If that is more than any memory has.
    pub fn pointwise_scratch(&self, arithmetic: Arithmetic, inputs: usize) -> usize {
        match arithmetic {
            Arithmetic::Float => 0,
            Arithmetic::Integer => {
                assert!(elements(&[inputs, PIXELS_PER_ITEM]).is_some(), "{inputs} channels");
                // SAFETY: arithmetic on its arguments only, which does not overflow: it is half of the product above.
                unsafe { (self.integer_pointwise_scratch)(inputs / CHUNK, PIXELS_PER_ITEM) }
            }
        }
    }
}
