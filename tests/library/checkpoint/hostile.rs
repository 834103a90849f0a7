//! Files cut short, damaged at random, or made to exhaust the reader: an error in little time, never a panic.

use super::python::{File, Py, beside, dict};
use super::writers::{self, Style, field, record, varint};
use super::{fault, tiny};
use lightcnn::checkpoint::{self, CheckpointFormat, ContentError, Fault, LoadOptions, Unfit};
use lightcnn::network::{Misfit, Network, seeded};
use std::fs;
use std::time::Duration;
use test_support::random::fields;

/// One file of each format with the same tensors.
fn all_formats(tensors: &[writers::Raw]) -> [(CheckpointFormat, Vec<u8>); 4] {
    let (views, storages) = writers::torch_parts(tensors);
    [
        (CheckpointFormat::MindSpore, writers::mindspore(tensors)),
        (CheckpointFormat::Safetensors, writers::safetensors(tensors)),
        (CheckpointFormat::TorchZip, writers::torch_zip(Style::OFFICIAL, &views, &storages)),
        (CheckpointFormat::TorchLegacy, writers::torch_legacy(Style::OFFICIAL, &views, &storages)),
    ]
}

/// A `.ckpt` cut between two records is a sound file with fewer tensors; every other cut is an error.
#[test]
fn tiny_files_cut_at_every_byte() {
    let whole = checkpoint::tensors(&writers::mindspore(&tiny()), None).unwrap();
    for (format, bytes) in all_formats(&tiny()) {
        let mut sound = 0;
        for end in 0..bytes.len() {
            if let Ok(tensors) = checkpoint::tensors(&bytes[..end], Some(format)) {
                sound += 1;
                assert!(tensors.len() < whole.len() && tensors.iter().all(|(name, t)| whole[name] == *t));
            }
        }
        assert_eq!(sound, if format == CheckpointFormat::MindSpore { 2 } else { 0 }, "{format}");
    }
}

/// At every kilobyte of the first and last 64, where the headers are, and at places of every alignment between: most
/// are in the middle of some tensor's values, where one place is like the next.
#[test]
fn whole_networks_cut_short() {
    const ENDS: usize = 64 << 10;
    let tensors = writers::of_weights(&seeded(Network::LightCnn9, 3, 4));
    for (format, bytes) in all_formats(&tensors) {
        let first = (0..ENDS).step_by(1024);
        let between = (ENDS..bytes.len() - ENDS).step_by(32 * 1024 + 1);
        let last = (bytes.len() - ENDS..bytes.len()).step_by(1024);
        for end in first.chain(between).chain(last) {
            match checkpoint::read(&bytes[..end], &LoadOptions::default()) {
                Err(ContentError::Empty) => assert_eq!(end, 0),
                Err(ContentError::Fault { .. }) => {}
                Err(ContentError::Unfit(Unfit::Misfits { misfits, .. }))
                    if format == CheckpointFormat::MindSpore =>
                {
                    let missing = misfits.all.iter().filter(|m| matches!(m, Misfit::Missing(_))).count();
                    assert!(missing > 0 && missing == misfits.all.len(), "cut at {end}: {misfits}");
                }
                other => panic!("{format} cut at {end}: {:?}", other.map(|checkpoint| checkpoint.sha256)),
            }
        }
    }
}

/// Every byte of a tiny file replaced by values that tend to break readers.
#[test]
fn damaged_files_do_not_panic() {
    for (format, bytes) in all_formats(&tiny()) {
        let mut refused = 0;
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff, bytes[at] ^ 1, bytes[at].wrapping_add(1)] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                refused += usize::from(checkpoint::tensors(&damaged, Some(format)).is_err());
            }
        }
        assert!(refused > bytes.len(), "{format}: {refused} of {}", 7 * bytes.len());
    }
}

/// The same for a file with objects of many classes.
#[test]
fn damaged_objects_do_not_panic() {
    let mut file = File::default();
    let mut all = beside(&mut file);
    all.retain(|(key, _)| key != "losses");
    let [bytes, _] = file.save(2, &Py::Dict(all));
    for at in 0..bytes.len() {
        for value in [0, 0x7f, 0xff, bytes[at] ^ 1] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            let _ = checkpoint::describe(&damaged, Some(CheckpointFormat::TorchZip)).map(|s| s.tensors.len());
        }
    }
}

/// A value that many containers share is met as often as a walk through all of them meets it.
#[test]
fn shared_containers_are_bounded() {
    // A dict of a dict twice, of a dict twice, ...; the innermost has a tensor or has none.
    let nested = |inner: Py, file: &File| {
        let mut pickle = writers::Pickle::new(2);
        file.write(&mut pickle, &inner, false);
        for _ in 0..50 {
            // The value on top is remembered under a number of its own.
            pickle.op(b'r').raw(&900_u32.to_le_bytes()).op(b'0').op(b'}').op(b'(');
            for key in ["a", "b"] {
                pickle.text(key).op(b'j').raw(&900_u32.to_le_bytes());
            }
            pickle.op(b'u');
        }
        file.zip(pickle.finish())
    };
    let mut file = File::default();
    let tensor = dict([("t", file.zeros(&[2]))]);
    let found = refuse_fast(&nested(tensor, &file), CheckpointFormat::TorchZip);
    assert!(matches!(found, Fault::TooMany { what: "tensors", .. }), "{found}");
    let found = refuse_fast(&nested(dict([("t", Py::Int(1))]), &file), CheckpointFormat::TorchZip);
    assert!(matches!(found, Fault::NoTensors { .. }), "{found}");
}

