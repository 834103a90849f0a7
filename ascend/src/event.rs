//! Events: marks in a stream's work, for timing, and for one stream to wait for another.

use std::fmt;
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use ascend_sys::bindings::{ACL_EVENT_SYNC, ACL_EVENT_TIME_LINE, aclrtEvent};

use crate::context::{Context, ContextInner};
use crate::error::Error;

/// An event that keeps the time it happened and can be waited for.
///
/// Stays on its context's thread. Streams that recorded it or wait for it keep it until their work is done.
pub struct Event {
    inner: Rc<EventInner>,
}

pub(crate) struct EventInner {
    raw: aclrtEvent,
    context: Rc<ContextInner>,
}

impl Event {
    /// Makes an event.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Call`].
    pub fn new(context: &Context) -> Result<Self, Error> {
        let context = Rc::clone(context.inner());
        let functions = context.enter()?;
        let library = context.device().library();
        let call = library.optional("aclrtCreateEventWithFlag", functions.aclrtCreateEventWithFlag)?;
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is live, and the context is current.
        let code = unsafe { call(&mut raw, ACL_EVENT_SYNC | ACL_EVENT_TIME_LINE) };
        context.device().check("aclrtCreateEventWithFlag", code, String::new)?;
        Ok(Self { inner: Rc::new(EventInner { raw, context }) })
    }

    /// Waits until the recorded event has happened.
    ///
    /// # Errors
    /// [`Error::is_timeout`] when `limit` is over; [`Error::Unsupported`] before CANN 6.3; [`Error::Call`].
    pub fn synchronize(&self, limit: Duration) -> Result<(), Error> {
        let functions = self.inner.context.enter()?;
        let device = self.inner.context.device();
        let call = device
            .library()
            .optional("aclrtSynchronizeEventWithTimeout", functions.aclrtSynchronizeEventWithTimeout)?;
        // SAFETY: the event lives.
        let code = unsafe { call(self.inner.raw, milliseconds(limit)) };
        device.check("aclrtSynchronizeEventWithTimeout", code, || format!("waiting up to {limit:?}"))
    }

    /// Device time between `start` and this event, both of which have happened. Zero if they are out of order by
    /// less than the clock can tell.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Call`].
    pub fn since(&self, start: &Event) -> Result<Duration, Error> {
        let functions = self.inner.context.enter()?;
        let device = self.inner.context.device();
        let call = device.library().optional("aclrtEventElapsedTime", functions.aclrtEventElapsedTime)?;
        let mut milliseconds = 0.0;
        // SAFETY: the number is live, both events live.
        let code = unsafe { call(&mut milliseconds, start.inner.raw, self.inner.raw) };
        device.check("aclrtEventElapsedTime", code, String::new)?;
        Ok(Duration::try_from_secs_f32(milliseconds / 1000.0).unwrap_or_default())
    }

    pub(crate) fn inner(&self) -> &Rc<EventInner> {
        &self.inner
    }
}

impl EventInner {
    pub(crate) fn raw(&self) -> aclrtEvent {
        self.raw
    }

    pub(crate) fn context(&self) -> &Rc<ContextInner> {
        &self.context
    }
}

/// Whole milliseconds, at least one, as ACL takes them.
pub(crate) fn milliseconds(limit: Duration) -> i32 {
    i32::try_from(limit.as_micros().div_ceil(1000)).unwrap_or(i32::MAX).max(1)
}

impl Drop for EventInner {
    fn drop(&mut self) {
        let device = self.context.device();
        // What is on a lost device ends with its reset.
        if device.is_lost() {
            return;
        }
        let Ok(functions) = device.functions() else { return };
        // Made by a library that has the function to make events, so it has this one.
        let Some(destroy) = functions.aclrtDestroyEvent else { return };
        // SAFETY: made by aclrtCreateEventWithFlag, and destroyed here only; streams that use it would hold it.
        let code = unsafe { destroy(self.raw) };
        device.keep_unreported(device.check("aclrtDestroyEvent", code, String::new));
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").finish_non_exhaustive()
    }
}
