//! Which memory a copy or fill means, and whether it may.

use crate::codes;
use crate::copy::copy;
use crate::failure::{Failure, Outcome, failure};
use crate::handles::Handle;
use crate::memory::{Located, PADDING, Place, Region};
use crate::report;
use crate::settings::settings;
use crate::state::{Current, State};
use crate::synchronize::show;
use crate::task::{Task, Work};
use std::sync::Arc;

/// `aclrtMemcpyKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 0
    HostToHost,
    /// 1
    HostToDevice,
    /// 2
    DeviceToHost,
    /// 3
    DeviceToDevice,
    /// 4: from the pointers.
    Default,
}

impl Kind {
    /// The kind with this number; 100000 if there is none.
    pub fn from_number(number: i32) -> Outcome<Kind> {
        match number {
            0 => Ok(Kind::HostToHost),
            1 => Ok(Kind::HostToDevice),
            2 => Ok(Kind::DeviceToHost),
            3 | 6 | 7 => Ok(Kind::DeviceToDevice),
            4 => Ok(Kind::Default),
            5 => Err(failure(
                codes::RT_FEATURE_NOT_SUPPORT,
                "EE1001: copy kind 5 is for kernels' arguments only",
            )),
            _ => Err(failure(codes::INVALID_PARAM, format!("EE1001: copy kind {number} does not exist"))),
        }
    }

    /// Whether source and target are on the device; `None` if the pointers decide.
    fn sides(self) -> Option<(bool, bool)> {
        match self {
            Kind::HostToHost => Some((false, false)),
            Kind::HostToDevice => Some((false, true)),
            Kind::DeviceToHost => Some((true, false)),
            Kind::DeviceToDevice => Some((true, true)),
            Kind::Default => None,
        }
    }
}

/// A copy as the program asks for it.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The function.
    pub call: &'static str,
    /// Target address.
    pub to: usize,
    /// Room there, bytes.
    pub room: usize,
    /// Source address.
    pub from: usize,
    /// Bytes to copy.
    pub count: usize,
    /// Direction.
    pub kind: Kind,
}

/// A wrong use of memory: recorded as `row`; the failure to return if it is an error now.
fn misuse(row: u32, call: &str, text: String) -> Outcome {
    report::violation(row, call, &text);
    if settings().strict { Err(failure(codes::RT_PARAM_INVALID, format!("EE1001: {text}"))) } else { Ok(()) }
}

/// The region of `count` bytes at `address`, which must be in one live allocation of `current`'s device.
fn region(
    state: &State,
    current: Current,
    call: &str,
    what: &str,
    (address, count): (usize, usize),
    (on_device, writes): (Option<bool>, bool),
) -> Outcome<Region> {
    let dead = |why: &str| -> Failure {
        report::violation(24, call, &format!("the {what} {why}"));
        failure(codes::RT_PARAM_INVALID, format!("EE1001: the {what} {address:#x} {why}"))
    };
    let Located::Live(place, left) = state.memory.locate(address) else {
        return Err(dead("lies in no live allocation"));
    };
    if address.checked_add(count).is_none() {
        return Err(dead("and its length wrap around"));
    }
    if let Place::Device { device, .. } = place
        && device != current.device
    {
        return Err(dead("is memory of another device"));
    }
    let is_device = matches!(place, Place::Device { .. });
    if on_device.is_some_and(|expected| expected != is_device) && !settings().on_device {
        let side = if is_device { "device" } else { "host" };
        misuse(24, call, format!("the {what} is {side} memory, which contradicts the copy's kind"))?;
    }
    if count > left {
        let beyond = count - left;
        if !is_device || beyond > PADDING {
            return Err(dead("and the length reach beyond its allocation"));
        }
        report::violation(24, call, &format!("the {what} reaches {beyond} bytes beyond its allocation"));
    }
    Ok(state.memory.region(place, address, count, writes))
}

/// Source and target of `request`; `None` when there is nothing to copy.
fn regions(state: &mut State, request: &Request) -> Outcome<Option<(Region, Region, Current)>> {
    let Request { call, to, room, from, count, kind } = *request;
    let current = state.current(call)?;
    if to == 0 || from == 0 {
        return Err(failure(codes::INVALID_PARAM, "EH0002: source or target is NULL"));
    }
    if count > room {
        return Err(failure(
            codes::RT_PARAM_INVALID,
            format!("EE1001: {count} bytes do not fit in a target of {room}"),
        ));
    }
    if count == 0 {
        return Ok(None);
    }
    let sides = kind.sides();
    let from = region(state, current, call, "source", (from, count), (sides.map(|s| s.0), false))?;
    let to = region(state, current, call, "target", (to, count), (sides.map(|s| s.1), true))?;
    Ok(Some((from, to, current)))
}

