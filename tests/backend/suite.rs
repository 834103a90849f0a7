//! What every backend has to do, whatever it computes on.

use std::collections::VecDeque;

use lightcnn::backend::{Backend, Batch};
use lightcnn::feature::cosine;
use lightcnn::network::FEATURE_LENGTH;

/// How near is near enough.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Least cosine to the reference.
    pub cosine: f64,
    /// How far the features of one face may lie apart when it is computed in different batches, relative to their
    /// length: the order of sums may depend on the batch.
    pub apart: f64,
}

/// For arithmetic in float32.
pub const SINGLE: Bounds = Bounds { cosine: 0.9999, apart: 1e-5 };

/// Batches of every size up to more than the largest, and of more than twice that, as many in flight as the backend wants, each face
/// compared with its own reference: so a wrong order, a lost row or a padded one shows.
pub fn check(backend: &mut dyn Backend, faces: &[Vec<u8>], reference: &[Vec<f32>], bounds: Bounds) {
    assert_eq!(faces.len(), reference.len());
    let mut first: Vec<Option<Vec<f32>>> = vec![None; faces.len()];
    let mut in_flight: VecDeque<Vec<usize>> = VecDeque::new();
    let mut next = 0;
    let mut receive = |backend: &mut dyn Backend, in_flight: &mut VecDeque<Vec<usize>>| {
        let ids = in_flight.pop_front().unwrap();
        let batch = backend.next().expect("a batch is in flight").unwrap();
        assert_eq!(batch.features.len(), ids.len() * FEATURE_LENGTH);
        for (id, feature) in ids.iter().zip(batch.features.chunks_exact(FEATURE_LENGTH)) {
            let near = cosine(feature, &reference[*id]).unwrap();
            assert!(near >= bounds.cosine, "face {id} in a batch of {}: cosine {near}", ids.len());
            match &first[*id] {
                Some(known) => {
                    let apart = distance(known, feature);
                    assert!(apart <= bounds.apart, "face {id} in a batch of {}: {apart} apart", ids.len());
                }
                None => first[*id] = Some(feature.to_vec()),
            }
        }
    };
    let most = backend.batch();
    for size in (1..=most + 1).chain([2 * most + 1]) {
        let ids: Vec<usize> = (0..size).map(|at| (next + at) % faces.len()).collect();
        next += size;
        let bytes: Vec<u8> = ids.iter().flat_map(|id| faces[*id].iter().copied()).collect();
        if in_flight.len() == backend.depth() {
            receive(backend, &mut in_flight);
        }
        backend.submit(Batch { faces: bytes, features: Vec::new() });
        in_flight.push_back(ids);
    }
    while !in_flight.is_empty() {
        receive(backend, &mut in_flight);
    }
    assert!(backend.next().is_none(), "nothing is in flight");
    backend.submit(Batch::default());
    assert_eq!(backend.next().unwrap().unwrap(), Batch::default());
    backend.submit(Batch { faces: vec![0; 1000], features: Vec::new() });
    let error = backend.next().unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("1000 bytes are not a whole number of faces of {} bytes", faces[0].len())
    );
    assert!(first.iter().all(Option::is_some), "every face was computed");
    assert_eq!(backend.take_losses(), []);
}

/// Distance relative to the length of `left`.
fn distance(left: &[f32], right: &[f32]) -> f64 {
    let square = |value: f64| value * value;
    let apart: f64 = left.iter().zip(right).map(|(l, r)| square(f64::from(l - r))).sum();
    let length: f64 = left.iter().map(|l| square(f64::from(*l))).sum();
    (apart / length).sqrt()
}
