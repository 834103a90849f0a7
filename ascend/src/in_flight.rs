//! Work that was submitted and not yet waited for, with the buffers it uses.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::error::Error;
use crate::stream::{StreamInner, Waited};

/// How long dropping work in flight waits for it, and then for its abortion.
const DROP_PATIENCE: Duration = Duration::from_secs(10);

/// Work in flight on a stream, owning what it uses until [`InFlight::wait`] gives it back.
///
/// "Buffers used by async copies must not be modified or freed until synchronise": so they cannot be reached before.
/// Dropping waits, then aborts; if neither helps, the buffers are leaked, never freed under the device. Those of a lost
/// device are freed when it has been reset ([`Device`](crate::Device)). Forgetting leaks them. Stays on its thread, as
/// the stream does:
///
/// ```compile_fail,E0277
/// # use ascend::{InFlight, Slot};
/// # fn misuse(work: InFlight<Slot>) {
/// std::thread::spawn(move || drop(work));
/// # }
/// ```
///
/// ```compile_fail,E0382
/// # use ascend::{Model, Slot};
/// # fn misuse(model: Model, mut slot: Slot) {
/// let work = model.start(slot);
/// slot.input_mut(0); // the run owns the slot
/// # }
/// ```
#[must_use = "dropping it waits for the work"]
pub struct InFlight<T> {
    held: Option<T>,
    stream: Rc<StreamInner>,
}

/// Work that did not end well: why, and what is left of it.
pub struct Interrupted<T> {
    /// Why.
    pub error: Error,
    /// The buffers, or the work that still uses them.
    pub left: Left<T>,
}

/// What is left of interrupted work.
pub enum Left<T> {
    /// Nothing of it runs any more. The contents of outputs are unknown.
    Ended(T),
    /// It may still run: wait longer, or abort. On a lost device neither helps, and all there is to do is to drop it.
    Running(InFlight<T>),
}

impl<T> InFlight<T> {
    /// `held` is used by work just submitted to `stream`.
    pub(crate) fn new(held: T, stream: &Rc<StreamInner>) -> Self {
        Self { held: Some(held), stream: Rc::clone(stream) }
    }

    /// Gives a submission that failed on its way: what was queued before may still use `held`.
    pub(crate) fn interrupted(held: T, stream: &Rc<StreamInner>, error: Error) -> Interrupted<T> {
        match stream.wait(DROP_PATIENCE) {
            Waited::Done | Waited::Failed(_) => Interrupted { error, left: Left::Ended(held) },
            Waited::Unfinished(_) => Interrupted { error, left: Left::Running(Self::new(held, stream)) },
        }
    }

    /// Waits until the work, and all submitted to the stream before and after it, is done.
    ///
    /// # Errors
    /// [`Interrupted`] with [`Left::Running`] when `limit` is over ([`Error::is_timeout`]), or the wait itself
    /// failed; with [`Left::Ended`] when the work failed.
    pub fn wait(mut self, limit: Duration) -> Result<T, Interrupted<T>> {
        let waited = self.stream.wait(limit);
        let Some(held) = self.held.take() else {
            unreachable!("only `wait`, `abort` and `drop` take it, once")
        };
        match waited {
            Waited::Done => Ok(held),
            Waited::Failed(error) => Err(Interrupted { error, left: Left::Ended(held) }),
            Waited::Unfinished(error) => {
                self.held = Some(held);
                Err(Interrupted { error, left: Left::Running(self) })
            }
        }
    }

    /// Makes an end of the work, and of the stream with it, waiting at most `limit`; for work that hangs.
    ///
    /// # Errors
    /// [`Interrupted`] with [`Left::Running`] when even that fails.
    pub fn abort(mut self, limit: Duration) -> Result<T, Interrupted<T>> {
        match self.stream.abort(limit) {
            Err(error) => Err(Interrupted { error, left: Left::Running(self) }),
            Ok(()) => {
                let Some(held) = self.held.take() else { unreachable!("as in `wait`") };
                Ok(held)
            }
        }
    }
}

impl<T> Drop for InFlight<T> {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else { return };
        let unfinished = match self.stream.wait(DROP_PATIENCE) {
            Waited::Done | Waited::Failed(_) => None,
            Waited::Unfinished(error) => self.stream.abort(DROP_PATIENCE).err().map(|_| error),
        };
        let Some(error) = unfinished else { return };
        let device = self.stream.context().device();
        if device.is_lost() {
            // Everything made on a lost device waits for its reset by itself.
            drop(held);
        } else {
            // The stream, too: to destroy it would be to wait for its work.
            std::mem::forget((held, Rc::clone(&self.stream)));
        }
        device.keep_unreported(Err(error));
    }
}

/// Drops what is left.
impl<T> From<Interrupted<T>> for Error {
    fn from(interrupted: Interrupted<T>) -> Self {
        interrupted.error
    }
}

impl<T> std::error::Error for Interrupted<T> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl<T> fmt::Display for Interrupted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<T> fmt::Debug for Interrupted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupted")
            .field("error", &self.error)
            .field("running", &matches!(self.left, Left::Running(_)))
            .finish()
    }
}

impl<T> fmt::Debug for InFlight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight").finish_non_exhaustive()
    }
}
