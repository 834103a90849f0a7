//! The search against a comparison of all rows in float64.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::features::cosine;
use lightcnn_cpu::kernels::{Availability, table};

/// Values without a pattern.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// In -1..1.
    fn value(&mut self) -> f32 {
        self.next() as f32 / (1_u64 << 30) as f32 - 1.0
    }

    fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.value()).collect()
    }
}

/// A kernel's cosine is within the bound: random values, and sums that nearly cancel.
#[test]
fn the_bound_holds() {
    use lightcnn_cpu::kernels::{Cosine, Probes};
    let mut random = Random(6);
    for (width, count) in [(1, 2), (16, 9), (100, 3), (256, 20), (1000, 8)] {
        let probes = random.values(count * width);
        let unit = Probes::new(&probes, width).unwrap();
        for row in table() {
            let Availability::Ready(set) = row.availability else { continue };
            let mut kernel = Cosine::new(set, &unit).unwrap();
            let rows = kernel.rows();
            let mut features = random.values(rows * width);
            for row in features.chunks_exact_mut(width).step_by(2) {
                // Values of all sizes, in pairs that cancel up to the last bits.
                for pair in row.chunks_exact_mut(2) {
                    pair[0] *= 10_f32.powi((random.next() % 9) as i32);
                    pair[1] = -pair[0].next_up();
                }
            }
            let slice = kernel.slice(&features, &[], &vec![f32::NEG_INFINITY; count]);
            assert_eq!(slice.hits.len(), count);
            for (probe, cosines) in probes.chunks_exact(width).zip(slice.cosines.chunks_exact(rows)) {
                for (row, &rough) in features.chunks_exact(width).zip(cosines) {
                    let off = (f64::from(rough) - cosine(probe, row).unwrap()).abs();
                    assert!(off <= bound::bound(width), "{set:?}, {width} values: {off:e}");
                }
            }
        }
    }
}

/// All rows in float64, ordered.
fn all(gallery: Gallery<'_>, probes: &[f32], k: usize) -> Vec<Vec<Hit>> {
    let usable = |row: &usize| gallery.row(*row).iter().all(|value| value.is_finite());
    let best = |probe: &[f32]| {
        let mut hits: Vec<Hit> = (0..gallery.rows())
            .filter(usable)
            .filter_map(|row| Some(Hit { row, cosine: cosine(probe, gallery.row(row))? }))
            .collect();
        hits.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.row.cmp(&b.row)));
        if let Some(people) = gallery.people {
            let mut seen = std::collections::HashSet::new();
            hits.retain(|hit| seen.insert(people[hit.row]));
        }
        hits.truncate(k);
        hits
    };
    probes.chunks_exact(gallery.width).map(best).collect()
}

/// Every kernel set, numbers of threads and of hits give what comparing all rows gives.
#[track_caller]
fn check(what: &str, gallery: Gallery<'_>, probes: &[f32]) {
    let most = gallery.rows() + 3;
    let whole = all(gallery, probes, most);
    for k in [1, 2, 10, most] {
        let expected: Vec<&[Hit]> = whole.iter().map(|hits| &hits[..k.min(hits.len())]).collect();
        for row in table() {
            let Availability::Ready(kernels) = row.availability else { continue };
            for threads in [1, 2, 3] {
                let found = search(gallery, probes, &SearchOptions { k, threads, kernels }).unwrap();
                for (probe, (found, expected)) in found.hits.iter().zip(&expected).enumerate() {
                    assert!(
                        found == *expected,
                        "{what}, {kernels:?}, {threads} threads, top {k}, probe {probe}: {found:?} instead of {expected:?}"
                    );
                }
                assert_eq!(found.hits.len(), expected.len());
            }
        }
    }
}

#[test]
fn random_rows() {
    let mut random = Random(1);
    for (rows, width, count) in [(3000, 256, 14), (1, 256, 1), (33, 7, 3), (2100, 40, 25), (64, 1, 2)] {
        let (features, probes) = (random.values(rows * width), random.values(count * width));
        check("random", Gallery { features: &features, width, people: None }, &probes);
        let people: Vec<u32> = (0..rows).map(|_| random.next() as u32 % 37).collect();
        check("people", Gallery { features: &features, width, people: Some(&people) }, &probes);
    }
}

