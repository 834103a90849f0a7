//! A device: opened on first use, reset with its last user.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, Weak};

use ascend_sys::bindings::{ACL_DEVICE, aclDataBuffer, aclmdlDataset};
use ascend_sys::{Class, Functions};

use crate::error::Error;
use crate::library::{Library, lock};

/// An opened device; clones share it, and opening the same number again gives the same device.
///
/// `Send` and `Sync`: it is a number and a count. ("The default context is shared by all threads that set the same
/// device"; what needs a thread's own context asks for a [`Context`](crate::Context).)
///
/// Once a call says that the device is suspect ([`Class::DeviceFatal`]) it is lost. Nobody knows then which of its work
/// has ended, so nothing more is submitted, waited for or released: what was made on it ends when its last user resets
/// it by force. Work in flight keeps its buffers until then, because the device may still write to them. If even the
/// reset fails, pinned memory and what lists it are never freed. Opening the device again after that starts anew.
#[derive(Clone)]
pub struct Device {
    inner: Arc<DeviceInner>,
}

struct DeviceInner {
    library: Arc<Library>,
    devices: Devices,
    id: i32,
    memory_is_shared: bool,
    /// The failure of the first call that said that the device is suspect.
    lost: OnceLock<String>,
    /// What work on a lost device might still use; released after its reset, in this order.
    orphans: Mutex<Vec<Orphan>>,
    closed: bool,
}

/// The devices of one runtime that are open, by number.
#[derive(Clone, Default)]
pub(crate) struct Devices {
    opened: Arc<Mutex<HashMap<i32, Weak<DeviceInner>>>>,
}

/// Address of something nobody reaches any more, but work on the lost device might still use.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Orphan {
    /// From `aclrtMallocHost`.
    Pinned(usize),
    /// From `aclmdlCreateDataset`.
    Dataset(usize),
    /// From `aclCreateDataBuffer`; given up after the dataset that lists it.
    DataBuffer(usize),
}

impl Orphan {
    /// Releases it: the name of the call, and what it returned.
    fn release(self, functions: &Functions) -> (&'static str, i32) {
        match self {
            Self::Pinned(address) => ("aclrtFreeHost", {
                // SAFETY: the address came from aclrtMallocHost, its owner gave it up without freeing it, and the device
                // that might have written there was reset.
                unsafe { (functions.aclrtFreeHost)(address as *mut std::ffi::c_void) }
            }),
            Self::Dataset(address) => ("aclmdlDestroyDataset", {
                // SAFETY: as above, for aclmdlCreateDataset.
                unsafe { (functions.aclmdlDestroyDataset)(address as *const aclmdlDataset) }
            }),
            Self::DataBuffer(address) => ("aclDestroyDataBuffer", {
                // SAFETY: as above, for aclCreateDataBuffer; its dataset is destroyed.
                unsafe { (functions.aclDestroyDataBuffer)(address as *const aclDataBuffer) }
            }),
        }
    }
}

impl Device {
    /// Opens device `id`, of which there is one, unless it is open.
    pub(crate) fn open(library: &Arc<Library>, devices: &Devices, id: i32) -> Result<Self, Error> {
        let functions = library.functions()?;
        let mut mode = 0;
        // SAFETY: `mode` is live.
        let code = unsafe { (functions.aclrtGetRunMode)(&mut mode) };
        library.check("aclrtGetRunMode", code, Some(id), String::new)?;
        // Held until the device is listed, so that two threads do not open it twice.
        let mut opened = loop {
            let opened = lock(&devices.opened);
            match opened.get(&id) {
                None => break opened,
                Some(known) => {
                    if let Some(inner) = known.upgrade() {
                        return Ok(Self { inner });
                    }
                }
            }
            // Its last user is resetting it at this moment.
            drop(opened);
            std::thread::yield_now();
        };
        // SAFETY: takes no pointers.
        let code = unsafe { (functions.aclrtSetDevice)(id) };
        library.check("aclrtSetDevice", code, Some(id), String::new)?;
        let inner = Arc::new(DeviceInner {
            library: Arc::clone(library),
            devices: devices.clone(),
            id,
            memory_is_shared: mode == ACL_DEVICE,
            lost: OnceLock::new(),
            orphans: Mutex::new(Vec::new()),
            closed: false,
        });
        opened.insert(id, Arc::downgrade(&inner));
        Ok(Self { inner })
    }

