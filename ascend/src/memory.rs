//! Device memory.

use std::ffi::c_void;
use std::fmt;
use std::ptr::{self, NonNull};
use std::rc::Rc;

use ascend_sys::bindings::{ACL_MEM_MALLOC_HUGE_FIRST, ACL_MEMCPY_DEVICE_TO_HOST, ACL_MEMCPY_HOST_TO_DEVICE};

use crate::context::{Context, ContextInner};
use crate::error::Error;

/// Memory of a device, which the host cannot read or write directly.
///
/// Stays on its context's thread. Work in flight owns the buffers it uses ([`InFlight`](crate::InFlight)), so that
/// none is freed or overwritten under it: "free is immediate: never free memory that a stream may still use".
///
/// ```compile_fail,E0382
/// # use ascend::{DeviceBuffer, PinnedBuffer, Stream};
/// # fn misuse(stream: Stream, host: PinnedBuffer, mut device: DeviceBuffer) {
/// let copy = stream.copy_in(host, device, 64);
/// device.write(&[0; 64]).unwrap(); // the copy owns the buffer until it was waited for
/// # }
/// ```
pub struct DeviceBuffer {
    address: NonNull<c_void>,
    size: usize,
    context: Rc<ContextInner>,
    closed: bool,
}

impl DeviceBuffer {
    /// Allocates `size` bytes, at a multiple of 64 and with unknown contents. Large pages are used where they fit.
    ///
    /// # Errors
    /// [`Error::Size`] for zero bytes; [`Error::Call`], with 207001 when memory is short.
    pub fn new(context: &Context, size: usize) -> Result<Self, Error> {
        Self::with_inner(context.inner(), size)
    }

    pub(crate) fn with_inner(context: &Rc<ContextInner>, size: usize) -> Result<Self, Error> {
        if size == 0 {
            return Err(Error::Size { what: "a device buffer", needed: 1, available: 0 });
        }
        let mut address = ptr::null_mut();
        // SAFETY: `address` is live and the size is not zero.
        let code = unsafe { (context.enter()?.aclrtMalloc)(&mut address, size, ACL_MEM_MALLOC_HUGE_FIRST) };
        context.device().check("aclrtMalloc", code, || format!("{size} bytes"))?;
        let Some(address) = NonNull::new(address) else {
            return Err(context.device().no_answer("aclrtMalloc", format!("{size} bytes")));
        };
        Ok(Self { address, size, context: Rc::clone(context), closed: false })
    }

    /// Bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Copies `bytes` to the start of the buffer and waits for it.
    ///
    /// # Errors
    /// [`Error::Size`] when they do not fit; [`Error::Call`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        fits("writing to device memory", bytes.len(), self.size)?;
        let (to, from) = (self.address.as_ptr(), bytes.as_ptr().cast());
        // SAFETY: `bytes` is readable, the buffer holds as many bytes (checked above), nothing in flight uses it,
        // as that would own it, and a synchronous copy, also one that fails, is over when the call returns.
        let code = unsafe {
            (self.context.enter()?.aclrtMemcpy)(to, self.size, from, bytes.len(), ACL_MEMCPY_HOST_TO_DEVICE)
        };
        self.context.device().check("aclrtMemcpy", code, || format!("{} bytes to the device", bytes.len()))
    }

    /// Copies the start of the buffer to `bytes` and waits for it.
    ///
    /// # Errors
    /// [`Error::Size`] when the buffer holds fewer; [`Error::Call`].
    pub fn read(&self, bytes: &mut [u8]) -> Result<(), Error> {
        fits("reading device memory", bytes.len(), self.size)?;
        let (to, from) = (bytes.as_mut_ptr().cast(), self.address.as_ptr());
        // SAFETY: `bytes` is writable, the buffer holds as many bytes (checked above), and a synchronous copy, also
        // one that fails, is over when the call returns.
        let code = unsafe {
            (self.context.enter()?.aclrtMemcpy)(to, bytes.len(), from, bytes.len(), ACL_MEMCPY_DEVICE_TO_HOST)
        };
        self.context.device().check("aclrtMemcpy", code, || format!("{} bytes from the device", bytes.len()))
    }

    /// Frees the memory.
    ///
    /// # Errors
    /// [`Error::Call`].
    pub fn close(mut self) -> Result<(), Error> {
        self.release()
    }

    pub(crate) fn address(&self) -> *mut c_void {
        self.address.as_ptr()
    }

    pub(crate) fn context(&self) -> &Rc<ContextInner> {
        &self.context
    }

    fn release(&mut self) -> Result<(), Error> {
        self.closed = true;
        // The memory of a lost device, which may still use it, ends with its reset.
        if self.context.device().is_lost() {
            return Ok(());
        }
        let Ok(functions) = self.context.device().functions() else { return Ok(()) };
        // SAFETY: the address came from aclrtMalloc and is freed here only, as `closed` says; work in flight would
        // own this buffer.
        let code = unsafe { (functions.aclrtFree)(self.address.as_ptr()) };
        self.context.device().check("aclrtFree", code, || format!("{} bytes", self.size))
    }
}

/// Whether `needed` bytes fit.
pub(crate) fn fits(what: &'static str, needed: usize, available: usize) -> Result<(), Error> {
    if needed > available {
        return Err(Error::Size { what, needed, available });
    }
    Ok(())
}

impl Drop for DeviceBuffer {
    fn drop(&mut self) {
        if !self.closed {
            let result = self.release();
            self.context.device().keep_unreported(result);
        }
    }
}

impl fmt::Debug for DeviceBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceBuffer").field("size", &self.size).finish_non_exhaustive()
    }
}
