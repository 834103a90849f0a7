//! The outer layout of an `.om`: a header of 256 bytes, then per model a partition table and its partitions.
//!
//! All numbers are little-endian. Source: the open graph engine of CANN (`framework_types_internal.h`,
//! `om_file_helper.cc`) and the history of its headers; the checks are the loader's.

use super::error::OmProblem;
use serde::Serialize;
use std::io::{Read, Seek, SeekFrom};

/// Size of the file header in bytes.
const HEADER: u64 = 256;
/// Header version from which several models can be in a file.
const VERSION_2: u32 = 0x2000_0000;
/// `modeltype` of flow models and of bundles.
const FLOW: u8 = 3;
const BUNDLE: u8 = 5;
/// Most partitions that a table may have: the loader's limit for flow models.
const MOST_PARTITIONS: u32 = 4096;
/// Most partitions read from one file, which bounds the memory taken by tables.
const MOST_PARTITIONS_IN_FILE: usize = 65_536;

/// What the file header says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Header {
    /// Header version: 0x10000000 until about 2020, 0x20000000 since.
    pub version: u32,
    /// Kind of model.
    pub kind: OmKind,
    /// Name of the model.
    pub name: String,
    /// Version of the tool that wrote the file, such as `1.11.z.0`.
    pub platform_version: String,
    /// Free text of whoever made the file; empty in files by `atc`.
    pub user_defined: String,
    /// Number of models in the file.
    pub models: u32,
    /// Whether the partitions are encrypted, and so cannot be looked into.
    pub encrypted: bool,
    /// Whether shapes are only known when the model runs.
    pub dynamic_shape: bool,
}

/// Kind of model, from the header's `modeltype`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OmKind {
    /// A model as `atc` writes it.
    Offline,
    /// A smaller model for lighter runtimes ("tiny" and "lite").
    Light,
    /// Several models joined to a flow.
    Flow,
    /// Several models that share weights.
    Bundle,
    /// A zip file with compiled code in it, from CANN 9 on.
    Om2,
    /// A number not known to us.
    Unknown(u8),
}

/// A partition of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// Number of the type.
    pub number: u32,
    /// Name of the type; `unknown` if it has none.
    pub name: &'static str,
    /// Where it starts in the file, in bytes.
    pub start: u64,
    /// Size in bytes.
    pub size: u64,
}

/// Partition types that are read.
pub(super) const MODEL_DEF: u32 = 0;
pub(super) const FLOW_SUBMODEL: u32 = 7;
pub(crate) const MODEL_INOUT_INFO: u32 = 8;

fn partition_name(number: u32) -> &'static str {
    match number {
        MODEL_DEF => "MODEL_DEF",
        1 => "WEIGHTS_DATA",
        2 => "TASK_INFO",
        3 => "TBE_KERNELS",
        4 => "CUST_AICPU_KERNELS",
        5 => "SO_BINS",
        6 => "FLOW_MODEL",
        FLOW_SUBMODEL => "FLOW_SUBMODEL",
        MODEL_INOUT_INFO => "MODEL_INOUT_INFO",
        9 => "STATIC_TASK_DESC",
        10 => "DYNAMIC_TASK_DESC",
        11 => "TASK_PARAM",
        12 => "TILING_DATA",
        20 => "PRE_MODEL_DESC",
        21 => "PRE_MODEL_SQE",
        22 => "PRE_KERNEL_ARGS",
        23 => "PRE_MODEL_DESC_EXTEND",
        24 => "BUNDLE_MODEL_INFO",
        25 => "BUNDLE_MODEL_VAR_INFO",
        26 => "CUSTOM_OPS",
        _ => "unknown",
    }
}

/// A header and the partitions of each model.
pub(super) struct Container {
    pub(super) header: Header,
    pub(super) models: Vec<Vec<Partition>>,
}

