//! A queue of work on a device.

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;
use std::ptr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ascend_sys::bindings::{ACL_STREAM_STATUS_COMPLETE, aclrtStream};
use ascend_sys::{Class, Code, Functions};

use crate::context::{Context, ContextInner};
use crate::error::Error;
use crate::event::{EventInner, milliseconds};

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

pub(crate) struct StreamInner {
    /// Null from the moment it is destroyed, also if that fails: a destroyed stream is never named again.
    raw: Cell<aclrtStream>,
    context: Rc<ContextInner>,
    lost: OnceCell<Lost>,
    /// Events recorded or waited for on this stream since it was last idle; they must outlive that work.
    events: RefCell<Vec<Rc<EventInner>>>,
    notice: Cell<Option<Code>>,
}

/// What took a stream.
struct Lost {
    /// The failure.
    because: String,
    /// Whether it is sure that nothing of the stream's work runs any more.
    ended: bool,
}

/// How a wait for a stream ended.
pub(crate) enum Waited {
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

    pub(crate) fn inner(&self) -> &Rc<StreamInner> {
        &self.inner
    }
}

impl StreamInner {
    pub(crate) fn raw(&self) -> aclrtStream {
        self.raw.get()
    }

    pub(crate) fn context(&self) -> &Rc<ContextInner> {
        &self.context
    }

    /// Keeps an event alive until the stream's work is done.
    pub(crate) fn hold(&self, event: &Rc<EventInner>) {
        self.events.borrow_mut().push(Rc::clone(event));
    }

    /// Makes the context current for submitting work, if the stream still takes any.
    pub(crate) fn enter(&self) -> Result<&Functions, Error> {
        self.refuse_lost()?;
        self.context.enter()
    }

    fn refuse_lost(&self) -> Result<(), Error> {
        match self.lost.get() {
            Some(lost) => Err(Error::StreamLost { because: lost.because.clone() }),
            None => Ok(()),
        }
    }

    /// Whether `other` is the context of this stream.
    pub(crate) fn same_context(&self, other: &Rc<ContextInner>, call: &'static str) -> Result<(), Error> {
        if Rc::ptr_eq(&self.context, other) { Ok(()) } else { Err(Error::ForeignContext { call }) }
    }

    fn is_idle(&self) -> Result<bool, Error> {
        let functions = self.enter()?;
        let call =
            self.context.device().library().optional("aclrtStreamQuery", functions.aclrtStreamQuery)?;
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
    pub(crate) fn wait(&self, limit: Duration) -> Waited {
        if let Err(error) = self.refuse_lost() {
            return if self.has_ended() { Waited::Failed(error) } else { Waited::Unfinished(error) };
        }
        let functions = match self.context.enter_to_end() {
            Ok(functions) => functions,
            Err(error) => return Waited::Unfinished(error),
        };
        let start = Instant::now();
        let Err(error) = self.synchronize_once(functions, limit) else {
            self.events.borrow_mut().clear();
            return Waited::Done;
        };
        // The work failed, or the wait did. Only a second wait that succeeds shows that nothing runs any more. On a lost
        // device, none is to be believed.
        let failed = error.class() == Class::StreamFatal && !error.is_timeout();
        if !failed || self.synchronize_once(functions, limit.saturating_sub(start.elapsed())).is_err() {
            return Waited::Unfinished(error);
        }
        self.lose(error.to_string(), true);
        Waited::Failed(error)
    }

    /// Waits for the stream, whose context is current.
    fn synchronize_once(&self, functions: &Functions, limit: Duration) -> Result<(), Error> {
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
    pub(crate) fn abort(&self, limit: Duration) -> Result<(), Error> {
        if let Err(error) = self.refuse_lost() {
            return if self.has_ended() { Ok(()) } else { Err(error) };
        }
        let functions = self.context.enter_to_end()?;
        let device = self.context.device();
        let aborted = functions.aclrtStreamAbort.is_some_and(|abort| {
            // SAFETY: the stream lives.
            let code = unsafe { abort(self.raw()) };
            // Whether it worked, the wait tells.
            device.keep_unreported(device.check("aclrtStreamAbort", code, String::new));
            match self.synchronize_once(functions, limit) {
                Ok(()) => true,
                Err(error) => error.code() == Some(Code::STREAM_ABORT),
            }
        });
        if !aborted {
            let call =
                device.library().optional("aclrtDestroyStreamForce", functions.aclrtDestroyStreamForce)?;
            // SAFETY: the stream lives, and is not named again, as it is null from here on.
            let code = unsafe { call(self.raw.replace(ptr::null_mut())) };
            if let Err(error) = device.check("aclrtDestroyStreamForce", code, String::new) {
                self.lose(format!("it was to be destroyed by force, and {error}"), false);
                return Err(error);
            }
        }
        self.lose("it was aborted".to_owned(), true);
        Ok(())
    }

    fn has_ended(&self) -> bool {
        self.lost.get().is_some_and(|lost| lost.ended)
    }

    fn lose(&self, because: String, ended: bool) {
        let _already = self.lost.set(Lost { because, ended });
        if ended {
            self.events.borrow_mut().clear();
        }
    }

    fn release(&self) -> Result<(), Error> {
        let raw = self.raw.replace(ptr::null_mut());
        let device = self.context.device();
        // What is on a lost device ends with its reset.
        if raw.is_null() || device.is_lost() {
            return Ok(());
        }
        let functions = match self.context.enter_to_end() {
            Err(Error::Forked { .. }) => return Ok(()),
            entered => entered?,
        };
        // SAFETY: made by aclrtCreateStream and destroyed here only, as nothing but `raw` names it any more; work in
        // flight would hold the stream.
        let code = unsafe { (functions.aclrtDestroyStream)(raw) };
        device.check("aclrtDestroyStream", code, String::new)
    }
}

impl Drop for StreamInner {
    fn drop(&mut self) {
        let result = self.release();
        self.context.device().keep_unreported(result);
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = self.inner.lost.get().map(|lost| &lost.because);
        f.debug_struct("Stream").field("lost", &lost).finish_non_exhaustive()
    }
}
