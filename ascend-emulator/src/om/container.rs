//! Header, partition table and partitions.

use super::{MARK, Model, definition, inout};
use crate::codes;
use crate::failure::{Failure, Outcome, failure};

const HEADER: usize = 256;
const MAGIC: u32 = 0x444F_4D49;
const VERSION: u32 = 0x2000_0000;
const MODEL_NUM: usize = 0x9C;
const USER_DEFINED: usize = 0x78;
const FLOW: u8 = 3;

const MODEL_DEF: u32 = 0;
const WEIGHTS: u32 = 1;
const TASKS: u32 = 2;
const KERNELS: u32 = 3;
const INOUT: u32 = 8;

/// The file that holds `model`.
pub fn write(model: &Model) -> Vec<u8> {
    let tasks = b"\x0a\x01\x31".to_vec();
    let kernels = b"no kernels: this model is for the emulator\n".to_vec();
    let definition = definition::write(model, [model.onnx.len(), kernels.len(), tasks.len()]);
    let inout = inout::write(model);
    let partitions: [(u32, &[u8]); 5] = [
        (INOUT, &inout),
        (MODEL_DEF, &definition),
        (WEIGHTS, &model.onnx),
        (KERNELS, &kernels),
        (TASKS, &tasks),
    ];
    let mut payload = Vec::new();
    payload.extend_from_slice(&(partitions.len() as u32).to_le_bytes());
    payload.extend_from_slice(&[0; 4]);
    let mut offset = 0_u64;
    for (kind, data) in partitions {
        payload.extend_from_slice(&kind.to_le_bytes());
        payload.extend_from_slice(&[0; 4]);
        payload.extend_from_slice(&offset.to_le_bytes());
        payload.extend_from_slice(&(data.len() as u64).to_le_bytes());
        offset += data.len() as u64;
    }
    for (_, data) in partitions {
        payload.extend_from_slice(data);
    }
    let mut file = header(&model.name, payload.len() as u64);
    file.extend_from_slice(&payload);
    file
}

fn header(name: &str, length: u64) -> Vec<u8> {
    let mut header = vec![0; HEADER];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0x00, &MAGIC.to_le_bytes());
    put(0x04, &(HEADER as u32).to_le_bytes());
    put(0x08, &VERSION.to_le_bytes());
    let name = name.as_bytes();
    put(0x54, &name[..name.len().min(31)]);
    put(USER_DEFINED, MARK);
    put(MODEL_NUM, &1_u32.to_le_bytes());
    put(0xA0, b"emulator");
    put(0xB8, &length.to_le_bytes());
    header
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

fn invalid(why: &str) -> Failure {
    failure(codes::GE_EXEC_MODEL_DATA_SIZE_INVALID, format!("E10001: Invalid om file. {why}"))
}

/// Reads a model for a machine with chip `soc` (`None`: any), in the loader's documented order of checks.
///
/// # Errors
/// 145006, 145000, 500002 and 545003 to 545005 as the loader has them; a file without the emulator's mark, when
/// all else is right, is 500002 too, with a text that says so.
pub fn read(file: &[u8], soc: Option<&str>) -> Outcome<Model> {
    if file.len() < HEADER || u32_at(file, 0) != Some(MAGIC) {
        return Err(invalid("It does not begin with an om header."));
    }
    let old = u64::from(u32_at(file, 0x4C).unwrap_or(0));
    let v2 = u32_at(file, 8).is_some_and(|version| version >= VERSION);
    let length = match u64_at(file, 0xB8) {
        Some(length) if v2 && length != 0 => length,
        _ => old,
    };
    if length != (file.len() - HEADER) as u64 {
        return Err(invalid(&format!(
            "It says {length} bytes follow the header, {} do.",
            file.len() - HEADER
        )));
    }
    let wide = v2 && u64_at(file, 0xB8) != Some(0) || file[0x52] == FLOW;
    let models = if v2 { u32_at(file, MODEL_NUM).unwrap_or(1).max(1) } else { 1 };
    let mut at = HEADER;
    let mut first = None;
    for _ in 0..models {
        let (partitions, end) = table(file, at, wide)?;
        first.get_or_insert(partitions);
        at = end;
    }
    if at != file.len() {
        return Err(failure(codes::GE_FAILURE, "E19999: the partitions do not end where the file ends"));
    }
    let partitions = first.unwrap_or_default();
    let find = |kind: u32| partitions.iter().find(|(k, _)| *k == kind).map(|(_, data)| *data);
    let bad_definition = || failure(codes::GE_FAILURE, "E19999: the model definition cannot be parsed");
    let definition =
        find(MODEL_DEF).and_then(|bytes| definition::read(bytes).ok()).ok_or_else(bad_definition)?;
    if let Some(soc) = soc.filter(|soc| !definition.soc.is_empty() && definition.soc != *soc) {
        return Err(failure(
            codes::GE_FAILURE,
            format!(
                "E10001: Model soc version is not support in this device. EE1001: supported socVersion={soc}, but \
                 the model socVersion={}",
                definition.soc
            ),
        ));
    }
    let missing = |code: i32, what: &str| failure(code, format!("E19999: the om has no {what} partition"));
    let onnx =
        find(WEIGHTS).ok_or_else(|| missing(codes::GE_EXEC_LOAD_WEIGHT_PARTITION_FAILED, "weights"))?;
    find(TASKS).ok_or_else(|| missing(codes::GE_EXEC_LOAD_TASK_PARTITION_FAILED, "task"))?;
    if !file[USER_DEFINED..].starts_with(MARK) {
        return Err(failure(
            codes::GE_FAILURE,
            "E10001: this om holds kernels for a real chip, and this library is an emulator that cannot run them; \
             compile the model with the emulator's atc",
        ));
    }
    let (inputs, outputs, gears) = find(INOUT).and_then(inout::read).ok_or_else(bad_definition)?;
    Ok(Model {
        name: definition.name,
        soc: definition.soc,
        inputs,
        outputs,
        gears,
        aipp: definition.aipp,
        work_size: definition.work_size,
        weight_size: definition.weight_size,
        command: definition.command,
        onnx: onnx.to_vec(),
    })
}

