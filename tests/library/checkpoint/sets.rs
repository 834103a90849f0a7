//! Where in a file the weights are: under keys, behind a prefix, among other things.

use super::python::{File, MODELS, Py, beside, dict};
use super::writers::{self, Raw, floats};
use super::{chain, content_error};
use lightcnn::checkpoint::{
    self, CheckpointError, CheckpointSummary, ContentError, LoadOptions, PassedOver, Surplus, Unfit,
    WeightSet,
};
use lightcnn::network::{Misfit, Network, seeded};
use std::io::Write;

const KEYS: [&str; 7] =
    ["state_dict", "model", "net", "model_state_dict", "weights", "generator", "checkpoint.model.net"];
const PREFIXES: [&str; 9] = [
    "",
    "module.",
    "backbone.",
    "model.",
    "network.",
    "_orig_mod.",
    "module.module.",
    "model._orig_mod.",
    "any.thing.at.all.",
];

fn summary(bytes: &[u8], options: &LoadOptions) -> CheckpointSummary {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    checkpoint::inspect(file.path(), options).unwrap_or_else(|error| panic!("{}", chain(&error)))
}

#[track_caller]
fn set(bytes: &[u8]) -> WeightSet {
    match summary(bytes, &LoadOptions::default()).fit {
        Ok(set) => set,
        Err(unfit) => panic!("{unfit}"),
    }
}

fn with_key(key: &str) -> LoadOptions {
    LoadOptions { key: Some(key.to_string()), ..LoadOptions::default() }
}

fn strict() -> LoadOptions {
    LoadOptions { strict: true, ..LoadOptions::default() }
}

/// The value under a path of keys.
fn under(path: &str, value: Py) -> Py {
    path.rsplit('.').filter(|key| !key.is_empty()).fold(value, |value, key| dict([(key, value)]))
}

fn at(set: &WeightSet) -> (&str, &str) {
    (&set.key, &set.prefix)
}

fn named(passed: &[PassedOver]) -> Vec<(&str, usize, Surplus)> {
    passed.iter().map(|passed| (passed.name.as_str(), passed.tensors, passed.what)).collect()
}

#[test]
fn weights_under_any_key_and_prefix_are_found() {
    for (number, key) in ["", "state_dict", "model", "net", "ema", "checkpoint.model"].iter().enumerate() {
        for (other, prefix) in PREFIXES.iter().enumerate() {
            let network = Network::ALL[(number + other) % Network::ALL.len()];
            let mut file = File::default();
            let weights = file.state_dict(network, prefix, Vec::new());
            for bytes in file.save(2 + (number + other) as u8 % 4, &under(key, weights)) {
                let set = set(&bytes);
                assert_eq!(at(&set), (*key, prefix.trim_end_matches('.')), "{key} {prefix}");
                assert_eq!((set.network, set.passed_over.len()), (network, 0));
            }
        }
    }
}

#[test]
fn what_is_beside_the_weights_never_matters() {
    for (number, key) in KEYS.iter().enumerate() {
        for protocol in 2..=5 {
            let mut file = File::default();
            let weights = file.state_dict(Network::LightCnn9, PREFIXES[number], Vec::new());
            let mut all = beside(&mut file);
            let (first, rest) = key.split_once('.').unwrap_or((key, ""));
            all.insert(number * 2, (first.to_string(), under(rest, weights)));
            for bytes in file.save(protocol, &Py::Dict(all)) {
                let summary = summary(&bytes, &strict());
                let set = summary.fit.unwrap();
                assert_eq!(at(&set), (*key, PREFIXES[number].trim_end_matches('.')));
                assert_eq!(named(&set.passed_over), [("optimizer", 3, Surplus::State)]);
                let shown = |key: &str| {
                    let found = summary.metadata.iter().find(|(name, _)| name == key);
                    found.map(|(_, value)| value.as_str())
                };
                assert_eq!(
                    (shown("epoch"), shown("prec1"), shown("best")),
                    (Some("10"), Some("98.5"), Some("7"))
                );
                assert_eq!(shown("args"), Some("an object of argparse.Namespace, not read"));
                assert_eq!(shown("dtype"), Some("torch.float32"));
            }
        }
    }
    assert!(!std::path::Path::new("/tmp/lightcnn-was-run").exists());
}

