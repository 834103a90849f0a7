//! Shapes whose products do not fit a number: every constructor refuses them, whatever the build does on overflow.

use super::checks::ready_sets;
use super::integer::InputRange;
use super::pack::{Arithmetic, Packed, alone};
use super::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Sizes at which a product with a few others wraps to zero or to a small number.
fn huge() -> impl Iterator<Item = usize> {
    let powers = (28..64).flat_map(|power| [(1_usize << power), (1 << power) + 1, (1 << power) + (1 << 32)]);
    powers.chain([usize::MAX, usize::MAX - 511, usize::MAX / 2 + 1, usize::MAX / 3, usize::MAX / 9 + 1])
}

/// Runs `build`, which must panic with a message of its own: not with the overflow that debug builds notice and
/// release builds do not.
#[track_caller]
fn refused<T>(what: &str, build: impl FnOnce() -> T) {
    let Err(cause) = catch_unwind(AssertUnwindSafe(build)) else { panic!("{what} was accepted") };
    let said = cause.downcast_ref::<String>().map(String::as_str).or(cause.downcast_ref::<&str>().copied());
    let said = said.unwrap_or_default();
    let unchecked = ["overflow", "out of range", "capacity", "divide by zero"];
    assert!(!unchecked.iter().any(|word| said.contains(word)), "{what}: {said}");
}

fn range(channels: usize) -> InputRange {
    InputRange { mean: vec![0.0; channels], spread: vec![1.0; channels], points: vec![1.0; 36] }
}

#[test]
fn winograd_refuses_shapes_that_no_memory_holds() {
    let (filters, bias) = (vec![1.0; 32 * 16 * 9], vec![1.0; 32]);
    for set in ready_sets() {
        let float = Packed::winograd(set, &filters, &bias, 16, &mut alone).unwrap();
        let integer = Packed::integer_winograd(set, &filters, &bias, &range(16)).unwrap();
        for packed in [&float, &integer] {
            let shape =
                WinogradShape { images: 1, side: 4, inputs: 16, outputs: 16, tiles_per_item: 1, parts: 1 };
            for size in huge() {
                let size = size / 16 * 16;
                for shape in [
                    WinogradShape { images: size, ..shape },
                    WinogradShape { side: size, ..shape },
                    WinogradShape { inputs: size, ..shape },
                    WinogradShape { outputs: size, ..shape },
                    WinogradShape { images: size, side: size, ..shape },
                    WinogradShape { images: 0, side: size, ..shape },
                ] {
                    // No images of a side that some memory could hold are no error, and nothing is read of them.
                    if shape.images == 0 && size < 1 << 29 {
                        continue;
                    }
                    for finish in [Finish::Keep, Finish::PoolMax] {
                        refused(&format!("{shape:?}"), || {
                            Winograd::new(set, shape, &[], packed, finish, &[], &mut []);
                        });
                    }
                }
            }
        }
        for size in huge() {
            refused(&format!("{size} inputs"), || Packed::winograd(set, &filters, &bias, size, &mut alone));
        }
    }
}

/// An item is never larger than there are tiles, so a scratch for those is enough.
#[test]
fn an_item_of_winograd_is_no_larger_than_its_images() {
    let (filters, bias) = (vec![1.0; 32 * 16 * 9], vec![1.0; 32]);
    for set in ready_sets() {
        let packed = Packed::winograd(set, &filters, &bias, 16, &mut alone).unwrap();
        for tiles_per_item in [4, 1 << 58, 1 << 60, usize::MAX] {
            let shape =
                WinogradShape { images: 1, side: 8, inputs: 16, outputs: 16, tiles_per_item, parts: 1 };
            let (input, mut output) = (vec![1.0; 16 * 64], vec![f32::NAN; 16 * 64]);
            let step = Winograd::new(set, shape, &input, &packed, Finish::Keep, &[], &mut output);
            step.work(&mut vec![0.0; set.winograd_scratch(Arithmetic::Float, 16, 4)]);
            assert!(output.iter().all(|value| value.is_finite()), "{tiles_per_item}");
        }
        for size in huge().filter(|&size| size > 1 << 50) {
            for arithmetic in [Arithmetic::Float, Arithmetic::Integer] {
                refused("a scratch of that many tiles", || set.winograd_scratch(arithmetic, 16, size));
                refused("a scratch of that many channels", || set.winograd_scratch(arithmetic, size, 64));
            }
        }
    }
}

