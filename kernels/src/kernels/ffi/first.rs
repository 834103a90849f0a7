//! The first layer: `first.c` and `integer_first.c`.

use super::super::elements::{elements, holds};
use super::super::pack::{Arithmetic, Packed};
use super::super::{CHUNK, Finish};
use super::{Items, KernelSet, Scales, Step, one_word_each};
use std::marker::PhantomData;

/// Same layout as `struct first` in `layers.h`.
#[repr(C)]
pub(super) struct FirstArguments {
    input: *const u8,
    weights: *const f32,
    bias: *const f32,
    output: *mut f32,
    side: usize,
    planes: usize,
    kernel: usize,
    output_chunks: usize,
    finish: usize,
    scales: Scales,
}

one_word_each!(
    FirstArguments {
        input = 0,
        weights = 1,
        bias = 2,
        output = 3,
        side = 4,
        planes = 5,
        kernel = 6,
        output_chunks = 7,
        finish = 8,
        scales = 9,
    } 12 words
);

/// The first layer: bytes to floats, convolution, bias, Max-Feature-Map, pooling.
pub struct First<'a> {
    set: &'static KernelSet,
    arithmetic: Arithmetic,
    arguments: FirstArguments,
    items: Items,
    borrows: PhantomData<(&'a [u8], &'a mut [f32])>,
}

// SAFETY: as for `Winograd`; an item is a band of pooled rows of one image.
unsafe impl Sync for First<'_> {}

/// Pooled rows of an item of [`First`].
const ROWS_PER_ITEM: usize = 4;

/// Shape of the first layer.
#[derive(Clone, Copy, Debug)]
pub struct FirstShape {
    /// Images.
    pub images: usize,
    /// Side of the images, a multiple of 8.
    pub side: usize,
    /// Planes of an image.
    pub planes: usize,
    /// Side of the filters, 3 or 5.
    pub kernel: usize,
    /// Channels out after Max-Feature-Map, a multiple of 16.
    pub outputs: usize,
}

impl<'a> First<'a> {
    /// `input` is `images × planes × side × side` bytes, `output` is `images × outputs/16 × side/2 × side/2 × 16`.
    ///
    /// # Panics
    /// If a length does not fit the shape, the shape is larger than any memory, or `finish` does not pool.
    pub fn new(
        set: &'static KernelSet,
        shape: FirstShape,
        input: &'a [u8],
        packed: &'a Packed,
        finish: Finish,
        output: &'a mut [f32],
    ) -> First<'a> {
        let FirstShape { images, side, planes, kernel, outputs } = shape;
        assert!(side % 8 == 0 && outputs % CHUNK == 0 && matches!(kernel, 3 | 5), "{shape:?}");
        assert!(finish.pools(), "the first layer pools");
        assert!(holds(input.len(), &[images, planes, side, side]), "input: {shape:?}");
        assert!(holds(output.len(), &[images, outputs, side / 2, side / 2]), "output: {shape:?}");
        let taps = match packed.arithmetic() {
            Arithmetic::Float if kernel == 5 => 8,
            Arithmetic::Float => kernel,
            Arithmetic::Integer => kernel + 1,
        };
        packed.check(outputs / set.lanes(), &[planes, kernel, taps], set.lanes());
        packed.check_scales(&[0], &[0], &[2, outputs]);
        First {
            set,
            arithmetic: packed.arithmetic(),
            arguments: FirstArguments {
                input: input.as_ptr(),
                weights: packed.weights().as_ptr(),
                bias: packed.bias().as_ptr(),
                output: output.as_mut_ptr(),
                side,
                planes,
                kernel,
                output_chunks: outputs / CHUNK,
                finish: finish as usize,
                scales: Scales::of(packed),
            },
            items: Items::new(images * (side / 2).div_ceil(ROWS_PER_ITEM)),
            borrows: PhantomData,
        }
    }
}

impl Step for First<'_> {
    fn work(&self, scratch: &mut [f32]) {
        let FirstArguments { side, planes, kernel, .. } = self.arguments;
        assert!(scratch.len() >= self.set.first_scratch(self.arithmetic, side, planes, kernel));
        let compute = match self.arithmetic {
            Arithmetic::Float => self.set.first,
            Arithmetic::Integer => self.set.integer_first,
        };
        let per_image = (side / 2).div_ceil(ROWS_PER_ITEM);
        while let Some(item) = self.items.claim() {
            let row = item % per_image * ROWS_PER_ITEM;
            let rows = ROWS_PER_ITEM.min(side / 2 - row);
            // SAFETY: `new` checked that all images and rows lie inside the buffers, which `self` borrows; this
            // item's rows are in range and no other thread has them; the scratch is long enough.
            unsafe { compute(&self.arguments, item / per_image, row, rows, scratch.as_mut_ptr()) }
        }
    }
}

impl KernelSet {
    /// Floats of scratch a thread needs for [`First`].
    ///
    /// # Panics
    /// If that is more than any memory has, or `kernel` is zero.
    pub fn first_scratch(&self, arithmetic: Arithmetic, side: usize, planes: usize, kernel: usize) -> usize {
        let scratch = match arithmetic {
            Arithmetic::Float => self.first_scratch,
            Arithmetic::Integer => self.integer_first_scratch,
        };
        // Rows of pixels, each of which is at most three times as wide as the padded image.
        let rows = kernel.saturating_add(2 * ROWS_PER_ITEM);
        let most = elements(&[planes, rows, side.saturating_add(kernel).saturating_add(1), 3]);
        assert!(kernel > 0 && most.is_some(), "{planes} planes of side {side}, filters of side {kernel}");
        // SAFETY: arithmetic on its arguments only, which does not overflow, as `most` is an upper bound.
        unsafe { scratch(side, planes, kernel, ROWS_PER_ITEM) }
    }
}