/// The values, and not only the names, through the whole way.
#[test]
fn the_values_are_those_of_the_place() {
    let (weights, average) = (seeded(Network::LightCnn9, 1, 0), seeded(Network::LightCnn9, 2, 0));
    let mut file = File::default();
    let value = dict([
        ("ema_state_dict", file.weights(&average, "module.")),
        ("model", file.weights(&weights, "backbone.")),
    ]);
    for bytes in file.save(2, &value) {
        let loaded = checkpoint::read(&bytes, &LoadOptions::default()).unwrap();
        assert!(loaded.weights == weights);
        assert_eq!(at(&loaded.set), ("model", "backbone"));
        assert_eq!(loaded.weights_sha256, loaded.sha256);
        assert_eq!(named(&loaded.set.passed_over), [("ema_state_dict.module", 20, Surplus::Copy)]);
        for key in ["model", "model.backbone"] {
            let again = checkpoint::read(&bytes, &with_key(key)).unwrap();
            assert_eq!(again, loaded);
        }
        for key in ["ema_state_dict", "ema_state_dict.module"] {
            let other = checkpoint::read(&bytes, &with_key(key)).unwrap();
            assert!(other.weights == average);
            assert_eq!(other.sha256, loaded.sha256);
            // Features of the two must not be taken for those of one model.
            assert_ne!(other.weights_sha256, loaded.weights_sha256);
        }
    }
}

#[test]
fn flat_files_have_prefixes_too() {
    let weights = seeded(Network::LightCnn9, 1, 0);
    let prefixed = |prefix: &str| -> Vec<Raw> {
        let tensors = writers::of_weights(&weights).into_iter();
        tensors.map(|t| Raw { name: format!("{prefix}{}", t.name), ..t }).collect()
    };
    for prefix in ["network.", "_backbone.", "module.module."] {
        let mut tensors = prefixed(prefix);
        tensors.push(floats(&format!("{prefix}fc2.weight"), &[3, 256], &[0.0; 768]));
        tensors.push(floats("head.weight", &[2, 256], &[0.0; 512]));
        tensors.push(floats("learning_rate", &[7], &[0.1; 7]));
        for bytes in [writers::mindspore(&tensors), writers::safetensors(&tensors)] {
            let loaded = checkpoint::read(&bytes, &LoadOptions::default()).unwrap();
            assert!(loaded.weights == weights);
            assert_eq!(at(&loaded.set), ("", prefix.trim_end_matches('.')));
            let state = ("learning_rate", 1, Surplus::State);
            assert_eq!(named(&loaded.set.passed_over), [("head.weight", 1, Surplus::Head), state]);
        }
        // An optimizer's moments have all the names and shapes of the weights.
        let moments = prefixed(&format!("moments.{prefix}"));
        let bytes = writers::mindspore(&[prefixed(prefix), moments].concat());
        let loaded = checkpoint::read(&bytes, &strict()).unwrap();
        assert_eq!(at(&loaded.set), ("", prefix.trim_end_matches('.')));
        assert!(loaded.set.passed_over.iter().all(|passed| passed.what == Surplus::State));
    }
    // Two models in one file are never told apart by a guess.
    let bytes = writers::safetensors(&[prefixed("student."), prefixed("teacher.")].concat());
    let error = checkpoint::read(&bytes, &LoadOptions::default()).unwrap_err();
    assert!(matches!(error, ContentError::Unfit(Unfit::Ambiguous { .. })), "{error}");
    assert_eq!(at(&checkpoint::read(&bytes, &with_key("teacher")).unwrap().set), ("", "teacher"));
}

