//! Asynchronous copies between pinned host memory and device memory.

use ascend_sys::bindings::{ACL_MEMCPY_DEVICE_TO_HOST, ACL_MEMCPY_HOST_TO_DEVICE, aclrtMemcpyKind};

use crate::error::Error;
use crate::in_flight::{InFlight, Interrupted, Left};
use crate::memory::{DeviceBuffer, fits};
use crate::pinned::PinnedBuffer;
use crate::stream::{Stream, StreamInner};

/// A copy's two buffers.
type Pair = (PinnedBuffer, DeviceBuffer);

impl Stream {
    /// Starts copying the first `bytes` of `host` to the start of `device`.
    ///
    /// # Errors
    /// [`Interrupted`], with the buffers: [`Error::Size`] when either is too small, [`Error::ForeignContext`],
    /// [`Error::Call`], [`Error::StreamLost`].
    pub fn copy_in(
        &self,
        host: PinnedBuffer,
        device: DeviceBuffer,
        bytes: usize,
    ) -> Result<InFlight<Pair>, Interrupted<Pair>> {
        self.copy((host, device), bytes, ACL_MEMCPY_HOST_TO_DEVICE)
    }

    /// Starts copying the first `bytes` of `device` to the start of `host`.
    ///
    /// # Errors
    /// As for [`Stream::copy_in`].
    pub fn copy_out(
        &self,
        host: PinnedBuffer,
        device: DeviceBuffer,
        bytes: usize,
    ) -> Result<InFlight<Pair>, Interrupted<Pair>> {
        self.copy((host, device), bytes, ACL_MEMCPY_DEVICE_TO_HOST)
    }

    fn copy(
        &self,
        pair: Pair,
        bytes: usize,
        kind: aclrtMemcpyKind,
    ) -> Result<InFlight<Pair>, Interrupted<Pair>> {
        let (host, device) = &pair;
        let ready = fits("the pinned buffer of a copy", bytes, host.len())
            .and_then(|()| fits("the device buffer of a copy", bytes, device.size()))
            .and_then(|()| self.inner().same_context(device.context(), "copy"));
        if let Err(error) = ready {
            return Err(Interrupted { error, left: Left::Ended(pair) });
        }
        match enqueue_copy(self.inner(), host, device, bytes, kind) {
            Ok(()) => Ok(InFlight::new(pair, self.inner())),
            Err(error) => Err(InFlight::interrupted(pair, self.inner(), error)),
        }
    }
}

/// Queues a copy. Whoever calls owns both buffers, and hands them out again only after waiting for the stream.
pub(crate) fn enqueue_copy(
    stream: &StreamInner,
    host: &PinnedBuffer,
    device: &DeviceBuffer,
    bytes: usize,
    kind: aclrtMemcpyKind,
) -> Result<(), Error> {
    fits("the pinned buffer of a copy", bytes, host.len())?;
    fits("the device buffer of a copy", bytes, device.size())?;
    let (to, room, from) = if kind == ACL_MEMCPY_HOST_TO_DEVICE {
        (device.address(), device.size(), host.address())
    } else {
        (host.address(), host.len(), device.address())
    };
    // SAFETY: both buffers hold `bytes` (checked above), the host side is pinned, and both live, untouched, until
    // the stream was waited for, as the caller vouches.
    let code = unsafe { (stream.enter()?.aclrtMemcpyAsync)(to, room, from, bytes, kind, stream.raw()) };
    stream.context().device().check("aclrtMemcpyAsync", code, || {
        let way = if kind == ACL_MEMCPY_HOST_TO_DEVICE { "to" } else { "from" };
        format!("{bytes} bytes {way} the device")
    })
}
