//! Events: points in a stream's work that others wait for and that carry a time.

use crate::codes;
use crate::failure::{Outcome, failure};
use crate::handles::Handle;
use crate::limits;
use crate::publication::Publication;
use crate::stream::Stream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Event flag: may be waited for by streams.
pub const FLAG_SYNC: u32 = 0x1;
/// Event flag: carries a time.
pub const FLAG_TIME_LINE: u32 = 0x8;

/// An event of a context.
#[derive(Debug)]
pub struct Event {
    /// The context it was made in.
    pub context: Handle,
    /// Its device.
    pub device: usize,
    flags: u32,
    progress: Mutex<Progress>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Progress {
    /// Records queued so far.
    queued: u64,
    /// The last record that happened.
    happened: u64,
    at: Option<Instant>,
    results: Vec<Arc<Publication>>,
}

impl Event {
    /// An event that was never recorded.
    pub fn new(context: Handle, device: usize, flags: u32) -> Event {
        Event { context, device, flags, progress: Mutex::default(), changed: Condvar::new() }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A record is queued; returns its number.
    pub fn queue_record(&self) -> u64 {
        let mut progress = self.progress();
        progress.queued += 1;
        progress.queued
    }

    /// Record `number` happens at `at` on a stream that holds `results`.
    pub fn happen(&self, number: u64, at: Instant, results: Vec<Arc<Publication>>) {
        let mut progress = self.progress();
        progress.happened = progress.happened.max(number);
        progress.at = Some(at);
        progress.results = results;
        self.changed.notify_all();
    }

    /// The number a wait queued now waits for: the last queued record, or the first one to come.
    pub fn awaited(&self) -> u64 {
        self.progress().queued.max(1)
    }

    /// A stream waits for record `number`, unless its work is given up.
    ///
    /// # Errors
    /// 107019 when the time set by `aclrtSetOpWaitTimeout` passes first.
    pub fn wait_on_stream(&self, stream: &Stream, number: u64, clock: &mut Instant) -> Outcome {
        let until = limits::wait_timeout().and_then(|time| Instant::now().checked_add(time));
        let mut progress = self.progress();
        while progress.happened < number {
            if stream.interrupted() {
                return Ok(());
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Err(failure(
                    codes::RT_WAIT_TIMEOUT,
                    "EE1002: the awaited event did not happen in time",
                ));
            }
            let step = Duration::from_millis(20);
            progress = self.changed.wait_timeout(progress, step).unwrap_or_else(PoisonError::into_inner).0;
        }
        if let Some(at) = progress.at {
            *clock = (*clock).max(at);
        }
        stream.hold_all(&progress.results);
        Ok(())
    }

    /// If a record was queued and happened, what of its stream the host shall see now.
    pub fn finished(&self) -> Option<Vec<Arc<Publication>>> {
        let mut progress = self.progress();
        let happened = progress.queued > 0 && progress.happened >= progress.queued;
        happened.then(|| std::mem::take(&mut progress.results))
    }

    /// Waits on the host for the last queued record; returns what of its stream the host shall see now.
    ///
    /// # Errors
    /// 107000 if nothing was recorded, 507047 when `timeout` passes first.
    pub fn finish(&self, timeout: Option<Duration>) -> Outcome<Vec<Arc<Publication>>> {
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut progress = self.progress();
        if progress.queued == 0 {
            return Err(failure(codes::RT_PARAM_INVALID, "EE1018: the event was never recorded"));
        }
        let goal = progress.queued;
        while progress.happened < goal {
            progress = match until {
                None => self.changed.wait(progress).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(failure(
                            codes::RT_EVENT_SYNC_TIMEOUT,
                            "EE1002: the event did not happen in time",
                        ));
                    }
                    self.changed.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        Ok(std::mem::take(&mut progress.results))
    }

    /// Forgets all records.
    pub fn reset(&self) {
        *self.progress() = Progress::default();
    }

    /// When it happened.
    ///
    /// # Errors
    /// 107006 if it has no time: made without that flag, not recorded, or not happened yet.
    pub fn time(&self) -> Outcome<Instant> {
        let untimed =
            |why: &str| failure(codes::RT_EVENT_TIMESTAMP_INVALID, format!("EE1018: the event {why}"));
        if self.flags & FLAG_TIME_LINE == 0 {
            return Err(untimed("was made without ACL_EVENT_TIME_LINE"));
        }
        let progress = self.progress();
        match progress.at {
            Some(at) if progress.happened == progress.queued => Ok(at),
            _ => Err(untimed("has not happened yet")),
        }
    }
}
