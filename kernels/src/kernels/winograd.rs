//! Winograd's transforms of F(4×4, 3×3), for what is done once: rounding weights, and calibration. The kernels have
//! their own in `winograd.h`.

/// Values of a transformed tile or filter.
pub const POINTS: usize = 36;

/// The interpolation points but 0 and infinity, ±`A` and ±`B`.
const A: f64 = 2.0 / 3.0;
const B: f64 = 3.0 / 2.0;

/// G: three weights to six points.
const WEIGHTS: [[f64; 3]; 6] = {
    let at_a = 1.0 / (2.0 * A * A * (A * A - B * B));
    let at_b = 1.0 / (2.0 * B * B * (B * B - A * A));
    [
        [1.0, 0.0, 0.0],
        [at_a, A * at_a, A * A * at_a],
        [at_a, -A * at_a, A * A * at_a],
        [at_b, B * at_b, B * B * at_b],
        [at_b, -B * at_b, B * B * at_b],
        [0.0, 0.0, 1.0],
    ]
};

/// Bᵀ: six inputs to six points.
pub const INPUTS: [[f64; 6]; 6] = [
    [1.0, 0.0, -(A * A + B * B), 0.0, 1.0, 0.0],
    [0.0, -A * B * B, -B * B, A, 1.0, 0.0],
    [0.0, A * B * B, -B * B, -A, 1.0, 0.0],
    [0.0, -B * A * A, -A * A, B, 1.0, 0.0],
    [0.0, B * A * A, -A * A, -B, 1.0, 0.0],
    [0.0, 1.0, 0.0, -(A * A + B * B), 0.0, 1.0],
];

/// G g Gᵀ of a 3×3 filter.
pub(super) fn transform_weights(filter: &[f32; 9]) -> [f64; POINTS] {
    let mut half = [[0.0; 3]; 6];
    for (to, g) in half.iter_mut().zip(&WEIGHTS) {
        for (x, to) in to.iter_mut().enumerate() {
            *to = (0..3).map(|y| g[y] * f64::from(filter[3 * y + x])).sum();
        }
    }
    let mut transformed = [0.0; POINTS];
    for (at, to) in transformed.iter_mut().enumerate() {
        let (row, g) = (&half[at / 6], &WEIGHTS[at % 6]);
        *to = (0..3).map(|x| row[x] * g[x]).sum();
    }
    transformed
}
