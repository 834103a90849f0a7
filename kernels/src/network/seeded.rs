//! Weights generated from a seed, for trying the tool and for tests. They were never trained.

use super::{Network, Parameter, Tensor, Weights};

/// The seed of `--model demo`.
pub const DEMO_SEED: u64 = 9001;

/// Weights of `network` generated from `seed`, with a head of `classes` rows if `classes` is not 0 and the
/// network has one.
///
/// Every filter sums to about zero and is scaled so that activations neither vanish nor explode, which makes
/// different images give different features. Equal seeds give equal bits on every machine.
pub fn seeded(network: Network, seed: u64, classes: usize) -> Weights {
    let mut parameters = network.parameters();
    if classes > 0 {
        parameters.extend(network.head_parameters(classes));
    }
    let tensors = parameters
        .into_iter()
        .map(|parameter| {
            let data = values(seed, &parameter);
            (parameter.name, Tensor { shape: parameter.shape, data })
        })
        .collect();
    Weights { network, tensors }
}

/// The values of one parameter.
///
/// A splitmix64 stream started at `seed ^ fnv1a64(name)` gives one 24-bit signed integer per element; rows of
/// weights are centred by the floor of their mean; one float32 multiplication scales the result.
fn values(seed: u64, parameter: &Parameter) -> Vec<f32> {
    let count: usize = parameter.shape.iter().product();
    let start = seed ^ fnv1a64(&parameter.name);
    let mut integers: Vec<i64> =
        (1..=count as u64).map(|i| (splitmix64(start, i) >> 40) as i64 - (1 << 23)).collect();
    let bound = if parameter.shape.len() == 1 {
        0.05
    } else {
        let fan_in = count / parameter.shape[0];
        for row in integers.chunks_mut(fan_in) {
            let mean = row.iter().sum::<i64>().div_euclid(fan_in as i64);
            row.iter_mut().for_each(|k| *k -= mean);
        }
        (gain(&parameter.name) * (3.0 / fan_in as f64).sqrt()) as f32
    };
    const UNIT: f32 = 1.0 / (1 << 23) as f32;
    integers.into_iter().map(|k| k as f32 * UNIT * bound).collect()
}

fn splitmix64(start: u64, i: u64) -> u64 {
    let mut z = start.wrapping_add(i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn fnv1a64(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
}

/// How much a layer amplifies: the first layer's inputs are in 0..=1, residual branches must stay small.
fn gain(name: &str) -> f64 {
    let first = name.split('.').next().unwrap_or_default();
    if first == "conv1" || name.starts_with("features.0.") {
        3.0
    } else if first.starts_with("block") {
        if name.split('.').any(|part| part == "conv2") { 0.6 } else { 1.0 }
    } else if matches!(first, "fc" | "fc1" | "fc2") {
        2.0
    } else {
        1.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_bits() {
        let weights = seeded(Network::LightCnn9, 9001, 16);
        for (name, first, last) in [
            ("features.0.filter.weight", [0x3f92_8d41_u32, 0x3e86_b751, 0x3f8a_32e3], 0xbf58_914a_u32),
            ("features.0.filter.bias", [0x3cd9_866a, 0xbd29_e2d3, 0xbd2c_71ff], 0x3d0e_ad58),
            ("fc1.filter.weight", [0x3ce8_9d23, 0x3ce7_008f, 0xbc8b_b421], 0x3cf9_217b),
            ("fc2.weight", [0xbd9b_d7b5, 0xbe01_a05b, 0x3cf4_6c64], 0x3b6f_1bf9),
        ] {
            let data = &weights.tensors[name].data;
            let bits: Vec<u32> = data[..3].iter().map(|v| v.to_bits()).collect();
            assert_eq!(bits, first, "{name}");
            assert_eq!(data[data.len() - 1].to_bits(), last, "{name}");
        }
    }
}
