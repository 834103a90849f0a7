//! The network inside a model, computed by `tract`.

use half::f16;
use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{ModelProto, TensorProto, tensor_shape_proto::dimension, type_proto};
use tract_onnx::prelude::*;

/// An input or output as the ONNX file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// `aclDataType`; -1 if not declared.
    pub data_type: i32,
    /// Dimensions; -1 where the file leaves one open. Empty if not declared.
    pub dims: Vec<i64>,
}

/// A parsed ONNX model.
#[derive(Clone, Debug)]
pub struct Onnx {
    /// The model.
    pub proto: ModelProto,
}

/// Plans for the batch sizes used so far.
#[derive(Debug)]
pub struct Network {
    onnx: Onnx,
    inputs: Vec<Declared>,
    fp16: bool,
    plans: Mutex<HashMap<u64, Arc<TypedRunnableModel>>>,
}

impl Onnx {
    /// Parses an ONNX file.
    pub fn parse(bytes: &[u8]) -> Result<Onnx, String> {
        let proto = onnx().proto_model_for_read(&mut &*bytes).map_err(|e| format!("{e:#}"))?;
        if proto.graph.is_none() {
            return Err("the file holds no graph".to_string());
        }
        Ok(Onnx { proto })
    }

    /// Version of the default operator set; 0 if none is named.
    pub fn opset(&self) -> i64 {
        let default = |domain: &str| domain.is_empty() || domain == "ai.onnx";
        self.proto.opset_import.iter().find(|set| default(&set.domain)).map_or(0, |set| set.version)
    }

    /// Inputs that are no weights, in order.
    pub fn inputs(&self) -> Vec<Declared> {
        let Some(graph) = &self.proto.graph else { return Vec::new() };
        let weight = |name: &str| graph.initializer.iter().any(|tensor| tensor.name == name);
        graph.input.iter().filter(|input| !weight(&input.name)).map(declared).collect()
    }

    /// Outputs, in order.
    pub fn outputs(&self) -> Vec<Declared> {
        self.proto.graph.iter().flat_map(|graph| graph.output.iter().map(declared)).collect()
    }

    /// Name of the node that makes `output`, and which of its outputs that is.
    pub fn producer(&self, output: &str) -> Option<(&str, usize)> {
        let nodes = &self.proto.graph.as_ref()?.node;
        nodes.iter().find_map(|node| {
            let index = node.output.iter().position(|name| name == output)?;
            Some((node.name.as_str(), index))
        })
    }

    /// Rounds the weights to 16-bit floats.
    fn round_weights(&mut self) {
        if let Some(graph) = &mut self.proto.graph {
            graph.initializer.iter_mut().for_each(round);
        }
    }
}

fn round(tensor: &mut TensorProto) {
    if tensor.data_type != DataType::Float as i32 {
        return;
    }
    for value in &mut tensor.float_data {
        *value = f16::from_f32(*value).to_f32();
    }
    let mut raw = tensor.raw_data.to_vec();
    for word in raw.chunks_exact_mut(4) {
        let value = f32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        word.copy_from_slice(&f16::from_f32(value).to_f32().to_le_bytes());
    }
    tensor.raw_data = raw;
}

fn declared(info: &tract_onnx::pb::ValueInfoProto) -> Declared {
    let tensor = match info.r#type.as_ref().and_then(|kind| kind.value.as_ref()) {
        Some(type_proto::Value::TensorType(tensor)) => Some(tensor),
        _ => None,
    };
    let dims = tensor.and_then(|tensor| tensor.shape.as_ref()).map_or_else(Vec::new, |shape| {
        let size = |value: &Option<dimension::Value>| match value {
            Some(dimension::Value::DimValue(size)) if *size > 0 => *size,
            _ => -1,
        };
        shape.dim.iter().map(|dim| size(&dim.value)).collect()
    });
    Declared { name: info.name.clone(), data_type: tensor.map_or(-1, |t| acl_type(t.elem_type)), dims }
}

/// `aclDataType` of an ONNX element type; -1 if there is none.
fn acl_type(onnx: i32) -> i32 {
    match onnx {
        1 => 0,
        2 => 4,
        3 => 2,
        4 => 7,
        5 => 6,
        6 => 3,
        7 => 9,
        9 => 12,
        10 => 1,
        11 => 11,
        12 => 8,
        13 => 10,
        _ => -1,
    }
}

/// `tract`'s type for an `aclDataType`.
fn datum_type(acl: i32) -> Option<DatumType> {
    Some(match acl {
        0 => f32::datum_type(),
        1 => f16::datum_type(),
        2 => i8::datum_type(),
        3 => i32::datum_type(),
        4 => u8::datum_type(),
        6 => i16::datum_type(),
        7 => u16::datum_type(),
        8 => u32::datum_type(),
        9 => i64::datum_type(),
        10 => u64::datum_type(),
        11 => f64::datum_type(),
        12 => bool::datum_type(),
        _ => return None,
    })
}

/// `aclDataType` of a `tract` type; -1 if there is none.
fn acl_of(kind: DatumType) -> i32 {
    (0..=12).find(|acl| datum_type(*acl) == Some(kind)).unwrap_or(-1)
}

/// Bytes of one value of an `aclDataType`; 0 if unknown.
pub fn type_size(acl: i32) -> usize {
    match acl {
        2 | 4 | 12 | 29 | 30 | 34..=41 => 1,
        1 | 6 | 7 | 27 => 2,
        0 | 3 | 8 | 33 => 4,
        9 | 10 | 11 | 16 => 8,
        17 => 16,
        _ => 0,
    }
}

static KNOWN: Mutex<Vec<(u64, bool, Weak<Network>)>> = Mutex::new(Vec::new());

