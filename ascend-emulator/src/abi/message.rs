//! What the last failed call said.

use crate::failure::Failure;
use crate::{codes, report};
use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::sync::{Mutex, PoisonError};

thread_local! {
    static LAST_CODE: Cell<i32> = const { Cell::new(0) };
    static OF_THREAD: RefCell<Option<CString>> = const { RefCell::new(None) };
    static HANDED_OUT: RefCell<Option<CString>> = const { RefCell::new(None) };
}

static OF_PROCESS: Mutex<Option<CString>> = Mutex::new(None);
static ONE_PER_PROCESS: Mutex<bool> = Mutex::new(false);

/// Chooses between one message per process (`err_msg_mode` 1) and one per thread.
pub fn one_per_process(yes: bool) {
    *ONE_PER_PROCESS.lock().unwrap_or_else(PoisonError::into_inner) = yes;
}

fn per_process() -> bool {
    *ONE_PER_PROCESS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps `failure` for `aclGetRecentErrMsg`; its code for `aclrtGetLastError`.
pub fn remember(name: &'static str, failure: &Failure) {
    if [codes::API_NOT_SUPPORT, codes::RT_FEATURE_NOT_SUPPORT].contains(&failure.code) {
        report::unsupported(name);
    }
    let text = format!("{}: {} (code {})", failure.text, name, failure.code).replace('\0', " ");
    let text = CString::new(text).ok();
    if per_process() {
        *OF_PROCESS.lock().unwrap_or_else(PoisonError::into_inner) = text;
    } else {
        OF_THREAD.replace(text);
    }
    LAST_CODE.set(failure.code);
}

/// Takes the message; the pointer is good until the next call on this thread.
pub fn take() -> *const std::ffi::c_char {
    let message = if per_process() {
        OF_PROCESS.lock().unwrap_or_else(PoisonError::into_inner).take()
    } else {
        OF_THREAD.take()
    };
    HANDED_OUT.replace(message);
    HANDED_OUT.with_borrow(|message| message.as_ref().map_or(std::ptr::null(), |text| text.as_ptr()))
}

/// The code of the last failed call on this thread, 0 if none.
pub fn last_code() -> i32 {
    LAST_CODE.get()
}

/// As [`last_code`]; forgets it.
pub fn take_last_code() -> i32 {
    LAST_CODE.replace(0)
}
