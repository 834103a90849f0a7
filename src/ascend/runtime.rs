//! ACL itself: opened once in a process, counted, ended with its last user.

use std::collections::HashMap;
use std::ffi::CStr;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use ascend_sys::{Acl, Code, Functions, Search, Version};

use super::device::DeviceInner;
use super::error::{CallError, Error};

/// The opened and initialised ACL library; clones share it.
///
/// May be used from any thread ("functions may be called from any thread that has a context", and the calls of
/// this type need none), so it is `Send` and `Sync`. All runtimes of a process that use one library are one: the
/// first initialises it, the last to be dropped ends it. If other code in the process initialised ACL before, it is
/// left initialised. Do not keep a runtime in a static: ACL must not be ended while the process exits.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<RuntimeInner>,
}

struct RuntimeInner {
    acl: Acl,
    process: u32,
    soc: Option<String>,
    devices: Mutex<HashMap<i32, Weak<DeviceInner>>>,
    unreported: Mutex<Vec<Error>>,
    closed: bool,
}

/// The libraries initialised in this process.
static INITIALISED: Mutex<Vec<Initialised>> = Mutex::new(Vec::new());

struct Initialised {
    /// Address of the library's `aclInit`.
    library: usize,
    process: u32,
    users: usize,
    /// Whether our `aclInit` was the first, so that `aclFinalize` is ours to call.
    ours: bool,
}

/// How many failures of `Drop` are kept for [`Runtime::take_unreported`].
const UNREPORTED_KEPT: usize = 64;

/// A poisoned lock only means that another thread panicked; the values behind ours are always whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Runtime {
    /// Opens the installed ACL and initialises it.
    ///
    /// # Errors
    /// [`Error::Load`] when there is no usable library; [`Error::Call`] when `aclInit` fails, which without driver
    /// or device it does with 500000.
    pub fn open() -> Result<Self, Error> {
        Self::open_in(&Search::from_environment())
    }

    /// As [`Runtime::open`], with the library of `search`.
    ///
    /// # Errors
    /// As for [`Runtime::open`].
    pub fn open_in(search: &Search) -> Result<Self, Error> {
        let acl = Acl::open_in(search)?;
        let process = std::process::id();
        let library = acl.functions().aclInit as usize;
        let mut initialised = lock(&INITIALISED);
        if let Some(known) =
            initialised.iter().find(|known| known.library == library && known.process != process)
        {
            return Err(Error::Forked { opened_in: known.process, now: process });
        }
        match initialised.iter_mut().find(|known| known.library == library) {
            Some(known) => known.users += 1,
            None => {
                // SAFETY: a null path asks for the defaults.
                let code = Code(unsafe { (acl.functions().aclInit)(std::ptr::null()) });
                if !code.is_success() && code != Code::REPEAT_INITIALIZE {
                    return Err(call_error(acl.functions(), "aclInit", code, None, String::new()));
                }
                initialised.push(Initialised { library, process, users: 1, ours: code.is_success() });
            }
        }
        drop(initialised);
        // SAFETY: ACL is initialised; the call gives a static string or null.
        let soc = unsafe { (acl.functions().aclrtGetSocName)() };
        let soc = text(soc);
        let inner = RuntimeInner {
            acl,
            process,
            soc,
            devices: Mutex::new(HashMap::new()),
            unreported: Mutex::new(Vec::new()),
            closed: false,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Name of the chip, such as `Ascend310P3`; of device 0 where there are several. `None` if ACL cannot tell.
    pub fn soc_name(&self) -> Option<&str> {
        self.inner.soc.as_deref()
    }

    /// Version of the ACL interface.
    pub fn version(&self) -> Version {
        self.inner.acl.version()
    }

    /// Files of the library.
    pub fn library_files(&self) -> &[PathBuf] {
        self.inner.acl.files()
    }

    /// How many devices this process sees (`ASCEND_RT_VISIBLE_DEVICES` limits them).
    ///
    /// # Errors
    /// [`Error::Call`], with 207004 for a wrong `ASCEND_RT_VISIBLE_DEVICES`.
    pub fn device_count(&self) -> Result<u32, Error> {
        let mut count = 0;
        // SAFETY: `count` is live.
        let code = unsafe { (self.functions()?.aclrtGetDeviceCount)(&mut count) };
        self.check("aclrtGetDeviceCount", code, None, String::new)?;
        Ok(count)
    }

    /// Failures while something was dropped, since this was last asked: what `close` would have returned. At most
    /// 64 are kept.
    pub fn take_unreported(&self) -> Vec<Error> {
        std::mem::take(&mut *lock(&self.inner.unreported))
    }

    /// Ends ACL, if this is its last user in the process.
    ///
    /// # Errors
    /// [`Error::StillInUse`] while devices or other clones use this runtime; [`Error::Call`] when ending fails.
    pub fn close(self) -> Result<(), Error> {
        match Arc::try_unwrap(self.inner) {
            Err(shared) => Err(Error::StillInUse { what: "runtime", users: Arc::strong_count(&shared) - 1 }),
            Ok(mut inner) => inner.release(),
        }
    }

    /// The functions, for a call from the process that initialised ACL.
    pub(super) fn functions(&self) -> Result<&Functions, Error> {
        self.inner.functions()
    }

    /// A function not every CANN has.
    pub(super) fn optional<F>(&self, call: &'static str, function: Option<F>) -> Result<F, Error> {
        function.ok_or(Error::Unsupported { call, version: self.version() })
    }

    /// Success, or the failure with ACL's words, which are only to be had now and on this thread.
    pub(super) fn check(
        &self,
        call: &'static str,
        code: i32,
        device: Option<i32>,
        about: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        match Code(code) {
            Code::SUCCESS => Ok(()),
            code => Err(call_error(self.inner.acl.functions(), call, code, device, about())),
        }
    }

    /// ACL's message of this thread, given once; empty if there is none.
    pub(super) fn words(&self) -> String {
        words(self.inner.acl.functions())
    }

    /// Keeps a failure that nobody can be told now.
    pub(super) fn keep_unreported(&self, error: Error) {
        self.inner.keep_unreported(error);
    }

    /// The devices in use.
    pub(super) fn devices(&self) -> MutexGuard<'_, HashMap<i32, Weak<DeviceInner>>> {
        lock(&self.inner.devices)
    }
}

