//! A network as plain arithmetic with float64 sums: slow, and the judge of everything else.

use crate::kernels::reference::{convolution, dense, max_feature_map, pool};
use crate::network::{Convolution, FEATURE_LENGTH, Layer, Pool, SIDE, Weights};

/// The feature of one face, `C×128×128` in 0..=1: 256 values.
///
/// # Panics
/// If `input` has another length.
pub fn features(weights: &Weights, input: &[f32]) -> Vec<f64> {
    assert_eq!(input.len(), weights.network().input().channels() * SIDE * SIDE);
    let mut values: Vec<f64> = input.iter().copied().map(f64::from).collect();
    let mut side = SIDE;
    let parameter = |name: &str, part: &str| weights.get(&format!("{name}.{part}")).data.as_slice();
    let convolved = |layer: &Convolution, values: &[f64], side: usize| {
        let (weight, bias) = (parameter(&layer.name, "weight"), parameter(&layer.name, "bias"));
        convolution(values, side, weight, bias, layer.kernel)
    };
    for layer in weights.network().layers() {
        values = match layer {
            Layer::Convolution(layer) => convolved(&layer, &values, side),
            Layer::Residual(first, second) => {
                let branch = convolved(&second, &convolved(&first, &values, side), side);
                values.iter().zip(branch).map(|(x, branch)| x + branch).collect()
            }
            Layer::Pool(kind) => {
                let pooled = pool(&values, side, kind == Pool::MaxPlusAverage);
                side /= 2;
                pooled
            }
            Layer::Dense(layer) => {
                let rows = dense(&values, parameter(&layer.name, "weight"), parameter(&layer.name, "bias"));
                if layer.max_feature_map { max_feature_map(&rows) } else { rows }
            }
        };
    }
    values
}

/// The class scores of a feature, `head.weight · feature + head.bias`; none if the weights have no head.
///
/// # Panics
/// If `feature` has not 256 values.
pub fn logits(weights: &Weights, feature: &[f64]) -> Option<Vec<f64>> {
    assert_eq!(feature.len(), FEATURE_LENGTH);
    let head = weights.head()?;
    let none = vec![0.0; head.classes];
    Some(dense(feature, head.weight, head.bias.unwrap_or(&none)))
}
