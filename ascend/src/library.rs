//! ACL itself: opened once in a process, counted, ended with its last user.

use std::ffi::CStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ascend_sys::{Acl, Code, Functions, Search};

use crate::error::{CallError, Error};

/// The opened and initialised library. Everything that is made from it holds it.
pub(crate) struct Library {
    acl: Acl,
    process: u32,
    soc: Option<String>,
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

/// How many failures of `Drop` are kept for [`Runtime::take_unreported`](crate::Runtime::take_unreported).
const UNREPORTED_KEPT: usize = 64;

/// A poisoned lock only means that another thread panicked; the values behind ours are always whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Library {
    pub(crate) fn open_in(search: &Search) -> Result<Self, Error> {
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
        // SAFETY: as above, so it may be read at any time.
        let soc = unsafe { text(soc) };
        Ok(Self { acl, process, soc, unreported: Mutex::new(Vec::new()), closed: false })
    }

    pub(crate) fn acl(&self) -> &Acl {
        &self.acl
    }

    pub(crate) fn soc_name(&self) -> Option<&str> {
        self.soc.as_deref()
    }

    /// The functions, for a call from the process that initialised ACL.
    pub(crate) fn functions(&self) -> Result<&Functions, Error> {
        let now = std::process::id();
        if now != self.process {
            return Err(Error::Forked { opened_in: self.process, now });
        }
        Ok(self.acl.functions())
    }

    /// A function not every CANN has.
    pub(crate) fn optional<F>(&self, call: &'static str, function: Option<F>) -> Result<F, Error> {
        function.ok_or(Error::Unsupported { call, version: self.acl.version() })
    }

    /// Success, or the failure with ACL's words, which are only to be had now and on this thread.
    pub(crate) fn check(
        &self,
        call: &'static str,
        code: i32,
        device: Option<i32>,
        about: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        match Code(code) {
            Code::SUCCESS => Ok(()),
            code => Err(call_error(self.acl.functions(), call, code, device, about())),
        }
    }

    /// ACL's message of this thread, given once; empty if there is none.
    pub(crate) fn words(&self) -> String {
        words(self.acl.functions())
    }

    /// Keeps a failure that nobody can be told now.
    pub(crate) fn keep_unreported(&self, error: Error) {
        let mut unreported = lock(&self.unreported);
        if unreported.len() < UNREPORTED_KEPT {
            unreported.push(error);
        }
    }

    pub(crate) fn take_unreported(&self) -> Vec<Error> {
        std::mem::take(&mut *lock(&self.unreported))
    }

    /// Ends ACL, if this was its last user in the process.
    pub(crate) fn release(&mut self) -> Result<(), Error> {
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
                // SAFETY: `left` is live; all that was made from this library is released or given up, as it held a
                // clone.
                unsafe { finalize(&mut left) }
            }),
            None if ours => ("aclFinalize", {
                // SAFETY: all that was made from this library is released or given up, as it held a clone.
                unsafe { (functions.aclFinalize)() }
            }),
            None => return Ok(()),
        };
        match Code(code) {
            Code::SUCCESS | Code::REPEAT_FINALIZE => Ok(()),
            code => Err(call_error(&functions, call, code, None, String::new())),
        }
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // Whoever wants to know calls `close`; there is nobody left to keep the failure for.
        if !self.closed {
            let _unheard = self.release();
        }
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
    // Whoever initialised ACL before us may have asked for one message per process (`err_msg_mode` 1), which the next
    // call of any thread replaces.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = lock(&ONE_AT_A_TIME);
    // SAFETY: takes nothing; gives a string that lives until the next call of this function on this thread, or null.
    let words = unsafe { (functions.aclGetRecentErrMsg)() };
    // SAFETY: that call was the last one on this thread, and on any of ours.
    let words = unsafe { text(words) };
    words.unwrap_or_default().trim().to_owned()
}

/// Copies a C string; `None` for null.
///
/// # Safety
/// `pointer` is null, or that of a NUL-ended string which nobody frees or changes during the call.
pub(crate) unsafe fn text(pointer: *const std::ffi::c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller vouches for the rest.
    let text = unsafe { CStr::from_ptr(pointer) };
    Some(text.to_string_lossy().into_owned())
}