type Partitions<'a> = Vec<(u32, &'a [u8])>;

/// The partitions of the table at `at`, and where their data ends.
fn table(file: &[u8], at: usize, wide: bool) -> Outcome<(Partitions<'_>, usize)> {
    let outside = || invalid("The partition table reaches beyond the file.");
    let count = u32_at(file, at).ok_or_else(outside)?;
    let limit = if file[0x52] == FLOW { 4096 } else { 8 };
    let (head, entry) = if wide { (8, 24) } else { (4, 12) };
    let data = at + head + entry * count.min(4096) as usize;
    if data > file.len() {
        return Err(outside());
    }
    if count == 0 || count > limit {
        return Err(failure(codes::GE_PARAM_INVALID, format!("E19999: the om has {count} partitions")));
    }
    let mut partitions = Vec::new();
    let mut start = data;
    for index in 0..count as usize {
        let row = at + head + entry * index;
        let kind = u32_at(file, row).ok_or_else(outside)?;
        let size = if wide { u64_at(file, row + 16) } else { u32_at(file, row + 8).map(u64::from) };
        let bytes = size
            .and_then(|size| usize::try_from(size).ok())
            .and_then(|size| start.checked_add(size))
            .and_then(|end| file.get(start..end))
            .ok_or_else(|| invalid(&format!("Partition {kind} reaches beyond the file.")))?;
        start += bytes.len();
        partitions.push((kind, bytes));
    }
    Ok((partitions, start))
}

#[cfg(test)]
mod tests {
    use super::super::Tensor;
    use super::*;
    use crate::aipp::Aipp;

    fn model() -> Model {
        let tensor = |name: &str, dims: &[i64]| Tensor {
            name: name.to_string(),
            data_type: 0,
            format: 0,
            dims: dims.to_vec(),
            dims_v2: Vec::new(),
            size: 64,
        };
        Model {
            name: "faces".to_string(),
            soc: "Ascend310P3".to_string(),
            inputs: vec![tensor("data", &[-1, 1, 2, 2]), tensor("ascend_mbatch_shape_data", &[1])],
            outputs: vec![tensor("PartitionedCall_fc_3:0:feature", &[8, 2])],
            gears: vec![1, 8],
            aipp: Some(Aipp { width: 2, height: 2, ..Aipp::default() }),
            work_size: 1 << 20,
            weight_size: 512,
            command: "atc --model=faces.onnx".to_string(),
            onnx: b"onnx bytes".to_vec(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let model = model();
        assert_eq!(read(&write(&model), Some("Ascend310P3")), Ok(model));
    }

    #[test]
    fn damage_has_the_documented_code() {
        let good = write(&model());
        let code = |file: &[u8]| read(file, Some("Ascend310P3")).map_err(|failure| failure.code).unwrap_err();
        assert_eq!(code(&good[..255]), 145_006);
        assert_eq!(code(&good[..good.len() - 1]), 145_006);
        let with = |at: usize, bytes: &[u8]| {
            let mut file = good.clone();
            file[at..at + bytes.len()].copy_from_slice(bytes);
            file
        };
        assert_eq!(code(&with(0, b"X")), 145_006);
        assert_eq!(code(&with(256, &9_u32.to_le_bytes())), 145_000);
        assert_eq!(code(&with(256, &u32::MAX.to_le_bytes())), 145_006);
        assert_eq!(code(&with(256 + 8 + 16, &u64::MAX.to_le_bytes())), 145_006);
        assert_eq!(code(&with(MODEL_NUM, &2_u32.to_le_bytes())), 145_006);
        assert_eq!(code(&with(256 + 8 + 24, &77_u32.to_le_bytes())), 500_002);
        assert_eq!(code(&with(256 + 8 + 2 * 24, &77_u32.to_le_bytes())), 545_003);
        assert_eq!(code(&with(256 + 8 + 4 * 24, &77_u32.to_le_bytes())), 545_004);
        let failure = read(&good, Some("Ascend910B1")).unwrap_err();
        assert_eq!(failure.code, 500_002);
        assert!(failure.text.contains("Ascend310P3"), "{}", failure.text);
        let failure = read(&with(USER_DEFINED, b"xx"), Some("Ascend310P3")).unwrap_err();
        assert!(failure.text.contains("emulator"), "{}", failure.text);
    }
}