impl RuntimeInner {
    fn functions(&self) -> Result<&Functions, Error> {
        let now = std::process::id();
        if now != self.process {
            return Err(Error::Forked { opened_in: self.process, now });
        }
        Ok(self.acl.functions())
    }

    fn keep_unreported(&self, error: Error) {
        let mut unreported = lock(&self.unreported);
        if unreported.len() < UNREPORTED_KEPT {
            unreported.push(error);
        }
    }

    fn release(&mut self) -> Result<(), Error> {
        self.closed = true;
        // A forked child has nothing to end.
        let Ok(functions) = self.functions().copied() else { return Ok(()) };
        let library = functions.aclInit as usize;
        let mut initialised = lock(&INITIALISED);
        let Some(at) = initialised.iter().position(|known| known.library == library) else { return Ok(()) };
        initialised[at].users -= 1;
        if initialised[at].users > 0 {
            return Ok(());
        }
        let ours = initialised.swap_remove(at).ours;
        // The counted form, where there is one, leaves ACL to others who initialised it after us.
        let (call, code) = match functions.aclFinalizeReference {
            Some(finalize) => ("aclFinalizeReference", {
                let mut left = 0;
                retry(|| {
                    // SAFETY: `left` is live; all that was made from this runtime is gone, as it held a clone.
                    unsafe { finalize(&mut left) }
                })
            }),
            None if ours => ("aclFinalize", {
                retry(|| {
                    // SAFETY: all that was made from this runtime is gone, as it held a clone.
                    unsafe { (functions.aclFinalize)() }
                })
            }),
            None => return Ok(()),
        };
        match Code(code) {
            Code::SUCCESS | Code::REPEAT_FINALIZE => Ok(()),
            code => Err(call_error(&functions, call, code, None, String::new())),
        }
    }
}

impl Drop for RuntimeInner {
    fn drop(&mut self) {
        // Whoever wants to know calls `close`; there is nobody left to keep the failure for.
        if !self.closed {
            let _unheard = self.release();
        }
    }
}

/// Gives a failing release a second chance: what is not released now is lost for good.
pub(super) fn retry(mut release: impl FnMut() -> i32) -> i32 {
    match release() {
        0 => 0,
        _ => release(),
    }
}

fn call_error(
    functions: &Functions,
    call: &'static str,
    code: Code,
    device: Option<i32>,
    about: String,
) -> Error {
    let words = words(functions);
    Error::Call(Box::new(CallError { call, code, device, about, words }))
}

fn words(functions: &Functions) -> String {
    // SAFETY: gives a string that lives until the next call on this thread, or null.
    let words = unsafe { (functions.aclGetRecentErrMsg)() };
    text(words).unwrap_or_default().trim().to_owned()
}

/// Copies a C string; `None` for null.
pub(super) fn text(pointer: *const std::ffi::c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: ACL gives NUL-ended strings that live at least until the next call on this thread.
    let text = unsafe { CStr::from_ptr(pointer) };
    Some(text.to_string_lossy().into_owned())
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("files", &self.library_files())
            .field("soc", &self.soc_name())
            .finish()
    }
}
