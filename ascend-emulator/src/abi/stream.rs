//! 1.4: streams.

use super::arguments::Out;
use super::{Needs, call};
use crate::failure::{Outcome, failure};
use crate::handles::{Handle, refuse};
use crate::stream::Stream;
use crate::task::{Task, Work};
use crate::{codes, limits, state, synchronize};
use std::sync::Arc;
use std::time::Duration;

/// Streams a device has; the smallest of the documented limits that is not the 310B's (310P).
const STREAMS_PER_DEVICE: usize = 1024;

/// A timeout argument: -1 is for ever, positive is milliseconds, anything else is refused with `code`.
pub fn timeout(ms: i32, code: i32) -> Outcome<Option<Duration>> {
    match ms {
        -1 => Ok(None),
        1.. => Ok(Some(Duration::from_millis(ms as u64))),
        _ => Err(failure(code, format!("EE1001: timeout {ms} is neither -1 nor positive"))),
    }
}

fn create(call: &str, out: &Out<Handle>) -> Outcome {
    out.check("stream")?;
    let mut state = state::lock();
    let current = state.current(call)?;
    if state.streams.iter().filter(|(_, s)| s.card.id == current.device).count() >= STREAMS_PER_DEVICE {
        return Err(failure(codes::RT_NO_STREAM_RESOURCE, "EE1023: the device has no more streams"));
    }
    let card = Arc::clone(&state.devices[current.device].card);
    let handle =
        state.streams.insert_with(|handle| Arc::new(Stream::new(handle, current.context, card, false)));
    out.set("stream", handle)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtCreateStream(stream: Out<Handle>) -> i32 {
    call("aclrtCreateStream", Needs::Runtime, || create("aclrtCreateStream", &stream))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtCreateStreamWithConfig(stream: Out<Handle>, priority: u32, flag: u32) -> i32 {
    call("aclrtCreateStreamWithConfig", Needs::Runtime, || {
        if flag & !0x3F != 0 || priority > 7 {
            return Err(failure(
                codes::INVALID_PARAM,
                format!("EE1001: priority {priority} or flag {flag:#x} is out of range"),
            ));
        }
        create("aclrtCreateStreamWithConfig", &stream)
    })
}

fn destroy(call: &str, handle: Handle, drop_work: bool) -> Outcome {
    let mut state = state::lock();
    let current = state.current_even_lost(call)?;
    let stream = Arc::clone(state.streams.runtime(call, handle)?);
    if stream.default {
        return Err(failure(codes::RT_PARAM_INVALID, "EE1018: a default stream goes with its context only"));
    }
    if stream.context != current.context {
        return Err(failure(codes::RT_STREAM_CONTEXT, "EE1010: the stream belongs to another context"));
    }
    state
        .streams
        .remove(handle)
        .map_err(|stale| refuse(call, "stream", handle, stale, codes::RT_INVALID_HANDLE))?;
    state.models.forget_stream(handle);
    drop(state);
    if let crate::stream::Reports::Thread(thread) = stream.report_thread() {
        crate::callback::unsubscribe(thread);
    }
    synchronize::close(&stream, drop_work);
    stream.card.check()
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtDestroyStream(stream: Handle) -> i32 {
    call("aclrtDestroyStream", Needs::Runtime, || destroy("aclrtDestroyStream", stream, false))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtDestroyStreamForce(stream: Handle) -> i32 {
    call("aclrtDestroyStreamForce", Needs::Runtime, || destroy("aclrtDestroyStreamForce", stream, true))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSynchronizeStream(stream: Handle) -> i32 {
    call("aclrtSynchronizeStream", Needs::Runtime, || {
        let stream = state::lock().stream_anywhere("aclrtSynchronizeStream", stream)?;
        synchronize::stream(&stream, None)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSynchronizeStreamWithTimeout(stream: Handle, ms: i32) -> i32 {
    call("aclrtSynchronizeStreamWithTimeout", Needs::Runtime, || {
        let timeout = timeout(ms, codes::RT_PARAM_INVALID)?;
        let stream = state::lock().stream_anywhere("aclrtSynchronizeStreamWithTimeout", stream)?;
        synchronize::stream(&stream, timeout)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtStreamQuery(stream: Handle, status: Out<i32>) -> i32 {
    call("aclrtStreamQuery", Needs::Runtime, || {
        status.check("status")?;
        let stream = state::lock().stream("aclrtStreamQuery", stream)?;
        status.set("status", i32::from(!synchronize::stream_is_done(&stream)))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtStreamAbort(stream: Handle) -> i32 {
    call("aclrtStreamAbort", Needs::Runtime, || {
        let stream = Arc::clone(state::lock().streams.runtime("aclrtStreamAbort", stream)?);
        stream.abort();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSetStreamFailureMode(stream: Handle, mode: u64) -> i32 {
    call("aclrtSetStreamFailureMode", Needs::Runtime, || {
        if mode > 1 {
            return Err(failure(
                codes::INVALID_PARAM,
                format!("EE1001: failure mode {mode} is neither 0 nor 1"),
            ));
        }
        let stream = state::lock().stream("aclrtSetStreamFailureMode", stream)?;
        if stream.default {
            return Err(failure(codes::RT_FEATURE_NOT_SUPPORT, "EE1018: not on a default stream"));
        }
        stream.set_failure_mode(mode == 1)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtStreamWaitEvent(stream: Handle, event: Handle) -> i32 {
    call("aclrtStreamWaitEvent", Needs::Runtime, || {
        let mut state = state::lock();
        let event = Arc::clone(state.events.runtime("aclrtStreamWaitEvent", event)?);
        let stream = state.stream("aclrtStreamWaitEvent", stream)?;
        let number = event.awaited();
        let task = Task::new(&mut state, Vec::new(), Work::Wait(event, number));
        drop(state);
        stream.submit(task);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSetOpExecuteTimeOut(seconds: u32) -> i32 {
    call("aclrtSetOpExecuteTimeOut", Needs::Runtime, || {
        limits::set_operator_timeout(seconds);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSetOpWaitTimeout(seconds: u32) -> i32 {
    call("aclrtSetOpWaitTimeout", Needs::Runtime, || {
        limits::set_wait_timeout(seconds);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetStreamAvailableNum(count: Out<u32>) -> i32 {
    call("aclrtGetStreamAvailableNum", Needs::Runtime, || {
        let mut state = state::lock();
        let device = state.current("aclrtGetStreamAvailableNum")?.device;
        let used = state.streams.iter().filter(|(_, stream)| stream.card.id == device).count();
        count.set("streamCount", STREAMS_PER_DEVICE.saturating_sub(used) as u32)
    })
}