/// `aclrtMemcpy`: copies at once. Queued work that touches the same bytes makes it a race, which is recorded.
pub fn copy_now(state: &mut State, request: &Request) -> Outcome {
    let Some((from, mut to, _)) = regions(state, request)? else { return Ok(()) };
    if state.memory.races(&from) || state.memory.races(&to) {
        report::violation(28, request.call, "queued work uses the same bytes; synchronise its stream first");
    }
    copy(&from, &mut to);
    Ok(())
}

/// `aclrtMemcpyAsync`: queues the copy.
pub fn copy_later(state: &mut State, request: &Request, stream: Handle) -> Outcome<Option<Queued>> {
    let stream = state.stream(request.call, stream)?;
    let Some((from, mut to, _)) = regions(state, request)? else { return Ok(None) };
    let host = |region: &Region| !matches!(region.place, Place::Device { .. });
    if host(&from) && host(&to) && !settings().on_device {
        return Err(failure(
            codes::RT_FEATURE_NOT_SUPPORT,
            "EE1001: a queued copy cannot go from host to host",
        ));
    }
    let unpinned = from.place == Place::Host || to.place == Place::Host;
    if unpinned {
        let text = "the host memory is not pinned (aclrtMallocHost), so the copy is not asynchronous";
        report::violation(25, request.call, text);
    }
    if !(from.address.is_multiple_of(64) && to.address.is_multiple_of(64)) {
        report::violation(
            26,
            request.call,
            "an address is not a multiple of 64, which CANN up to 8.0 requires",
        );
    }
    if host(&to) && !unpinned && !state.memory.busy(&to) {
        to.bytes_mut().fill(crate::arena::POISON);
    }
    let seen = (host(&from) && settings().strict).then(|| crate::copy::fingerprint(from.bytes()));
    let task = Task::new(state, vec![from, to], Work::Copy(seen));
    Ok(Some(Queued { stream, task, at_once: unpinned }))
}

/// Work to submit once the state is no longer locked.
#[derive(Debug)]
pub struct Queued {
    stream: Arc<crate::stream::Stream>,
    task: Task,
    at_once: bool,
}

impl Queued {
    /// Submits; waits if the memory does not allow for later.
    pub fn submit(self) {
        let number = self.stream.submit(self.task);
        if self.at_once {
            self.stream.wait_for(number);
            show(self.stream.held());
        }
    }
}

/// The device memory a fill means; `None` when there is nothing to fill.
fn filled(
    state: &mut State,
    call: &str,
    address: usize,
    room: usize,
    count: usize,
) -> Outcome<Option<Region>> {
    let current = state.current(call)?;
    if address == 0 {
        return Err(failure(codes::INVALID_PARAM, "EH0002: the memory is NULL"));
    }
    if count > room {
        return Err(failure(codes::RT_PARAM_INVALID, format!("EE1001: {count} bytes do not fit in {room}")));
    }
    if count == 0 {
        return Ok(None);
    }
    region(state, current, call, "memory", (address, count), (None, true)).map(Some)
}

/// `aclrtMemset`.
pub fn fill_now(state: &mut State, address: usize, room: usize, value: u8, count: usize) -> Outcome {
    if let Some(mut region) = filled(state, "aclrtMemset", address, room, count)? {
        if state.memory.races(&region) {
            report::violation(
                28,
                "aclrtMemset",
                "queued work uses the same bytes; synchronise its stream first",
            );
        }
        region.bytes_mut().fill(value);
    }
    Ok(())
}

/// `aclrtMemsetAsync`.
pub fn fill_later(
    state: &mut State,
    (address, room, count): (usize, usize, usize),
    value: u8,
    stream: Handle,
) -> Outcome<Option<Queued>> {
    let stream = state.stream("aclrtMemsetAsync", stream)?;
    let Some(region) = filled(state, "aclrtMemsetAsync", address, room, count)? else { return Ok(None) };
    let task = Task::new(state, vec![region], Work::Fill(value));
    Ok(Some(Queued { stream, task, at_once: false }))
}
