//! A context: what streams, models and device memory belong to, bound to one thread.

use std::fmt;
use std::ptr;
use std::rc::Rc;

use ascend_sys::Functions;
use ascend_sys::bindings::{ACL_DDR_MEM, ACL_HBM_MEM, aclrtContext};

use crate::device::Device;
use crate::error::Error;

/// A context of one device, for the thread that made it.
///
/// "Device, current context and last error are thread-local; nothing is inherited by new threads", and "load,
/// execute and unload of a model must happen under the same context": so a context and everything made from it stay
/// on their thread (not `Send`, not `Sync`), and every call makes its context current first. A worker is a thread
/// that makes its own:
///
/// ```compile_fail,E0277
/// # fn misuse(context: ascend::Context) {
/// std::thread::spawn(move || drop(context)); // a context does not change threads
/// # }
/// ```
///
/// ```compile_fail,E0277
/// # fn misuse(context: &ascend::Context) {
/// std::thread::scope(|scope| {
///     scope.spawn(|| context.memory()); // nor is it shared between threads
/// });
/// # }
/// ```
///
/// It is destroyed after the last stream, event, model and device buffer made from it.
pub struct Context {
    inner: Rc<ContextInner>,
}

pub(crate) struct ContextInner {
    raw: aclrtContext,
    device: Device,
    closed: bool,
}

/// Device memory in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryInfo {
    /// Free now.
    pub free: usize,
    /// In all.
    pub total: usize,
}

impl Context {
    /// Makes a context of `device` on this thread.
    ///
    /// # Errors
    /// [`Error::Call`]; [`Error::DeviceLost`].
    pub fn new(device: &Device) -> Result<Self, Error> {
        device.usable()?;
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is live; the device was opened.
        let code = unsafe { (device.functions()?.aclrtCreateContext)(&mut raw, device.id()) };
        device.check("aclrtCreateContext", code, String::new)?;
        Ok(Self { inner: Rc::new(ContextInner { raw, device: device.clone(), closed: false }) })
    }

    /// Its device.
    pub fn device(&self) -> &Device {
        &self.inner.device
    }

    /// Memory of the device.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Call`].
    pub fn memory(&self) -> Result<MemoryInfo, Error> {
        let functions = self.inner.enter()?;
        let library = self.inner.device.library();
        let call = library.optional("aclrtGetMemInfo", functions.aclrtGetMemInfo)?;
        let mut info = MemoryInfo { free: 0, total: 0 };
        // Chips have one kind of memory and answer zero for the other.
        for kind in [ACL_HBM_MEM, ACL_DDR_MEM] {
            // SAFETY: both numbers are live.
            let code = unsafe { call(kind, &mut info.free, &mut info.total) };
            self.inner.device.check("aclrtGetMemInfo", code, String::new)?;
            if info.total > 0 {
                break;
            }
        }
        Ok(info)
    }

    /// Destroys the context, if nothing made from it is left.
    ///
    /// # Errors
    /// [`Error::StillInUse`], and then the last user destroys it; [`Error::Call`].
    pub fn close(self) -> Result<(), Error> {
        match Rc::try_unwrap(self.inner) {
            Err(shared) => Err(Error::StillInUse { what: "context", users: Rc::strong_count(&shared) - 1 }),
            Ok(mut inner) => inner.release(),
        }
    }

    pub(crate) fn inner(&self) -> &Rc<ContextInner> {
        &self.inner
    }
}

impl ContextInner {
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// Makes this the thread's current context, as nearly every call needs, and gives the functions. A lost device
    /// takes no calls but its reset.
    pub(crate) fn enter(&self) -> Result<&Functions, Error> {
        self.device.usable()?;
        self.make_current()
    }

    /// As [`ContextInner::enter`], for waiting and releasing: what cannot be released now never is, so a context that
    /// could not be made current is tried once more. That call may be made any number of times.
    pub(crate) fn enter_to_end(&self) -> Result<&Functions, Error> {
        self.enter().or_else(|_| self.enter())
    }

    fn make_current(&self) -> Result<&Functions, Error> {
        let functions = self.device.functions()?;
        // SAFETY: the context lives until `release`.
        let code = unsafe { (functions.aclrtSetCurrentContext)(self.raw) };
        self.device.check("aclrtSetCurrentContext", code, String::new)?;
        Ok(functions)
    }

    fn release(&mut self) -> Result<(), Error> {
        self.closed = true;
        // What is on a lost device ends with its reset.
        if self.device.is_lost() {
            return Ok(());
        }
        let Ok(functions) = self.device.functions() else { return Ok(()) };
        // SAFETY: made by aclrtCreateContext and destroyed here only, as `closed` says; all that was made from it held
        // it.
        let code = unsafe { (functions.aclrtDestroyContext)(self.raw) };
        self.device.check("aclrtDestroyContext", code, String::new)
    }
}

impl Drop for ContextInner {
    fn drop(&mut self) {
        if !self.closed {
            let result = self.release();
            self.device.keep_unreported(result);
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("device", &self.inner.device).finish()
    }
}
