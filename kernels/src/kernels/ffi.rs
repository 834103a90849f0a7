//! The binding of the C kernels: the only unsafe code about them, here and in `ffi/`. Each step owns the borrows of what it
//! reads and writes, checks every length once, and gives each item to one thread only.

mod cosine;
mod dense;
mod first;
mod pointwise;
mod roof;
mod winograd;

pub use cosine::{Cosine, Probes, Slice};
pub use dense::Dense;
pub use first::{First, FirstShape};
pub use pointwise::Pointwise;
pub use winograd::{Winograd, WinogradShape};

use super::pack::{Packed, PackedScales};
use dense::DenseArguments;
use first::FirstArguments;
use pointwise::PointwiseArguments;
use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use winograd::WinogradArguments;

/// The functions of one instruction set. A reference to one is proof that this processor can run it, because
/// [`super::table`] hands it out only then.
pub struct KernelSet {
    name: &'static str,
    lanes: unsafe extern "C" fn() -> usize,
    winograd: unsafe extern "C" fn(*const WinogradArguments, usize, usize, usize, usize, *mut f32),
    winograd_scratch: unsafe extern "C" fn(usize, usize) -> usize,
    winograd_weights: unsafe extern "C" fn(*const f32, usize, usize, usize, *mut f32),
    pointwise: unsafe extern "C" fn(*const PointwiseArguments, usize, usize, usize),
    first: unsafe extern "C" fn(*const FirstArguments, usize, usize, usize, *mut f32),
    first_scratch: unsafe extern "C" fn(usize, usize, usize, usize) -> usize,
    dense: unsafe extern "C" fn(*const DenseArguments, usize, usize),
    integer_winograd: unsafe extern "C" fn(*const WinogradArguments, usize, usize, usize, usize, *mut f32),
    integer_winograd_scratch: unsafe extern "C" fn(usize, usize) -> usize,
    integer_pointwise: unsafe extern "C" fn(*const PointwiseArguments, usize, usize, usize, *mut f32),
    integer_pointwise_scratch: unsafe extern "C" fn(usize, usize) -> usize,
    integer_first: unsafe extern "C" fn(*const FirstArguments, usize, usize, usize, *mut f32),
    integer_first_scratch: unsafe extern "C" fn(usize, usize, usize, usize) -> usize,
    integer_dense: unsafe extern "C" fn(*const DenseArguments, usize, usize, *mut f32),
    integer_dense_scratch: unsafe extern "C" fn(usize, usize) -> usize,
    cosine: cosine::Kernel,
    cosine_scratch: unsafe extern "C" fn(usize) -> usize,
    roof_multiply_adds: unsafe extern "C" fn(usize, f32, f32) -> f32,
    roof_operations: unsafe extern "C" fn() -> usize,
    roof_read: unsafe extern "C" fn(*const f32, usize) -> f32,
}

/// Fails to compile unless the fields of a struct lie one after the other, each the size of a pointer. The C headers
/// assert the same of theirs, so that the two agree.
macro_rules! one_word_each {
    ($struct:ident { $($field:ident = $word:literal),* $(,)? } $words:literal words) => {
        const _: () = {
            const WORD: usize = size_of::<*const u8>();
            assert!(size_of::<usize>() == WORD);
            $(assert!(std::mem::offset_of!($struct, $field) == $word * WORD);)*
            assert!(size_of::<$struct>() == $words * WORD);
        };
    };
}
use one_word_each;

/// Same layout as `struct scales` in `vector.h`.
#[repr(C)]
struct Scales {
    mean: *const f32,
    input: *const f32,
    output: *const f32,
}

one_word_each!(Scales { mean = 0, input = 1, output = 2 } 3 words);

impl Scales {
    /// Those of an integer layer, or null.
    fn of(packed: &Packed) -> Scales {
        match packed.scales() {
            None => Scales { mean: ptr::null(), input: ptr::null(), output: ptr::null() },
            Some(PackedScales { mean, input, output }) => {
                Scales { mean: mean.as_ptr(), input: input.as_ptr(), output: output.as_ptr() }
            }
        }
    }
}

