//! A backend kept full, and a backend with one batch at a time.

use super::{FEWEST, ROUNDS, STAGE, percentile};
use anyhow::Context;
use lightcnn::backend::{Backend, Batch};
use lightcnn::network::FEATURE_LENGTH;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Throughput with the backend kept full, and how long its batches took.
pub struct Flow {
    pub images: usize,
    pub elapsed: Duration,
    /// From handing a batch over to getting it back, ascending; waiting for earlier batches included.
    pub latencies: Vec<Duration>,
}

/// Keeps the backend full for `time`.
pub fn throughput(backend: &mut dyn Backend, faces: &[u8], time: Duration) -> anyhow::Result<Flow> {
    let depth = backend.depth();
    let mut submitted = VecDeque::with_capacity(depth);
    for _ in 0..depth {
        backend.submit(Batch { faces: faces.to_vec(), features: Vec::new() });
        submitted.push_back(Instant::now());
    }
    let mut flow = Flow { images: 0, elapsed: Duration::ZERO, latencies: Vec::new() };
    // The first batches find an empty backend, and are left out.
    let mut started = Instant::now();
    let mut warm = depth;
    while let Some(batch) = backend.next() {
        let batch = batch?;
        let Some(since) = submitted.pop_front() else { break };
        if warm > 0 {
            warm -= 1;
            if warm == 0 {
                started = Instant::now();
            }
        } else {
            flow.images += batch.features.len() / FEATURE_LENGTH;
            flow.latencies.push(since.elapsed());
            flow.elapsed = started.elapsed();
        }
        if warm > 0 || started.elapsed() < time {
            backend.submit(batch);
            submitted.push_back(Instant::now());
        }
    }
    flow.latencies.sort_unstable();
    Ok(flow)
}

/// The median of one batch with nothing else in flight.
pub fn one_by_one(backend: &mut dyn Backend, faces: &[u8]) -> anyhow::Result<Duration> {
    let mut batch = Batch { faces: faces.to_vec(), features: Vec::new() };
    let mut times = Vec::with_capacity(ROUNDS);
    let begun = Instant::now();
    while times.len() < ROUNDS && (times.len() < FEWEST || begun.elapsed() < STAGE) {
        let start = Instant::now();
        backend.submit(batch);
        batch = backend.next().context("a batch was submitted")??;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(percentile(&times, 50))
}
