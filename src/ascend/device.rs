//! A device: opened on first use, reset with its last user.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use ascend_sys::bindings::{ACL_DEVICE, aclDataBuffer, aclmdlDataset};
use ascend_sys::{Class, Functions};

use super::error::Error;
use super::runtime::{Runtime, lock, retry};

/// An opened device; clones share it, and opening the same number again gives the same device.
///
/// `Send` and `Sync`: it is a number and a count. ("The default context is shared by all threads that set the same
/// device"; what needs a thread's own context asks for a [`Context`](super::Context).)
///
/// Once a call says that the device is suspect ([`Class::DeviceFatal`]) it is lost: it takes no new work, and with
/// its last user it is reset by force. What was made on it is still waited for and released, until one of those
/// calls says the same; the rest ends with the reset. Opening the device again after that starts anew.
#[derive(Clone)]
pub struct Device {
    inner: Arc<DeviceInner>,
}

pub(super) struct DeviceInner {
    runtime: Runtime,
    id: i32,
    memory_is_shared: bool,
    /// One of the states below.
    state: AtomicU8,
    /// What work on a lost device might still use; released after its reset, in this order.
    orphans: Mutex<Vec<Orphan>>,
    closed: bool,
}

/// No call has said anything bad about the device.
const SOUND: u8 = 0;
/// A call has said that the device is suspect.
const LOST: u8 = 1;
/// So has a call that was to wait for, or release, what was left on it.
const GONE: u8 = 2;

/// Address of something nobody reaches any more, but work on the lost device might still use.
#[derive(Clone, Copy, Debug)]
pub(super) enum Orphan {
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
                // SAFETY: the address came from aclrtMallocHost, its owner gave it up, and the device that might have
                // written there was reset.
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

impl Runtime {
    /// Opens device `id`, counted from 0. The first opening of a device in a process takes seconds on a card.
    ///
    /// # Errors
    /// [`Error::NoDevice`] when there is no such device; [`Error::Call`] when it does not start.
    pub fn device(&self, id: i32) -> Result<Device, Error> {
        let count = self.device_count()?;
        if u32::try_from(id).map_or(true, |id| id >= count) {
            return Err(Error::NoDevice { device: id, count });
        }
        let mut mode = 0;
        // SAFETY: `mode` is live.
        let code = unsafe { (self.functions()?.aclrtGetRunMode)(&mut mode) };
        self.check("aclrtGetRunMode", code, Some(id), String::new)?;
        // Held until the device is listed, so that two threads do not open it twice.
        let mut devices = loop {
            let devices = self.devices();
            match devices.get(&id) {
                None => break devices,
                Some(known) => {
                    if let Some(inner) = known.upgrade() {
                        return Ok(Device { inner });
                    }
                }
            }
            // Its last user is resetting it at this moment.
            drop(devices);
            std::thread::yield_now();
        };
        // SAFETY: takes no pointers.
        let code = unsafe { (self.functions()?.aclrtSetDevice)(id) };
        self.check("aclrtSetDevice", code, Some(id), String::new)?;
        let inner = Arc::new(DeviceInner {
            runtime: self.clone(),
            id,
            memory_is_shared: mode == ACL_DEVICE,
            state: AtomicU8::new(SOUND),
            orphans: Mutex::new(Vec::new()),
            closed: false,
        });
        devices.insert(id, Arc::downgrade(&inner));
        Ok(Device { inner })
    }
}

impl Device {
    /// Its number.
    pub fn id(&self) -> i32 {
        self.inner.id
    }

    /// The runtime it belongs to.
    pub fn runtime(&self) -> &Runtime {
        &self.inner.runtime
    }

    /// Whether the program runs on the chip itself (run mode `ACL_DEVICE`), so that pinned memory is device memory
    /// and nothing needs copying.
    pub fn memory_is_shared(&self) -> bool {
        self.inner.memory_is_shared
    }

    /// Whether a call said that the device is suspect. It is not used any more then.
    pub fn is_lost(&self) -> bool {
        self.inner.state.load(Ordering::Acquire) >= LOST
    }

    /// Whether calls for what is left on it have become pointless.
    pub(super) fn is_gone(&self) -> bool {
        self.inner.state.load(Ordering::Acquire) >= GONE
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

    pub(super) fn functions(&self) -> Result<&Functions, Error> {
        self.inner.runtime.functions()
    }

    /// Success, or the failure with ACL's words; a failure that makes the device suspect loses it.
    pub(super) fn check(
        &self,
        call: &'static str,
        code: i32,
        about: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        let result = self.inner.runtime.check(call, code, Some(self.inner.id), about);
        if let Err(error) = &result
            && error.class() == Class::DeviceFatal
        {
            // A lost device takes no new work, so a second failure is one of waiting or releasing.
            let worse = |state: u8| Some((state + 1).min(GONE));
            let _before = self.inner.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, worse);
        }
        result
    }

    /// The failure of a function that gives null, zero or -1 instead of a code.
    pub(super) fn no_answer(&self, call: &'static str, about: String) -> Error {
        Error::NoAnswer { call, device: self.inner.id, about, words: self.inner.runtime.words() }
    }

    /// Keeps a failure that nobody can be told now.
    pub(super) fn keep_unreported(&self, result: Result<(), Error>) {
        if let Err(error) = result {
            self.inner.runtime.keep_unreported(error);
        }
    }

    /// Releases something once the lost device is reset.
    pub(super) fn adopt(&self, orphan: Orphan) {
        lock(&self.inner.orphans).push(orphan);
    }
}

impl DeviceInner {
    fn release(&mut self) -> Result<(), Error> {
        self.closed = true;
        // A forked child has nothing to reset.
        let Ok(functions) = self.runtime.functions() else { return Ok(()) };
        let result = match functions.aclrtResetDeviceForce {
            Some(reset) if self.state.load(Ordering::Acquire) >= LOST => {
                let code = retry(|| {
                    // SAFETY: takes no pointers; all that was made on the device is gone or given up.
                    unsafe { reset(self.id) }
                });
                self.runtime.check("aclrtResetDeviceForce", code, Some(self.id), String::new)
            }
            _ => {
                let code = retry(|| {
                    // SAFETY: takes no pointers; all that was made on the device is gone, as it held a clone.
                    unsafe { (functions.aclrtResetDevice)(self.id) }
                });
                self.runtime.check("aclrtResetDevice", code, Some(self.id), String::new)
            }
        };
        for orphan in lock(&self.orphans).drain(..) {
            let (call, code) = orphan.release(functions);
            if let Err(error) = self.runtime.check(call, code, Some(self.id), String::new) {
                self.runtime.keep_unreported(error);
            }
        }
        self.runtime.devices().remove(&self.id);
        result
    }
}

impl Drop for DeviceInner {
    fn drop(&mut self) {
        if !self.closed
            && let Err(error) = self.release()
        {
            self.runtime.keep_unreported(error);
        }
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("id", &self.id()).field("lost", &self.is_lost()).finish()
    }
}
