mod files;
mod matrix;

use crate::contract::{Contract, WeightsOrigin};

fn contract(preprocess: &str) -> Contract {
    Contract {
        network: "lightcnn9".into(),
        weights: WeightsOrigin::UntrainedDemo,
        weights_sha256: "00".into(),
        preprocess: preprocess.into(),
        backend: "cpu".into(),
        kernels: "plain".into(),
        precision: "f32".into(),
        calibration_sha256: None,
        other_decoder: None,
        normalized: false,
        version: "0".into(),
    }
}
