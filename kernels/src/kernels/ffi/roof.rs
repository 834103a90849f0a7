//! What the machine can do at most: `roof.c`.

use super::KernelSet;
use std::hint::black_box;

impl KernelSet {
    /// Does multiply-adds in registers, `rounds` times as many as keep the processor busy; the number of operations
    /// done, a multiply-add counted as two.
    pub(in crate::kernels) fn multiply_adds(&self, rounds: usize) -> u64 {
        // SAFETY: works on its arguments only, and the processor can run this set.
        black_box(unsafe { (self.roof_multiply_adds)(rounds, black_box(0.5), black_box(1.0)) });
        // SAFETY: takes nothing and returns a constant.
        let operations = unsafe { (self.roof_operations)() };
        operations as u64 * rounds as u64
    }

    /// Reads all of `values`.
    pub(in crate::kernels) fn read(&self, values: &[f32]) {
        // SAFETY: reads `values.len()` floats from where `values` starts.
        black_box(unsafe { (self.roof_read)(values.as_ptr(), values.len()) });
    }
}
