//! 1×1 convolution: `kernels/pointwise.c`.

use super::super::CHUNK;
use super::super::pack::Packed;
use super::{Items, KernelSet, Step};
use std::marker::PhantomData;

/// Same layout as `struct pointwise` in `kernels/pointwise.c`.
#[repr(C)]
pub(super) struct PointwiseArguments {
    input: *const f32,
    weights: *const f32,
    bias: *const f32,
    output: *mut f32,
    pixels: usize,
    input_chunks: usize,
    output_chunks: usize,
}

/// 1×1 convolution, bias and Max-Feature-Map.
pub struct Pointwise<'a> {
    set: &'static KernelSet,
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
    /// If a length does not fit, or channels are not multiples of 16.
    pub fn new(
        set: &'static KernelSet,
        (images, pixels): (usize, usize),
        (inputs, outputs): (usize, usize),
        input: &'a [f32],
        packed: &'a Packed,
        output: &'a mut [f32],
    ) -> Pointwise<'a> {
        assert!(inputs % CHUNK == 0 && outputs % CHUNK == 0, "{inputs} to {outputs} channels");
        assert!(input.len() >= images * inputs * pixels && output.len() >= images * outputs * pixels);
        packed.check(outputs / set.lanes(), inputs, set.lanes());
        Pointwise {
            set,
            arguments: PointwiseArguments {
                input: input.as_ptr(),
                weights: packed.weights().as_ptr(),
                bias: packed.bias().as_ptr(),
                output: output.as_mut_ptr(),
                pixels,
                input_chunks: inputs / CHUNK,
                output_chunks: outputs / CHUNK,
            },
            items: Items::new(images * pixels.div_ceil(PIXELS_PER_ITEM)),
            borrows: PhantomData,
        }
    }
}

impl Step for Pointwise<'_> {
    fn work(&self, _scratch: &mut [f32]) {
        let per_image = self.arguments.pixels.div_ceil(PIXELS_PER_ITEM);
        while let Some(item) = self.items.claim() {
            let first = item % per_image * PIXELS_PER_ITEM;
            let count = PIXELS_PER_ITEM.min(self.arguments.pixels - first);
            // SAFETY: `new` checked that all images and pixels lie inside the buffers, which `self` borrows; this
            // item's pixels are in range and no other thread has them.
            unsafe { (self.set.pointwise)(&self.arguments, item / per_image, first, count) }
        }
    }
}
