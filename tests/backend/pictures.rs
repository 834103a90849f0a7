//! Pictures, and what the CPU engine makes of them.

use std::path::Path;

use lightcnn::image::{Preprocess, decode};
use lightcnn::{Device, Engine};

/// The demo on the CPU.
pub fn cpu() -> Engine {
    Engine::builder("demo").device(Device::Cpu).unwrap().open().unwrap()
}

/// The faces of `examples/faces` and what the CPU engine makes of them one by one.
pub fn pictures() -> (Vec<Vec<u8>>, Vec<Vec<f32>>) {
    let engine = cpu();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/faces");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let faces: Vec<_> = paths
        .iter()
        .filter_map(|path| decode(&std::fs::read(path).unwrap(), engine.input()).ok())
        .map(|picture| Preprocess::Eval.face(&picture).unwrap())
        .collect();
    assert_eq!(faces.len(), 8);
    let reference = faces
        .iter()
        .map(|face| engine.embed(std::slice::from_ref(face)).unwrap().into_raw_vec_and_offset().0)
        .collect();
    (faces.iter().map(|face| face.as_bytes().to_vec()).collect(), reference)
}
