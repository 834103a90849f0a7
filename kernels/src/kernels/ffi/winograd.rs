//! 3×3 convolution by Winograd's F(4×4, 3×3): `winograd.c` and `integer_winograd.c`.

use super::super::elements::{elements, holds};
use super::super::pack::{Arithmetic, Packed};
use super::super::{CHUNK, Finish};
use super::{Items, KernelSet, Scales, Step, one_word_each};
use std::marker::PhantomData;

/// Same layout as `struct winograd` in `layers.h`.
#[repr(C)]
pub(super) struct WinogradArguments {
    input: *const f32,
    weights: *const f32,
    bias: *const f32,
    residual: *const f32,
    output: *mut f32,
    side: usize,
    input_chunks: usize,
    output_chunks: usize,
    finish: usize,
    scales: Scales,
}

one_word_each!(
    WinogradArguments {
        input = 0,
        weights = 1,
        bias = 2,
        residual = 3,
        output = 4,
        side = 5,
        input_chunks = 6,
        output_chunks = 7,
        finish = 8,
        scales = 9,
    } 12 words
);

/// 3×3 convolution, bias, Max-Feature-Map and finish.
pub struct Winograd<'a> {
    set: &'static KernelSet,
    arithmetic: Arithmetic,
    arguments: WinogradArguments,
    tiles: usize,
    tiles_per_item: usize,
    slices: usize,
    slices_per_item: usize,
    items: Items,
    borrows: PhantomData<(&'a [f32], &'a mut [f32])>,
}

// SAFETY: the pointers stand for borrows that live as long as the step: shared ones, which are only read, and an
// exclusive one, of which each item writes a part of its own (other tiles or other channels) and is claimed once.
unsafe impl Sync for Winograd<'_> {}

/// Shape of a 3×3 convolution and how it is cut into items.
#[derive(Clone, Copy, Debug)]
pub struct WinogradShape {
    /// Images.
    pub images: usize,
    /// Side of the input, a multiple of 4.
    pub side: usize,
    /// Channels in, a multiple of 16.
    pub inputs: usize,
    /// Channels out after Max-Feature-Map, a multiple of 16.
    pub outputs: usize,
    /// Tiles of 4×4 in an item.
    pub tiles_per_item: usize,
    /// Parts into which the output channels of an item's tiles are cut.
    pub parts: usize,
}

impl<'a> Winograd<'a> {
    /// `input` is `images × inputs/16 × side × side × 16`, `output` the same of `outputs`, with half the side if
    /// `finish` pools; `residual`, used by [`Finish::Add`] only, is laid out like `output`.
    ///
    /// # Panics
    /// If a length does not fit the shape, or the shape is larger than any memory or has no channels.
    pub fn new(
        set: &'static KernelSet,
        shape: WinogradShape,
        input: &'a [f32],
        packed: &'a Packed,
        finish: Finish,
        residual: &'a [f32],
        output: &'a mut [f32],
    ) -> Winograd<'a> {
        let WinogradShape { images, side, inputs, outputs, tiles_per_item, parts } = shape;
        let slices = outputs / set.lanes();
        let out_side = if finish.pools() { side / 2 } else { side };
        assert!(side % 4 == 0 && inputs % CHUNK == 0 && outputs % CHUNK == 0, "{shape:?}");
        assert!(inputs > 0 && outputs > 0 && tiles_per_item > 0 && parts > 0, "{shape:?}");
        assert!(holds(input.len(), &[images, inputs, side, side]), "input: {shape:?}");
        assert!(holds(output.len(), &[images, outputs, out_side, out_side]), "output: {shape:?}");
        let adds = finish == Finish::Add;
        assert!(!adds || holds(residual.len(), &[images, outputs, side, side]), "residual: {shape:?}");
        packed.check(slices, &[36, inputs], set.lanes());
        packed.check_scales(&[inputs], &[36, inputs], &[slices, 36, 2, set.lanes()]);
        // Not more than the pixels, which the input holds.
        let tiles = images * (side / 4) * (side / 4);
        let tiles_per_item = tiles_per_item.min(tiles.max(1));
        let slices_per_item = slices.div_ceil(parts);
        Winograd {
            set,
            arithmetic: packed.arithmetic(),
            arguments: WinogradArguments {
                input: input.as_ptr(),
                weights: packed.weights().as_ptr(),
                bias: packed.bias().as_ptr(),
                residual: residual.as_ptr(),
                output: output.as_mut_ptr(),
                side,
                input_chunks: inputs / CHUNK,
                output_chunks: outputs / CHUNK,
                finish: finish as usize,
                scales: Scales::of(packed),
            },
            tiles,
            tiles_per_item,
            slices,
            slices_per_item,
            items: Items::new(tiles.div_ceil(tiles_per_item) * slices.div_ceil(slices_per_item)),
            borrows: PhantomData,
        }
    }
}

