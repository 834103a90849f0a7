//! A queue of work on a device.

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;
use std::ptr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ascend_sys::bindings::{ACL_STREAM_STATUS_COMPLETE, aclrtStream};
use ascend_sys::{Class, Code, Functions};

use super::context::{Context, ContextInner};
use super::error::Error;
use super::event::EventInner;
use super::runtime::retry;

/// A stream of a context. Work on one stream is done in order; two streams overlap.
///
/// Stays on its context's thread ("streams belong to the context current at creation; using one under another
/// context fails"). Copies are submitted with `copy_in` and `copy_out`, models run on the stream they were loaded for.
///
/// A failure of the work on a stream is told by the next wait, and takes the stream with it: what else was
/// submitted ends as [`Error::StreamLost`], and so does what is submitted later.
pub struct Stream {
    inner: Rc<StreamInner>,
}

pub(super) struct StreamInner {
    raw: Cell<aclrtStream>,
    context: Rc<ContextInner>,
    /// The failure that took the stream.
    lost: OnceCell<String>,
    /// Events recorded or waited for on this stream since it was last idle; they must outlive that work.
    events: RefCell<Vec<Rc<EventInner>>>,
    notice: Cell<Option<Code>>,
}

/// How a wait for a stream ended.
pub(super) enum Waited {
    /// All work is done.
    Done,
    /// The work failed, and nothing of it runs any more.
    Failed(Error),
    /// The time is over, or the wait itself could not be had: work may still run.
    Unfinished(Error),
}

impl Stream {
    /// Makes a stream.
    ///
    /// # Errors
    /// [`Error::Call`].
    pub fn new(context: &Context) -> Result<Self, Error> {
        let context = Rc::clone(context.inner());
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is live, and the context is current.
        let code = unsafe { (context.enter()?.aclrtCreateStream)(&mut raw) };
        context.device().check("aclrtCreateStream", code, String::new)?;
        let inner = StreamInner {
            raw: Cell::new(raw),
            context,
            lost: OnceCell::new(),
            events: RefCell::new(Vec::new()),
            notice: Cell::new(None),
        };
        Ok(Self { inner: Rc::new(inner) })
    }

    /// Waits until all work submitted so far is done.
    ///
    /// Without `aclrtSynchronizeStreamWithTimeout` (before CANN 6) the limit cannot be kept.
    ///
    /// # Errors
    /// [`Error::is_timeout`] when `limit` is over and work still runs; [`Error::Call`] when the work failed.
    pub fn synchronize(&self, limit: Duration) -> Result<(), Error> {
        match self.inner.wait(limit) {
            Waited::Done => Ok(()),
            Waited::Failed(error) | Waited::Unfinished(error) => Err(error),
        }
    }

    /// Whether all work submitted so far is done.
    ///
    /// # Errors
    /// [`Error::Unsupported`] before CANN 7; [`Error::Call`].
    pub fn is_idle(&self) -> Result<bool, Error> {
        self.inner.is_idle()
    }

    /// A harmless code the last wait was told, such as an overflow of a 16-bit float (207003); given once.
    pub fn take_notice(&self) -> Option<Code> {
        self.inner.notice.take()
    }

    /// Destroys the stream, if nothing is in flight and no model is loaded for it.
    ///
    /// # Errors
    /// [`Error::StillInUse`], and then the last user destroys it; [`Error::Call`].
    pub fn close(self) -> Result<(), Error> {
        match Rc::try_unwrap(self.inner) {
            Err(shared) => Err(Error::StillInUse { what: "stream", users: Rc::strong_count(&shared) - 1 }),
            Ok(inner) => inner.release(),
        }
    }

    pub(super) fn inner(&self) -> &Rc<StreamInner> {
        &self.inner
    }
}

impl StreamInner {
    pub(super) fn raw(&self) -> aclrtStream {
        self.raw.get()
    }

    pub(super) fn context(&self) -> &Rc<ContextInner> {
        &self.context
    }

    /// Keeps an event alive until the stream's work is done.
    pub(super) fn hold(&self, event: &Rc<EventInner>) {
        self.events.borrow_mut().push(Rc::clone(event));
    }

    /// Makes the context current for submitting work, if the stream still takes any.
    pub(super) fn enter(&self) -> Result<&Functions, Error> {
        self.refuse_lost()?;
        self.context.enter()
    }

    fn refuse_lost(&self) -> Result<(), Error> {
        match self.lost.get() {
            Some(because) => Err(Error::StreamLost { because: because.clone() }),
            None => Ok(()),
        }
    }

    /// Whether `other` is the context of this stream.
    pub(super) fn same_context(&self, other: &Rc<ContextInner>, call: &'static str) -> Result<(), Error> {
        if Rc::ptr_eq(&self.context, other) { Ok(()) } else { Err(Error::ForeignContext { call }) }
    }

