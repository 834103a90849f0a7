//! The contract suite on a real card: `cargo test --release --test card -- --ignored`, see `docs/hardware.md`.
//!
//! It compiles the demo with the installed `atc`, unless it is in the cache, and runs it on all devices.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "backend/pictures.rs"]
mod pictures;
#[path = "backend/suite.rs"]
mod suite;

use lightcnn::{DeviceChoice, Model, ModelOptions};
use std::time::Duration;

/// For arithmetic in float16, as models are compiled unless asked otherwise.
const HALF: suite::Bounds = suite::Bounds { cosine: 0.999, apart: 0.02 };

#[test]
#[ignore = "needs an Ascend card"]
fn a_card_keeps_the_contract() {
    let (faces, reference) = pictures::pictures();
    suite::check(pictures::cpu().backend(), &faces, &reference, suite::SINGLE);
    for streams in [1, 2, 4] {
        let options = ModelOptions {
            device: DeviceChoice::Ascend(Vec::new()),
            streams: Some(streams),
            limit: Some(Duration::from_secs(60)),
            ..ModelOptions::default()
        };
        let mut model = Model::demo(&options, &mut |line| println!("{line}")).unwrap();
        suite::check(model.backend(), &faces, &reference, HALF);
        println!("{streams} streams: good; {:?}", model.backend().info());
        println!("stages: {:?}", model.backend().stages(50).unwrap());
    }
}
