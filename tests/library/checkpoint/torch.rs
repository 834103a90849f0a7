//! PyTorch's two containers in all the ways a state dict was ever pickled.

use super::writers::{self, Raw, Storage, Style, View, raw};
use super::{chain, fault, tiny};
use half::f16;
use lightcnn::checkpoint::{self, CheckpointFormat, ContentError, Fault, LoadOptions, Unfit};
use lightcnn::network::{Network, seeded};

type Writer = fn(Style, &[View], &[Storage]) -> Vec<u8>;
const WRITERS: [(CheckpointFormat, Writer); 2] = [
    (CheckpointFormat::TorchZip, writers::torch_zip),
    (CheckpointFormat::TorchLegacy, writers::torch_legacy),
];

#[test]
fn official_files_load() {
    let weights = seeded(Network::LightCnn29V2, 5, 3);
    let (views, storages) = writers::torch_parts(&writers::of_weights(&weights));
    for (format, write) in WRITERS {
        let bytes = write(Style::OFFICIAL, &views, &storages);
        let loaded = checkpoint::read(&bytes, &LoadOptions { head: true, ..LoadOptions::default() }).unwrap();
        assert_eq!(loaded.format, format);
        assert_eq!(loaded.weights, weights);
    }
}

#[test]
fn every_style_gives_the_same_tensors() {
    let (views, storages) = writers::torch_parts(&tiny());
    let expected = checkpoint::tensors(&writers::mindspore(&tiny()), None).unwrap();
    assert_eq!(expected.len(), 3);
    for protocol in 2..=5 {
        for bits in 0..32 {
            let style = Style {
                protocol,
                nested: bits & 1 != 0,
                parallel: bits & 2 != 0,
                parameters: bits & 4 != 0,
                first_version: bits & 8 != 0,
                python2: bits & 16 != 0,
            };
            for (format, write) in WRITERS {
                let bytes = write(style, &views, &storages);
                let found = checkpoint::tensors(&bytes, None).unwrap_or_else(|e| panic!("{}", chain(&e)));
                assert_eq!(found, expected, "{format} protocol {protocol} style {bits:05b}");
            }
        }
    }
}

#[test]
fn shared_storages_offsets_and_strides_are_honoured() {
    let values: Vec<u8> = (0..8).flat_map(|i| f16::from_f32(i as f32).to_le_bytes()).collect();
    let storages = [Storage { class: "HalfStorage", size: 2, bytes: values }];
    let view = |name: &str, offset, shape: &[usize], strides: &[usize]| View {
        name: name.into(),
        storage: 0,
        offset,
        shape: shape.to_vec(),
        strides: strides.to_vec(),
    };
    let views = [
        view("whole", 0, &[2, 4], &[4, 1]),
        view("turned", 0, &[4, 2], &[1, 4]),
        view("row", 4, &[4], &[1]),
        view("column", 3, &[2], &[4]),
        view("scalar", 5, &[], &[]),
        view("nothing", 0, &[0, 3], &[3, 1]),
    ];
    for (_, write) in WRITERS {
        let tensors = checkpoint::tensors(&write(Style::OFFICIAL, &views, &storages), None).unwrap();
        assert_eq!(tensors["whole"].data, [0., 1., 2., 3., 4., 5., 6., 7.]);
        assert_eq!(tensors["turned"].data, [0., 4., 1., 5., 2., 6., 3., 7.]);
        assert_eq!(tensors["row"].data, [4., 5., 6., 7.]);
        assert_eq!(tensors["column"].data, [3., 7.]);
        assert_eq!(tensors["scalar"].data, [5.]);
        assert_eq!(tensors["nothing"].shape, [0, 3]);
    }
}

/// `tensor.expand(...)` is saved as one element with a stride of 0.
#[test]
fn expanded_tensors_are_read_and_bounded() {
    let storages = [Storage { class: "FloatStorage", size: 4, bytes: 1.5f32.to_le_bytes().to_vec() }];
    let view = |count| View { name: "t".into(), storage: 0, offset: 0, shape: vec![count], strides: vec![0] };
    for (_, write) in WRITERS {
        let tensors = checkpoint::tensors(&write(Style::OFFICIAL, &[view(96)], &storages), None).unwrap();
        assert_eq!(tensors["t"].data, [1.5; 96]);
        let bytes = write(Style::OFFICIAL, &[view(1 << 40)], &storages);
        assert!(matches!(fault(checkpoint::tensors(&bytes, None)), Fault::TooMany { .. }));
    }
}

