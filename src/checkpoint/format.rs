//! The formats that can be read.

use std::fmt;

/// A checkpoint format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// MindSpore's protobuf `.ckpt`.
    MindSpore,
    /// safetensors, as MindSpore and Hugging Face write it.
    Safetensors,
    /// PyTorch's zip container (1.6 and later).
    TorchZip,
    /// PyTorch's earlier container: pickles, then raw storages.
    TorchLegacy,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::MindSpore => "MindSpore .ckpt",
            Format::Safetensors => "safetensors",
            Format::TorchZip => "PyTorch zip",
            Format::TorchLegacy => "PyTorch legacy",
        })
    }
}