#[test]
fn several_sets_are_an_error_that_names_them() {
    for (a, b) in
        [("model", "net"), ("", "target"), ("generator.module", "generator.other"), ("ema", "swa_model")]
    {
        let mut file = File::default();
        let second = file.state_dict(Network::LightCnn29V2, "", Vec::new());
        let value = match a {
            "" => file.state_dict(Network::LightCnn9, "", vec![(b.to_string(), second)]),
            _ => {
                let first = file.state_dict(Network::LightCnn9, "", Vec::new());
                let (Py::Dict(mut all), Py::Dict(other)) = (under(a, first), under(b, second)) else {
                    panic!()
                };
                match (&mut all[0], &other[0]) {
                    ((key, Py::Dict(inner)), (same, Py::Dict(more))) if key == same => {
                        inner.extend(more.clone())
                    }
                    _ => all.extend(other),
                }
                Py::Dict(all)
            }
        };
        for bytes in file.save(2, &value) {
            let Err(Unfit::Ambiguous { sets }) = summary(&bytes, &LoadOptions::default()).fit else {
                panic!("{a} {b}")
            };
            let mut found: Vec<&str> = sets.iter().map(|(key, _)| key.as_str()).collect();
            found.sort_unstable();
            assert_eq!(found, [a, b]);
            let error = chain(&checkpoint::read(&bytes, &LoadOptions::default()).unwrap_err());
            for words in ["2 complete sets", &format!("under '{b}'")] {
                assert!(error.contains(words), "{error}");
            }
            for (key, network) in [(a, Network::LightCnn9), (b, Network::LightCnn29V2)] {
                let set = summary(&bytes, &with_key(key)).fit.unwrap();
                assert_eq!((set.key.as_str(), set.network), (key, network));
                // To name the network is to choose as well.
                let asked = LoadOptions { network: Some(network), ..LoadOptions::default() };
                assert_eq!(summary(&bytes, &asked).fit.unwrap().key, key);
            }
        }
    }
}

/// Averaged weights that are no set: a list without names, names without dots, some of the weights.
#[test]
fn averages_in_other_forms_are_listed() {
    for key in ["", "state_dict", "model"] {
        for prefix in ["", "module.", "backbone."] {
            let mut file = File::default();
            let shapes = [("features0filterweight", &[96, 1, 5, 5][..]), ("features0filterbias", &[96])];
            let mut others: Vec<(String, Py)> =
                shapes.iter().map(|(own, shape)| (format!("model_ema.{own}"), file.zeros(shape))).collect();
            others.push(("shadow.features.0.filter.weight".to_string(), file.zeros(&[96, 1, 5, 5])));
            let list = Py::List(shapes.iter().map(|(_, shape)| file.zeros(shape)).collect());
            let weights = file.state_dict(Network::LightCnn9, prefix, others);
            let value = match (key, weights) {
                ("", Py::Ordered(mut all)) => {
                    all.push(("ema".to_string(), dict([("shadow_params", list)])));
                    Py::Ordered(all)
                }
                (key, weights) => dict([("ema", dict([("shadow_params", list)])), (key, weights)]),
            };
            for bytes in file.save(2, &value) {
                let set = set(&bytes);
                assert_eq!(at(&set), (key, prefix.trim_end_matches('.')));
                assert_eq!(set.passed_over.iter().map(|passed| passed.tensors).sum::<usize>(), 5);
                assert!(set.passed_over.iter().all(|passed| passed.what == Surplus::Copy), "{set:?}");
            }
        }
    }
}

#[test]
fn a_key_that_leads_nowhere_lists_the_keys() {
    let mut file = File::default();
    let value = dict([
        ("model", file.state_dict(Network::LightCnn9, "", Vec::new())),
        ("head", dict([("weight", file.zeros(&[10, 256]))])),
    ]);
    for bytes in file.save(2, &value) {
        let error = checkpoint::read(&bytes, &with_key("modle")).unwrap_err().to_string();
        for word in ["'modle'", "'model'", "'head'"] {
            assert!(error.contains(word), "{error}");
        }
        // A key of something else is obeyed, too.
        let Err(Unfit::Misfits { key, misfits }) = summary(&bytes, &with_key("head")).fit else { panic!() };
        assert_eq!(key, "head");
        assert!(misfits.all.len() >= 20);
        assert!(matches!(summary(&bytes, &with_key("")).fit, Err(Unfit::Misfits { .. })));
    }
}

