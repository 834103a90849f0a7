//! Features are compared by the angle between them.

/// Cosine similarity of two features, -1.0..=1.0, summed in float64; `None` if one of them is zero.
///
/// # Panics
/// If the lengths differ.
pub fn cosine(left: &[f32], right: &[f32]) -> Option<f64> {
    assert_eq!(left.len(), right.len(), "features of unequal length");
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let lengths = (dot(left, left) * dot(right, right)).sqrt();
    (lengths > 0.0).then(|| (dot(left, right) / lengths).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::cosine;

    #[test]
    fn known_angles() {
        assert_eq!(cosine(&[3.0, 0.0], &[0.5, 0.0]), Some(1.0));
        assert_eq!(cosine(&[1.0, 0.0], &[0.0, 2.0]), Some(0.0));
        assert_eq!(cosine(&[1.0, 2.0], &[-2.0, -4.0]), Some(-1.0));
        assert_eq!(cosine(&[0.0, 0.0], &[1.0, 1.0]), None);
    }
}
