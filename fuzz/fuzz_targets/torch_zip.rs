#![no_main]

use libfuzzer_sys::fuzz_target;
use lightcnn::checkpoint::{self, Format};

fuzz_target!(|bytes: &[u8]| {
    let summary = checkpoint::describe(bytes, Some(Format::TorchZip));
    if let Ok(tensors) = checkpoint::tensors(bytes, Some(Format::TorchZip)) {
        assert!(summary.is_ok());
        for tensor in tensors.values() {
            assert_eq!(tensor.data.len(), tensor.shape.iter().product::<usize>());
        }
    }
});
