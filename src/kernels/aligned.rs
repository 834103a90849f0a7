//! Float buffers that start at a cache line.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, and of the widest vector.
const LINE: usize = 64;

/// A buffer of `f32` whose first element lies at the start of a cache line.
pub struct Aligned {
    storage: Vec<f32>,
    start: usize,
    length: usize,
}

impl Aligned {
    /// `length` zeros. The system provides the memory when it is first touched.
    pub fn zeroed(length: usize) -> Aligned {
        let storage = vec![0.0f32; length + LINE / size_of::<f32>()];
        let start = storage.as_ptr().align_offset(LINE).min(LINE / size_of::<f32>());
        Aligned { storage, start, length }
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.storage[self.start..self.start + self.length]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.storage[self.start..self.start + self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_at_a_cache_line() {
        for length in [0, 1, 16, 1000, 1 << 20] {
            let buffer = Aligned::zeroed(length);
            assert_eq!((buffer.len(), buffer.as_ptr() as usize % LINE), (length, 0));
        }
    }
}