#[test]
fn pointwise_refuses_shapes_that_no_memory_holds() {
    let (filters, bias) = (vec![1.0; 32 * 16], vec![1.0; 32]);
    for set in ready_sets() {
        let float = Packed::convolution(set, &filters, &bias).unwrap();
        let range = InputRange { points: vec![], ..range(16) };
        let integer = Packed::integer_pointwise(set, &filters, &bias, &range).unwrap();
        for packed in [&float, &integer] {
            for size in huge() {
                let channels = size / 16 * 16;
                for (area, depth) in [
                    ((size, 16), (16, 16)),
                    ((1, size), (16, 16)),
                    ((size, size), (16, 16)),
                    ((1, 1), (channels, 16)),
                    ((1, 1), (16, channels)),
                ] {
                    refused(&format!("{area:?} {depth:?}"), || {
                        Pointwise::new(set, area, depth, &[], packed, &mut []);
                    });
                }
            }
        }
        for size in huge().filter(|&size| size > 1 << 55) {
            refused("a scratch", || set.pointwise_scratch(Arithmetic::Integer, size));
        }
    }
}

#[test]
fn first_refuses_shapes_that_no_memory_holds() {
    for set in ready_sets() {
        for kernel in [3, 5] {
            let (filters, bias) = (vec![1.0; 32 * kernel * kernel], vec![1.0; 32]);
            let float = Packed::first(set, &filters, &bias, kernel).unwrap();
            let integer = Packed::integer_first(set, &filters, &bias, kernel).unwrap();
            for packed in [&float, &integer] {
                let shape = FirstShape { images: 1, side: 8, planes: 1, kernel, outputs: 16 };
                for size in huge() {
                    let even = size / 16 * 16;
                    for shape in [
                        FirstShape { images: size, ..shape },
                        FirstShape { side: even, ..shape },
                        FirstShape { planes: size, ..shape },
                        FirstShape { outputs: even, ..shape },
                        FirstShape { images: size, side: even, ..shape },
                        FirstShape { kernel: size, ..shape },
                    ] {
                        refused(&format!("{shape:?}"), || {
                            First::new(set, shape, &[], packed, Finish::PoolMax, &mut []);
                        });
                    }
                }
            }
        }
        for size in huge().filter(|&size| size > 1 << 60) {
            for arithmetic in [Arithmetic::Float, Arithmetic::Integer] {
                refused("a scratch of that side", || set.first_scratch(arithmetic, size, 1, 5));
                refused("a scratch of that many planes", || set.first_scratch(arithmetic, 8, size, 5));
                refused("a scratch of such filters", || set.first_scratch(arithmetic, 8, 1, size));
            }
        }
        refused("a filter of nothing", || set.first_scratch(Arithmetic::Float, 8, 1, 0));
    }
}

#[test]
fn dense_refuses_shapes_that_no_memory_holds() {
    let (matrix, bias) = (vec![1.0; 64 * 512], vec![1.0; 64]);
    for set in ready_sets() {
        let float = Packed::dense(set, &matrix, &bias, 1, true, &mut alone).unwrap();
        let range = InputRange { points: vec![], ..range(512) };
        let integer = Packed::integer_dense(set, &matrix, &bias, &range, true).unwrap();
        for packed in [&float, &integer] {
            for size in huge() {
                for (images, shape) in
                    [(size, (512, 32)), (1, (size / 512 * 512, 32)), (1, (512, size / 32 * 32))]
                {
                    refused(&format!("{images} {shape:?}"), || {
                        Dense::new(set, images, shape, true, &[], packed, &mut []);
                    });
                }
            }
        }
        for size in huge().filter(|&size| size > 1 << 53) {
            refused("a scratch", || set.dense_scratch(Arithmetic::Integer, size, 512));
        }
    }
}

/// The kernel looks at the first probe before it asks how many there are.
#[test]
fn cosine_refuses_no_probes() {
    for depth in [1, 16, 1 << 60, usize::MAX] {
        refused(&format!("no probes of {depth}"), || Probes::new(&[], depth));
    }
}