    /// Its number.
    pub fn id(&self) -> i32 {
        self.inner.id
    }

    pub(crate) fn library(&self) -> &Library {
        &self.inner.library
    }

    /// Whether the program runs on the chip itself (run mode `ACL_DEVICE`), so that pinned memory is device memory
    /// and nothing needs copying.
    pub fn memory_is_shared(&self) -> bool {
        self.inner.memory_is_shared
    }

    /// Whether a call said that the device is suspect. It is not used any more then.
    pub fn is_lost(&self) -> bool {
        self.inner.lost.get().is_some()
    }

    /// Refuses a lost device.
    pub(crate) fn usable(&self) -> Result<(), Error> {
        match self.inner.lost.get() {
            None => Ok(()),
            Some(because) => Err(Error::DeviceLost { device: self.id(), because: because.clone() }),
        }
    }

    /// Resets the device, if this is its last user.
    ///
    /// # Errors
    /// [`Error::StillInUse`] while contexts, pinned memory or other clones use it; [`Error::Call`] when the reset
    /// fails.
    pub fn close(self) -> Result<(), Error> {
        match Arc::try_unwrap(self.inner) {
            Err(shared) => Err(Error::StillInUse { what: "device", users: Arc::strong_count(&shared) - 1 }),
            Ok(mut inner) => inner.release(),
        }
    }

    pub(crate) fn functions(&self) -> Result<&Functions, Error> {
        self.inner.library.functions()
    }

    /// Success, or the failure with ACL's words; a failure that makes the device suspect loses it.
    pub(crate) fn check(
        &self,
        call: &'static str,
        code: i32,
        about: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        let result = self.inner.library.check(call, code, Some(self.inner.id), about);
        if let Err(error) = &result
            && error.class() == Class::DeviceFatal
        {
            let _already = self.inner.lost.set(error.to_string());
        }
        result
    }

    /// The failure of a function that gives null, zero or -1 instead of a code.
    pub(crate) fn no_answer(&self, call: &'static str, about: String) -> Error {
        Error::NoAnswer { call, device: self.inner.id, about, words: self.inner.library.words() }
    }

    /// Keeps a failure that nobody can be told now.
    pub(crate) fn keep_unreported(&self, result: Result<(), Error>) {
        if let Err(error) = result {
            self.inner.library.keep_unreported(error);
        }
    }

    /// Releases something once the lost device is reset.
    pub(crate) fn adopt(&self, orphan: Orphan) {
        lock(&self.inner.orphans).push(orphan);
    }
}

impl DeviceInner {
    fn release(&mut self) -> Result<(), Error> {
        self.closed = true;
        // A forked child has nothing to reset.
        let Ok(functions) = self.library.functions() else { return Ok(()) };
        let result = match functions.aclrtResetDeviceForce {
            Some(reset) if self.lost.get().is_some() => {
                // SAFETY: takes no pointers; all that was made on the device is released or given up.
                let code = unsafe { reset(self.id) };
                self.library.check("aclrtResetDeviceForce", code, Some(self.id), String::new)
            }
            _ => {
                // SAFETY: takes no pointers; all that was made on the device is released or given up, as it held a
                // clone.
                let code = unsafe { (functions.aclrtResetDevice)(self.id) };
                self.library.check("aclrtResetDevice", code, Some(self.id), String::new)
            }
        };
        let orphans = std::mem::take(&mut *lock(&self.orphans));
        // A device that was not reset may write to them for ever.
        if result.is_ok() {
            for orphan in orphans {
                let (call, code) = orphan.release(functions);
                if let Err(error) = self.library.check(call, code, Some(self.id), String::new) {
                    self.library.keep_unreported(error);
                }
            }
        }
        lock(&self.devices.opened).remove(&self.id);
        result
    }
}

impl Drop for DeviceInner {
    fn drop(&mut self) {
        if !self.closed
            && let Err(error) = self.release()
        {
            self.library.keep_unreported(error);
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("id", &self.id()).field("lost", &self.is_lost()).finish()
    }
}
