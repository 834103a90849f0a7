//! The engine's own threads: they wait spinning for a moment, because the next step comes within microseconds,
//! and then sleep.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::{hint, io, mem};

/// Spins before sleeping, estimated at tens of microseconds.
const SPINS: usize = 2000;

/// A fixed number of threads, the caller's among them, that run one job together.
pub struct Threads {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

/// What all threads run; called with the thread's number, 0 for the caller's.
type Job<'a> = dyn Fn(usize) + Sync + 'a;

struct Shared {
    /// The job of the present round; none tells the workers to end.
    job: Mutex<Option<&'static Job<'static>>>,
    /// Counts rounds; changes when a job is there.
    round: AtomicUsize,
    started: Condvar,
    /// Workers that have not finished the round.
    busy: AtomicUsize,
    finished: Condvar,
    panicked: AtomicBool,
}

impl Shared {
    /// A panic while holding the lock leaves nothing half done.
    fn lock(&self) -> MutexGuard<'_, Option<&'static Job<'static>>> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready`: spinning first, then asleep on `condition`.
    fn wait(&self, condition: &Condvar, ready: impl Fn() -> bool) {
        for _ in 0..SPINS {
            if ready() {
                return;
            }
            hint::spin_loop();
        }
        let mut guard = self.lock();
        while !ready() {
            guard = condition.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn start_round(&self, job: Option<&'static Job<'static>>) {
        let mut guard = self.lock();
        *guard = job;
        self.round.fetch_add(1, Ordering::Release);
        drop(guard);
        self.started.notify_all();
    }

    fn work(&self, thread: usize) {
        for round in 0.. {
            self.wait(&self.started, || self.round.load(Ordering::Acquire) != round);
            let Some(job) = *self.lock() else { return };
            if panic::catch_unwind(AssertUnwindSafe(|| job(thread))).is_err() {
                self.panicked.store(true, Ordering::Relaxed);
            }
            if self.busy.fetch_sub(1, Ordering::Release) == 1 {
                drop(self.lock());
                self.finished.notify_one();
            }
        }
    }
}

impl Threads {
    /// `count` threads, of which `count - 1` are started.
    ///
    /// # Errors
    /// If the system starts no more threads.
    pub fn new(count: usize) -> io::Result<Threads> {
        let shared = Arc::new(Shared {
            job: Mutex::new(None),
            round: AtomicUsize::new(0),
            started: Condvar::new(),
            busy: AtomicUsize::new(0),
            finished: Condvar::new(),
            panicked: AtomicBool::new(false),
        });
        let mut threads = Threads { shared, workers: Vec::new() };
        for thread in 1..count {
            let shared = threads.shared.clone();
            let worker = thread::Builder::new().name(format!("lightcnn-{thread}"));
            threads.workers.push(worker.spawn(move || shared.work(thread))?);
        }
        Ok(threads)
    }

    /// Number of threads, the caller's included.
    pub fn count(&self) -> usize {
        self.workers.len() + 1
    }

    /// Runs `job` on all threads, with their numbers, and returns when all have returned.
    ///
    /// # Panics
    /// If `job` panicked on one of them.
    pub fn run(&mut self, job: &Job<'_>) {
        if self.workers.is_empty() {
            return job(0);
        }
        self.shared.busy.store(self.workers.len(), Ordering::Relaxed);
        // SAFETY: only the lifetime changes. The workers use the reference only until each has counted itself out of
        // `busy`, and `Round` waits for that before this function is left, by return or by panic.
        let job_of_workers = unsafe { mem::transmute::<&Job<'_>, &'static Job<'static>>(job) };
        self.shared.start_round(Some(job_of_workers));
        let round = Round(&self.shared);
        job(0);
        drop(round);
        assert!(!self.shared.panicked.swap(false, Ordering::Relaxed), "a thread of the engine panicked");
    }
}

/// A round under way; dropping it waits for its end.
struct Round<'a>(&'a Shared);

impl Drop for Round<'_> {
    fn drop(&mut self) {
        self.0.wait(&self.0.finished, || self.0.busy.load(Ordering::Acquire) == 0);
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.start_round(None);
        for worker in self.workers.drain(..) {
            // A worker catches the panics of its jobs, so there is nothing to learn here.
            let _ = worker.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_runs_every_job_once() {
        for count in 1..5 {
            let mut threads = Threads::new(count).unwrap();
            let calls: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
            for round in 1..200 {
                threads.run(&|thread| {
                    calls[thread].fetch_add(1, Ordering::Relaxed);
                });
                assert!(calls.iter().all(|calls| calls.load(Ordering::Relaxed) == round));
                if round % 50 == 0 {
                    // Longer than the workers spin.
                    thread::sleep(std::time::Duration::from_millis(2));
                }
            }
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_threads_live_on() {
        let mut threads = Threads::new(3).unwrap();
        for panicking in 0..3 {
            let run = panic::catch_unwind(AssertUnwindSafe(|| {
                threads.run(&|thread| assert_ne!(thread, panicking, "on purpose"));
            }));
            assert!(run.is_err());
            threads.shared.panicked.store(false, Ordering::Relaxed);
        }
        threads.run(&|_| ());
    }
}
