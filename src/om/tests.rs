use super::sample::{self, Layout, container};
use super::*;
use std::io::Cursor;

fn read_bytes(bytes: &[u8]) -> Result<OmSummary, OmProblem> {
    read(&mut Cursor::new(bytes))
}

fn problem(bytes: &[u8]) -> String {
    read_bytes(bytes).unwrap_err().to_string()
}

#[test]
fn every_layout_tells_the_same() {
    let samples = sample::all();
    for (name, bytes) in &samples[..3] {
        let summary = read_bytes(bytes).unwrap();
        assert_eq!(summary.kind, OmKind::Offline, "{name}");
        let header = summary.header.as_ref().unwrap();
        assert_eq!((header.name.as_str(), header.platform_version.as_str()), ("lightcnn9", "1.11.z.0"));
        assert_eq!(summary.soc_version.as_deref(), Some("Ascend310P3"), "{name}");
        assert_eq!(summary.attributes["atc_version"], "7.6.0.1.220");
        assert_eq!((summary.work_bytes, summary.weight_bytes), (Some(11_275_776), Some(2_203_648)));
        assert_eq!(summary.gears, [1, 8], "{name}");
        let input = &summary.inputs[0];
        assert_eq!((summary.inputs.len(), summary.outputs.len()), (1, 1));
        assert_eq!((input.name.as_str(), input.bytes), ("data", 131_072), "{name}");
        assert_eq!((input.dims[0], input.device_dims.as_slice()), (-1, &[8, 128, 128, 1][..]), "{name}");
        let output = &summary.outputs[0];
        assert_eq!((output.name.as_str(), output.bytes), ("fc1:0:feature", 8192), "{name}");
        assert_eq!((output.dims.as_slice(), output.data_type.name()), (&[8, 256][..], Some("FLOAT")));
        let aipp = summary.aipp.as_ref().unwrap();
        assert_eq!(
            (aipp.input_format, aipp.width, aipp.factors.as_slice()),
            (Some(4), Some(128), &[0.25][..])
        );
        assert!(summary.notes.is_empty(), "{name}: {:?}", summary.notes);
    }
}

#[test]
fn several_models_flows_bundles_and_om2_are_recognised() {
    let samples = sample::all();
    let summary =
        |name: &str| read_bytes(&samples.iter().find(|sample| sample.0 == name).unwrap().1).unwrap();
    let three = summary("three");
    assert_eq!(three.models.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!(three.models[2][0].name, "unknown");
    assert_eq!(three.notes, ["3 models in the file; the first is described"]);
    let flow = summary("flow");
    assert_eq!(flow.kind, OmKind::Flow);
    assert_eq!(flow.notes, ["2 models are nested in this flow; they are not looked into"]);
    assert_eq!(summary("bundle").kind, OmKind::Bundle);
    assert_eq!(summary("om2").kind, OmKind::Om2);
}

/// Where a machine's paths could leak, they are neither displayed nor serialised.
#[test]
fn the_command_line_is_kept_back() {
    let summary = read_bytes(&sample::all()[2].1).unwrap();
    assert_eq!(summary.command_line.as_deref(), Some("atc --model=secret/path.onnx"));
    assert!(!summary.to_string().contains("secret"));
    assert!(!serde_json::to_string(&summary).unwrap().contains("secret"));
}

#[test]
fn display_shows_what_matters() {
    let shown = read_bytes(&sample::all()[2].1).unwrap().to_string();
    for line in [
        "chip        Ascend310P3",
        "input  0    data: -1x128x128x1 UINT8 NHWC, 131072 bytes, copied as 8x128x128x1",
        "output 0    fc1:0:feature: 8x256 FLOAT ND, 8192 bytes",
        "gears       1, 8",
        "AIPP        on the device, YUV400_U8 (gray), times 0.25",
        "memory      11275776 bytes",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\nis not in\n{shown}");
    }
}

#[test]
fn text_from_the_file_is_escaped() {
    let mut bytes = sample::all()[2].1.clone();
    bytes[0x54..0x58].copy_from_slice(b"\x1b[2J");
    let shown = read_bytes(&bytes).unwrap().to_string();
    assert!(shown.contains("\\u{1b}[2J") && !shown.contains('\x1b'), "{shown}");
}

#[test]
fn foreign_files_are_named() {
    assert_eq!(
        problem(b""),
        "not an Ascend offline model: it starts with \"\", expected 'IMOD'; the file is empty"
    );
    for (bytes, hint) in [
        (sample::zip(b"archive/data.pkl"), "perhaps a PyTorch checkpoint"),
        (b"\x08\x06\x12\x08lightcnn".to_vec(), "an ONNX or AIR model"),
        (b"{\"a\":1}".to_vec(), "safetensors or JSON"),
    ] {
        let problem = problem(&bytes);
        assert!(problem.contains(hint), "{problem}");
    }
}

#[test]
fn cut_and_grown_files_are_refused() {
    // A zip file is only recognised, by the directory at its end, so a cut there may go unseen.
    for (name, bytes) in sample::all().into_iter().filter(|(name, _)| *name != "om2") {
        for length in 0..bytes.len() {
            let cut = read_bytes(&bytes[..length]);
            assert!(cut.is_err(), "{name} cut to {length} of {} bytes", bytes.len());
        }
    }
    let mut grown = sample::all()[2].1.clone();
    grown.push(0);
    let size = grown.len();
    let message = problem(&grown);
    assert!(message.starts_with(&format!("{} bytes follow the header", size - 256)), "{message}");
    let payload = grown.len() as u64 - 256;
    grown[0xb8..0xc0].copy_from_slice(&payload.to_le_bytes());
    assert_eq!(problem(&grown), "1 bytes follow the last of 1 models");
}

/// Each byte of each sample, set to values that hurt: whatever comes out, it is an answer or an error.
#[test]
fn single_damages_end_in_an_answer() {
    for (_, bytes) in sample::all() {
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff, bytes[at] ^ 1] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                if let Ok(summary) = read_bytes(&damaged) {
                    assert!(!summary.to_string().is_empty());
                }
            }
        }
    }
}

