//! How many values a buffer has, with every product checked.

/// Values of a buffer of these dimensions; `None` if the dimensions are larger than any memory, even where one of
/// them is zero. A kernel that was given dimensions which passed here cannot overflow on the way to an address.
pub(super) fn elements(dimensions: &[usize]) -> Option<usize> {
    /// No buffer has more bytes than this, and a float has four of them.
    const MOST: usize = isize::MAX as usize / size_of::<f32>();
    let mut extent: usize = 1;
    for &dimension in dimensions {
        extent = extent.checked_mul(dimension.max(1)).filter(|&extent| extent <= MOST)?;
    }
    Some(if dimensions.contains(&0) { 0 } else { extent })
}

/// Whether a buffer of `length` values holds these dimensions.
pub(super) fn holds(length: usize, dimensions: &[usize]) -> bool {
    elements(dimensions).is_some_and(|count| length >= count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_whole_or_none() {
        assert_eq!(elements(&[]), Some(1));
        assert_eq!(elements(&[3, 4, 5]), Some(60));
        assert_eq!(elements(&[3, 0, 5]), Some(0));
        for too_large in [&[usize::MAX][..], &[1 << 60, 16], &[1 << 32, 1 << 32], &[0, 1 << 32, 1 << 32]] {
            assert_eq!(elements(too_large), None, "{too_large:?}");
            assert!(!holds(usize::MAX, too_large), "{too_large:?}");
        }
        assert!(holds(60, &[3, 4, 5]) && !holds(59, &[3, 4, 5]));
    }
}
