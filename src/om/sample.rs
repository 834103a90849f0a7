//! Small containers made from parts, for tests and as seeds for the fuzzer.

use super::container::MODEL_DEF;
pub(crate) use super::container::MODEL_INOUT_INFO;
use crate::protobuf::Message;

pub(crate) fn bytes(number: u8, value: &[u8]) -> Vec<u8> {
    Message::default().bytes(number.into(), value).into_bytes()
}

pub(crate) fn integer(number: u8, value: i64) -> Vec<u8> {
    Message::default().integer(number.into(), value).into_bytes()
}

pub(crate) fn float(number: u8, value: f32) -> Vec<u8> {
    Message::default().float(number.into(), value).into_bytes()
}

/// An entry of a `map<string, AttrDef>` in field `number`.
pub(crate) fn attribute(number: u8, key: &[u8], value: &[u8]) -> Vec<u8> {
    bytes(number, &[bytes(1, key), bytes(2, value)].concat())
}

/// `AttrDef`s of a text, an integer, and lists of integers and texts.
pub(crate) fn text(value: &str) -> Vec<u8> {
    bytes(2, value.as_bytes())
}
pub(crate) fn number(value: i64) -> Vec<u8> {
    integer(3, value)
}
pub(crate) fn numbers(values: &[i64]) -> Vec<u8> {
    Message::default().message(1, Message::default().packed(3, values)).into_bytes()
}
pub(crate) fn texts(values: &[&str]) -> Vec<u8> {
    bytes(1, &values.iter().flat_map(|value| bytes(2, value.as_bytes())).collect::<Vec<u8>>())
}

/// A `TensorDescriptor` of float32.
pub(crate) fn descriptor(dims: &[i64], size: i64) -> Vec<u8> {
    let shape = Message::default().packed(1, dims);
    Message::default().integer(2, 1).message(3, shape).text(4, "NCHW").integer(10, size).into_bytes()
}

/// An `OpDef` of a name, a type and further fields.
pub(crate) fn op(name: &str, kind: &str, rest: &[Vec<u8>]) -> Vec<u8> {
    bytes(6, &[bytes(1, name.as_bytes()), bytes(2, kind.as_bytes()), rest.concat()].concat())
}

/// A model of two gears, 1 and 8, behind AIPP, with attribute names compressed.
pub(crate) fn definition() -> Vec<u8> {
    let data = op(
        "data",
        "Data",
        &[
            attribute(10, b"\x00\x01", &number(0)),
            attribute(10, b"\x00\x02", &numbers(&[-1, 1, 128, 128])),
            attribute(10, b"\x00\x03", &numbers(&[8, 128, 128, 1])),
            bytes(33, &descriptor(&[8, 1, 128, 128], 131_072)),
        ],
    );
    let factor = attribute(2, b"var_reci_chn_0", &float(4, 0.25));
    let aipp_attributes =
        [attribute(2, b"input_format", &number(4)), attribute(2, b"src_image_size_w", &number(128)), factor];
    let aipp = op("aipp", "Aipp", &[attribute(10, b"aipp", &bytes(10, &aipp_attributes.concat()))]);
    let case = op(
        "case",
        "Case",
        &[
            attribute(10, b"mbatch_dynamic_type", &number(1)),
            attribute(10, b"_pred_value_1", &numbers(&[8])),
            attribute(10, b"_pred_value_0", &numbers(&[1])),
        ],
    );
    let output = op(
        "net_output",
        "NetOutput",
        &[bytes(24, b"fc1"), bytes(25, &[0]), bytes(33, &descriptor(&[8, 256], 8224))],
    );
    let graph = [bytes(1, b"lightcnn9"), data, aipp, case, output].concat();
    [
        bytes(1, b"lightcnn9"),
        bytes(7, &graph),
        attribute(11, b"soc_version", &text("Ascend310P3")),
        attribute(11, b"atc_version", &text("7.6.0.1.220")),
        attribute(11, b"atc_cmdline", &text("atc --model=secret/path.onnx")),
        attribute(11, b"memory_size", &number(11_275_776)),
        attribute(11, b"weight_size", &number(2_203_648)),
        attribute(11, b"attr_name_enum", &texts(&["index", "_mbatch_origin_input_dims", "input_dims"])),
        attribute(11, b"attr_model_out_nodes_name", &texts(&["fc1:0:feature"])),
    ]
    .concat()
}

/// A `MODEL_INOUT_INFO` that says the same.
pub(crate) fn inout() -> Vec<u8> {
    let gears = [2_u32.to_le_bytes().to_vec(), 1_u64.to_le_bytes().to_vec(), 8_u64.to_le_bytes().to_vec()];
    [
        tlv(0, &tensors(&[("data", 131_072, 1, 4, &[-1, 128, 128, 1], &[8, 128, 128, 1])])),
        tlv(1, &tensors(&[("fc1:0:feature", 8192, 2, 0, &[8, 256], &[8, 256])])),
        tlv(2, &gears.concat()),
        tlv(77, b"unknown types are skipped"),
    ]
    .concat()
}