#[test]
fn table_damage_is_explained() {
    let bytes = container(Layout::Wide, 0, &[&[(0, vec![])]]);
    for (at, value, expected) in [
        (256, 0_u32, "0 partitions, expected 1 to 4096"),
        (256, 5000, "5000 partitions, expected 1 to 4096"),
        (256, 2, "2 partitions do not fit into the 32 bytes left"),
        (256 + 8 + 16, 9, "partition 0 (MODEL_DEF) has 9 bytes, 0 are left"),
        (256 + 8 + 20, u32::MAX, "partition 0 (MODEL_DEF) has 18446744069414584320 bytes, 0 are left"),
    ] {
        let mut damaged = bytes.clone();
        damaged[at..at + 4].copy_from_slice(&value.to_le_bytes());
        assert_eq!(problem(&damaged), format!("partition table of model 0 at byte 256: {expected}"));
    }
}

#[test]
fn description_damage_is_explained() {
    let with = |inout: Vec<u8>| container(Layout::Wide, 0, &[&[(MODEL_INOUT_INFO, inout)]]);
    let mut tensor = sample::tensors(&[("data", 4, 0, 0, &[1], &[])]);
    tensor[4 + 20..4 + 24].copy_from_slice(&9_u32.to_le_bytes());
    for (inout, expected) in [
        (vec![0; 7], "at its byte 4: a value reaches past its end"),
        (sample::tlv(0, &[1, 0, 0, 0]), "at its byte 12: a value reaches past its end"),
        (vec![0, 0, 0, 0, 1, 0, 0, 0], "at its byte 8: a length reaches past the end"),
        (sample::tlv(0, &u32::MAX.to_le_bytes()), "at its byte 12: more than 4096 tensors"),
        (sample::tlv(2, &u32::MAX.to_le_bytes()), "at its byte 12: more than 4096 batch sizes"),
        (sample::tlv(0, &tensor), "at its byte 48: a shape's length is not that of 0 to 128 numbers"),
    ] {
        assert_eq!(problem(&with(inout)), format!("MODEL_INOUT_INFO {expected}"));
    }
    let definition = container(Layout::Wide, 0, &[&[(MODEL_DEF, vec![0x3a, 0x7f])]]);
    assert_eq!(problem(&definition), "MODEL_DEF: damaged protobuf: a field is longer than its message");
}

#[test]
fn encrypted_files_are_not_looked_into() {
    let mut bytes = sample::all()[2].1.clone();
    bytes[0x50] = 1;
    let summary = read_bytes(&bytes).unwrap();
    assert_eq!(summary.notes, ["encrypted: inputs and outputs cannot be read"]);
    assert!(summary.inputs.is_empty());
}

/// The seeds of the fuzzer are the samples; `LIGHTCNN_WRITE_SEEDS=1` writes them.
#[test]
fn fuzz_seeds_are_the_samples() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/om");
    let write = std::env::var_os("LIGHTCNN_WRITE_SEEDS").is_some();
    for (name, bytes) in sample::all() {
        let seed = seeds.join(format!("{name}.om"));
        if write {
            std::fs::create_dir_all(&seeds).unwrap();
            std::fs::write(&seed, &bytes).unwrap();
        }
        assert!(std::fs::read(&seed).unwrap() == bytes, "{} is not what the code makes", seed.display());
    }
}

#[test]
fn errors_name_the_file_and_keep_the_cause() {
    let error = inspect(Path::new("no/such.om")).unwrap_err();
    assert_eq!(error.to_string(), "no/such.om: cannot be read");
    let cause = std::error::Error::source(&error).and_then(std::error::Error::source);
    assert!(cause.is_some_and(|cause| cause.downcast_ref::<io::Error>().is_some()));
}
