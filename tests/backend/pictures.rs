//! Pictures, and what the CPU engine makes of them.

use std::path::Path;

use lightcnn::image::{Preprocess, decode};
use lightcnn::{DeviceChoice, Model, ModelOptions};

/// The demo on the CPU.
pub fn cpu() -> Model {
    let options = ModelOptions { device: DeviceChoice::Cpu, ..ModelOptions::default() };
    Model::demo(&options, &mut |_| {}).unwrap()
}

/// The faces of `examples/faces` and what the CPU engine makes of them one by one.
pub fn pictures() -> (Vec<Vec<u8>>, Vec<Vec<f32>>) {
    let mut model = cpu();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/faces");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let faces: Vec<_> = paths
        .iter()
        .filter_map(|path| decode(&std::fs::read(path).unwrap(), model.input()).ok())
        .map(|picture| Preprocess::Eval.face(&picture, None).unwrap())
        .collect();
    assert_eq!(faces.len(), 8);
    let reference = faces
        .iter()
        .map(|face| model.embed(std::slice::from_ref(face)).unwrap().into_raw_vec_and_offset().0)
        .collect();
    (faces.iter().map(|face| face.as_bytes().to_vec()).collect(), reference)
}