impl Container {
    /// Reads the header and the tables of `file`, which has `size` bytes and starts with `IMOD`.
    pub(super) fn read(file: &mut (impl Read + Seek), size: u64) -> Result<Container, OmProblem> {
        if size < HEADER {
            return Err(OmProblem::Short { size });
        }
        let mut raw = [0; HEADER as usize];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut raw)?;
        let (model_type, version) = (raw[0x52], u32_at(&raw, 0x08));
        let (header, model_length) = header(&raw, version, model_type);
        let declared = if model_length == 0 { u64::from(u32_at(&raw, 0x4c)) } else { model_length };
        if declared != size - HEADER {
            return Err(OmProblem::Length { declared, actual: size - HEADER });
        }
        let wide = model_length != 0 || model_type == FLOW;
        let mut models = Vec::new();
        let (mut position, mut partitions) = (HEADER, 0);
        for model in 0..header.models {
            let table = table(file, model, position, size, wide)?;
            partitions += table.len();
            if partitions > MOST_PARTITIONS_IN_FILE {
                let what = format!("more than {MOST_PARTITIONS_IN_FILE} partitions in the file");
                return Err(OmProblem::Table { model, at: position, what });
            }
            position = table.last().map_or(position, |last| last.start + last.size);
            models.push(table);
        }
        if position != size {
            return Err(OmProblem::Surplus { models: header.models, surplus: size - position });
        }
        Ok(Container { header, models })
    }
}

/// The header's fields, and its 64-bit length, which is 0 in files older than about December 2022.
fn header(raw: &[u8; HEADER as usize], version: u32, model_type: u8) -> (Header, u64) {
    let second = version >= VERSION_2;
    let platform = if second { 0xa0 } else { 0x9c };
    let header = Header {
        version,
        kind: match model_type {
            0 | 1 => OmKind::Offline,
            2 | 4 => OmKind::Light,
            FLOW => OmKind::Flow,
            BUNDLE => OmKind::Bundle,
            other => OmKind::Unknown(other),
        },
        name: text(&raw[0x54..0x74]),
        platform_version: text(&raw[platform..platform + 20]),
        user_defined: text(&raw[0x78..0x98]),
        models: if second { u32_at(raw, 0x9c).max(1) } else { 1 },
        encrypted: raw[0x50] != 0,
        dynamic_shape: second && raw[0xc1] != 0,
    };
    let low = u64::from(u32_at(raw, 0xb8));
    let high = u64::from(u32_at(raw, 0xbc));
    (header, if second { high << 32 | low } else { 0 })
}

/// The table at `at`. Offsets are not looked at: like the loader, partitions are taken to follow each other.
fn table(
    file: &mut (impl Read + Seek),
    model: u32,
    at: u64,
    size: u64,
    wide: bool,
) -> Result<Vec<Partition>, OmProblem> {
    let wrong = |what: String| OmProblem::Table { model, at, what };
    let (head, entry) = if wide { (8, 24) } else { (4, 12) };
    if size - at < head {
        return Err(wrong(format!("the file ends here, and {head} bytes are needed")));
    }
    let mut raw = [0; 24];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut raw[..head as usize])?;
    let count = u32_at(&raw, 0);
    if count == 0 || count > MOST_PARTITIONS {
        return Err(wrong(format!("{count} partitions, expected 1 to {MOST_PARTITIONS}")));
    }
    let mut start = at + head + entry * u64::from(count);
    if start > size {
        return Err(wrong(format!("{count} partitions do not fit into the {} bytes left", size - at)));
    }
    let mut partitions = Vec::with_capacity(count as usize);
    for index in 0..count {
        file.read_exact(&mut raw[..entry as usize])?;
        let number = u32_at(&raw, 0);
        let length = if wide {
            u64::from(u32_at(&raw, 20)) << 32 | u64::from(u32_at(&raw, 16))
        } else {
            u64::from(u32_at(&raw, 8))
        };
        let name = partition_name(number);
        if length > size - start {
            let left = size - start;
            return Err(wrong(format!("partition {index} ({name}) has {length} bytes, {left} are left")));
        }
        partitions.push(Partition { number, name, start, size: length });
        start += length;
    }
    Ok(partitions)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Text up to the first NUL.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