pub(crate) fn tlv(kind: u32, value: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes(), &(value.len() as u32).to_le_bytes(), value].concat()
}

/// Name, bytes, format, type, dims, device dims.
type Row<'a> = (&'a str, u64, i32, i32, &'a [i64], &'a [i64]);

pub(crate) fn tensors(rows: &[Row<'_>]) -> Vec<u8> {
    let mut value = (rows.len() as u32).to_le_bytes().to_vec();
    for (name, size, format, data_type, dims, device_dims) in rows {
        value.extend(size.to_le_bytes());
        value.extend(format.to_le_bytes());
        value.extend(data_type.to_le_bytes());
        for length in [name.len(), 8 * dims.len(), 8 * device_dims.len(), 0] {
            value.extend((length as u32).to_le_bytes());
        }
        value.extend(name.as_bytes());
        for dim in dims.iter().chain(*device_dims) {
            value.extend(dim.to_le_bytes());
        }
    }
    value
}

/// The three layouts of the outer container.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Layout {
    /// Header version 0x10000000, until 2020.
    First,
    /// Header version 0x20000000 with a 32-bit length, 2020 to 2022.
    Narrow,
    /// With a 64-bit length, since 2022.
    Wide,
}

/// A container of one model per list of partitions.
pub(crate) fn container(layout: Layout, model_type: u8, models: &[&[(u32, Vec<u8>)]]) -> Vec<u8> {
    let wide = layout == Layout::Wide || model_type == 3;
    let mut payload = Vec::new();
    for partitions in models {
        payload.extend((partitions.len() as u32).to_le_bytes());
        let mut offset = 0_u64;
        payload.extend(&[0; 4][..if wide { 4 } else { 0 }]);
        for (kind, data) in *partitions {
            payload.extend(kind.to_le_bytes());
            if wide {
                payload.extend([0; 4]);
                payload.extend(offset.to_le_bytes());
                payload.extend((data.len() as u64).to_le_bytes());
            } else {
                payload.extend((offset as u32).to_le_bytes());
                payload.extend((data.len() as u32).to_le_bytes());
            }
            offset += data.len() as u64;
        }
        payload.extend(partitions.iter().flat_map(|(_, data)| data));
    }
    let mut header = [0; 256];
    header[..4].copy_from_slice(b"IMOD");
    header[4..8].copy_from_slice(&256_u32.to_le_bytes());
    let version: u32 = if layout == Layout::First { 0x1000_0000 } else { 0x2000_0000 };
    header[8..12].copy_from_slice(&version.to_le_bytes());
    header[0x52] = model_type;
    header[0x54..0x5d].copy_from_slice(b"lightcnn9");
    let platform = if layout == Layout::First { 0x9c } else { 0xa0 };
    header[platform..platform + 8].copy_from_slice(b"1.11.z.0");
    if layout != Layout::First {
        header[0x9c..0xa0].copy_from_slice(&(models.len() as u32).to_le_bytes());
    }
    if layout == Layout::Wide {
        header[0xb8..0xc0].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    } else {
        header[0x4c..0x50].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    }
    [&header[..], &payload].concat()
}

/// A zip file with one empty stored entry.
pub(crate) fn zip(name: &[u8]) -> Vec<u8> {
    let local = [b"PK\x03\x04", &[0; 22][..], &(name.len() as u16).to_le_bytes(), &[0; 2], name].concat();
    let central = [b"PK\x01\x02", &[0; 24][..], &(name.len() as u16).to_le_bytes(), &[0; 16], name].concat();
    let mut end = [b"PK\x05\x06", &[0; 18][..]].concat();
    end[8..12].copy_from_slice(&[1, 0, 1, 0]);
    end[12..16].copy_from_slice(&(central.len() as u32).to_le_bytes());
    end[16..20].copy_from_slice(&(local.len() as u32).to_le_bytes());
    [local, central, end].concat()
}

/// Every sample with its name; the fuzzer starts from them.
pub(crate) fn all() -> Vec<(&'static str, Vec<u8>)> {
    let definition = || (MODEL_DEF, definition());
    let weights = || (1, vec![7; 40]);
    let flow = [definition(), (6, vec![]), (7, bytes(1, b"part")), (7, bytes(1, b"other"))];
    vec![
        ("first", container(Layout::First, 0, &[&[definition(), weights(), (2, vec![])]])),
        ("narrow", container(Layout::Narrow, 0, &[&[definition(), weights()]])),
        ("wide", container(Layout::Wide, 0, &[&[(MODEL_INOUT_INFO, inout()), definition(), weights()]])),
        ("three", container(Layout::Wide, 0, &[&[definition()], &[weights()], &[(99, vec![1])]])),
        ("flow", container(Layout::Wide, 3, &[&flow])),
        ("bundle", container(Layout::Wide, 5, &[&[(24, vec![1, 2, 3])]])),
        ("om2", zip(b"model_meta.json")),
    ]
}
