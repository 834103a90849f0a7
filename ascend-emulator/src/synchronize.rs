//! What the host waits for, and sees then.

use crate::event::Event;
use crate::failure::Outcome;
use crate::publication::Publication;
use crate::state;
use crate::stream::{Finished, Stream};
use std::sync::Arc;
use std::time::Duration;

/// Shows `results` to the host. The caller does not hold the state.
pub fn show(results: Vec<Arc<Publication>>) {
    for result in results {
        result.show(&mut state::lock().memory);
    }
}

/// Waits until everything queued on `stream` so far is done, then shows its results to the host.
///
/// # Errors
/// 507046 when `timeout` passes first; the loss of the device; the first error of the work since the last synchronise.
pub fn stream(stream: &Stream, timeout: Option<Duration>) -> Outcome {
    let Finished { results, error } = stream.finish(timeout)?;
    show(results);
    stream.card.check()?;
    error.map_or(Ok(()), Err)
}

/// Whether nothing is left to do on `stream`; if so shows its results to the host.
pub fn stream_is_done(stream: &Stream) -> bool {
    stream.finished().map(show).is_some()
}

/// Ends `stream`, after its work or with `drop_work` without it, then shows its results to the host.
pub fn close(stream: &Stream, drop_work: bool) {
    show(stream.close(drop_work));
}

/// Waits for the last queued record of `event`, then shows its stream's results to the host.
///
/// # Errors
/// As [`Event::finish`].
pub fn event(event: &Event, timeout: Option<Duration>) -> Outcome {
    event.finish(timeout).map(show)
}

/// Whether a record of `event` was queued and happened; if so shows its stream's results to the host.
pub fn event_is_done(event: &Event) -> bool {
    event.finished().map(show).is_some()
}
