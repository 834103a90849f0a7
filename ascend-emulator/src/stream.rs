//! A stream: a queue and the thread that works it off, late.

use crate::card::Card;
use crate::codes;
use crate::exception;
use crate::failure::{Failure, Outcome, failure};
use crate::handles::Handle;
use crate::publication::Publication;
use crate::settings::settings;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What a stream has queued.
pub trait Entry: Debug + Send {
    /// Does the work; `clock` is the stream's time, the end of its last entry.
    ///
    /// # Errors
    /// What the program learns when it synchronises.
    fn run(&mut self, stream: &Stream, clock: &mut Instant) -> Outcome;

    /// What others wait for happens although the work does not.
    fn give_up(&mut self);

    /// Lets go of memory and objects.
    fn end(&mut self);
}

/// All work is done: what of it the host shall see now, and its first error.
#[derive(Debug)]
pub struct Finished {
    /// In the order of the work.
    pub results: Vec<Arc<Publication>>,
    /// The first error since the last synchronise.
    pub error: Option<Failure>,
}

/// A stream of a context.
#[derive(Debug)]
pub struct Stream {
    /// Its handle.
    pub handle: Handle,
    /// The context it was made in.
    pub context: Handle,
    /// Its device.
    pub card: Arc<Card>,
    /// Whether it is the context's default stream.
    pub default: bool,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    tasks: VecDeque<(Box<dyn Entry>, Instant)>,
    submitted: u64,
    completed: u64,
    closing: bool,
    dropping: bool,
    aborted: bool,
    stop_on_failure: bool,
    mode_set: bool,
    failed: bool,
    error: Option<Failure>,
    results: Vec<Arc<Publication>>,
    report_thread: Option<u64>,
    host_functions: bool,
    thread: Option<JoinHandle<()>>,
}

/// Which way a stream runs host functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reports {
    /// Through the report thread with this id.
    Thread(u64),
    /// Neither way is chosen.
    None,
}

