//! Host functions that streams call: through a report thread of the program, or directly.

use crate::failure::{Outcome, failure};
use crate::stream::Stream;
use crate::{codes, report};
use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// `aclrtCallback` and `aclrtHostFunc`.
pub type Function = extern "C" fn(*mut c_void);

/// A queued call into the program.
#[derive(Debug)]
pub struct Callback {
    /// What to call.
    pub function: Function,
    /// Address of its argument.
    pub argument: usize,
    /// The report thread, or `None` for the stream's own thread.
    pub via: Option<u64>,
    /// Whether the stream waits until the function returned.
    pub block: bool,
}

#[derive(Debug)]
struct Pending {
    function: Function,
    argument: usize,
    done: Arc<(Mutex<bool>, Condvar)>,
}

/// Called, or dropped with its report thread: either way nobody need wait for it any longer.
impl Drop for Pending {
    fn drop(&mut self) {
        *self.done.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.done.1.notify_all();
    }
}

#[derive(Debug, Default)]
struct Inbox {
    streams: usize,
    pending: VecDeque<Pending>,
}

static INBOXES: Mutex<Option<HashMap<u64, Inbox>>> = Mutex::new(None);
static ARRIVED: Condvar = Condvar::new();

fn with<T>(f: impl FnOnce(&mut HashMap<u64, Inbox>) -> T) -> T {
    f(INBOXES.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(HashMap::new))
}

fn call(function: Function, argument: usize) {
    function(argument as *mut c_void);
}

impl Callback {
    /// Calls, or hands over to the report thread.
    pub fn run(&self, stream: &Stream) {
        let Some(thread) = self.via else {
            call(self.function, self.argument);
            return;
        };
        let done = Arc::new((Mutex::new(false), Condvar::new()));
        let pending = Pending { function: self.function, argument: self.argument, done: Arc::clone(&done) };
        let taken = with(|inboxes| match inboxes.get_mut(&thread) {
            Some(inbox) => {
                inbox.pending.push_back(pending);
                true
            }
            None => false,
        });
        ARRIVED.notify_all();
        if !taken {
            never_called(stream.interrupted());
        }
        if !taken || !self.block {
            return;
        }
        let mut finished = done.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*finished && !stream.interrupted() {
            let step = Duration::from_millis(20);
            finished = done.1.wait_timeout(finished, step).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A function that the program launched is lost, which it would otherwise not learn; not so if its stream was
/// given up.
fn never_called(given_up: bool) {
    if !given_up {
        report::violation(
            51,
            "aclrtUnSubscribeReport",
            "a launched function was never called; synchronise the stream first",
        );
    }
}

/// `thread` will process the functions of one more stream.
pub fn subscribe(thread: u64) {
    with(|inboxes| inboxes.entry(thread).or_default().streams += 1);
}

/// `thread` no longer processes the functions of one stream.
pub fn unsubscribe(thread: u64) {
    let lost = with(|inboxes| {
        if let Some(inbox) = inboxes.get_mut(&thread) {
            inbox.streams -= 1;
            if inbox.streams == 0 {
                let inbox = inboxes.remove(&thread);
                return inbox.is_some_and(|inbox| !inbox.pending.is_empty());
            }
        }
        false
    });
    if lost {
        never_called(false);
    }
    ARRIVED.notify_all();
}

/// `aclrtProcessReport`: runs the next function meant for the calling thread.
///
/// # Errors
/// 107012 if the thread is not subscribed, 507012 if nothing came within `timeout` (`None`: for ever).
pub fn process(timeout: Option<Duration>) -> Outcome {
    // SAFETY: has no preconditions.
    let thread = unsafe { libc::pthread_self() };
    let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let mut inboxes = INBOXES.lock().unwrap_or_else(PoisonError::into_inner);
    let pending = loop {
        let Some(inbox) = inboxes.get_or_insert_with(HashMap::new).get_mut(&thread) else {
            return Err(failure(codes::RT_THREAD_SUBSCRIBE, "EE1018: this thread is no report thread"));
        };
        if let Some(pending) = inbox.pending.pop_front() {
            break pending;
        }
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(failure(codes::RT_REPORT_TIMEOUT, "EE1002: no function to run came in time"));
        }
        let step = left.unwrap_or(Duration::from_secs(1));
        inboxes = ARRIVED.wait_timeout(inboxes, step).unwrap_or_else(PoisonError::into_inner).0;
    };
    drop(inboxes);
    call(pending.function, pending.argument);
    Ok(())
}
