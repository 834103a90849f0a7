//! Host-side objects: data buffers, datasets, model descriptions, tensor descriptions, configurations.

use crate::handles::{Handle, Table};
use crate::model::Description;
use std::ffi::CString;
use std::sync::Arc;

/// `aclDataBuffer`: names memory, owns none.
#[derive(Clone, Copy, Debug)]
pub struct DataBuffer {
    /// Address.
    pub address: usize,
    /// Bytes.
    pub size: usize,
    /// Queued executions that use it.
    pub in_flight: u32,
}

/// `aclmdlDataset`: data buffers in the order of a model's inputs or outputs; owns none.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// Handles of the data buffers.
    pub buffers: Vec<Handle>,
    /// Tensor descriptions attached, by index.
    pub tensors: Vec<(usize, Handle)>,
    /// Batch size set by `aclmdlSetDynamicBatchSize`.
    pub batch: Option<u64>,
    /// Queued executions that use it.
    pub in_flight: u32,
}

/// `aclTensorDesc`.
#[derive(Clone, Debug)]
pub struct TensorDescription {
    /// `aclDataType`.
    pub data_type: i32,
    /// `aclFormat`.
    pub format: i32,
    /// Dimensions.
    pub dims: Vec<i64>,
    /// Name given by `aclSetTensorDescName`.
    pub name: CString,
}

/// `aclmdlConfigHandle`: how to load a model.
#[derive(Clone, Debug, Default)]
pub struct LoadConfig {
    /// Which of the ways below.
    pub load_type: Option<usize>,
    /// Model file.
    pub path: Option<Vec<u8>>,
    /// Model bytes: address.
    pub model: Option<usize>,
    /// Model bytes: length.
    pub model_size: Option<usize>,
    /// Memory for weights: address.
    pub weight: Option<usize>,
    /// Memory for weights: length.
    pub weight_size: Option<usize>,
    /// Working memory: address.
    pub work: Option<usize>,
    /// Working memory: length.
    pub work_size: Option<usize>,
}

/// `aclmdlExecConfigHandle`: limits of one execution.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExecConfig {
    /// Milliseconds a synchronous execution may take; -1 or none: as long as it likes.
    pub stream_timeout: Option<i32>,
}

/// Every live host-side object.
#[derive(Debug)]
pub struct Objects {
    /// Data buffers.
    pub buffers: Table<DataBuffer>,
    /// Datasets.
    pub datasets: Table<Dataset>,
    /// Model descriptions; `None` until filled.
    pub descriptions: Table<Option<Arc<Description>>>,
    /// Tensor descriptions.
    pub tensors: Table<TensorDescription>,
    /// Load configurations.
    pub load_configs: Table<LoadConfig>,
    /// Execution configurations.
    pub exec_configs: Table<ExecConfig>,
}

impl Default for Objects {
    fn default() -> Objects {
        Objects {
            buffers: Table::new("data buffer"),
            datasets: Table::new("dataset"),
            descriptions: Table::new("model description"),
            tensors: Table::new("tensor description"),
            load_configs: Table::new("load configuration"),
            exec_configs: Table::new("execution configuration"),
        }
    }
}
