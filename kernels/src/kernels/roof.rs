//! The roof of this machine, measured: how fast a kernel could be at best.

use super::{Aligned, KernelSet};
use std::io;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// Tries of which the best counts: the machine may have other things to do.
const TRIES: usize = 40;

/// Length of a try, short enough to fall between two interruptions.
const TRY: Duration = Duration::from_millis(4);

/// Floats that each thread reads, more than its share of the caches.
const READ: usize = 16 << 20;

/// What `threads` threads of this machine can do at most.
#[derive(Clone, Copy, Debug)]
pub struct Roof {
    /// Threads that run at once.
    pub threads: usize,
    /// Float32 operations per second in registers, a multiply-add counted as two, in 10⁹.
    pub gflops: f64,
    /// Bytes per second read from main memory, in 10⁹.
    pub gigabytes: f64,
}

impl Roof {
    /// Measures with the instructions of `set` on `threads` threads; takes about a second.
    ///
    /// # Errors
    /// If there is not enough memory: 64 MiB for each thread.
    pub fn measure(set: &'static KernelSet, threads: usize) -> io::Result<Roof> {
        let start = Instant::now();
        let operations = set.multiply_adds(100_000);
        let rounds = (100_000.0 * TRY.as_secs_f64() / start.elapsed().as_secs_f64().max(1e-9)) as usize + 1;
        let operations = operations as f64 / 100_000.0 * rounds as f64;
        let none = || Ok(());
        let seconds = best(threads, TRIES, none, |()| {
            set.multiply_adds(rounds);
        })?;
        let values = || {
            let mut values = Aligned::zeroed(READ)?;
            // Memory that was never written is one page of zeros.
            values.fill(1.0);
            Ok(values)
        };
        let reading = best(threads, TRIES / 8, values, |values| set.read(values))?;
        let threads_f64 = threads as f64;
        Ok(Roof {
            threads,
            gflops: threads_f64 * operations / seconds / 1e9,
            gigabytes: threads_f64 * (READ * size_of::<f32>()) as f64 / reading / 1e9,
        })
    }

    /// The rate that work of so many `operations` on so many `bytes` can reach at most, in 10⁹ operations per second,
    /// if every byte comes from main memory once.
    pub fn of(&self, operations: u64, bytes: u64) -> f64 {
        self.gflops.min(self.gigabytes * operations as f64 / bytes.max(1) as f64)
    }
}

/// The least seconds in which all `threads` threads do `work` at once, each with its own of `make`.
fn best<T>(
    threads: usize,
    tries: usize,
    make: impl Fn() -> io::Result<T> + Sync,
    work: impl Fn(&T) + Sync,
) -> io::Result<f64> {
    let barrier = Barrier::new(threads);
    let run = || -> io::Result<f64> {
        let own = make();
        let mut best = f64::INFINITY;
        for _ in 0..tries {
            barrier.wait();
            let start = Instant::now();
            if let Ok(own) = &own {
                work(own);
            }
            barrier.wait();
            best = best.min(start.elapsed().as_secs_f64());
        }
        own.map(|_| best)
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut best = run()?;
        for other in others {
            // A thread that panicked would have left the others waiting.
            best = best.min(other.join().unwrap_or(Ok(f64::INFINITY))?);
        }
        Ok(best)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::choose;

    #[test]
    fn a_roof_is_a_rate() {
        let roof = Roof::measure(choose(None).unwrap(), 2).unwrap();
        assert!(roof.gflops > 0.1 && roof.gflops < 1e5, "{roof:?}");
        assert!(roof.gigabytes > 0.1 && roof.gigabytes < 1e5, "{roof:?}");
        assert!(roof.of(1, 1_000_000) < roof.of(1_000_000, 1), "{roof:?}");
    }
}
