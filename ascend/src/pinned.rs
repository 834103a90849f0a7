//! Host memory the device can copy from and to by itself.

use std::ffi::c_void;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};

use crate::context::{Context, ContextInner};
use crate::device::{Device, Orphan};
use crate::error::Error;

/// Page-locked host memory, zeroed, at a multiple of 64; a slice of bytes to its owner.
///
/// `Send` and `Sync`, unlike everything else that is made from a context: other threads may fill and read it like
/// any memory, and "`aclrtFreeHost` works without a current context". What copies from or to it owns it until the
/// copy was waited for:
///
/// ```compile_fail,E0382
/// # use ascend::{DeviceBuffer, PinnedBuffer, Stream};
/// # fn misuse(stream: Stream, mut host: PinnedBuffer, device: DeviceBuffer) {
/// let copy = stream.copy_in(host, device, 64);
/// host[0] = 1; // "buffers used by async copies must not be modified or freed until synchronise"
/// # }
/// ```
///
/// ```compile_fail,E0505
/// # fn misuse(host: ascend::PinnedBuffer) {
/// let bytes: &[u8] = &host;
/// drop(host); // the slice does not outlive the memory
/// println!("{}", bytes[0]);
/// # }
/// ```
pub struct PinnedBuffer {
    address: NonNull<u8>,
    size: usize,
    device: Device,
    closed: bool,
}

// SAFETY: the memory is ordinary host memory reached only through this owner, "aclrtFreeHost works without a
// current context", and the device handle is itself Send.
unsafe impl Send for PinnedBuffer {}
// SAFETY: a shared reference only reads the bytes.
unsafe impl Sync for PinnedBuffer {}

impl PinnedBuffer {
    /// Allocates `size` bytes.
    ///
    /// # Errors
    /// [`Error::Size`] for zero bytes; [`Error::Call`] when memory is short.
    pub fn new(context: &Context, size: usize) -> Result<Self, Error> {
        Self::with_inner(context.inner(), size)
    }

    pub(crate) fn with_inner(context: &ContextInner, size: usize) -> Result<Self, Error> {
        if size == 0 {
            return Err(Error::Size { what: "a pinned buffer", needed: 1, available: 0 });
        }
        let device = context.device();
        let mut address: *mut c_void = ptr::null_mut();
        // SAFETY: `address` is live and the size is not zero.
        let code = unsafe { (context.enter()?.aclrtMallocHost)(&mut address, size) };
        device.check("aclrtMallocHost", code, || format!("{size} bytes"))?;
        let Some(address) = NonNull::new(address.cast::<u8>()) else {
            return Err(device.no_answer("aclrtMallocHost", format!("{size} bytes")));
        };
        // SAFETY: a fresh allocation of `size` bytes.
        unsafe { address.write_bytes(0, size) };
        Ok(Self { address, size, device: device.clone(), closed: false })
    }

    /// Frees the memory.
    ///
    /// # Errors
    /// [`Error::Call`].
    pub fn close(mut self) -> Result<(), Error> {
        self.release()
    }

    pub(crate) fn address(&self) -> *mut c_void {
        self.address.as_ptr().cast()
    }

    fn release(&mut self) -> Result<(), Error> {
        self.closed = true;
        if self.device.is_lost() {
            self.device.adopt(Orphan::Pinned(self.address.as_ptr() as usize));
            return Ok(());
        }
        let Ok(functions) = self.device.functions() else { return Ok(()) };
        // SAFETY: the address came from aclrtMallocHost and is freed here only, as `closed` says; work in flight would
        // own this.
        let code = unsafe { (functions.aclrtFreeHost)(self.address.as_ptr().cast()) };
        self.device.check("aclrtFreeHost", code, || format!("{} bytes", self.size))
    }
}

impl Deref for PinnedBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: `size` initialised bytes, which live as long as this. No device writes meanwhile: work in flight owns
        // the buffers it uses, and gives none back before the stream said that nothing of it runs any more.
        unsafe { std::slice::from_raw_parts(self.address.as_ptr(), self.size) }
    }
}

impl DerefMut for PinnedBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as for `deref`, and borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.address.as_ptr(), self.size) }
    }
}

impl Drop for PinnedBuffer {
    fn drop(&mut self) {
        if !self.closed {
            let result = self.release();
            self.device.keep_unreported(result);
        }
    }
}

impl fmt::Debug for PinnedBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinnedBuffer").field("size", &self.size).finish_non_exhaustive()
    }
}
