//! What every engine has to do, whatever it computes on.

use std::collections::VecDeque;

use lightcnn::features::cosine;
use lightcnn::network::FEATURE_LENGTH;
use lightcnn::{Batch, Engine, Ticket};

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

/// Batches of every size up to more than the largest, and of more than twice that, as many in flight as the engine wants,
/// each face compared with its own reference: so a wrong order, a lost row or a padded one shows.
pub fn check(engine: &Engine, faces: &[Vec<u8>], reference: &[Vec<f32>], bounds: Bounds) {
    assert_eq!(faces.len(), reference.len());
    let mut first: Vec<Option<Vec<f32>>> = vec![None; faces.len()];
    let mut in_flight: VecDeque<(Ticket, Vec<usize>)> = VecDeque::new();
    let mut next = 0;
    let mut receive = |(ticket, ids): (Ticket, Vec<usize>)| {
        let features = ticket.wait().unwrap();
        assert_eq!(features.dim(), (ids.len(), FEATURE_LENGTH));
        for (id, feature) in ids.iter().zip(features.rows()) {
            let feature = feature.to_vec();
            let near = cosine(&feature, &reference[*id]).unwrap();
            assert!(near >= bounds.cosine, "face {id} in a batch of {}: cosine {near}", ids.len());
            match &first[*id] {
                Some(known) => {
                    let apart = distance(known, &feature);
                    assert!(apart <= bounds.apart, "face {id} in a batch of {}: {apart} apart", ids.len());
                }
                None => first[*id] = Some(feature),
            }
        }
    };
    let most = engine.batch_size();
    for size in (1..=most + 1).chain([2 * most + 1]) {
        let ids: Vec<usize> = (0..size).map(|at| (next + at) % faces.len()).collect();
        next += size;
        let bytes: Vec<u8> = ids.iter().flat_map(|id| faces[*id].iter().copied()).collect();
        if in_flight.len() == engine.depth() {
            receive(in_flight.pop_front().unwrap());
        }
        in_flight.push_back((engine.submit_waiting(Batch::from(bytes)).unwrap(), ids));
    }
    in_flight.into_iter().for_each(receive);
    assert_eq!(engine.submit_batch(Batch::new()).unwrap().wait().unwrap().dim(), (0, FEATURE_LENGTH));
    let error = engine.submit_batch(Batch::from(vec![0; 1000])).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("1000 bytes are not a whole number of faces of {} bytes", faces[0].len())
    );
    assert!(first.iter().all(Option::is_some), "every face was computed");
    assert_eq!(engine.losses(0), []);
}

/// Distance relative to the length of `left`.
fn distance(left: &[f32], right: &[f32]) -> f64 {
    let square = |value: f64| value * value;
    let apart: f64 = left.iter().zip(right).map(|(l, r)| square(f64::from(l - r))).sum();
    let length: f64 = left.iter().map(|l| square(f64::from(*l))).sum();
    (apart / length).sqrt()
}
