//! 1.5: events.

use super::arguments::Out;
use super::{Needs, call};
use crate::event::{Event, FLAG_SYNC, FLAG_TIME_LINE};
use crate::failure::{Outcome, failure};
use crate::handles::{Handle, refuse};
use crate::synchronize::{self, event_is_done};
use crate::task::{Task, Work};
use crate::{codes, state};
use std::sync::Arc;

fn create(call: &str, out: &Out<Handle>, flags: u32) -> Outcome {
    out.check("event")?;
    let mut state = state::lock();
    let current = state.current(call)?;
    out.set("event", state.events.insert(Arc::new(Event::new(current.context, current.device, flags))))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtCreateEvent(event: Out<Handle>) -> i32 {
    call("aclrtCreateEvent", Needs::Runtime, || {
        create("aclrtCreateEvent", &event, FLAG_SYNC | FLAG_TIME_LINE)
    })
}

fn create_with_flag(call: &str, event: &Out<Handle>, flag: u32) -> Outcome {
    if flag == 0 || flag & !0x7B != 0 {
        return Err(failure(codes::INVALID_PARAM, format!("EE1001: event flag {flag:#x} is unknown")));
    }
    create(call, event, flag)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtCreateEventWithFlag(event: Out<Handle>, flag: u32) -> i32 {
    call("aclrtCreateEventWithFlag", Needs::Runtime, || {
        create_with_flag("aclrtCreateEventWithFlag", &event, flag)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtCreateEventExWithFlag(event: Out<Handle>, flag: u32) -> i32 {
    call("aclrtCreateEventExWithFlag", Needs::Runtime, || {
        create_with_flag("aclrtCreateEventExWithFlag", &event, flag)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtDestroyEvent(event: Handle) -> i32 {
    call("aclrtDestroyEvent", Needs::Runtime, || {
        let mut state = state::lock();
        let removed = state
            .events
            .remove(event)
            .map_err(|stale| refuse("aclrtDestroyEvent", "event", event, stale, codes::RT_INVALID_HANDLE))?;
        state.devices[removed.device].card.check()
    })
}

fn event(call: &str, handle: Handle) -> Outcome<Arc<Event>> {
    Ok(Arc::clone(state::lock().events.runtime(call, handle)?))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtRecordEvent(event: Handle, stream: Handle) -> i32 {
    call("aclrtRecordEvent", Needs::Runtime, || {
        let mut state = state::lock();
        let event = Arc::clone(state.events.runtime("aclrtRecordEvent", event)?);
        let stream = state.stream("aclrtRecordEvent", stream)?;
        if event.context != stream.context && event.device != stream.card.id {
            return Err(failure(
                codes::RT_STREAM_CONTEXT,
                "EE1010: event and stream are of different devices",
            ));
        }
        let number = event.queue_record();
        let task = Task::new(&mut state, Vec::new(), Work::Record(event, number));
        drop(state);
        stream.submit(task);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtQueryEventStatus(handle: Handle, status: Out<i32>) -> i32 {
    call("aclrtQueryEventStatus", Needs::Runtime, || {
        status.check("status")?;
        let event = event("aclrtQueryEventStatus", handle)?;
        status.set("status", i32::from(event_is_done(&event)))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtQueryEvent(handle: Handle, status: Out<i32>) -> i32 {
    call("aclrtQueryEvent", Needs::Runtime, || {
        status.check("status")?;
        let event = event("aclrtQueryEvent", handle)?;
        status.set("status", i32::from(!event_is_done(&event)))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSynchronizeEvent(handle: Handle) -> i32 {
    call("aclrtSynchronizeEvent", Needs::Runtime, || {
        let event = event("aclrtSynchronizeEvent", handle)?;
        synchronize::event(&event, None)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSynchronizeEventWithTimeout(handle: Handle, ms: i32) -> i32 {
    call("aclrtSynchronizeEventWithTimeout", Needs::Runtime, || {
        let timeout = super::stream::timeout(ms, codes::RT_PARAM_INVALID)?;
        let event = event("aclrtSynchronizeEventWithTimeout", handle)?;
        synchronize::event(&event, timeout)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtEventElapsedTime(ms: Out<f32>, start: Handle, end: Handle) -> i32 {
    call("aclrtEventElapsedTime", Needs::Runtime, || {
        ms.check("ms")?;
        let start = event("aclrtEventElapsedTime", start)?.time()?;
        let end = event("aclrtEventElapsedTime", end)?.time()?;
        match end.checked_duration_since(start) {
            Some(time) => ms.set("ms", time.as_secs_f32() * 1e3),
            None => Err(failure(codes::RT_EVENT_TIMESTAMP_REVERSAL, "EE1018: the end event happened first")),
        }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtResetEvent(handle: Handle, stream: Handle) -> i32 {
    call("aclrtResetEvent", Needs::Runtime, || {
        let event = event("aclrtResetEvent", handle)?;
        let stream = state::lock().stream("aclrtResetEvent", stream)?;
        synchronize::stream(&stream, None)?;
        event.reset();
        Ok(())
    })
}
