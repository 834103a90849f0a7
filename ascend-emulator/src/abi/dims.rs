//! The structs that carry dimensions.

use super::arguments::Out;
use crate::codes;
use crate::failure::{Outcome, failure};

/// `ACL_MAX_DIM_CNT` and its equals.
pub const MAX: usize = 128;

/// `aclmdlIODims`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Dims {
    name: [u8; MAX],
    count: usize,
    dims: [i64; MAX],
}

/// `aclmdlIODimsRange`.
#[repr(C)]
pub struct Ranges {
    count: usize,
    ranges: [[i64; 2]; MAX],
}

/// `aclmdlBatch`.
#[repr(C)]
pub struct Batch {
    count: usize,
    batch: [u64; MAX],
}

/// `aclmdlHW`.
#[repr(C)]
pub struct Sizes {
    count: usize,
    sizes: [[u64; 2]; MAX],
}

impl Dims {
    /// Dimensions of the tensor `name`.
    ///
    /// # Errors
    /// 300000 for more than 128 dimensions.
    pub fn new(name: &[u8], dims: &[i64]) -> Outcome<Dims> {
        let mut this = Dims { name: [0; MAX], count: dims.len(), dims: [0; MAX] };
        let length = name.len().min(MAX - 1);
        this.name[..length].copy_from_slice(&name[..length]);
        this.dims
            .get_mut(..dims.len())
            .ok_or_else(|| failure(codes::STORAGE_OVER_LIMIT, format!("E19999: {} dimensions", dims.len())))?
            .copy_from_slice(dims);
        Ok(this)
    }
}

/// Writes smallest and largest size of each dimension.
pub fn set_ranges(out: &mut Out<Ranges>, ranges: &[[i64; 2]]) -> Outcome {
    let out = out.get("dimsRange")?;
    out.count = ranges.len().min(MAX);
    out.ranges[..out.count].copy_from_slice(&ranges[..out.count]);
    Ok(())
}

/// Writes batch sizes.
pub fn set_batches(out: &mut Out<Batch>, batches: &[u64]) -> Outcome {
    let out = out.get("batch")?;
    out.count = batches.len().min(MAX);
    out.batch[..out.count].copy_from_slice(&batches[..out.count]);
    Ok(())
}

/// Writes that there are no image sizes.
pub fn set_no_sizes(out: &mut Out<Sizes>) -> Outcome {
    let out = out.get("hw")?;
    out.count = 0;
    out.sizes.fill([0; 2]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_have_the_vendors_sizes() {
        assert_eq!(size_of::<Dims>(), 1160);
        assert_eq!(size_of::<Ranges>(), 2056);
        assert_eq!(size_of::<Batch>(), 1032);
        assert_eq!(size_of::<Sizes>(), 2056);
    }

    #[test]
    fn too_many_dimensions_are_refused() {
        assert_eq!(Dims::new(b"x", &[1; 129]).err().map(|f| f.code), Some(300_000));
        assert!(Dims::new(b"x", &[1; 128]).is_ok());
    }
}
