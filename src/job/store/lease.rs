//! A lock in a store that has none: an object that only one process can make, made anew as long as it is alive.
//!
//! Whoever finds one watches it. If it changes, its process lives; if it does not for the length of a lease, or its
//! process was one of this machine and is gone, it is taken over. All times are measured by whoever waits, so clocks
//! need not agree. A store that cannot put on a condition has no locks at all; then two processes may do the same
//! work, with the same result.

use crate::storage::{Object, Version};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// After this time without a sign of life, a lock is nobody's.
const LEASE: Duration = Duration::from_secs(30);

/// Time between two signs of life: two may be lost.
const SIGN: Duration = Duration::from_secs(9);

/// Time between two looks at the lock of another.
const LOOK: Duration = Duration::from_millis(500);

/// Bytes a lock may have.
const LIMIT: u64 = 64 << 10;

/// A lock that is held, and given back when dropped.
pub(super) struct Lease {
    /// Told, by being dropped, that the lock is no longer needed.
    needed: Option<Sender<()>>,
    signs: Option<JoinHandle<()>>,
}

/// What a lock says: who has it, in words, and which process that is.
struct Text {
    holder: String,
    process: String,
    nonce: String,
}

impl Text {
    fn own(holder: &str) -> Text {
        let nonce = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Text { holder: holder.to_string(), process: process(), nonce: nonce.to_string() }
    }

    fn with_sign(&self, sign: u64) -> Vec<u8> {
        let Text { holder, process, nonce } = self;
        format!("{holder}\n{process}\n{nonce}\n{sign}\n").into_bytes()
    }

    fn read(bytes: &[u8]) -> Text {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines();
        let mut line = || lines.next().unwrap_or_default().to_string();
        let (holder, process, nonce) = (line(), line(), line());
        let holder = if holder.is_empty() { "another process".into() } else { holder };
        Text { holder, process, nonce }
    }

    /// Whether it is of a process of this machine, and if so, whether that is alive.
    fn is_alive(&self) -> Option<bool> {
        let (machine, number) = self.process.rsplit_once(' ')?;
        let own = process();
        let (own_machine, _) = own.rsplit_once(' ')?;
        (machine == own_machine).then(|| Path::new("/proc").join(number).exists())
    }
}

/// This boot of this machine, its namespace of processes, and the number of this one in it.
fn process() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let space = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    format!("{} {} {}", boot.trim(), space.display(), std::process::id())
}

impl Lease {
    /// Takes the lock at `object`, or says who has it.
    pub(super) fn take(object: Object, holder: &str) -> io::Result<Result<Lease, String>> {
        let own = Text::own(holder);
        // The lock of another, and since when it has not changed.
        let mut seen: Option<(Version, Instant)> = None;
        loop {
            match object.put_if(&own.with_sign(0), None) {
                Ok(version) => return Ok(Ok(Lease::keep(object, own, version))),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    return Ok(Ok(Lease { needed: None, signs: None }));
                }
                Err(error) => return Err(error),
            }
            let (bytes, version) = match object.get(LIMIT) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                found => found?,
            };
            let other = Text::read(&bytes);
            // Made by this very call, whose answer was lost on its way.
            if (&other.process, &other.nonce) == (&own.process, &own.nonce) {
                return Ok(Ok(Lease::keep(object, own, version)));
            }
            let since = match &seen {
                Some((before, since)) if *before == version => *since,
                Some(_) => return Ok(Err(other.holder)),
                None => Instant::now(),
            };
            match other.is_alive() {
                Some(true) => return Ok(Err(other.holder)),
                None if since.elapsed() < LEASE => {
                    seen = Some((version, since));
                    thread::sleep(LOOK);
                }
                _ => match object.put_if(&own.with_sign(0), Some(&version)) {
                    Ok(version) => return Ok(Ok(Lease::keep(object, own, version))),
                    // Somebody was quicker: another process, or this one, whose answer was lost.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => seen = Some((version, since)),
                    Err(error) => return Err(error),
                },
            }
        }
    }

    fn keep(object: Object, own: Text, version: Version) -> Lease {
        let (needed, wait) = channel();
        let signs =
            thread::Builder::new().name("lease".into()).spawn(move || signs(&object, &own, version, &wait));
        // Without a thread the lock lasts for a lease, and after that it is as if there were none.
        Lease { needed: Some(needed), signs: signs.ok() }
    }
}

/// Gives signs of life until the lock is not needed, then removes it.
fn signs(object: &Object, own: &Text, mut version: Version, needed: &Receiver<()>) {
    for sign in 1.. {
        if needed.recv_timeout(SIGN) != Err(RecvTimeoutError::Timeout) {
            break;
        }
        match object.put_if(&own.with_sign(sign), Some(&version)) {
            Ok(now) => version = now,
            // Another process has waited for long enough; the lock is its own now. Or the sign did arrive and its
            // answer did not.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => match object.get(LIMIT) {
                Ok((bytes, now)) if Text::read(&bytes).nonce == own.nonce => version = now,
                _ => return,
            },
            Err(_) => {}
        }
    }
    if object.get(LIMIT).is_ok_and(|(bytes, _)| Text::read(&bytes).nonce == own.nonce) {
        // If it cannot be removed, the next one waits for the length of a lease.
        let _ = object.remove();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.needed = None;
        if let Some(signs) = self.signs.take() {
            // A panic there has been told already.
            let _ = signs.join();
        }
    }
}
