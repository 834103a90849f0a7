//! Float buffers for the kernels: aligned, zeroed, in large pages where the system has them.

use memmap2::MmapMut;
use std::io;
use std::ops::{Deref, DerefMut};

/// A buffer of `f32` that starts at a page.
pub struct Aligned {
    /// At least one byte, because nothing cannot be mapped.
    map: MmapMut,
    length: usize,
}

impl Aligned {
    /// `length` zeros. The system provides the memory when it is first touched.
    ///
    /// # Errors
    /// If the system has not that much memory to give.
    pub fn zeroed(length: usize) -> io::Result<Aligned> {
        let bytes = length.checked_mul(size_of::<f32>()).ok_or(io::ErrorKind::OutOfMemory)?;
        let map = MmapMut::map_anon(bytes.max(1))?;
        // Weights are read once per group of images; in pages of 4 KiB the processor forgets where they are. A
        // system without large pages refuses, and everything works without them.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        Ok(Aligned { map, length })
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        bytemuck::cast_slice(&self.map[..self.length * size_of::<f32>()])
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        bytemuck::cast_slice_mut(&mut self.map[..self.length * size_of::<f32>()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_that_start_at_a_cache_line() {
        for length in [0, 1, 16, 1000, 1 << 20] {
            let mut buffer = Aligned::zeroed(length).unwrap();
            assert_eq!((buffer.len(), buffer.as_ptr() as usize % 64), (length, 0));
            assert!(buffer.iter().all(|&value| value == 0.0));
            buffer.fill(1.0);
        }
        assert!(Aligned::zeroed(usize::MAX).is_err());
        assert!(Aligned::zeroed(usize::MAX / 16).is_err());
    }
}
