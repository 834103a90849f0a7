//! How often something is measured, and what is told of the times.

use serde_json::{Value, json};
use std::time::Duration;

/// How often a stage is measured, if that does not take longer than [`STAGE`].
pub const ROUNDS: usize = 50;
pub const STAGE: Duration = Duration::from_secs(2);
/// The fewest rounds that have a median.
pub const FEWEST: usize = 3;

/// The percentiles of a latency that are told.
pub const PERCENTS: [usize; 3] = [50, 90, 99];

/// Percentiles of ascending latencies, in milliseconds.
pub fn latency(ascending: &[Duration]) -> Value {
    let [p50, p90, p99] = PERCENTS.map(|percent| millis(percentile(ascending, percent)));
    json!({"p50": p50, "p90": p90, "p99": p99})
}

/// The time that this share of ascending times, in percent, does not exceed.
pub fn percentile(ascending: &[Duration], percent: usize) -> Duration {
    ascending.get(ascending.len() * percent / 100).or(ascending.last()).copied().unwrap_or_default()
}

/// In milliseconds.
pub fn millis(time: Duration) -> f64 {
    1000.0 * time.as_secs_f64()
}
