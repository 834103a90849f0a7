//! The network inside a model, computed by `rten`: floats with 32 bits, integers with 32.

use crate::onnx::{BATCH, Onnx};
use crate::rten_model::rten_model;
use crate::values;
use rten::{Dimension, Model, Value};
use rten_tensor::Layout;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A network that can be run.
#[derive(Debug)]
pub struct Network {
    model: Model,
    /// `aclDataType` that the model gives each output.
    output_types: Vec<i32>,
    shapes: Vec<Vec<i64>>,
    fp16: bool,
}

/// `aclDataType` of 32-bit integers.
const INT32: i32 = 3;

/// Networks in use, by the hash of their file.
type Known = Vec<(u64, bool, Weak<Network>)>;

static KNOWN: Mutex<Known> = Mutex::new(Vec::new());

impl Network {
    /// The network of an ONNX file whose inputs have `shapes`, of which the first dimension may be -1, an open batch.
    /// Loads of the same file share one.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn open(bytes: &[u8], shapes: &[Vec<i64>], fp16: bool) -> Result<Arc<Network>, String> {
        let key = crate::timing::hash(bytes);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, _, network)| network.strong_count() > 0);
        let same = known.iter().filter(|(k, half, _)| *k == key && *half == fp16);
        let mut same = same.filter_map(|(_, _, network)| network.upgrade());
        if let Some(network) = same.find(|network| network.shapes == shapes) {
            return Ok(network);
        }
        let network = Arc::new(Network::new(Onnx::parse(bytes)?, shapes, fp16)?);
        known.push((key, fp16, Arc::downgrade(&network)));
        Ok(network)
    }

    /// The network of a parsed model; `fp16` rounds its weights, inputs and outputs to 16-bit floats.
    ///
    /// # Errors
    /// If the model has an operator or a type that cannot be computed.
    pub fn new(mut onnx: Onnx, shapes: &[Vec<i64>], fp16: bool) -> Result<Network, String> {
        if fp16 {
            onnx.round_weights()?;
        }
        onnx.set_input_dims(shapes)?;
        let bytes =
            rten_model(onnx.bytes()).map_err(|_| "the model's graphs are malformed or nested too deeply")?;
        let model = contained(|| Model::load(bytes).map_err(|e| chain(&e)))?;
        if model.input_ids().len() != shapes.len() {
            return Err(format!("the model takes {} inputs, not {}", model.input_ids().len(), shapes.len()));
        }
        let names = onnx.outputs().iter();
        let output_types = names.map(|output| onnx.declared_type(&output.name)).collect();
        Ok(Network { model, output_types, shapes: shapes.to_vec(), fp16 })
    }

    /// `aclDataType` and shape of each output for a batch size; a batch of 0 is for models without an open batch.
    ///
    /// # Errors
    /// If the network cannot be run on zeros and ones where that is needed, a shape depends on the values, or the type of an output is not to be
    /// known.
    pub fn outputs(&self, batch: u64) -> Result<Vec<(i32, Vec<i64>)>, String> {
        let ids = self.model.output_ids().iter();
        let inferred: Option<Vec<Vec<i64>>> = ids.map(|id| self.inferred(*id, batch)).collect();
        let (shapes, values) = match inferred {
            Some(shapes) => (shapes, None),
            None => {
                let shape = |value: &Value| value.shape().iter().map(|dim| *dim as i64).collect();
                let values = self.compute(self.filled(batch, 0)?)?;
                let shapes: Vec<Vec<i64>> = values.iter().map(shape).collect();
                let others = self.compute(self.filled(batch, 1)?)?;
                if shapes != others.iter().map(shape).collect::<Vec<Vec<i64>>>() {
                    return Err("an output's shape depends on the inputs' values".to_string());
                }
                (shapes, Some(values))
            }
        };
        let kinds = self.output_types.iter().enumerate().map(|(index, declared)| {
            if *declared >= 0 {
                return Ok(*declared);
            }
            let inferred = self.model.node_info(self.model.output_ids()[index]).and_then(|info| info.dtype());
            let computed = values.as_ref().map(|values| values[index].dtype());
            values::undeclared(computed.or(inferred))
                .ok_or_else(|| format!("the model does not declare the type of output {index}"))
        });
        kinds.zip(shapes).map(|(kind, shape)| Ok((kind?, shape))).collect()
    }

    /// The shape that follows from the inputs' shapes alone.
    fn inferred(&self, output: rten::NodeId, batch: u64) -> Option<Vec<i64>> {
        let dims = self.model.node_info(output)?.shape()?;
        let size = |dim: &Dimension| match dim {
            Dimension::Fixed(size) => i64::try_from(*size).ok(),
            Dimension::Symbolic(name) if name == BATCH => i64::try_from(batch).ok(),
            Dimension::Symbolic(_) => None,
        };
        dims.iter().map(size).collect()
    }

    fn shape(&self, input: usize, batch: u64) -> Result<Vec<usize>, String> {
        let dims = self.shapes[input].iter().map(|dim| if *dim == -1 { batch as i64 } else { *dim });
        let dims = dims
            .map(|dim| usize::try_from(dim).map_err(|_| format!("input {input} has a dimension of {dim}")));
        dims.collect()
    }

    fn filled(&self, batch: u64, value: i32) -> Result<Vec<Value>, String> {
        (0..self.shapes.len())
            .map(|input| {
                let shape = self.shape(input, batch)?;
                let bytes = value.to_le_bytes().repeat(shape.iter().product());
                values::from_bytes(self.input_type(input)?, INT32, &shape, &bytes)
            })
            .collect()
    }

    fn input_type(&self, input: usize) -> Result<rten::DataType, String> {
        let kind = self
            .model
            .input_ids()
            .get(input)
            .and_then(|id| self.model.node_info(*id))
            .and_then(|i| i.dtype());
        match kind {
            Some(rten::ValueType::Tensor(kind)) => Ok(kind),
            _ => Err(format!("the type of input {input} cannot be computed with")),
        }
    }

    /// Runs the network. `inputs` are `aclDataType` and bytes, converted to what the network takes; `wanted` are
    /// the outputs' `aclDataType`s.
    ///
    /// # Errors
    /// If an input has other bytes than its shape needs or values that cannot be converted, or an operator refuses.
    pub fn run(&self, batch: u64, inputs: &[(i32, Vec<u8>)], wanted: &[i32]) -> Result<Vec<Vec<u8>>, String> {
        let mut given = Vec::new();
        for (index, (kind, bytes)) in inputs.iter().enumerate() {
            let shape = self.shape(index, batch)?;
            let value = values::from_bytes(self.input_type(index)?, *kind, &shape, bytes)
                .map_err(|e| format!("input {index}: {e}"))?;
            given.push(if self.fp16 { values::rounded(value) } else { value });
        }
        let outputs = self.compute(given)?;
        if outputs.len() != wanted.len() {
            return Err(format!("{} outputs were made, {} are wanted", outputs.len(), wanted.len()));
        }
        let outputs = outputs.into_iter().map(|value| if self.fp16 { values::rounded(value) } else { value });
        outputs.zip(wanted).map(|(value, kind)| values::to_bytes(&value, *kind)).collect()
    }

    fn compute(&self, inputs: Vec<Value>) -> Result<Vec<Value>, String> {
        let ids = self.model.input_ids().iter().copied();
        let inputs = ids.zip(inputs).map(|(id, value)| (id, value.into())).collect();
        contained(|| self.model.run(inputs, self.model.output_ids(), None).map_err(|e| chain(&e)))
    }
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Does `work`; a panic of the computing library is an error of the emulator, not of the program under test.
fn contained<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(format!("the emulator's computing library panicked, which is the emulator's own fault: {text}"))
    })
}