impl Network {
    /// The network of an ONNX file; loads of the same file share one.
    pub fn open(bytes: &[u8], fp16: bool) -> Result<Arc<Network>, String> {
        let key = crate::timing::hash(bytes);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, _, network)| network.strong_count() > 0);
        let same = known.iter().find(|(k, half, _)| *k == key && *half == fp16);
        if let Some(network) = same.and_then(|(_, _, network)| network.upgrade()) {
            return Ok(network);
        }
        let network = Arc::new(Network::new(Onnx::parse(bytes)?, fp16));
        known.push((key, fp16, Arc::downgrade(&network)));
        Ok(network)
    }

    /// The network of a parsed model; `fp16` rounds its weights, inputs and outputs.
    pub fn new(mut onnx: Onnx, fp16: bool) -> Network {
        if fp16 {
            onnx.round_weights();
        }
        let inputs = onnx.inputs();
        Network { onnx, inputs, fp16, plans: Mutex::default() }
    }

    /// Plans `batch` samples whose other dimensions are `shapes`; batches of 0 keep the dimensions as they are.
    pub fn plan(&self, batch: u64, shapes: &[Vec<i64>]) -> Result<Arc<TypedRunnableModel>, String> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(&batch) {
            return Ok(Arc::clone(plan));
        }
        let make = || -> TractResult<Arc<TypedRunnableModel>> {
            let mut model = onnx()
                .with_ignore_output_shapes(true)
                .with_ignore_value_info(true)
                .model_for_proto_model(&self.onnx.proto)?;
            for (index, (input, dims)) in self.inputs.iter().zip(shapes).enumerate() {
                let mut shape: Vec<usize> = dims.iter().map(|dim| (*dim).max(0) as usize).collect();
                if let (Some(first), Some(-1)) = (shape.first_mut(), dims.first()) {
                    *first = batch as usize;
                }
                let kind = datum_type(input.data_type).unwrap_or(DatumType::F32);
                model = model.with_input_fact(index, kind.fact(&shape).into())?;
            }
            model.into_optimized()?.into_runnable()
        };
        let plan = contained(|| make().map_err(|e| format!("{e:#}")))?;
        plans.insert(batch, Arc::clone(&plan));
        Ok(plan)
    }

    /// `aclDataType` and shape of each output for a batch size.
    pub fn outputs(&self, batch: u64, shapes: &[Vec<i64>]) -> Result<Vec<(i32, Vec<i64>)>, String> {
        let plan = self.plan(batch, shapes)?;
        let facts = (0..plan.model().outputs.len()).map(|index| {
            let fact = plan.model().output_fact(index).map_err(|e| format!("{e:#}"))?;
            let shape = fact.shape.as_concrete().ok_or("an output's shape depends on its values")?;
            Ok((acl_of(fact.datum_type), shape.iter().map(|dim| *dim as i64).collect()))
        });
        facts.collect()
    }

    /// Runs the network. `inputs` are `aclDataType` and bytes, converted to what the network takes; `wanted` are
    /// the outputs' `aclDataType`s.
    pub fn run(
        &self,
        batch: u64,
        shapes: &[Vec<i64>],
        inputs: &[(i32, Vec<u8>)],
        wanted: &[i32],
    ) -> Result<Vec<Vec<u8>>, String> {
        let plan = self.plan(batch, shapes)?;
        let mut values = TVec::new();
        for (index, (kind, bytes)) in inputs.iter().enumerate() {
            let fact = plan.model().input_fact(index).map_err(|e| format!("{e:#}"))?;
            let shape = fact.shape.as_concrete().ok_or("an input's shape is open")?;
            let mut tensor = tensor(*kind, shape, bytes)?;
            if self.fp16 && fact.datum_type == DatumType::F32 {
                tensor = cast(&tensor, f16::datum_type())?;
            }
            values.push(cast(&tensor, fact.datum_type)?.into_tvalue());
        }
        let outputs = contained(|| plan.run(values).map_err(|e| format!("{e:#}")))?;
        let mut bytes = Vec::new();
        for (output, wanted) in outputs.iter().zip(wanted) {
            let wanted = datum_type(*wanted).ok_or("an output type is unknown")?;
            let mut tensor = output.clone().into_tensor();
            if self.fp16 && tensor.datum_type() == DatumType::F32 {
                tensor = cast(&tensor, f16::datum_type())?;
            }
            bytes.push(cast(&tensor, wanted)?.as_bytes().to_vec());
        }
        Ok(bytes)
    }
}

/// Does `work`; a panic of the computing library is an error of the emulator, not of the program under test.
fn contained<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(format!("the emulator's computing library panicked, which is the emulator's own fault: {text}"))
    })
}

fn cast(tensor: &Tensor, kind: DatumType) -> Result<Tensor, String> {
    Ok(tensor.cast_to_dt(kind).map_err(|e| format!("{e:#}"))?.into_owned())
}

fn tensor(acl: i32, shape: &[usize], bytes: &[u8]) -> Result<Tensor, String> {
    let kind = datum_type(acl).ok_or_else(|| format!("type {acl} is unknown"))?;
    let wanted = shape.iter().product::<usize>() * kind.size_of();
    if wanted != bytes.len() {
        return Err(format!("an input of shape {shape:?} takes {wanted} bytes, there are {}", bytes.len()));
    }
    let bytes: Vec<u8> = match kind {
        DatumType::Bool => bytes.iter().map(|byte| u8::from(*byte != 0)).collect(),
        _ => bytes.to_vec(),
    };
    // SAFETY: `bytes` has the length of `shape` in this type, and any bytes are valid numbers (booleans were
    // brought to 0 and 1).
    unsafe { Tensor::from_raw_dt(kind, shape, &bytes) }.map_err(|e| format!("{e:#}"))
}