#[test]
fn one_model_under_two_names_is_one() {
    let mut file = File::default();
    let weights = file.state_dict(Network::LightCnn9, "", Vec::new());
    let value = dict([("net", weights.clone()), ("model", weights)]);
    for bytes in file.save(2, &value) {
        assert_eq!(named(&set(&bytes).passed_over), [("net", 20, Surplus::Copy)]);
        let loaded = |key| checkpoint::read(&bytes, &with_key(key)).unwrap();
        assert_eq!(loaded("net").weights_sha256, loaded("model").weights_sha256);
    }
}

#[test]
fn foreign_heads_are_listed_and_refused_on_demand() {
    for prefix in PREFIXES {
        for is_inside in [true, false] {
            let mut file = File::default();
            let name = |own: &str| if is_inside { format!("{prefix}{own}") } else { own.to_string() };
            let heads =
                [("arcface.weight", &[1000, 256][..]), ("arcface.bias", &[1000]), ("bnneck.weight", &[256])];
            let mut others: Vec<(String, Py)> =
                heads.iter().map(|(own, shape)| (name(own), file.zeros(shape))).collect();
            others.push((name("bnneck.running_mean"), file.zeros(&[256])));
            others.push((name("projector.0.weight"), file.zeros(&[2048, 256])));
            others.push((name("projector.1.running_var"), file.zeros(&[2048])));
            others.push((name("age.weight"), file.zeros(&[1, 256, 1, 1])));
            others.push((name("subcenters.weight"), file.zeros(&[3, 256, 1000])));
            others.push((name("centers"), file.zeros(&[1000, 256])));
            others.push((name("margin"), file.zeros(&[1])));
            let value = dict([("state_dict", file.state_dict(Network::LightCnn29, prefix, others))]);
            for bytes in file.save(2, &value) {
                let set = set(&bytes);
                assert_eq!(at(&set), ("state_dict", prefix.trim_end_matches('.')));
                assert_eq!(set.passed_over.iter().map(|passed| passed.tensors).sum::<usize>(), 9);
                assert!(set.passed_over.iter().all(|passed| passed.what == Surplus::Head), "{set:?}");
                let Err(Unfit::Beside { passed_over }) = summary(&bytes, &strict()).fit else { panic!() };
                assert_eq!(passed_over, set.passed_over);
                let error = checkpoint::read(&bytes, &strict()).unwrap_err().to_string();
                assert!(error.contains("arcface") && error.contains("centers"), "{error}");
            }
        }
    }
}

/// The network's own head is one of its parts, and counters are no weights.
#[test]
fn an_own_head_and_counters_are_accepted_by_strict() {
    for prefix in PREFIXES {
        let mut file = File::default();
        let others = vec![
            (format!("{prefix}fc2.weight"), file.zeros(&[80, 256])),
            (format!("{prefix}fc2.bias"), file.zeros(&[80])),
            (format!("{prefix}features.0.num_batches_tracked"), file.zeros(&[])),
        ];
        let value = file.state_dict(Network::LightCnn9, prefix, others);
        for bytes in file.save(2, &value) {
            for head in [false, true] {
                let set = summary(&bytes, &LoadOptions { head, ..strict() }).fit.unwrap();
                assert!(set.passed_over.is_empty(), "{set:?}");
            }
        }
    }
}

