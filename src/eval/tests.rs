//! BLUFR's figures against sorting every score, on features whose scores are exact and mostly equal to others.

use super::*;
use crate::features::Features;
use crate::protocol::{BlufrConfig, BlufrTrial, Image, Pair, PairList};

/// Numbers without a pattern.
fn noise(i: u64) -> u64 {
    let mut z = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 27)
}

/// 150 images of 30 persons with features of ±1, and two trials.
fn sample() -> (Features, BlufrConfig) {
    let (images, width) = (150usize, 16usize);
    let labels: Vec<usize> = (0..images).map(|i| 1 + i % 30).collect();
    let values = (0..images * width).map(|at| {
        let (i, k) = (at / width, at % width);
        // Mostly the person's sign.
        let own = noise((labels[i] * 1000 + k) as u64) & 1;
        let flip = u64::from(noise((at + 777) as u64).is_multiple_of(6));
        if own ^ flip == 1 { 1.0 } else { -1.0 }
    });
    let features = Features::from_rows("f".as_ref(), width, values.collect()).unwrap();
    let trial = |first: usize| {
        let test: Vec<usize> =
            (0..images).filter(|i| !(labels[*i] + first).is_multiple_of(3)).rev().collect();
        let is_known = |i: &usize| labels[*i] % 2 == first % 2;
        let gallery: Vec<usize> = test.iter().copied().filter(|i| is_known(i) && *i < 45).collect();
        let probe = test.iter().copied().filter(|i| !gallery.contains(i)).collect();
        BlufrTrial { test, gallery, probe }
    };
    let images = (0..images).map(|i| format!("P_{i:04}.jpg")).collect();
    (features, BlufrConfig { images, trials: vec![trial(0), trial(1)], labels })
}

#[test]
fn blufr_is_what_sorting_all_scores_gives() {
    let (features, config) = sample();
    let found = blufr(&features, &config, &EvalOptions { bootstrap: None, hardest: 3 }).unwrap();
    let score = |i: usize, j: usize| {
        let pairs = features.row(i).iter().zip(features.row(j));
        pairs.map(|(a, b)| f64::from(a * b)).sum::<f64>() / 16.0
    };
    for (trial, found) in config.trials.iter().zip(&found.trials) {
        let (mut genuine, mut impostors) = (Vec::new(), Vec::new());
        for (at, i) in trial.test.iter().enumerate() {
            for j in &trial.test[at + 1..] {
                let of = if config.labels[*i] == config.labels[*j] { &mut genuine } else { &mut impostors };
                of.push(score(*i, *j));
            }
        }
        impostors.sort_by(|a, b| b.total_cmp(a));
        assert_eq!((found.genuine, found.impostors), (genuine.len() as u64, impostors.len() as u64));
        // FAR = 10 %, which is the 64th of the points: 0, then nine to each of eight decades.
        let alarms = (0.1 * impostors.len() as f64).round() as usize;
        let (threshold, point) = (impostors[alarms - 1], found.verification[64]);
        let accepted = genuine.iter().filter(|score| **score >= threshold).count();
        assert_eq!(point.threshold, Some(threshold));
        assert_eq!(point.far, alarms as f64 / impostors.len() as f64);
        assert_eq!(point.tpr, accepted as f64 / genuine.len() as f64);
        // Open set, FAR = 1 % of 50 probes is half an alarm: the toolkit takes one, the port none.
        let best = |probe: usize, of: &dyn Fn(usize) -> bool| {
            let mut all: Vec<(f64, usize)> =
                trial.gallery.iter().map(|g| (score(probe, *g), *g)).filter(|(_, g)| of(*g)).collect();
            all.sort_by(|a, b| b.0.total_cmp(&a.0));
            all
        };
        let is_known = |probe: usize| trial.gallery.iter().any(|g| config.labels[*g] == config.labels[probe]);
        let (known, unknown): (Vec<usize>, Vec<usize>) =
            trial.probe.iter().partition(|probe| is_known(**probe));
        let highest = unknown.iter().map(|probe| best(*probe, &|_| true)[0].0).fold(f64::MIN, f64::max);
        assert_eq!(unknown.len(), 50);
        let own = |probe: usize| best(probe, &|g| config.labels[g] == config.labels[probe])[0];
        let first = known
            .iter()
            .filter(|probe| own(**probe).0 >= highest && best(**probe, &|_| true)[0] == own(**probe));
        assert_eq!(found.dir, first.count() as f64 / known.len() as f64);
        // Of equal scores the port takes the later first, and its rank 1 takes rank 2, too.
        let second = known.iter().filter(|probe| {
            let mut all = best(**probe, &|_| true);
            all.reverse();
            all.sort_by(|a, b| b.0.total_cmp(&a.0));
            own(**probe).0 > highest && all[..2].contains(&own(**probe))
        });
        assert_eq!(found.dir_model_card, second.count() as f64 / known.len() as f64);
    }
    assert!(found.hardest.genuine.windows(2).all(|pair| pair[0].score <= pair[1].score));
    assert!(found.hardest.impostors.windows(2).all(|pair| pair[0].score >= pair[1].score));
}