impl Step for Winograd<'_> {
    fn work(&self, scratch: &mut [f32]) {
        let inputs = self.arguments.input_chunks * CHUNK;
        assert!(scratch.len() >= self.set.winograd_scratch(self.arithmetic, inputs, self.tiles_per_item));
        let parts = self.slices.div_ceil(self.slices_per_item);
        let kernel = match self.arithmetic {
            Arithmetic::Float => self.set.winograd,
            Arithmetic::Integer => self.set.integer_winograd,
        };
        while let Some(item) = self.items.claim() {
            let tile = item / parts * self.tiles_per_item;
            let tiles = self.tiles_per_item.min(self.tiles - tile);
            let slice = item % parts * self.slices_per_item;
            let slices = self.slices_per_item.min(self.slices - slice);
            // SAFETY: `new` checked that all tiles and slices lie inside the buffers, which `self` borrows, without
            // overflow; tiles and slices of this item are in range and no other thread has them; the scratch is as long
            // as for the largest item.
            unsafe { kernel(&self.arguments, tile, tiles, slice, slices, scratch.as_mut_ptr()) }
        }
    }
}

impl KernelSet {
    /// Floats of scratch a thread needs for [`Winograd`] items of `tiles` tiles and `inputs` channels.
    ///
    /// # Panics
    /// If that is more than any memory has.
    pub fn winograd_scratch(&self, arithmetic: Arithmetic, inputs: usize, tiles: usize) -> usize {
        let scratch = match arithmetic {
            Arithmetic::Float => self.winograd_scratch,
            Arithmetic::Integer => self.integer_winograd_scratch,
        };
        // At each of 36 points a float of each tile and channel, rounded up by 32 lanes; and 1168 of each tile.
        let most = elements(&[inputs.saturating_add(32), tiles.saturating_add(1), 36 + 1168]);
        assert!(most.is_some(), "{tiles} tiles of {inputs} channels");
        // SAFETY: arithmetic on its arguments only, which does not overflow, as `most` is an upper bound.
        unsafe { scratch(inputs / CHUNK, tiles) }
    }

    /// Transforms the `slice`-th slice of `filters` (`2*outputs × inputs × 3 × 3`) into `to` (`36 × inputs × 2 × lanes`).
    ///
    /// # Panics
    /// If a length is not that.
    pub(in crate::kernels) fn winograd_weights(
        &self,
        filters: &[f32],
        inputs: usize,
        outputs: usize,
        slice: usize,
        to: &mut [f32],
    ) {
        let lanes = self.lanes();
        assert_eq!(Some(filters.len()), elements(&[2, outputs, inputs, 9]));
        assert!(slice < outputs / lanes);
        assert_eq!(Some(to.len()), elements(&[36, inputs, 2, lanes]));
        // SAFETY: reads filters slice*lanes.. of both halves, which exist by the first two checks; writes exactly
        // what the third one measured. None of the products can have overflowed.
        unsafe { (self.winograd_weights)(filters.as_ptr(), inputs, outputs, slice, to.as_mut_ptr()) }
    }
}
