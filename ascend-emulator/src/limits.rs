//! How long a device lets work take.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// AI Core on 310P: 547 s.
static OPERATOR: AtomicU32 = AtomicU32::new(547);
/// 0: for ever.
static WAIT: AtomicU32 = AtomicU32::new(0);

/// `aclrtSetOpExecuteTimeOut`; 0 is the longest the device can count.
pub fn set_operator_timeout(seconds: u32) {
    OPERATOR.store(if seconds == 0 { u32::MAX } else { seconds }, Ordering::Relaxed);
}

/// How long one operator may take.
pub fn operator_timeout() -> Duration {
    Duration::from_secs(u64::from(OPERATOR.load(Ordering::Relaxed)))
}

/// `aclrtSetOpWaitTimeout`; 0 is for ever.
pub fn set_wait_timeout(seconds: u32) {
    WAIT.store(seconds, Ordering::Relaxed);
}

/// How long a stream waits for an event.
pub fn wait_timeout() -> Option<Duration> {
    match WAIT.load(Ordering::Relaxed) {
        0 => None,
        seconds => Some(Duration::from_secs(u64::from(seconds))),
    }
}