#[test]
fn an_evaluation_survives_json() {
    let (features, config) = sample();
    let bootstrap = Bootstrap { resamples: std::num::NonZeroU32::MIN, ..Bootstrap::default() };
    let found = blufr(&features, &config, &EvalOptions { bootstrap: Some(bootstrap), hardest: 3 }).unwrap();
    let text = serde_json::to_string(&found).unwrap();
    let back: Evaluation = serde_json::from_str(&text).unwrap();
    assert_eq!((back.protocol, back.trials.len(), back.notes), (found.protocol, 2, found.notes));
    assert!((back.metrics[0].value - found.metrics[0].value).abs() < 1e-15);
    assert_eq!(back.roc.last().map(|point| point.far), Some(1.0));
}

/// Four rows of two persons.
fn four_rows() -> Features {
    Features::from_rows("f".as_ref(), 2, vec![1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 0.1, 1.0]).unwrap()
}

#[test]
fn persons_are_told_from_names_or_from_the_pairs() {
    let features = four_rows();
    let pair = |left, right, same| Pair {
        images: Some([Image::Row(left), Image::Row(right)]),
        same,
        fold: None,
        score: None,
    };
    let list = PairList { pairs: vec![pair(0, 1, true), pair(1, 2, false), pair(2, 3, true)], folds: 0 };
    let scored = ScoredPairs::new(&features, &list, None).unwrap();
    assert_eq!(scored.pairs.iter().map(|p| p.persons).collect::<Vec<_>>(), [[0, 0], [0, 1], [1, 1]]);
    assert_eq!((scored.persons, scored.notes.len()), (2, 1));
    let named = features.with_names(["A/1.png", "A/2.png", "B/1.png", "B/2.png"]).unwrap();
    let scored = ScoredPairs::new(&named, &list, None).unwrap();
    assert_eq!((scored.persons, scored.notes.len()), (2, 0));
    // Numbers that join rows of different persons count the lines of another list.
    let folds = PairList { folds: 1, ..list };
    assert!(ScoredPairs::new(&named, &folds, None).is_ok());
    let mixed = four_rows().with_names(["A/1.png", "B/1.png", "A/2.png", "B/2.png"]).unwrap();
    let error = ScoredPairs::new(&mixed, &folds, None).unwrap_err();
    assert!(matches!(error, EvalError::Order { wrong: 2, genuine: 2, .. }), "{error}");
}

/// Numbers in a list of pairs are names where images are called so, and rows where none is.
#[test]
fn numbers_are_names_or_rows() {
    let features = |names: [&str; 4]| {
        let values = vec![1.0, 0.0, 1.0, 0.1, 0.0, 1.0, 0.1, 1.0];
        Features::from_rows("f".as_ref(), 2, values).unwrap().with_names(names).unwrap()
    };
    let score = |names: [&str; 4], text: &str| {
        let list = crate::protocol::csv_pairs(text.as_bytes()).unwrap();
        let scored = ScoredPairs::new(&features(names), &list, None);
        scored.map(|scored| scored.pairs[0].score).map_err(|error| error.to_string())
    };
    // Rows 0 and 1 point one way, rows 2 and 3 another.
    let (same, other) = (0.995_037, 0.099_504);
    let near = |found: Result<f64, String>, wanted: f64| {
        let found = found.unwrap();
        assert!((found - wanted).abs() < 1e-5, "{found}, expected {wanted}");
    };
    let pair = |left: &str, right: &str| format!("left,right,same\n{left},{right},1\na,b,0\n");
    let lettered = |left: &str, right: &str| pair(left, right).replace("a,b,0\n", "");
    near(score(["a", "b", "c", "d"], &lettered("0", "1")), same);
    near(score(["a", "b", "c", "d"], &lettered("#1", "#2")), other);
    // Names that are numbers, in another order than the rows, with or without leading zeros.
    near(score(["3", "2", "1", "0"], &lettered("1", "0")), same);
    near(score(["02", "00", "01", "03"], &lettered("00", "02")), same);
    near(score(["x/7.png", "x/9.png", "x/8.png", "x/6.png"], &lettered("7", "9")), same);
    let error = score(["1", "b", "c", "d"], &lettered("1", "2")).unwrap_err();
    assert!(
        error.contains("'1' is the name of an image and '2' is not; give names to all, or write"),
        "{error}"
    );
    // A row by its number beside a name that is a number.
    near(score(["1", "b", "c", "d"], &lettered("1", "#1")), same);
}
