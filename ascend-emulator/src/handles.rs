//! Handles: addresses that nobody can dereference and that are never used twice, so a destroyed handle is always
//! recognised.

use crate::failure::{Outcome, failure};
use crate::{codes, report};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A handle as the program holds it.
pub type Handle = usize;

/// Bytes between two handles.
const STEP: usize = 16;
/// Address space set aside for handles: 2^28 of them.
const SPACE: usize = STEP << 28;

struct Space {
    base: usize,
    kinds: Vec<&'static str>,
}

static SPACE_USED: Mutex<Option<Space>> = Mutex::new(None);

fn with_space<T>(f: impl FnOnce(&mut Space) -> T) -> T {
    let mut space = SPACE_USED.lock().unwrap_or_else(PoisonError::into_inner);
    f(space.get_or_insert_with(|| Space { base: crate::arena::reserve(SPACE), kinds: Vec::new() }))
}

/// A fresh handle of a kind.
fn issue(kind: &'static str) -> Handle {
    with_space(|space| {
        space.kinds.push(kind);
        space.base + space.kinds.len() * STEP
    })
}

/// Kind of a handle that was issued at some time.
fn kind_of(handle: Handle) -> Option<&'static str> {
    with_space(|space| {
        let offset = handle.checked_sub(space.base + STEP)?;
        (offset % STEP == 0).then(|| space.kinds.get(offset / STEP).copied()).flatten()
    })
}

/// What a value that is no live handle of the expected kind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// NULL.
    Null,
    /// Was such a handle once.
    Destroyed,
    /// Never was one.
    Foreign,
}

/// All live handles of one kind.
#[derive(Debug)]
pub struct Table<T> {
    kind: &'static str,
    live: HashMap<Handle, T>,
}

impl<T> Table<T> {
    /// An empty table of things called `kind`.
    pub fn new(kind: &'static str) -> Table<T> {
        Table { kind, live: HashMap::new() }
    }

    /// What the things are called.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Adds what `make` builds for the fresh handle.
    pub fn insert_with(&mut self, make: impl FnOnce(Handle) -> T) -> Handle {
        let handle = issue(self.kind);
        self.live.insert(handle, make(handle));
        handle
    }

    /// Adds `value`.
    pub fn insert(&mut self, value: T) -> Handle {
        self.insert_with(|_| value)
    }

    /// The thing behind `handle`, or why there is none.
    pub fn find(&self, handle: Handle) -> Result<&T, Stale> {
        self.live.get(&handle).ok_or_else(|| self.stale(handle))
    }

    /// As [`Table::find`], to change it.
    pub fn find_mut(&mut self, handle: Handle) -> Result<&mut T, Stale> {
        if !self.live.contains_key(&handle) {
            return Err(self.stale(handle));
        }
        self.live.get_mut(&handle).ok_or(Stale::Foreign)
    }

    /// Takes the thing out; its handle is destroyed.
    pub fn remove(&mut self, handle: Handle) -> Result<T, Stale> {
        self.live.remove(&handle).ok_or_else(|| self.stale(handle))
    }

    /// Everything alive.
    pub fn iter(&self) -> impl Iterator<Item = (Handle, &T)> {
        self.live.iter().map(|(handle, value)| (*handle, value))
    }

    /// Takes out everything that `gone` selects.
    pub fn drain(&mut self, gone: impl Fn(&T) -> bool) -> Vec<(Handle, T)> {
        self.live.extract_if(|_, value| gone(value)).collect()
    }

    fn stale(&self, handle: Handle) -> Stale {
        match kind_of(handle) {
            _ if handle == 0 => Stale::Null,
            Some(kind) if kind == self.kind => Stale::Destroyed,
            _ => Stale::Foreign,
        }
    }

    /// As [`Table::find`] for runtime handles: NULL is 100000, destroyed or foreign 107017 and a violation.
    pub fn runtime(&self, call: &str, handle: Handle) -> Outcome<&T> {
        self.find(handle).map_err(|stale| refuse(call, self.kind, handle, stale, codes::RT_INVALID_HANDLE))
    }

    /// As [`Table::find`] for host-side objects (datasets, descriptions): NULL is 100000; destroyed or foreign is
    /// 100000 too, and a violation.
    pub fn object(&self, call: &str, handle: Handle) -> Outcome<&T> {
        self.find(handle).map_err(|stale| refuse(call, self.kind, handle, stale, codes::INVALID_PARAM))
    }

    /// As [`Table::object`], to change it.
    pub fn object_mut(&mut self, call: &str, handle: Handle) -> Outcome<&mut T> {
        let kind = self.kind;
        self.find_mut(handle).map_err(|stale| refuse(call, kind, handle, stale, codes::INVALID_PARAM))
    }
}

/// The refusal of a stale handle, recorded as row 13 (runtime handles) or 49 (host-side objects).
pub fn refuse(call: &str, kind: &str, handle: Handle, stale: Stale, code: i32) -> crate::failure::Failure {
    let row = if code == codes::RT_INVALID_HANDLE { 13 } else { 49 };
    match stale {
        Stale::Null => failure(codes::INVALID_PARAM, format!("EH0002: the {kind} is NULL")),
        Stale::Destroyed => {
            report::violation(row, call, &format!("the {kind} was destroyed before"));
            failure(code, format!("EE1017: the {kind} {handle:#x} was destroyed before"))
        }
        Stale::Foreign => {
            report::violation(row, call, &format!("the pointer is no {kind}"));
            failure(code, format!("EE1017: {handle:#x} is no {kind}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_never_reused_and_remember_their_kind() {
        let mut streams = Table::new("stream");
        let mut events = Table::new("event");
        let first = streams.insert(1);
        let event = events.insert(2);
        assert_eq!(streams.find(first), Ok(&1));
        assert_eq!(streams.find(event), Err(Stale::Foreign));
        assert_eq!(streams.remove(first), Ok(1));
        assert_eq!(streams.find(first), Err(Stale::Destroyed));
        assert_ne!(streams.insert(3), first);
        assert_eq!(streams.find(0), Err(Stale::Null));
        assert_eq!(streams.find(first + 1), Err(Stale::Foreign));
    }
}