#[test]
fn too_many_sets() {
    let mut file = File::default();
    let sets = (0..300).map(|_| file.state_dict(Network::LightCnn9, "", Vec::new())).collect();
    let [bytes, _] = file.save(2, &Py::List(sets));
    let found = fault(checkpoint::read(&bytes, &LoadOptions::default()));
    assert!(matches!(found, Fault::TooMany { what: "sets of weights", .. }), "{found}");
}

/// The processor time of this thread: the clock on the wall also counts what else the machine does.
fn busy() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split_whitespace().next().unwrap().parse().unwrap())
}

/// Each field may take 200 ns, in code that is not optimised.
#[track_caller]
fn refuse_fast(bytes: &[u8], format: CheckpointFormat) -> Fault {
    let start = busy();
    let fault = fault(checkpoint::tensors(bytes, Some(format)));
    let (time, limit) = (busy() - start, Duration::from_nanos(200 * fields() as u64));
    assert!(time < limit, "took {time:?} of {limit:?}");
    fault
}

#[test]
fn millions_of_empty_records() {
    let empty = [0x0a, 0].repeat(fields());
    assert!(matches!(refuse_fast(&empty, CheckpointFormat::MindSpore), Fault::Malformed { offset: 2, .. }));
    let unknown = [0x10, 0].repeat(fields());
    assert!(matches!(refuse_fast(&unknown, CheckpointFormat::MindSpore), Fault::NoTensors { .. }));
    let slices = record("a", &[1], "Float32", b"").repeat(fields() / 10);
    assert!(matches!(
        refuse_fast(&slices, CheckpointFormat::MindSpore),
        Fault::TooMany { what: "records", .. }
    ));
}

#[test]
fn a_record_of_millions_of_fields() {
    let value = [field(1, b"a"), [0x78, 0].repeat(fields())].concat();
    assert!(matches!(refuse_fast(&field(1, &value), CheckpointFormat::MindSpore), Fault::Malformed { .. }));
    let tensor = field(1, &vec![1; fields()]);
    let value = [field(1, b"a"), field(2, &tensor)].concat();
    assert!(matches!(
        refuse_fast(&field(1, &value), CheckpointFormat::MindSpore),
        Fault::TooMany { what: "dimensions", .. }
    ));
}

#[test]
fn too_many_tensors() {
    let records: Vec<u8> = (0..70_000).flat_map(|i| record(&format!("t{i}"), &[0], "Float32", b"")).collect();
    assert!(matches!(
        refuse_fast(&records, CheckpointFormat::MindSpore),
        Fault::TooMany { what: "records", .. }
    ));
    let entry = |i: usize| format!(r#""t{i}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#);
    let header = (0..70_000).map(entry).collect::<Vec<_>>().join(",");
    let file = writers::safetensors_of(&format!("{{{header}}}"), &[]);
    assert!(matches!(refuse_fast(&file, CheckpointFormat::Safetensors), Fault::Header(_)));
}

#[test]
fn huge_lengths_allocate_nothing() {
    for length in [1 << 31, 1 << 40, u64::MAX >> 1, u64::MAX] {
        let record = [vec![0x0a], varint(length), vec![0; 100]].concat();
        assert!(matches!(refuse_fast(&record, CheckpointFormat::MindSpore), Fault::Cut { .. }));
        let header = [&length.to_le_bytes()[..], &[b'{'; 100]].concat();
        assert!(matches!(refuse_fast(&header, CheckpointFormat::Safetensors), Fault::TooMany { .. }));
    }
    for instruction in [
        &b"X\xff\xff\xff\xff"[..],
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff",
        b"B\xff\xff\xff\xff",
        b"\x8b\xff\xff\xff\xff",
    ] {
        let pickle = [b"\x80\x04", instruction, &[0; 100]].concat();
        assert!(matches!(refuse_fast(&pickle, CheckpointFormat::TorchLegacy), Fault::Cut { .. }));
    }
}

/// An archive's end may be sought in its last 64 KiB; none of the false ends there may cost much.
#[test]
fn false_ends_of_an_archive() {
    let file = b"PK\x05\x06".repeat(1 << 20);
    assert!(matches!(refuse_fast(&file, CheckpointFormat::TorchZip), Fault::Malformed { .. }));
}

/// The seeds of the fuzz targets are what they should be: sound files, but for the one without tensors.
#[test]
fn seeds_are_read() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut count = 0;
    for (folder, format) in [
        ("mindspore", CheckpointFormat::MindSpore),
        ("safetensors", CheckpointFormat::Safetensors),
        ("torch_zip", CheckpointFormat::TorchZip),
        ("torch_legacy", CheckpointFormat::TorchLegacy),
    ] {
        for file in fs::read_dir(corpus.join(folder)).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.starts_with("seed_") {
                continue;
            }
            count += 1;
            let tensors = checkpoint::tensors(&fs::read(&path).unwrap(), Some(format));
            assert_eq!(tensors.is_ok(), name != "seed_empty", "{name}: {tensors:?}");
        }
    }
    assert!(count >= 13, "{count}");
}
