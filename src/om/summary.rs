//! What `inspect` tells about an offline model.

use super::container::{Header, OmKind, Partition};
use super::definition::{Aipp, RGB888_U8, YUV400_U8};
use super::printable;
use super::tensor::Tensor;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// Name of the extra input by which a run chooses its gear (`ACL_DYNAMIC_TENSOR_NAME`).
pub const GEAR_INPUT: &str = "ascend_mbatch_shape_data";

/// What an offline model is and takes. Text from the file is unchanged here and escaped when displayed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OmSummary {
    /// Kind of model.
    pub kind: OmKind,
    /// Size of the file in bytes.
    pub file_bytes: u64,
    /// The file's header; OM2 files have none.
    pub header: Option<Header>,
    /// Chip for which the model was compiled, such as `Ascend310P3`; files of 2021 and older do not say.
    pub soc_version: Option<String>,
    /// Inputs in ACL's order. A model with gears also has the input [`GEAR_INPUT`].
    pub inputs: Vec<Tensor>,
    /// Outputs in ACL's order.
    pub outputs: Vec<Tensor>,
    /// Batch sizes for which the model was compiled; empty if the batch is fixed.
    pub gears: Vec<u64>,
    /// Whether other dimensions than the batch are chosen when the model runs.
    pub other_gears: bool,
    /// What the device does to the pixels first, if anything.
    pub aipp: Option<Aipp>,
    /// Working memory in bytes.
    pub work_bytes: Option<u64>,
    /// Memory for weights in bytes.
    pub weight_bytes: Option<u64>,
    /// Partitions of each model in the file.
    pub models: Vec<Vec<Partition>>,
    /// Attributes of the model: versions, sizes, counts.
    pub attributes: BTreeMap<String, String>,
    /// The command that compiled the model. It may hold paths of that machine, so it is neither displayed nor
    /// serialised.
    #[serde(skip)]
    pub command_line: Option<String>,
    /// What could not be read, and oddities.
    pub notes: Vec<String>,
}

impl fmt::Display for OmSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            OmKind::Offline => "offline model",
            OmKind::Light => "offline model for a light runtime",
            OmKind::Flow => "flow of several offline models",
            OmKind::Bundle => "bundle of several offline models",
            OmKind::Om2 => "OM2 offline model (zip container)",
            OmKind::Unknown(number) => return writeln!(f, "container of unknown kind {number}"),
        };
        writeln!(f, "kind        {kind}, {} bytes", self.file_bytes)?;
        if let Some(header) = &self.header {
            write!(f, "name        {}", printable(&header.name))?;
            writeln!(
                f,
                " (header {:#x}, platform {})",
                header.version,
                or_dash(&printable(&header.platform_version))
            )?;
            if !header.user_defined.is_empty() {
                writeln!(f, "made by     {}", printable(&header.user_defined))?;
            }
        }
        match &self.soc_version {
            Some(soc) => writeln!(f, "chip        {}", printable(soc))?,
            None => writeln!(f, "chip        not recorded")?,
        }
        for (what, tensors) in [("input ", &self.inputs), ("output", &self.outputs)] {
            for (index, tensor) in tensors.iter().enumerate() {
                writeln!(f, "{what} {index:<4} {}", Line(tensor))?;
            }
        }
        if !self.gears.is_empty() {
            writeln!(f, "gears       {}", join(&self.gears, ", "))?;
        }
        if self.other_gears {
            writeln!(f, "gears       image sizes or other dimensions are chosen when the model runs")?;
        }
        match &self.aipp {
            Some(aipp) => writeln!(f, "AIPP        {aipp}")?,
            None => writeln!(f, "AIPP        none: the model takes its input as it is")?,
        }
        for (what, bytes) in [("memory     ", self.work_bytes), ("weights    ", self.weight_bytes)] {
            if let Some(bytes) = bytes {
                writeln!(f, "{what} {bytes} bytes")?;
            }
        }
        for (number, partitions) in self.models.iter().enumerate() {
            let sizes: Vec<String> =
                partitions.iter().map(|part| format!("{} {}", part.name, part.size)).collect();
            writeln!(f, "model {number:<5} {}", sizes.join(", "))?;
        }
        for (name, value) in &self.attributes {
            writeln!(f, "attribute   {name} = {}", printable(value))?;
        }
        for note in &self.notes {
            writeln!(f, "note        {note}")?;
        }
        Ok(())
    }
}

struct Line<'a>(&'a Tensor);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tensor = self.0;
        write!(f, "{}: {} ", printable(&tensor.name), join(&tensor.dims, "x"))?;
        write!(f, "{} {}, {} bytes", tensor.data_type, tensor.format, tensor.bytes)?;
        if tensor.device_dims != tensor.dims {
            write!(f, ", copied as {}", join(&tensor.device_dims, "x"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Aipp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("on the device")?;
        match self.input_format {
            Some(1) => f.write_str(", YUV420SP_U8")?,
            Some(2) => f.write_str(", XRGB8888_U8")?,
            Some(RGB888_U8) => f.write_str(", RGB888_U8")?,
            Some(YUV400_U8) => f.write_str(", YUV400_U8 (gray)")?,
            Some(other) => write!(f, ", input format {other}")?,
            None => {}
        }
        if let (Some(width), Some(height)) = (self.width, self.height) {
            write!(f, ", {width}x{height} pixels")?;
        }
        if !self.factors.is_empty() {
            write!(f, ", times {}", join(&self.factors, ", "))?;
        }
        Ok(())
    }
}

fn join<T: ToString>(items: &[T], separator: &str) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(separator)
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
