//! The partition `MODEL_INOUT_INFO`: inputs, outputs and gears as ACL reports them.
//!
//! A sequence of `{u32 type, u32 length, value}`. Source: the open graph engine of CANN
//! (`model_introduction.cc`).

use super::error::OmProblem;
use super::tensor::{MOST_DIMS, Tensor};
use ascend_sys::{DataType, Format};

/// What the partition says.
#[derive(Default)]
pub(super) struct InOut {
    pub(super) inputs: Vec<Tensor>,
    pub(super) outputs: Vec<Tensor>,
    /// Batch sizes; empty if the batch is fixed.
    pub(super) gears: Vec<u64>,
    /// Whether height and width, or any dimensions, are chosen when the model runs.
    pub(super) other_gears: bool,
}

/// Most gears (`atc` allows 256) and most inputs or outputs taken over.
const MOST: usize = 4096;

pub(super) fn read(partition: &[u8]) -> Result<InOut, OmProblem> {
    let mut inout = InOut::default();
    let mut reader = Reader { bytes: partition, at: 0 };
    while reader.at < partition.len() {
        let kind = reader.u32()?;
        let length = reader.length()?;
        let start = reader.at;
        let mut value = Reader { bytes: &partition[..start + length], at: start };
        match kind {
            0 => inout.inputs = value.tensors()?,
            1 => inout.outputs = value.tensors()?,
            2 => inout.gears = value.gears()?,
            3 | 4 => inout.other_gears |= length > 4,
            _ => {}
        }
        reader.at = start + length;
    }
    Ok(inout)
}

/// A position in the partition; `bytes` ends where the value being read ends.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn wrong(&self, what: &'static str) -> OmProblem {
        OmProblem::InOut { at: self.at, what }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], OmProblem> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let Some(end) = end else { return Err(self.wrong("a value reaches past its end")) };
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], OmProblem> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u32(&mut self) -> Result<u32, OmProblem> {
        self.array().map(u32::from_le_bytes)
    }

    fn i32(&mut self) -> Result<i32, OmProblem> {
        self.array().map(i32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, OmProblem> {
        self.array().map(u64::from_le_bytes)
    }

    /// A `u32` length that fits into what is left.
    fn length(&mut self) -> Result<usize, OmProblem> {
        let length = self.u32()? as usize;
        if length > self.bytes.len() - self.at {
            return Err(self.wrong("a length reaches past the end"));
        }
        Ok(length)
    }

    fn gears(&mut self) -> Result<Vec<u64>, OmProblem> {
        let count = self.u32()? as usize;
        if count > MOST {
            return Err(self.wrong("more than 4096 batch sizes"));
        }
        (0..count).map(|_| self.u64()).collect()
    }

    fn tensors(&mut self) -> Result<Vec<Tensor>, OmProblem> {
        let count = self.u32()? as usize;
        if count > MOST {
            return Err(self.wrong("more than 4096 tensors"));
        }
        (0..count).map(|_| self.tensor()).collect()
    }

    fn tensor(&mut self) -> Result<Tensor, OmProblem> {
        let bytes = self.u64()?;
        let format = Format(self.i32()?);
        let data_type = DataType(self.i32()?);
        let name = self.u32()? as usize;
        let dims = self.u32()? as usize;
        let device_dims = self.u32()? as usize;
        let range = self.u32()? as usize;
        let name = String::from_utf8_lossy(self.take(name)?).into_owned();
        let dims = self.dims(dims)?;
        let mut device_dims = self.dims(device_dims)?;
        self.take(range)?;
        if device_dims.is_empty() {
            device_dims.clone_from(&dims);
        }
        Ok(Tensor { name, dims, device_dims, data_type, format, bytes })
    }

    fn dims(&mut self, length: usize) -> Result<Vec<i64>, OmProblem> {
        if !length.is_multiple_of(8) || length / 8 > MOST_DIMS {
            return Err(self.wrong("a shape's length is not that of 0 to 128 numbers"));
        }
        Ok(self.take(length)?.as_chunks().0.iter().map(|dim| i64::from_le_bytes(*dim)).collect())
    }
}
