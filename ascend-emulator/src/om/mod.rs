//! The `.om` container: what the stand-in `atc` writes and the emulator loads.
//!
//! Layout as the vendor's (header version 0x20000000, 24-byte partition entries, partitions MODEL_INOUT_INFO,
//! MODEL_DEF, WEIGHTS_DATA, TBE_KERNELS, TASK_INFO), with two marks: `userdefineinfo` in the header begins with
//! [`MARK`], and WEIGHTS_DATA holds the ONNX model. Files without the mark are for real chips and are refused.

mod container;
mod definition;
mod inout;
pub mod proto;

pub use container::{read, write};

use crate::aipp::Aipp;

/// What `userdefineinfo` in the header starts with.
pub const MARK: &[u8] = b"ascend-emulator onnx";

/// Name of the input that carries the batch size.
pub const BATCH_INPUT: &str = "ascend_mbatch_shape_data";

/// One input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// `aclDataType`.
    pub data_type: i32,
    /// `aclFormat`.
    pub format: i32,
    /// What `aclmdlGetInputDims` or `aclmdlGetOutputDims` tells: -1 where an input's batch is dynamic, the
    /// largest batch where an output's is.
    pub dims: Vec<i64>,
    /// What `aclmdlGetInputDimsV2` tells.
    pub dims_v2: Vec<i64>,
    /// Bytes, for the largest batch.
    pub size: u64,
}

/// A model and the facts the loader needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// The chip it is compiled for.
    pub soc: String,
    /// Inputs; with [`Model::gears`] the last is [`BATCH_INPUT`].
    pub inputs: Vec<Tensor>,
    /// Outputs.
    pub outputs: Vec<Tensor>,
    /// Batch sizes; none: the batch is fixed.
    pub gears: Vec<u64>,
    /// Preprocessing of input 0.
    pub aipp: Option<Aipp>,
    /// Working memory, bytes.
    pub work_size: u64,
    /// Memory for weights, bytes.
    pub weight_size: u64,
    /// The command that made it.
    pub command: String,
    /// The network.
    pub onnx: Vec<u8>,
}

impl Model {
    /// The batch that runs when none is set: the largest, or the fixed one.
    pub fn largest_batch(&self) -> u64 {
        let fixed =
            || self.inputs.first().and_then(|input| input.dims.first()).map_or(1, |n| (*n).max(1) as u64);
        self.gears.iter().copied().max().unwrap_or_else(fixed)
    }
}