/// Layers that compute before the features are there change the features: to leave them out would be wrong.
#[test]
fn a_changed_network_is_refused() {
    for prefix in ["", "backbone."] {
        for (own, shape) in [
            ("features.8.conv.filter.weight", &[128, 128, 3, 3][..]),
            ("features.0.bn.weight", &[96]),
            ("bn1.running_mean", &[96]),
            ("attention.conv.weight", &[1, 192, 1, 1]),
            ("conv6.weight", &[256, 128, 3, 3]),
        ] {
            let mut file = File::default();
            let others = vec![(format!("{prefix}{own}"), file.zeros(shape))];
            let value = file.state_dict(Network::LightCnn9, prefix, others);
            for bytes in file.save(2, &value) {
                let Err(Unfit::Misfits { misfits, .. }) = summary(&bytes, &LoadOptions::default()).fit else {
                    panic!("{own} was passed over")
                };
                assert_eq!(misfits.all, [Misfit::Unexpected(own.to_string())]);
            }
        }
    }
}

#[test]
fn what_is_missing_is_said_of_the_place_that_comes_closest() {
    for prefix in PREFIXES {
        let mut file = File::default();
        let Py::Ordered(mut weights) = file.state_dict(Network::LightCnn9, prefix, Vec::new()) else {
            panic!()
        };
        weights.retain(|(name, _)| !name.ends_with("fc1.filter.bias"));
        let value =
            dict([("model", Py::Ordered(weights)), ("head", dict([("weight", file.zeros(&[3, 256]))]))]);
        for bytes in file.save(2, &value) {
            let unfit = summary(&bytes, &LoadOptions::default()).fit.unwrap_err();
            assert!(unfit.to_string().starts_with("under 'model"), "{unfit}");
            let Unfit::Misfits { misfits, .. } = unfit else { panic!("{unfit}") };
            assert_eq!(misfits.all, [Misfit::Missing("fc1.filter.bias".into())]);
        }
    }
}

/// `torch.save(model)`: the names are those that its `state_dict()` has.
#[test]
fn a_whole_module_is_read() {
    let mut file = File::default();
    let Py::Ordered(weights) = file.state_dict(Network::LightCnn9, "", Vec::new()) else { panic!() };
    let module = nest(&weights);
    for (value, at_key) in [(module.clone(), ""), (dict([("epoch", Py::Int(1)), ("model", module)]), "model")]
    {
        for bytes in file.save(2, &value) {
            let set = set(&bytes);
            assert_eq!(at(&set), (at_key, ""));
            assert!(set.passed_over.is_empty());
        }
    }
}

/// The module that has these parameters, with a module for each part of their names.
fn nest(parameters: &[(String, Py)]) -> Py {
    let mut own = Vec::new();
    let mut inner: Vec<(String, Vec<(String, Py)>)> = Vec::new();
    for (name, value) in parameters {
        match name.split_once('.') {
            None => {
                let arguments = vec![value.clone(), Py::Int(1), Py::Ordered(Vec::new())];
                own.push((name.clone(), Py::Call("torch._utils", "_rebuild_parameter", arguments)));
            }
            Some((first, rest)) => match inner.iter_mut().find(|(name, _)| name == first) {
                Some((_, all)) => all.push((rest.to_string(), value.clone())),
                None => inner.push((first.to_string(), vec![(rest.to_string(), value.clone())])),
            },
        }
    }
    let modules = inner.iter().map(|(name, all)| (name.clone(), nest(all))).collect();
    let state = [
        ("training", Py::Int(0)),
        ("_parameters", Py::Ordered(own)),
        ("_buffers", Py::Ordered(Vec::new())),
        ("_modules", Py::Ordered(modules)),
    ];
    let state = state.map(|(name, value)| (name.to_string(), value)).to_vec();
    Py::Object(MODELS, "LightCNN", Vec::new(), state)
}

