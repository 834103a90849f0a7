#![no_main]

use libfuzzer_sys::fuzz_target;
use lightcnn::checkpoint::{self, CheckpointFormat};

fuzz_target!(|bytes: &[u8]| {
    let summary = checkpoint::describe(bytes, Some(CheckpointFormat::TorchLegacy));
    if let Ok(tensors) = checkpoint::tensors(bytes, Some(CheckpointFormat::TorchLegacy)) {
        assert!(summary.is_ok());
        for tensor in tensors.values() {
            assert_eq!(tensor.data.len(), tensor.shape.iter().product::<usize>());
        }
    }
});
