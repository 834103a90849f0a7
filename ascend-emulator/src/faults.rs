//! Scripted faults: `ASCEND_EMULATOR_FAULTS`, entries separated by `;`.
//!
//! | entry | meaning |
//! |---|---|
//! | `aclrtMalloc:3=207001` | the third call of the function fails with the code and does nothing |
//! | `aclrtFree:2=after:507000` | the second call does its work and then returns the code, as CANN does with an error of earlier work |
//! | `aclrtSetDevice:1=slow:1500` | that call takes 1,500 ms longer |
//! | `execute:2=507011` | the second model execution asked for fails; the next synchronise says so |
//! | `execute:2=hang` | it does not end before the operator timeout (547 s), an abort, or a forced destroy |
//! | `copy:4=507052` | the fourth queued copy fails |
//! | `device:1@20=507901` | device 1 is lost once it has executed 20 batches |
//!
//! Instead of one number: `2-5` a range, `3+` the third and all later ones, `*` all. Counting starts at 1 with
//! every `aclInit` that starts a run; calls of all threads count together.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What happens instead of the usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call or task fails with this code.
    Code(i32),
    /// The call does its work, and returns this code nevertheless.
    After(i32),
    /// The call takes this much longer, then does its work.
    Slow(Duration),
    /// The task does not end.
    Hang,
}

#[derive(Clone, Debug)]
struct Entry {
    subject: String,
    first: u64,
    last: u64,
    fault: Fault,
}

/// A parsed script and the counts so far.
#[derive(Debug, Default)]
pub struct Script {
    entries: Vec<Entry>,
    losses: Vec<(usize, u64, i32)>,
    counts: Mutex<HashMap<String, u64>>,
}

/// Subject of executions in a script.
pub const EXECUTE: &str = "execute";
/// Subject of queued copies in a script.
pub const COPY: &str = "copy";

impl Script {
    /// Parses a script; the empty text is the script without faults.
    pub fn parse(text: &str) -> Result<Script, String> {
        let mut script = Script::default();
        for entry in text.split(';').map(str::trim).filter(|entry| !entry.is_empty()) {
            let wrong = || format!("'{entry}' is no fault; an example is aclrtMalloc:3=207001");
            let (when, what) = entry.split_once('=').ok_or_else(wrong)?;
            let (subject, number) = when.split_once(':').ok_or_else(wrong)?;
            if subject == "device" {
                let (device, batches) = number.split_once('@').ok_or_else(wrong)?;
                script.losses.push((
                    device.parse().map_err(|_| wrong())?,
                    batches.parse().map_err(|_| wrong())?,
                    what.parse().map_err(|_| wrong())?,
                ));
                continue;
            }
            let task = subject == EXECUTE || subject == COPY;
            if !task && !subject.starts_with("acl") {
                return Err(wrong());
            }
            let (first, last) = numbers(number).ok_or_else(wrong)?;
            let fault = match what.split_once(':') {
                Some(("slow", ms)) => Fault::Slow(Duration::from_millis(ms.parse().map_err(|_| wrong())?)),
                Some(("after", code)) if !task => Fault::After(code.parse().map_err(|_| wrong())?),
                None if what == "hang" && task => Fault::Hang,
                _ => Fault::Code(what.parse().map_err(|_| wrong())?),
            };
            script.entries.push(Entry { subject: subject.to_string(), first, last, fault });
        }
        Ok(script)
    }

    /// Counts one use of `subject` and returns the fault planned for it.
    pub fn next(&self, subject: &str) -> Option<Fault> {
        if !self.entries.iter().any(|entry| entry.subject == subject) {
            return None;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(subject.to_string()).or_default();
        *count += 1;
        self.entries
            .iter()
            .find(|entry| entry.subject == subject && (entry.first..=entry.last).contains(count))
            .map(|entry| entry.fault)
    }

    /// Code with which `device` is lost once it has executed `batches` batches.
    pub fn loss(&self, device: usize, batches: u64) -> Option<i32> {
        self.losses.iter().find(|(id, after, _)| *id == device && batches >= *after).map(|(_, _, code)| *code)
    }
}

fn numbers(text: &str) -> Option<(u64, u64)> {
    if text == "*" {
        return Some((1, u64::MAX));
    }
    if let Some(first) = text.strip_suffix('+') {
        return Some((first.parse().ok()?, u64::MAX));
    }
    if let Some((first, last)) = text.split_once('-') {
        return Some((first.parse().ok()?, last.parse().ok()?));
    }
    let only = text.parse().ok()?;
    Some((only, only))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_planned_call_fails_and_no_other() {
        let script = Script::parse("aclrtMalloc:3=207001; aclrtFree:2-3=107000;execute:1=hang").unwrap();
        let calls: Vec<_> = (0..4).map(|_| script.next("aclrtMalloc")).collect();
        assert_eq!(calls, [None, None, Some(Fault::Code(207_001)), None]);
        let calls: Vec<_> = (0..4).map(|_| script.next("aclrtFree").is_some()).collect();
        assert_eq!(calls, [false, true, true, false]);
        assert_eq!(script.next(EXECUTE), Some(Fault::Hang));
        assert_eq!(script.next("aclrtMemcpy"), None);
        let script = Script::parse("aclrtFree:1=after:507000;aclrtMalloc:1=slow:7").unwrap();
        assert_eq!(script.next("aclrtFree"), Some(Fault::After(507_000)));
        assert_eq!(script.next("aclrtMalloc"), Some(Fault::Slow(Duration::from_millis(7))));
    }

    #[test]
    fn a_device_is_lost_after_its_batches() {
        let script = Script::parse("device:1@20=507901").unwrap();
        assert_eq!(script.loss(1, 19), None);
        assert_eq!(script.loss(1, 20), Some(507_901));
        assert_eq!(script.loss(0, 99), None);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "aclrtMalloc",
            "aclrtMalloc:x=1",
            "malloc:1=2",
            "aclrtMalloc:1=hang",
            "aclrtMalloc:1=after",
            "aclrtMalloc:1=later:5",
            "execute:1=after:5",
            "device:1=3",
        ] {
            assert!(Script::parse(text).unwrap_err().contains(text), "{text}");
        }
    }
}
