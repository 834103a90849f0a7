//! Events in the work of streams.

use crate::error::Error;
use crate::event::Event;
use crate::stream::Stream;

impl Event {
    /// Marks the end of what was submitted to `stream` so far.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Call`], [`Error::ForeignContext`], [`Error::StreamLost`].
    pub fn record(&self, stream: &Stream) -> Result<(), Error> {
        let (event, stream) = (self.inner(), stream.inner());
        stream.same_context(event.context(), "recording an event")?;
        let functions = stream.enter()?;
        let device = event.context().device();
        let call = device.library().optional("aclrtRecordEvent", functions.aclrtRecordEvent)?;
        // Before the call: one that fails may have recorded the event nevertheless.
        stream.hold(event);
        // SAFETY: event and stream live, the event as long as the stream's work.
        let code = unsafe { call(event.raw(), stream.raw()) };
        device.check("aclrtRecordEvent", code, String::new)
    }
}

impl Stream {
    /// Holds all work submitted from now on until the recorded `event` has happened on its own stream.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Call`], [`Error::ForeignContext`], [`Error::StreamLost`].
    pub fn wait_for(&self, event: &Event) -> Result<(), Error> {
        let (event, stream) = (event.inner(), self.inner());
        stream.same_context(event.context(), "waiting for an event")?;
        let functions = stream.enter()?;
        let device = stream.context().device();
        let call = device.library().optional("aclrtStreamWaitEvent", functions.aclrtStreamWaitEvent)?;
        // Before the call, as in `Event::record`.
        stream.hold(event);
        // SAFETY: event and stream live, the event as long as the stream's work.
        let code = unsafe { call(stream.raw(), event.raw()) };
        device.check("aclrtStreamWaitEvent", code, String::new)
    }
}
