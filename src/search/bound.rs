//! How far a kernel's float32 cosine can be from the float64 one.

/// Widest features for which the bound holds.
#[doc(hidden)]
pub const MOST_WIDTH: usize = 1 << 16;

/// A bound on `|s - c|`, where `s` is the cosine that `kernels/cosine.c` computes of features of `width` values, and
/// `c` what [`crate::features::cosine`] gives.
///
/// Let u = 2⁻²⁴ and, as in Higham, *Accuracy and Stability of Numerical Algorithms*, section 3.1, γ = du / (1 - du) for
/// d = `width`. In units of the two lengths:
///
/// - the probe, divided by its length in float64 and rounded to float32, is off by u in each value, and so is the
///   cosine;
/// - the sum of d products is off by γ at most, in whatever order it is made and whether or not products are fused, as
///   no product goes through more than d roundings, and by Cauchy's inequality Σ|xy| is no more than the lengths' product;
/// - the row's squared length is off by a factor of 1 ± γ, one over its root by 1 ± γ/2 and two roundings;
/// - the product of sum and reciprocal is rounded once.
///
/// Together (1.5 d + 4) u, to first order. The bound is (2 d + 8) u: a third more, for the products of these errors
/// (du is 2⁻⁸ at most), for what underflow takes (a row's squared length is 2⁻⁶⁰ at least, each of 2 d operations
/// loses 2⁻¹⁴⁹ at most) and for the rounding of the float64 cosine.
pub(super) fn bound(width: usize) -> f64 {
    (2 * width + 8) as f64 * (f64::from(f32::EPSILON) / 2.0)
}
