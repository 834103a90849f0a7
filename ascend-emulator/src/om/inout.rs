//! Partition MODEL_INOUT_INFO: type, length, value records with the inputs, outputs and batch sizes.

use super::{Model, Tensor};

const INPUTS: u32 = 0;
const OUTPUTS: u32 = 1;
const DYNAMIC_BATCH: u32 = 2;

/// The partition's bytes.
pub fn write(model: &Model) -> Vec<u8> {
    let mut bytes = Vec::new();
    record(&mut bytes, INPUTS, &tensors(&model.inputs));
    record(&mut bytes, OUTPUTS, &tensors(&model.outputs));
    if !model.gears.is_empty() {
        let mut value = (model.gears.len() as u32).to_le_bytes().to_vec();
        model.gears.iter().for_each(|gear| value.extend_from_slice(&gear.to_le_bytes()));
        record(&mut bytes, DYNAMIC_BATCH, &value);
    }
    bytes
}

fn record(bytes: &mut Vec<u8>, kind: u32, value: &[u8]) {
    bytes.extend_from_slice(&kind.to_le_bytes());
    bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
    bytes.extend_from_slice(value);
}

fn tensors(list: &[Tensor]) -> Vec<u8> {
    let mut bytes = (list.len() as u32).to_le_bytes().to_vec();
    for tensor in list {
        bytes.extend_from_slice(&tensor.size.to_le_bytes());
        bytes.extend_from_slice(&tensor.format.to_le_bytes());
        bytes.extend_from_slice(&tensor.data_type.to_le_bytes());
        let range = [0; 0];
        for length in [tensor.name.len(), 8 * tensor.dims.len(), 8 * tensor.dims_v2.len(), range.len()] {
            bytes.extend_from_slice(&(length as u32).to_le_bytes());
        }
        bytes.extend_from_slice(tensor.name.as_bytes());
        for dim in tensor.dims.iter().chain(&tensor.dims_v2) {
            bytes.extend_from_slice(&dim.to_le_bytes());
        }
    }
    bytes
}

/// Inputs, outputs and batch sizes.
pub type InOut = (Vec<Tensor>, Vec<Tensor>, Vec<u64>);

/// Reads the partition; `None` if it is damaged.
pub fn read(bytes: &[u8]) -> Option<InOut> {
    let mut reader = Reader(bytes);
    let (mut inputs, mut outputs, mut gears) = (Vec::new(), Vec::new(), Vec::new());
    while !reader.0.is_empty() {
        let kind = reader.u32()?;
        let length = reader.u32()?;
        let mut value = Reader(reader.take(length)?);
        match kind {
            INPUTS => inputs = value.tensors()?,
            OUTPUTS => outputs = value.tensors()?,
            DYNAMIC_BATCH => {
                let count = value.u32()?;
                for _ in 0..count {
                    gears.push(value.u64()?);
                }
            }
            _ => {}
        }
    }
    Some((inputs, outputs, gears))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: u32) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length as usize)?;
        self.0 = rest;
        Some(taken)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn dims(&mut self, length: u32) -> Option<Vec<i64>> {
        let bytes = self.take(length)?;
        Some(bytes.chunks_exact(8).filter_map(|c| c.try_into().ok().map(i64::from_le_bytes)).collect())
    }

    fn tensors(&mut self) -> Option<Vec<Tensor>> {
        let count = self.u32()?;
        let mut tensors = Vec::new();
        for _ in 0..count {
            let size = self.u64()?;
            let format = self.u32()? as i32;
            let data_type = self.u32()? as i32;
            let [name, dims, dims_v2, range] = [self.u32()?, self.u32()?, self.u32()?, self.u32()?];
            let name = String::from_utf8(self.take(name)?.to_vec()).ok()?;
            let dims = self.dims(dims)?;
            let dims_v2 = self.dims(dims_v2)?;
            self.take(range)?;
            tensors.push(Tensor { name, data_type, format, dims, dims_v2, size });
        }
        Some(tensors)
    }
}
