//! Evaluation on the shared protocol files and embeddings.

use crate::shared;
use lightcnn::eval::{self, Definition, EvalOptions, Evaluation, Protocol, ScoredPairs};
use lightcnn::features::Features;
use lightcnn::protocol::{self, Image, PairList, mat};
use std::fs;

fn without_intervals() -> EvalOptions {
    let mut options = EvalOptions::default();
    (options.bootstrap, options.hardest) = (None, 5);
    options
}

fn metric(evaluation: &Evaluation, name: &str, definition: Definition) -> f64 {
    let is_asked = |metric: &&eval::Metric| metric.name == name && metric.definition == definition;
    evaluation.metrics.iter().find(is_asked).unwrap_or_else(|| panic!("no {name}")).value
}

fn reference() -> serde_json::Value {
    let path = shared("data/lfw-dev-embeddings/reference_metrics.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Figures are stated with all digits; sums of ten values and a root may differ in the last.
#[track_caller]
fn close(found: f64, stated: &serde_json::Value) {
    let stated = stated.as_f64().unwrap();
    assert!((found - stated).abs() < 1e-12, "{found} for {stated}");
}

#[test]
fn the_stated_metrics_of_real_pairs() {
    let list = protocol::read_pairs(&shared("data/lfw-dev-subset/dev_pairs.mat")).unwrap();
    let images = protocol::read_images(&shared("data/lfw-dev-subset/image_list_for_lfw.txt")).unwrap();
    let stated = reference();
    for name in ["lfw_dev_dlib128.npy", "lfw_dev_dlib128.mat"] {
        let features = Features::open(&shared("data/lfw-dev-embeddings").join(name)).unwrap();
        let features = features.with_names(images.images.iter().map(|image| image.name.as_str())).unwrap();
        let scored = ScoredPairs::new(&features, &list, Some(&images)).unwrap();
        let found = eval::pairs(&scored, Protocol::Lfw, &without_intervals()).unwrap();
        let group = |start: &str| {
            let all = stated.as_object().unwrap();
            all.iter()
                .find(|(key, _)| key.starts_with(start))
                .map(|(_, value)| value.as_object().unwrap())
                .unwrap()
        };
        for (key, value) in group("pairs_roc_points") {
            close(metric(&found, key, Definition::ModelCard), value);
        }
        for (key, value) in group("pairs") {
            let (name, how) = key.split_once(" (").unwrap();
            let definition =
                if how.starts_with("linear") { Definition::Interpolated } else { Definition::EveryThreshold };
            close(metric(&found, name, definition), value);
        }
    }
}

#[test]
fn the_stated_metrics_of_real_trials() {
    let features = Features::open(&shared("data/lfw-dev-embeddings/lfw_dev_dlib128.npy")).unwrap();
    let config = protocol::read_blufr(&shared("data/lfw-dev-subset/dev_blufr_config.mat")).unwrap();
    let found = eval::blufr(&features, &config, &without_intervals()).unwrap();
    let stated = &reference()["blufr"];
    let (vr, dir) = (&stated["VR@FAR=0.1%"], &stated["DIR@FAR=1% rank 1"]);
    for (at, trial) in found.trials.iter().enumerate() {
        close(trial.vr, &vr["per_trial"][at]);
        close(trial.dir, &dir["per_trial"][at]);
    }
    close(metric(&found, "VR@FAR=0.1%", Definition::Blufr), &vr["mu_minus_sigma"]);
    close(metric(&found, "DIR@FAR=1%", Definition::Blufr), &dir["mu_minus_sigma"]);
    close(metric(&found, "VR@FAR=0.1%, mean", Definition::Blufr), &vr["mean"]);
    close(metric(&found, "DIR@FAR=1%, mean", Definition::Blufr), &dir["mean"]);
}

/// `lfw_pairs.mat` with the image list, and `pairs.txt`, are the same pairs: of one person in the same order, and of two.
#[test]
fn both_forms_of_the_lfw_pairs_are_the_same() {
    let numbered = protocol::read_pairs(&shared("data/lfw-protocol/lfw_pairs.mat")).unwrap();
    let named = protocol::read_pairs(&shared("data/lfw-protocol/pairs.txt")).unwrap();
    let images = protocol::read_images(&shared("data/lfw-protocol/image_list_for_lfw.txt")).unwrap();
    assert_eq!(images.images.len(), 13_233);
    let names = |list: &PairList, same: bool| -> Vec<([String; 2], Option<usize>)> {
        let name = |image: &Image| match image {
            Image::Row(row) => images.images[*row].name.strip_suffix(".bmp").unwrap().to_string(),
            Image::Name(name) => name.clone(),
            other => panic!("{other:?}"),
        };
        let of_kind = list.pairs.iter().filter(|pair| pair.same == same);
        of_kind.map(|pair| (pair.images.as_ref().unwrap().each_ref().map(name), pair.fold)).collect()
    };
    for same in [true, false] {
        let (numbered, named) = (names(&numbered, same), names(&named, same));
        assert_eq!(numbered.len(), 3000);
        assert_eq!(numbered, named);
    }
    assert_eq!((numbered.folds, named.folds), (10, 10));
}

#[test]
fn the_other_lists_of_lfw() {
    let read = |name: &str| fs::read_to_string(shared("data/lfw-protocol").join(name)).unwrap();
    for (name, persons, images) in [("people.txt", 5749, 13_233), ("lfw-names.txt", 5749, 13_233)] {
        let people = protocol::people_txt(&read(name)).unwrap();
        let total: u32 = people.iter().map(|person| person.images).sum();
        assert_eq!((people.len(), total), (persons, images), "{name}");
    }
    let people = protocol::people_txt(&read("people.txt")).unwrap();
    assert_eq!(people.last().unwrap().fold, 9);
    assert_eq!(protocol::people_txt(&read("peopleDevTest.txt")).unwrap().len(), 1711);
    assert_eq!(protocol::pairs_txt(&read("pairsDevTrain.txt")).unwrap().pairs.len(), 2200);
    assert_eq!(protocol::pairs_txt(&read("pairsDevTest.txt")).unwrap().pairs.len(), 1000);
    let blufr = protocol::read_images(&shared("data/lfw-protocol/image_list_for_blufr.txt")).unwrap();
    let config = protocol::read_blufr(&shared("data/lfw-protocol/blufr_lfw_config.mat")).unwrap();
    assert!(blufr.images.iter().map(|image| &image.name).eq(&config.images));
    // As the official script opens them: the names of the other list.
    let lfw = protocol::read_images(&shared("data/lfw-protocol/image_list_for_lfw.txt")).unwrap();
    let mut official: Vec<String> = blufr.official_paths().collect();
    let mut listed: Vec<String> = lfw.images.into_iter().map(|image| image.name).collect();
    official.sort();
    listed.sort();
    assert_eq!(official, listed);
}

/// The counts that `blufr_lfw_config_info.txt` states for every trial.
#[test]
fn the_trials_have_the_stated_counts() {
    let config = protocol::read_blufr(&shared("data/lfw-protocol/blufr_lfw_config.mat")).unwrap();
    let info = fs::read_to_string(shared("data/lfw-protocol/blufr_lfw_config_info.txt")).unwrap();
    let numbers = |line: &str| -> Vec<u64> {
        line.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
    };
    let sets: Vec<&str> = info.split("Set ").skip(1).take(10).collect();
    assert_eq!((config.trials.len(), sets.len()), (10, 10));
    for (trial, text) in config.trials.iter().zip(sets) {
        let lines: Vec<&str> = text.lines().collect();
        // "#class2: 424. Test: #img = 10281, #pos = 231834."
        let test = numbers(lines[1].split("Test:").nth(1).unwrap());
        let rest = numbers(lines[2]);
        let label = |image: &usize| config.labels[*image];
        let mut persons = std::collections::BTreeMap::new();
        trial.test.iter().for_each(|image| *persons.entry(label(image)).or_insert(0u64) += 1);
        let genuine: u64 = persons.values().map(|n| n * (n - 1) / 2).sum();
        assert_eq!([trial.test.len() as u64, genuine], test[..]);
        let known: std::collections::BTreeSet<usize> = trial.gallery.iter().map(label).collect();
        let (found, unknown): (Vec<&usize>, Vec<&usize>) =
            trial.probe.iter().partition(|image| known.contains(&label(image)));
        let distinct = |images: &[&usize]| {
            images.iter().map(|image| label(image)).collect::<std::collections::BTreeSet<_>>().len() as u64
        };
        let counts = [
            trial.gallery.len() as u64,
            known.len() as u64,
            found.len() as u64,
            distinct(&found),
            unknown.len() as u64,
            distinct(&unknown),
        ];
        assert_eq!(counts, rest[..6], "{}", lines[2]);
    }
}

#[test]
fn a_large_file_of_cells() {
    let bytes = fs::read(shared("data/lfw-protocol/lfw_mtcnn_landmarks.mat")).unwrap();
    let file = mat::read(&bytes, &mat::Limits::default()).unwrap();
    let Some(mat::Value::Cells(names)) = file.get("imglist") else { panic!("{}", file.names()) };
    let Some(mat::Value::Cells(faces)) = file.get("singlefaces") else { panic!("{}", file.names()) };
    assert_eq!((names.values.len(), faces.dims.as_slice()), (13_233, &[13_233, 2][..]));
}