#[test]
fn a_view_must_stay_in_its_storage() {
    let (views, storages) = writers::torch_parts(&tiny());
    for (_, write) in WRITERS {
        for change in [
            |v: &mut View| v.offset = 1,
            |v: &mut View| v.shape = vec![3, 1, 1, 3],
            |v: &mut View| v.strides = vec![4, 3, 3, 1],
            |v: &mut View| v.strides = vec![3, 1],
            |v: &mut View| v.shape = vec![1 << 40, 1 << 40],
        ] {
            let mut views = views.clone();
            change(&mut views[0]);
            let error = checkpoint::tensors(&write(Style::OFFICIAL, &views, &storages), None).unwrap_err();
            assert!(chain(&error).contains("conv.weight' "), "{}", chain(&error));
        }
    }
}

/// Ten thousand tensors that share one storage must not become ten thousand copies.
#[test]
fn sharing_does_not_multiply_memory() {
    let storages = [Storage { class: "FloatStorage", size: 4, bytes: vec![0; 1 << 20] }];
    let count = (1 << 20) / 4;
    let view = |i: usize| View {
        name: format!("t{i}"),
        storage: 0,
        offset: 0,
        shape: vec![count],
        strides: vec![1],
    };
    let views: Vec<View> = (0..10_000).map(view).collect();
    let bytes = writers::torch_zip(Style::OFFICIAL, &views, &storages);
    assert!(matches!(
        fault(checkpoint::tensors(&bytes, None)),
        Fault::TooMany { what: "bytes of values", .. }
    ));
}

#[test]
fn scalars_beside_the_state_dict_are_shown() {
    let (views, storages) = writers::torch_parts(&tiny());
    for (_, write) in WRITERS {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), write(Style::OFFICIAL, &views, &storages)).unwrap();
        let summary = checkpoint::inspect(file.path(), &LoadOptions::default()).unwrap();
        let shown: Vec<(&str, &str)> =
            summary.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(shown, [("epoch", "12"), ("arch", "LightCNN"), ("prec1", "98.5")]);
        assert_eq!(summary.tensors[0].key, "state_dict");
        assert_eq!(summary.tensors[0].name, "module.conv.weight");
        assert_eq!(summary.tensors[0].dtype, "FloatStorage");
    }
}

#[test]
fn duplicate_keys_are_refused() {
    let twice: Vec<Raw> = [tiny(), tiny()].concat();
    let (views, storages) = writers::torch_parts(&twice);
    for (_, write) in WRITERS {
        let bytes = write(Style::OFFICIAL, &views, &storages);
        assert!(matches!(fault(checkpoint::tensors(&bytes, None)), Fault::Duplicate { .. }));
    }
}

#[test]
fn archives_that_are_no_checkpoint_are_named() {
    let text = || b"hello".to_vec();
    for (entries, words) in [
        (vec![], "without a PyTorch checkpoint"),
        (vec![("a.npy".to_string(), text())], "without a PyTorch checkpoint"),
        (vec![("a/b/data.pkl".to_string(), text())], "without a PyTorch checkpoint"),
        (vec![("a/data.pkl".to_string(), text()), ("b/data.pkl".to_string(), text())], "without a PyTorch"),
        (vec![("a/data.pkl".to_string(), text()), ("a/constants.pkl".to_string(), text())], "TorchScript"),
        (
            vec![("a/data.pkl".to_string(), text()), ("a/byteorder".to_string(), b"big".to_vec())],
            "big-endian",
        ),
        (vec![("a/data.pkl".to_string(), text())], "no pickle of protocol 2 to 5"),
        (
            vec![("a/data.pkl".to_string(), b"\x80\x02}(X\x05\0\0\0modelK\x01u.".to_vec())],
            "keys at the top: 'model'",
        ),
    ] {
        let error = checkpoint::tensors(&writers::zip(&entries), None).unwrap_err();
        assert!(chain(&error).contains(words), "{words}: {}", chain(&error));
    }
}

#[test]
fn a_deflated_entry_is_refused_by_name() {
    let (views, storages) = writers::torch_parts(&tiny());
    let mut bytes = writers::torch_zip(Style::OFFICIAL, &views, &storages);
    let directory = find(&bytes, b"PK\x01\x02");
    bytes[directory + 10] = 8;
    let error = checkpoint::tensors(&bytes, None).unwrap_err();
    assert!(chain(&error).contains("'model/data.pkl' of the archive is compressed"), "{}", chain(&error));
    bytes[directory + 10] = 0;
    bytes[directory + 8] |= 1;
    let error = checkpoint::tensors(&bytes, None).unwrap_err();
    assert!(chain(&error).contains("'model/data.pkl' of the archive is encrypted"), "{}", chain(&error));
}

