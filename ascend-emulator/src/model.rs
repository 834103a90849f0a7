//! Loaded models and their descriptions.

use crate::codes;
use crate::failure::{Failure, Outcome, failure};
use crate::handles::Handle;
use crate::memory::Memory;
use crate::network::{Network, type_size};
use crate::om;
use crate::settings::settings;
use crate::workspace::Workspace;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::sync::Arc;

/// What a model description tells.
#[derive(Debug)]
pub struct Description {
    /// The model's facts; its ONNX bytes are left out.
    pub om: om::Model,
    /// The loaded model it was made from.
    pub id: Option<u32>,
    /// Inputs' names for C.
    pub input_names: Vec<CString>,
    /// Outputs' names for C.
    pub output_names: Vec<CString>,
}

impl Description {
    /// Describes `om`.
    pub fn new(om: &om::Model, id: Option<u32>) -> Description {
        let names = |tensors: &[om::Tensor]| -> Vec<CString> {
            tensors.iter().map(|tensor| CString::new(tensor.name.clone()).unwrap_or_default()).collect()
        };
        let (input_names, output_names) = (names(&om.inputs), names(&om.outputs));
        Description { om: om::Model { onnx: Vec::new(), ..om.clone() }, id, input_names, output_names }
    }

    /// Dimensions the network's inputs are planned for; -1 stands for the batch.
    pub fn shapes(&self) -> Vec<Vec<i64>> {
        let real = self.om.inputs.iter().filter(|input| input.name != om::BATCH_INPUT);
        real.enumerate()
            .map(|(index, input)| match &self.om.aipp {
                Some(aipp) if index == 0 => {
                    let (width, height) = aipp.output();
                    vec![input.dims.first().copied().unwrap_or(1), aipp.channels() as i64, height, width]
                }
                _ => input.dims.clone(),
            })
            .collect()
    }

    /// Bytes input `index` takes for `batch` samples.
    pub fn input_bytes(&self, index: usize, batch: u64) -> usize {
        let input = &self.om.inputs[index];
        let size = input.size as usize;
        if input.dims.first() == Some(&-1) {
            size / self.om.largest_batch() as usize * batch as usize
        } else {
            size
        }
    }

    /// Bytes output `index` takes for `batch` samples.
    pub fn output_bytes(&self, index: usize, batch: u64) -> usize {
        let size = self.om.outputs[index].size as usize;
        if self.om.gears.is_empty() { size } else { size / self.om.largest_batch() as usize * batch as usize }
    }
}

/// How a model is executed; the first execution decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `aclmdlExecute`.
    Synchronous,
    /// `aclmdlExecuteAsync`.
    Asynchronous,
}

/// A loaded model.
#[derive(Debug)]
pub struct Model {
    /// Context it was loaded in.
    pub context: Handle,
    /// Its device.
    pub device: usize,
    /// Its facts.
    pub description: Arc<Description>,
    /// Its arithmetic; none in timing mode.
    pub network: Option<Arc<Network>>,
    /// Mode of its executions so far.
    pub mode: Option<Mode>,
    /// Stream of its last queued execution.
    pub stream: Handle,
    /// Executions queued or running.
    pub outstanding: u32,
    /// Batch size last set.
    pub batch: Option<u64>,
    /// What it works in.
    pub workspace: Workspace,
}

impl Model {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.description.om.name
    }
}

/// All loaded models.
#[derive(Debug, Default)]
pub struct Models {
    live: BTreeMap<u32, Model>,
    last: u32,
}

/// The refusal of an unknown model id.
fn unknown(id: u32) -> Failure {
    failure(codes::GE_EXEC_MODEL_ID_INVALID, format!("E19999: no model with id {id} is loaded"))
}

impl Models {
    /// Everything loaded.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Model)> {
        self.live.iter().map(|(id, model)| (*id, model))
    }

    /// Adds what `make` builds for a fresh id.
    pub fn insert_with(&mut self, make: impl FnOnce(u32) -> Model) -> u32 {
        self.last += 1;
        self.live.insert(self.last, make(self.last));
        self.last
    }

    /// A loaded model, or 145003.
    pub fn find(&self, id: u32) -> Outcome<&Model> {
        self.live.get(&id).ok_or_else(|| unknown(id))
    }

    /// As [`Models::find`], to change it.
    pub fn find_mut(&mut self, id: u32) -> Outcome<&mut Model> {
        self.live.get_mut(&id).ok_or_else(|| unknown(id))
    }

    /// Takes all models of `device` away.
    pub fn take_device(&mut self, device: usize, memory: &mut Memory) {
        for (_, model) in self.live.extract_if(.., |_, model| model.device == device) {
            model.workspace.give_back(memory);
        }
    }

    /// A destroyed stream is no model's stream any more.
    pub fn forget_stream(&mut self, stream: Handle) {
        for model in self.live.values_mut().filter(|model| model.stream == stream) {
            model.stream = 0;
        }
    }

    /// Unloads a model and frees what it took.
    pub fn unload(&mut self, id: u32, memory: &mut Memory) -> Outcome {
        self.live.remove(&id).ok_or_else(|| unknown(id))?.workspace.give_back(memory);
        Ok(())
    }
}

/// Reads a model's bytes for this machine, or (`for_device` false) for its description only.
pub fn read(bytes: &[u8], for_device: bool) -> Outcome<om::Model> {
    let settings = settings();
    let om = om::read(bytes, for_device.then_some(settings.soc.as_str()))?;
    check(&om)
        .map_err(|why| failure(codes::GE_FAILURE, format!("E19999: the model contradicts itself: {why}")))?;
    Ok(om)
}

/// A hostile file must not make the arithmetic go out of bounds later.
fn check(om: &om::Model) -> Result<(), String> {
    let largest = om.largest_batch();
    if om.gears.iter().any(|gear| *gear == 0 || *gear > 1 << 20) || om.gears.len() > 128 {
        return Err("a batch size is out of range".to_string());
    }
    for tensor in om.inputs.iter().chain(&om.outputs) {
        let dims = tensor.dims.iter().map(|dim| if *dim == -1 { largest as i64 } else { *dim });
        let count = dims.map(|dim| u64::try_from(dim).ok()).try_fold(1_u64, |n, dim| n.checked_mul(dim?));
        let bytes = count.and_then(|count| count.checked_mul(type_size(tensor.data_type) as u64));
        if bytes != Some(tensor.size) || tensor.dims.len() > 128 || tensor.size > 1 << 40 {
            return Err(format!("{} says {} bytes for {:?}", tensor.name, tensor.size, tensor.dims));
        }
    }
    if let Some(aipp) = &om.aipp {
        let inside =
            |start: i64, size: i64, of: i64| start >= 0 && size > 0 && size <= of && start <= of - size;
        let [left, top, width, height] = aipp.crop.unwrap_or([0, 0, aipp.width, aipp.height]);
        let sound = (1..=4096).contains(&aipp.width) && (1..=4096).contains(&aipp.height);
        if !sound || !inside(left, width, aipp.width) || !inside(top, height, aipp.height) {
            return Err("its AIPP is out of range".to_string());
        }
        let image = aipp.image_size() as u64;
        if om.inputs.first().is_none_or(|input| input.size != image * largest) {
            return Err("its AIPP and its input differ in size".to_string());
        }
    }
    Ok(())
}