/// Few different rows, many times each, of other lengths, and some that differ by less than float32 can tell.
#[test]
fn ties() {
    let mut random = Random(2);
    let width = 32;
    let kinds: Vec<Vec<f32>> = (0..5).map(|_| random.values(width)).collect();
    let mut features = Vec::new();
    for _ in 0..2500 {
        let kind = &kinds[random.next() as usize % kinds.len()];
        let scale = [1.0, 2.0, 3.0, 0.125, 1e-3][random.next() as usize % 5];
        let mut row: Vec<f32> = kind.iter().map(|value| value * scale).collect();
        if random.next().is_multiple_of(3) {
            let at = random.next() as usize % width;
            row[at] = row[at].next_up();
        }
        features.extend(row);
    }
    let probes = [&kinds[0][..], &random.values(width), &kinds[3]].concat();
    check("ties", Gallery { features: &features, width, people: None }, &probes);
    let people: Vec<u32> = (0..2500).map(|row| row % 40).collect();
    check("ties of people", Gallery { features: &features, width, people: Some(&people) }, &probes);
    let same = kinds[1].repeat(1500);
    check("one row only", Gallery { features: &same, width, people: None }, &probes);
}

#[test]
fn rows_of_no_use_are_told_and_odd_ones_found() {
    let mut random = Random(3);
    let (width, rows) = (48, 700);
    let mut features = random.values(rows * width);
    let mut set = |row: usize, change: &dyn Fn(&mut f32)| {
        features[row * width..(row + 1) * width].iter_mut().for_each(change);
    };
    set(5, &|value| *value = 0.0);
    set(699, &|value| *value = -0.0);
    set(6, &|value| *value = f32::NAN);
    set(7, &|value| *value *= 1e-30);
    set(8, &|value| *value *= 1e30);
    set(9, &|value| *value *= 1e-42);
    features[300 * width + 3] = f32::INFINITY;
    features[301 * width + 47] = f32::NAN;
    let gallery = Gallery { features: &features, width, people: None };
    let probes: Vec<f32> = [7, 8, 9, 10].iter().flat_map(|&row| gallery.row(row)).copied().collect();
    check("odd", gallery, &probes);
    let options = SearchOptions { k: 1, threads: 2, kernels: lightcnn_cpu::kernels::choose(None).unwrap() };
    let found = search(gallery, &probes, &options).unwrap();
    assert_eq!(found.left_out, LeftOut { failed: vec![6, 300, 301], zero: vec![5, 699] });
    assert_eq!(found.hits.iter().map(|hits| hits[0].row).collect::<Vec<_>>(), [7, 8, 9, 10]);
    for (row, problem) in [(5, "zero"), (300, "not finite")] {
        let error = search(gallery, gallery.row(row), &options).unwrap_err().to_string();
        assert!(error.contains("probe 0") && error.contains(problem), "{error}");
    }
}

/// More probes than fit a pass, a gallery without rows, no probes.
#[test]
fn many_and_none() {
    let mut random = Random(4);
    let features = random.values(200 * 16);
    let gallery = Gallery { features: &features, width: 16, people: None };
    let options = SearchOptions { k: 3, threads: 2, kernels: lightcnn_cpu::kernels::choose(None).unwrap() };
    let probes = random.values((pass::PROBES + 5) * 16);
    assert_eq!(search(gallery, &probes, &options).unwrap().hits, all(gallery, &probes, 3));
    assert_eq!(search(gallery, &[], &options).unwrap().hits.len(), 0);
    let empty = Gallery { features: &[], ..gallery };
    assert_eq!(search(empty, &probes[..16], &options).unwrap().hits, [vec![]]);
}

#[test]
fn strangers_set_the_threshold() {
    let mut random = Random(5);
    let (width, rows) = (16, 300);
    let features = random.values(rows * width);
    let people: Vec<u32> = (0..rows as u32).map(|row| row / 3).collect();
    let gallery = Gallery { features: &features, width, people: Some(&people) };
    let options = SearchOptions { k: 1, threads: 2, kernels: lightcnn_cpu::kernels::choose(None).unwrap() };
    let result = strangers(gallery, &options).unwrap();
    let mut expected: Vec<f64> = (0..rows)
        .map(|row| {
            let others = (0..rows).filter(|&other| people[other] != people[row]);
            others.filter_map(|other| cosine(gallery.row(row), gallery.row(other))).fold(-1.0, f64::max)
        })
        .collect();
    expected.sort_by(|a, b| b.total_cmp(a));
    assert_eq!(result.cosines, expected);
    for far in [0.0, 0.01, 0.1, 1.0] {
        let accepted = |threshold| expected.iter().filter(|&&cosine| cosine >= threshold).count() as f64;
        let threshold = result.threshold(far);
        assert!(accepted(threshold) <= far * 300.0, "{far}");
        assert!(threshold == -1.0 || accepted(threshold.next_down()) > far * 300.0, "{far}");
    }
    let alone = vec![0; rows];
    let error = strangers(Gallery { people: Some(&alone), ..gallery }, &options).unwrap_err();
    assert!(matches!(error, SearchError::NoStrangers { people: 1 }), "{error}");
}