/// The zip bomb without compression: many entries in the directory, one content in the file.
#[test]
fn entries_that_overlap_are_refused() {
    let entries =
        |count: usize| (0..count).map(|i| (format!("m/data/{i}"), vec![i as u8; 100])).collect::<Vec<_>>();
    let mut bytes = writers::zip(&entries(3));
    let first = find(&bytes, b"PK\x01\x02");
    let second = first + 46 + "m/data/0".len();
    // The second entry of the directory becomes the first with another name.
    let local = bytes[first + 42..first + 46].to_vec();
    bytes[second + 42..second + 46].copy_from_slice(&local);
    let error = checkpoint::tensors(&bytes, None).unwrap_err();
    assert!(chain(&error).contains("two names"), "{}", chain(&error));
    bytes[second + 46 + 7] = b'0';
    let error = checkpoint::tensors(&bytes, None).unwrap_err();
    assert!(chain(&error).contains("one name"), "{}", chain(&error));

    // A local header inside the content of another entry.
    let inner = writers::zip(&[("m/data/1".to_string(), vec![0; 10])]);
    let mut bytes = writers::zip(&[("m/data/0".to_string(), inner), ("m/data/1".to_string(), vec![0; 10])]);
    let inner_local = find(&bytes[1..], b"PK\x03\x04") + 1;
    let second = find(&bytes, b"PK\x05\x06\0\0\0\0\x02") - 46 - "m/data/1".len();
    bytes[second + 42..second + 46].copy_from_slice(&(inner_local as u32).to_le_bytes());
    let error = checkpoint::tensors(&bytes, None).unwrap_err();
    assert!(chain(&error).contains("entries of the archive overlap"), "{}", chain(&error));
}

#[test]
fn other_pickles_are_refused_by_name() {
    let error = checkpoint::tensors(b"\x80\x04\x95\x02\0\0\0\0\0\0\0K\x01.", None).unwrap_err();
    assert!(chain(&error).contains("torch.save did not write"), "{}", chain(&error));

    // What names anything else is data; nothing is run, and there is no tensor in it.
    let pickle = b"\x80\x02cposix\nsystem\nX\x02\0\0\0ls\x85R.".to_vec();
    let error = checkpoint::tensors(&writers::zip(&[("m/data.pkl".to_string(), pickle)]), None).unwrap_err();
    assert!(chain(&error).contains("no tensor found"), "{}", chain(&error));

    let cyclic = b"\x80\x02}q\0(X\x0a\0\0\0state_dicth\0u.".to_vec();
    let error = checkpoint::tensors(&writers::zip(&[("m/data.pkl".to_string(), cyclic)]), None).unwrap_err();
    assert!(chain(&error).contains("no tensor found (keys at the top: 'state_dict')"), "{}", chain(&error));
}

#[test]
fn storages_must_be_what_the_pickle_says() {
    let (views, storages) = writers::torch_parts(&tiny());
    let bytes = writers::torch_legacy(Style::OFFICIAL, &views, &storages);
    let mut other_count = bytes.clone();
    let first = bytes.len() - (8 + 24) - (8 + 8) - (8 + 8);
    assert_eq!(bytes[first], 6);
    other_count[first] = 7;
    assert!(matches!(fault(checkpoint::tensors(&other_count, None)), Fault::Malformed { .. }));
    let longer = [bytes, vec![0]].concat();
    assert!(matches!(fault(checkpoint::tensors(&longer, None)), Fault::Malformed { .. }));

    let mut short = storages.clone();
    short[1].bytes.truncate(4);
    let good = writers::torch_zip(Style::OFFICIAL, &views, &storages);
    let entries = |storages: &[Storage]| {
        let mut entries = vec![("model/data.pkl".to_string(), pickle_of(&good))];
        entries
            .extend(storages.iter().enumerate().map(|(i, s)| (format!("model/data/{i}"), s.bytes.clone())));
        writers::zip(&entries)
    };
    checkpoint::tensors(&entries(&storages), None).unwrap();
    assert!(matches!(fault(checkpoint::tensors(&entries(&short), None)), Fault::Storage { .. }));
    let error = checkpoint::tensors(&entries(&storages[..2]), None).unwrap_err();
    assert!(
        chain(&error).contains("'state_dict.module.fc.weight' has a storage that is not in the file"),
        "{}",
        chain(&error)
    );
}

#[test]
fn a_state_dict_of_integers_is_no_weights() {
    let (views, storages) = writers::torch_parts(&[raw("steps", &[2], "Int64", vec![0; 16])]);
    for (_, write) in WRITERS {
        let bytes = write(Style::OFFICIAL, &views, &storages);
        assert!(checkpoint::tensors(&bytes, None).unwrap().is_empty());
        assert!(matches!(
            checkpoint::read(&bytes, &LoadOptions::default()),
            Err(ContentError::Unfit(Unfit::Misfits { .. }))
        ));
    }
}

fn find(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).position(|window| window == what).unwrap()
}

/// The pickle in an archive of [`writers::torch_zip`].
fn pickle_of(archive: &[u8]) -> Vec<u8> {
    let start = find(archive, b"\x80\x02");
    let end = find(archive, b"PK\x07\x08");
    archive[start..end].to_vec()
}
