//! An engine kept full, and an engine with one batch at a time.

use super::times::{FEWEST, ROUNDS, STAGE, percentile};
use lightcnn::{Batch, Engine};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Throughput with the engine kept full, and how long its batches took.
pub struct Flow {
    pub images: usize,
    pub elapsed: Duration,
    /// From handing a batch over to getting it back, ascending; waiting for earlier batches included.
    pub latencies: Vec<Duration>,
}

/// Keeps the engine full for `time`.
pub fn throughput(engine: &Engine, faces: &[u8], time: Duration) -> anyhow::Result<Flow> {
    let depth = engine.depth();
    let mut submitted = VecDeque::with_capacity(depth);
    for _ in 0..depth {
        let since = Instant::now();
        submitted.push_back((engine.submit_waiting(Batch::from(faces.to_vec()))?, since));
    }
    let mut flow = Flow { images: 0, elapsed: Duration::ZERO, latencies: Vec::new() };
    // The first batches find an engine with nothing to do, and are left out.
    let mut started = Instant::now();
    let mut warm = depth;
    while let Some((ticket, since)) = submitted.pop_front() {
        let batch = ticket.wait_batch()?;
        if warm > 0 {
            warm -= 1;
            if warm == 0 {
                started = Instant::now();
            }
        } else {
            flow.images += batch.rows();
            flow.latencies.push(since.elapsed());
            flow.elapsed = started.elapsed();
        }
        if warm > 0 || started.elapsed() < time {
            let since = Instant::now();
            submitted.push_back((engine.submit_waiting(batch)?, since));
        }
    }
    flow.latencies.sort_unstable();
    Ok(flow)
}

/// The median of one batch with nothing else in flight.
pub fn one_by_one(engine: &Engine, mut batch: Batch) -> anyhow::Result<Duration> {
    let mut times = Vec::with_capacity(ROUNDS);
    let begun = Instant::now();
    while times.len() < ROUNDS && (times.len() < FEWEST || begun.elapsed() < STAGE) {
        let start = Instant::now();
        batch = engine.submit_waiting(batch)?.wait_batch()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(percentile(&times, 50))
}
