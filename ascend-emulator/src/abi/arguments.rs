//! Pointer arguments as types. A value of these can only come from a C caller, whose duty it is that a pointer
//! that is not NULL points to what the function's declaration says; so NULL is all there is left to check.

use crate::codes;
use crate::failure::{Outcome, failure};
use std::ffi::{CStr, c_char};
use std::marker::PhantomData;

/// A `T *` that the function writes.
#[repr(transparent)]
pub struct Out<T>(*mut T, PhantomData<T>);

/// A `const T *` that the function reads.
#[repr(transparent)]
pub struct In<T>(*const T, PhantomData<T>);

/// A `const char *` that ends with NUL.
#[repr(transparent)]
pub struct Text(*const c_char);

fn null(what: &str) -> crate::failure::Failure {
    failure(codes::INVALID_PARAM, format!("EH0002: {what} is NULL"))
}

impl<T> Out<T> {
    /// Refuses NULL.
    pub fn check(&self, what: &str) -> Outcome {
        if self.0.is_null() { Err(null(what)) } else { Ok(()) }
    }

    /// Writes `value`; NULL is 100000.
    pub fn set(&self, what: &str, value: T) -> Outcome {
        self.check(what)?;
        // SAFETY: not NULL, so by the caller's duty it points to a writable `T`.
        unsafe { self.0.write(value) };
        Ok(())
    }

    /// Writes `value` if the pointer is not NULL.
    pub fn offer(&self, value: T) {
        if !self.0.is_null() {
            // SAFETY: as in `set`.
            unsafe { self.0.write(value) };
        }
    }

    /// The `T` in place, for structs too large to build and move.
    pub fn get(&mut self, what: &str) -> Outcome<&mut T> {
        self.check(what)?;
        // SAFETY: as in `set`; the C structs used here are plain numbers, for which any bytes are valid.
        Ok(unsafe { &mut *self.0 })
    }
}

impl<T> In<T> {
    /// The pointer a program handed over as a number; its duty is the same.
    pub fn at(address: usize) -> In<T> {
        In(address as *const T, PhantomData)
    }

    /// Address, 0 for NULL.
    pub fn address(&self) -> usize {
        self.0 as usize
    }

    /// The value.
    pub fn get(&self, what: &str) -> Outcome<&T> {
        if self.0.is_null() {
            return Err(null(what));
        }
        // SAFETY: not NULL, so by the caller's duty it points to a `T`.
        Ok(unsafe { &*self.0 })
    }

    /// `count` values.
    pub fn slice(&self, what: &str, count: usize) -> Outcome<&[T]> {
        if self.0.is_null() {
            return Err(null(what));
        }
        // SAFETY: not NULL, so by the caller's duty there are `count` of them.
        Ok(unsafe { std::slice::from_raw_parts(self.0, count) })
    }
}

impl Text {
    /// The bytes before NUL; `None` for NULL.
    pub fn optional(&self) -> Option<&[u8]> {
        if self.0.is_null() {
            return None;
        }
        // SAFETY: not NULL, so by the caller's duty a string that ends with NUL.
        Some(unsafe { CStr::from_ptr(self.0) }.to_bytes())
    }

    /// The bytes before NUL; NULL is 100000.
    pub fn get(&self, what: &str) -> Outcome<&[u8]> {
        self.optional().ok_or_else(|| null(what))
    }
}