impl Stream {
    /// An idle stream.
    pub fn new(handle: Handle, context: Handle, card: Arc<Card>, default: bool) -> Stream {
        Stream { handle, context, card, default, queue: Mutex::default(), changed: Condvar::new() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, queue: MutexGuard<'a, Queue>, until: Option<Instant>) -> MutexGuard<'a, Queue> {
        match until {
            None => self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                self.changed.wait_timeout(queue, left).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    /// Queues `task`; returns its number for [`Stream::wait_for`].
    pub fn submit(self: &Arc<Self>, task: impl Entry + 'static) -> u64 {
        let mut queue = self.queue();
        queue.tasks.push_back((Box::new(task), Instant::now()));
        queue.submitted += 1;
        if queue.thread.is_none() {
            let stream = Arc::clone(self);
            let builder = std::thread::Builder::new().name("acl-stream".to_string());
            match builder.spawn(move || stream.work()) {
                Ok(thread) => queue.thread = Some(thread),
                Err(error) => {
                    eprintln!("ascend-emulator: no thread for a stream: {error}");
                    std::process::exit(3);
                }
            }
        }
        self.changed.notify_all();
        queue.submitted
    }

    /// Waits for the task with this number, whatever becomes of it.
    pub fn wait_for(&self, number: u64) {
        let mut queue = self.queue();
        while queue.completed < number {
            queue = self.wait(queue, None);
        }
    }

    /// Waits until everything queued so far is done.
    ///
    /// # Errors
    /// 507046 when `timeout` passes first.
    pub fn finish(&self, timeout: Option<Duration>) -> Outcome<Finished> {
        let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut queue = self.queue();
        let goal = queue.submitted;
        while queue.completed < goal {
            if until.is_some_and(|until| Instant::now() >= until) {
                let left = goal - queue.completed;
                return Err(failure(
                    codes::RT_STREAM_SYNC_TIMEOUT,
                    format!(
                        "EE1002: the stream was not done in time; {left} tasks are left and still running"
                    ),
                ));
            }
            queue = self.wait(queue, until);
        }
        let error = if queue.failed && queue.stop_on_failure || queue.aborted {
            queue.error.clone()
        } else {
            queue.failed = false;
            queue.error.take()
        };
        Ok(Finished { results: std::mem::take(&mut queue.results), error })
    }

    /// Whether nothing is left to do.
    pub fn idle(&self) -> bool {
        let queue = self.queue();
        queue.completed == queue.submitted
    }

    /// If nothing is left, all that the host shall see now.
    pub fn finished(&self) -> Option<Vec<Arc<Publication>>> {
        let mut queue = self.queue();
        (queue.completed == queue.submitted).then(|| std::mem::take(&mut queue.results))
    }

    /// `aclrtSetStreamFailureMode`; only once per stream.
    pub fn set_failure_mode(&self, stop: bool) -> Outcome {
        let mut queue = self.queue();
        if std::mem::replace(&mut queue.mode_set, true) {
            return Err(failure(codes::RT_PARAM_INVALID, "EE1018: the failure mode was set before"));
        }
        queue.stop_on_failure = stop;
        Ok(())
    }

    /// Gives up what is queued and running; later synchronises return 107023.
    pub fn abort(&self) {
        let mut queue = self.queue();
        queue.aborted = true;
        queue.error = Some(failure(codes::RT_STREAM_ABORT, "EE1018: the stream was aborted"));
        self.changed.notify_all();
    }

    /// Ends the stream: after its work, or with `drop_work` without it. Returns what the host shall see now.
    pub fn close(&self, drop_work: bool) -> Vec<Arc<Publication>> {
        let mut queue = self.queue();
        queue.closing = true;
        queue.dropping |= drop_work;
        let thread = queue.thread.take();
        self.changed.notify_all();
        drop(queue);
        if let Some(thread) = thread
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
        std::mem::take(&mut self.queue().results)
    }

    /// Whether running work must be given up.
    pub fn interrupted(&self) -> bool {
        let queue = self.queue();
        queue.aborted || queue.dropping
    }

    /// Sleeps; returns early, with true, when running work must be given up.
    pub fn pause(&self, time: Duration) -> bool {
        let until = Instant::now().checked_add(time);
        let mut queue = self.queue();
        while !(queue.aborted || queue.dropping) {
            if until.is_some_and(|until| Instant::now() >= until) {
                return false;
            }
            queue = self.wait(queue, until);
        }
        true
    }

    /// Keeps a result from the host until the next synchronise.
    pub fn hold(&self, result: Arc<Publication>) {
        self.queue().results.push(result);
    }

    /// Results the host cannot see yet.
    pub fn held(&self) -> Vec<Arc<Publication>> {
        self.queue().results.clone()
    }

    /// Adds results of another stream, which this one has waited for.
    pub fn hold_all(&self, results: &[Arc<Publication>]) {
        self.queue().results.extend_from_slice(results);
    }

    /// Names the report thread, or with `None` forgets it; returns the one before.
    pub fn subscribe(&self, thread: Option<u64>) -> Outcome<Reports> {
        let mut queue = self.queue();
        if thread.is_some() && queue.host_functions {
            return Err(failure(
                codes::RT_STREAM_SUBSCRIBE,
                "EE1018: the stream already runs host functions",
            ));
        }
        let before = queue.report_thread.map_or(Reports::None, Reports::Thread);
        if thread.is_some() && before != Reports::None {
            return Err(failure(
                codes::RT_STREAM_SUBSCRIBE,
                "EE1018: the stream has a report thread already",
            ));
        }
        queue.report_thread = thread;
        Ok(before)
    }

    /// The report thread.
    pub fn report_thread(&self) -> Reports {
        self.queue().report_thread.map_or(Reports::None, Reports::Thread)
    }

    /// Chooses host functions without a report thread.
    pub fn use_host_functions(&self) -> Outcome {
        let mut queue = self.queue();
        if queue.report_thread.is_some() {
            return Err(failure(codes::RT_STREAM_SUBSCRIBE, "EE1018: the stream has a report thread"));
        }
        queue.host_functions = true;
        Ok(())
    }

    /// The stream's thread: works the queue off until closed.
    fn work(self: Arc<Self>) {
        // SAFETY: sets only this thread's timer slack (to 1 ns), so that modelled times end punctually.
        unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1) };
        let mut clock = Instant::now();
        loop {
            let mut queue = self.queue();
            let (mut task, queued) = loop {
                if let Some(next) = queue.tasks.pop_front() {
                    break next;
                }
                if queue.closing {
                    return;
                }
                queue = self.wait(queue, None);
            };
            let given_up = queue.aborted || queue.dropping || (queue.failed && queue.stop_on_failure);
            drop(queue);
            let outcome = if given_up {
                task.give_up();
                Ok(())
            } else {
                if settings().timing.is_none() {
                    self.pause(settings().delay);
                }
                clock = clock.max(queued);
                task.run(&self, &mut clock)
            };
            task.end();
            self.completed(outcome);
        }
    }

    fn completed(&self, outcome: Outcome) {
        let mut queue = self.queue();
        queue.completed += 1;
        let failure = outcome.err();
        if let Some(failure) = &failure {
            queue.failed = true;
            if queue.error.is_none() {
                queue.error = Some(failure.clone());
            }
        }
        let task = queue.completed;
        self.changed.notify_all();
        drop(queue);
        if let Some(failure) = failure {
            exception::tell(self.handle, self.card.id, task, &failure);
        }
    }
}