macro_rules! kernel_set {
    ($set:ident, $name:literal, floats of $float:literal) => {
        pub(super) static $set: KernelSet = {
            unsafe extern "C" {
                #[link_name = concat!("lightcnn_", $float, "_lanes")]
                fn lanes() -> usize;
                #[link_name = concat!("lightcnn_", $float, "_winograd")]
                fn winograd(
                    arguments: *const WinogradArguments,
                    first_tile: usize,
                    tiles: usize,
                    first_slice: usize,
                    slices: usize,
                    scratch: *mut f32,
                );
                #[link_name = concat!("lightcnn_", $float, "_winograd_scratch")]
                fn winograd_scratch(input_chunks: usize, tiles: usize) -> usize;
                #[link_name = concat!("lightcnn_", $float, "_winograd_weights")]
                fn winograd_weights(
                    filters: *const f32,
                    inputs: usize,
                    outputs: usize,
                    slice: usize,
                    to: *mut f32,
                );
                #[link_name = concat!("lightcnn_", $float, "_pointwise")]
                fn pointwise(arguments: *const PointwiseArguments, image: usize, first: usize, count: usize);
                #[link_name = concat!("lightcnn_", $float, "_first")]
                fn first(
                    arguments: *const FirstArguments,
                    image: usize,
                    row: usize,
                    rows: usize,
                    scratch: *mut f32,
                );
                #[link_name = concat!("lightcnn_", $float, "_first_scratch")]
                fn first_scratch(side: usize, planes: usize, kernel: usize, rows: usize) -> usize;
                #[link_name = concat!("lightcnn_", $float, "_dense")]
                fn dense(arguments: *const DenseArguments, first: usize, slices: usize);
                #[link_name = concat!("lightcnn_", $name, "_integer_winograd")]
                fn integer_winograd(
                    arguments: *const WinogradArguments,
                    first_tile: usize,
                    tiles: usize,
                    first_slice: usize,
                    slices: usize,
                    scratch: *mut f32,
                );
                #[link_name = concat!("lightcnn_", $name, "_integer_winograd_scratch")]
                fn integer_winograd_scratch(input_chunks: usize, tiles: usize) -> usize;
                #[link_name = concat!("lightcnn_", $name, "_integer_pointwise")]
                fn integer_pointwise(
                    arguments: *const PointwiseArguments,
                    image: usize,
                    first: usize,
                    count: usize,
                    scratch: *mut f32,
                );
                #[link_name = concat!("lightcnn_", $name, "_integer_pointwise_scratch")]
                fn integer_pointwise_scratch(input_chunks: usize, count: usize) -> usize;
                #[link_name = concat!("lightcnn_", $name, "_integer_first")]
                fn integer_first(
                    arguments: *const FirstArguments,
                    image: usize,
                    row: usize,
                    rows: usize,
                    scratch: *mut f32,
                );
                #[link_name = concat!("lightcnn_", $name, "_integer_first_scratch")]
                fn integer_first_scratch(side: usize, planes: usize, kernel: usize, rows: usize) -> usize;
                #[link_name = concat!("lightcnn_", $name, "_integer_dense")]
                fn integer_dense(
                    arguments: *const DenseArguments,
                    first: usize,
                    slices: usize,
                    scratch: *mut f32,
                );
                #[link_name = concat!("lightcnn_", $name, "_integer_dense_scratch")]
                fn integer_dense_scratch(images: usize, inputs: usize) -> usize;
                #[link_name = concat!("lightcnn_", $float, "_cosine")]
                fn cosine(
                    rows: *const f32,
                    count: usize,
                    depth: usize,
                    ahead: *const f32,
                    probes: *const f32,
                    probe_count: usize,
                    thresholds: *const f32,
                    packed: *mut f32,
                    squares: *mut f32,
                    hits: *mut u32,
                    cosines: *mut f32,
                ) -> usize;
                #[link_name = concat!("lightcnn_", $float, "_cosine_scratch")]
                fn cosine_scratch(depth: usize) -> usize;
                #[link_name = concat!("lightcnn_", $float, "_roof_multiply_adds")]
                fn roof_multiply_adds(rounds: usize, factor: f32, term: f32) -> f32;
                #[link_name = concat!("lightcnn_", $float, "_roof_operations")]
                fn roof_operations() -> usize;
                #[link_name = concat!("lightcnn_", $float, "_roof_read")]
                fn roof_read(from: *const f32, count: usize) -> f32;
            }
            KernelSet {
                name: $name,
                lanes,
                winograd,
                winograd_scratch,
                winograd_weights,
                pointwise,
                first,
                first_scratch,
                dense,
                integer_winograd,
                integer_winograd_scratch,
                integer_pointwise,
                integer_pointwise_scratch,
                integer_first,
                integer_first_scratch,
                integer_dense,
                integer_dense_scratch,
                cosine,
                cosine_scratch,
                roof_multiply_adds,
                roof_operations,
                roof_read,
            }
        };
    };
}

#[cfg(kernels_avx512vnni)]
kernel_set!(AVX512VNNI, "avx512vnni", floats of "avx512");
#[cfg(kernels_avx512)]
kernel_set!(AVX512, "avx512", floats of "avx512");
#[cfg(kernels_avx2)]
kernel_set!(AVX2, "avx2", floats of "avx2");
#[cfg(kernels_neon)]
kernel_set!(NEON, "neon", floats of "neon");
kernel_set!(PLAIN, "plain", floats of "plain");

impl fmt::Debug for KernelSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl KernelSet {
    /// The set's name: `avx512vnni`, `avx512`, `avx2`, `neon` or `plain`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Floats in a vector; a slice of weights holds `2 * lanes` filters.
    pub fn lanes(&self) -> usize {
        // SAFETY: takes nothing, returns a constant, and the processor can run this set.
        unsafe { (self.lanes)() }
    }
}

/// A part of a network's work, cut into items that any number of threads claim until none is left.
pub trait Step: Sync {
    /// Claims and computes items until none is left. `scratch` is the thread's own.
    ///
    /// # Panics
    /// If `scratch` is shorter than the kernel set asks for.
    fn work(&self, scratch: &mut [f32]);
}

/// Hands out the numbers `0..count`, each once.
struct Items {
    next: AtomicUsize,
    count: usize,
}

impl Items {
    fn new(count: usize) -> Items {
        Items { next: AtomicUsize::new(0), count }
    }

    fn claim(&self) -> Option<usize> {
        Some(self.next.fetch_add(1, Ordering::Relaxed)).filter(|&item| item < self.count)
    }
}
