//! The contract suite on a real card: `cargo test --release --test card -- --ignored`, see `docs/hardware.md`.
//!
//! It compiles the demo with the installed `atc`, unless it is in the cache, and runs it on all devices.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "backend/pictures.rs"]
mod pictures;
#[path = "backend/suite.rs"]
mod suite;

use lightcnn::{Device, Engine};
use std::time::Duration;

/// For arithmetic in float16, as models are compiled unless asked otherwise.
const HALF: suite::Bounds = suite::Bounds { cosine: 0.999, apart: 0.02 };

#[test]
#[ignore = "needs an Ascend card"]
fn a_card_keeps_the_contract() {
    let (faces, reference) = pictures::pictures();
    suite::check(&pictures::cpu(), &faces, &reference, suite::SINGLE);
    for streams in [1, 2, 4] {
        let builder = Engine::builder("demo").streams(streams).limit(Duration::from_secs(60));
        let builder = builder.device(Device::Ascend(Vec::new())).unwrap();
        let engine = builder.on_notice(|notice| println!("{notice:?}")).open().unwrap();
        suite::check(&engine, &faces, &reference, HALF);
        println!("{streams} streams: good; {:?}", engine.info());
        if streams == 1 {
            println!("stages: {:?}", engine.stages(50).unwrap());
        }
    }
}
