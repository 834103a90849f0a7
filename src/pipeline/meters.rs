//! Where the time of a run goes.

use std::ops::Sub;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Clocks of the stages of a run, added up while it goes on.
#[derive(Debug, Default)]
pub struct Meters {
    read: AtomicU64,
    decode: AtomicU64,
    faces: AtomicU64,
    engine: AtomicU64,
    write: AtomicU64,
}

/// What the clocks of a run say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Reading files, all threads together.
    pub read: Duration,
    /// Decoding and preprocessing, all threads together.
    pub decode: Duration,
    /// The batching thread waiting for faces.
    pub faces: Duration,
    /// The batching thread waiting for the engine.
    pub engine: Duration,
    /// The batching thread handing rows to the sink.
    pub write: Duration,
}

/// A stage with a clock.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    Read,
    Decode,
    Faces,
    Engine,
    Write,
}

impl Meters {
    /// What the clocks say now.
    pub fn times(&self) -> Times {
        let of = |clock: &AtomicU64| Duration::from_nanos(clock.load(Ordering::Relaxed));
        Times {
            read: of(&self.read),
            decode: of(&self.decode),
            faces: of(&self.faces),
            engine: of(&self.engine),
            write: of(&self.write),
        }
    }

    /// Does `work`, and counts the time it takes for `stage`.
    pub(super) fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        let clock = match stage {
            Stage::Read => &self.read,
            Stage::Decode => &self.decode,
            Stage::Faces => &self.faces,
            Stage::Engine => &self.engine,
            Stage::Write => &self.write,
        };
        // 64 bits of nanoseconds last for centuries.
        clock.fetch_add(started.elapsed().as_nanos() as u64, Ordering::Relaxed);
        done
    }
}

impl Sub for Times {
    type Output = Times;

    fn sub(self, earlier: Times) -> Times {
        Times {
            read: self.read.saturating_sub(earlier.read),
            decode: self.decode.saturating_sub(earlier.decode),
            faces: self.faces.saturating_sub(earlier.faces),
            engine: self.engine.saturating_sub(earlier.engine),
            write: self.write.saturating_sub(earlier.write),
        }
    }
}