/// The functions that make a tensor, in the words of several releases and of Ascend's extension.
#[test]
fn every_way_to_make_a_tensor_is_known() {
    let mut file = File::default();
    let values: Vec<u8> = [1.5f32, -2.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let floats = Py::Stored(file.storage_of("FloatStorage", 4, values.clone()));
    let bytes = Py::Stored(file.storage_of("UntypedStorage", 1, values));
    let numbers = |numbers: &[i64]| Py::Tuple(numbers.iter().map(|&number| Py::Int(number)).collect());
    let part = |storage: &Py, more: &[Py]| {
        let mut arguments = vec![storage.clone(), Py::Int(0), numbers(&[2]), numbers(&[1])];
        arguments.extend_from_slice(more);
        arguments
    };
    let utils = "torch._utils";
    let (no, hooks) = (Py::Int(0), Py::Ordered(Vec::new()));
    let plain = Py::Call(utils, "_rebuild_tensor_v2", part(&floats, &[no.clone(), hooks.clone()]));
    let type_v2 = vec![
        Py::Named(utils, "_rebuild_tensor_v2"),
        Py::Named("torch.nn.parameter", "Buffer"),
        Py::Tuple(part(&floats, &[no.clone(), hooks.clone()])),
        dict([]),
    ];
    let of_bytes = part(&bytes, &[no.clone(), hooks.clone(), Py::Named("torch", "float32")]);
    let npu = part(&floats, &[no.clone(), hooks.clone(), Py::Int(2)]);
    let with_state = vec![plain.clone(), no.clone(), hooks.clone(), dict([("tag", Py::Int(1))])];
    let ways = [
        ("first", Py::Call(utils, "_rebuild_tensor", part(&floats, &[]))),
        ("second", plain.clone()),
        ("third", Py::Call(utils, "_rebuild_tensor_v3", of_bytes)),
        ("parameter", Py::Call(utils, "_rebuild_parameter", vec![plain, no, hooks])),
        ("with_state", Py::Call(utils, "_rebuild_parameter_with_state", with_state)),
        ("type", Py::Call("torch._tensor", "_rebuild_from_type_v2", type_v2)),
        ("npu", Py::Call("torch_npu.utils.storage", "_rebuild_npu_tensor", npu)),
    ];
    for bytes in file.save(2, &dict(ways)) {
        let tensors = checkpoint::tensors(&bytes, None).unwrap_or_else(|error| panic!("{}", chain(&error)));
        assert_eq!(tensors.len(), 7);
        assert!(tensors.values().all(|tensor| tensor.data == [1.5, -2.0]), "{tensors:?}");
    }
}

#[test]
fn tensors_that_are_no_weights_are_described() {
    let mut file = File::default();
    let Py::Ordered(mut weights) = file.state_dict(Network::LightCnn9, "", Vec::new()) else { panic!() };
    let quantized = |all| Py::Call("torch._utils", "_rebuild_qtensor", all);
    weights.push(("scale.q".to_string(), quantized(vec![Py::Int(1)])));
    for bytes in file.save(2, &Py::Ordered(weights.clone())) {
        assert_eq!(set(&bytes).network, Network::LightCnn9);
    }
    weights[0].1 = quantized(vec![Py::Int(1)]);
    for bytes in file.save(2, &Py::Ordered(weights.clone())) {
        let unfit = summary(&bytes, &LoadOptions::default()).fit.unwrap_err().to_string();
        assert!(unfit.contains("type _rebuild_qtensor"), "{unfit}");
    }
}

/// Only damage makes a file unsound.
#[test]
fn a_sound_file_is_never_called_unsound() {
    let mut file = File::default();
    let all = beside(&mut file);
    let without: Vec<(String, Py)> =
        all.into_iter().filter(|(key, _)| key != "optimizer" && key != "callbacks").collect();
    let [bytes, _] = file.save(4, &Py::Dict(without));
    let error = chain(&checkpoint::read(&bytes, &LoadOptions::default()).unwrap_err());
    assert!(error.contains("no tensor found") && !error.contains("sound"), "{error}");
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), b"PK\x05\x06").unwrap();
    let error: Result<_, CheckpointError> = checkpoint::load(path.path(), &LoadOptions::default());
    assert!(chain(&content_error(error)).contains("no sound PyTorch zip file"));
}