    fn is_idle(&self) -> Result<bool, Error> {
        let functions = self.enter()?;
        let call =
            self.context.device().runtime().optional("aclrtStreamQuery", functions.aclrtStreamQuery)?;
        let mut status = ACL_STREAM_STATUS_COMPLETE;
        // SAFETY: the stream lives, `status` is live.
        let code = unsafe { call(self.raw(), &mut status) };
        if Code(code) == Code::STREAM_NOT_COMPLETE {
            return Ok(false);
        }
        self.context.device().check("aclrtStreamQuery", code, String::new)?;
        Ok(status == ACL_STREAM_STATUS_COMPLETE)
    }

    /// Waits for all work of the stream.
    pub(super) fn wait(&self, limit: Duration) -> Waited {
        // What took the stream made sure before that nothing runs.
        if let Err(error) = self.refuse_lost() {
            return Waited::Failed(error);
        }
        let start = Instant::now();
        let error = match self.synchronize_once(limit) {
            Ok(()) => {
                self.events.borrow_mut().clear();
                return Waited::Done;
            }
            Err(error) => error,
        };
        match error.class() {
            // The work failed. A second wait, which then ends at once, shows that nothing runs any more.
            Class::StreamFatal | Class::DeviceFatal if !error.is_timeout() => {
                if let Err(again) = self.synchronize_once(limit.saturating_sub(start.elapsed()))
                    && !self.context.device().is_gone()
                    && (again.is_timeout() || again.class() != Class::StreamFatal)
                {
                    return Waited::Unfinished(error);
                }
            }
            _ => return Waited::Unfinished(error),
        }
        self.lose(&error);
        Waited::Failed(error)
    }

    fn synchronize_once(&self, limit: Duration) -> Result<(), Error> {
        let functions = self.context.enter_to_end()?;
        let (call, code) = match functions.aclrtSynchronizeStreamWithTimeout {
            Some(synchronize) => ("aclrtSynchronizeStreamWithTimeout", {
                // SAFETY: the stream lives.
                unsafe { synchronize(self.raw(), milliseconds(limit)) }
            }),
            None => ("aclrtSynchronizeStream", {
                // SAFETY: the stream lives, and is not null, which would mean the default stream.
                unsafe { (functions.aclrtSynchronizeStream)(self.raw()) }
            }),
        };
        // An overflow, or an end that was asked for: the work is done.
        if Code(code).class() == Class::Ignorable && Code(code) != Code::STREAM_NOT_COMPLETE {
            self.notice.set(Some(Code(code)).filter(|code| !code.is_success()));
            return Ok(());
        }
        self.context.device().check(call, code, || format!("waiting up to {limit:?}"))
    }

    /// Makes an end of work that does not finish. On success nothing of it runs any more, and the stream is lost.
    pub(super) fn abort(&self, limit: Duration) -> Result<(), Error> {
        if self.lost.get().is_some() || self.context.device().is_gone() {
            return Ok(());
        }
        let functions = self.context.enter_to_end()?;
        let device = self.context.device();
        if let Some(abort) = functions.aclrtStreamAbort {
            // SAFETY: the stream lives.
            let code = unsafe { abort(self.raw()) };
            device.check("aclrtStreamAbort", code, String::new)?;
            match self.synchronize_once(limit) {
                Err(error) if error.is_timeout() || error.class() != Class::StreamFatal => return Err(error),
                Ok(()) | Err(_) => {}
            }
        } else {
            let call =
                device.runtime().optional("aclrtDestroyStreamForce", functions.aclrtDestroyStreamForce)?;
            // SAFETY: the stream lives, and is not used again, as it is null from here on.
            let code = unsafe { call(self.raw()) };
            device.check("aclrtDestroyStreamForce", code, String::new)?;
            self.raw.set(ptr::null_mut());
        }
        let _already = self.lost.set("it was aborted".to_owned());
        self.events.borrow_mut().clear();
        Ok(())
    }

    fn lose(&self, error: &Error) {
        let _already = self.lost.set(error.to_string());
        self.events.borrow_mut().clear();
    }

    fn release(&self) -> Result<(), Error> {
        let raw = self.raw.replace(ptr::null_mut());
        let device = self.context.device();
        if raw.is_null() || device.is_gone() {
            return Ok(());
        }
        let functions = match self.context.enter_to_end() {
            Err(Error::Forked { .. }) => return Ok(()),
            entered => entered?,
        };
        // The plain form waits for the stream's tasks, which on a lost device may never end.
        if let Some(destroy) = functions.aclrtDestroyStreamForce
            && device.is_lost()
        {
            // SAFETY: made by aclrtCreateStream and destroyed once; work in flight would hold the stream.
            let code = unsafe { destroy(raw) };
            return device.check("aclrtDestroyStreamForce", code, String::new);
        }
        let code = retry(|| {
            // SAFETY: as above.
            unsafe { (functions.aclrtDestroyStream)(raw) }
        });
        device.check("aclrtDestroyStream", code, String::new)
    }
}

/// Whole milliseconds, at least one, as ACL takes them.
pub(super) fn milliseconds(limit: Duration) -> i32 {
    i32::try_from(limit.as_micros().div_ceil(1000)).unwrap_or(i32::MAX).max(1)
}

impl Drop for StreamInner {
    fn drop(&mut self) {
        let result = self.release();
        self.context.device().keep_unreported(result);
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("lost", &self.inner.lost.get()).finish_non_exhaustive()
    }
}
