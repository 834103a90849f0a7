//! 1.3: contexts.

use super::arguments::Out;
use super::{Needs, call};
use crate::failure::failure;
use crate::handles::{Handle, Stale};
use crate::{codes, state, synchronize};

#[unsafe(no_mangle)]
pub extern "C" fn aclrtCreateContext(context: Out<Handle>, id: i32) -> i32 {
    call("aclrtCreateContext", Needs::Runtime, || {
        context.check("context")?;
        let mut state = state::lock();
        let device = state.device(id)?;
        let handle = state.create_context(device, false);
        state::set_thread_context(handle);
        context.set("context", handle)
    })
}

fn dead(stale: Stale) -> crate::failure::Failure {
    match stale {
        Stale::Null => failure(codes::INVALID_PARAM, "EH0002: the context is NULL"),
        Stale::Destroyed => failure(codes::RT_PARAM_INVALID, "EE1017: the context was destroyed before"),
        Stale::Foreign => failure(codes::RT_PARAM_INVALID, "EE1017: the pointer is no context"),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtDestroyContext(context: Handle) -> i32 {
    call("aclrtDestroyContext", Needs::Runtime, || {
        let mut state = state::lock();
        let found = state.contexts.find(context).map_err(dead)?;
        if found.implicit {
            return Err(failure(
                codes::RT_PARAM_INVALID,
                "EE1018: a device's default context goes with aclrtResetDevice only",
            ));
        }
        let device = found.device;
        let _ = state.contexts.remove(context);
        if state::thread_context() == context {
            state::set_thread_context(0);
        }
        let mut streams = Vec::new();
        for (_, stream) in state.streams.drain(|stream| stream.context == context) {
            if !stream.default && !stream.card.is_lost() {
                let text = format!("{:#x} in a destroyed context", stream.handle);
                crate::report::leak(crate::report::Leak { kind: "stream", device: Some(device), text });
            }
            streams.push(stream);
        }
        let lost = state.devices[device].card.check();
        drop(state);
        for stream in streams {
            synchronize::close(&stream, false);
        }
        lost
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSetCurrentContext(context: Handle) -> i32 {
    call("aclrtSetCurrentContext", Needs::Runtime, || {
        state::lock().contexts.find(context).map_err(dead)?;
        state::set_thread_context(context);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetCurrentContext(context: Out<Handle>) -> i32 {
    call("aclrtGetCurrentContext", Needs::Runtime, || {
        context.check("context")?;
        let current = state::lock().current_even_lost("aclrtGetCurrentContext")?;
        context.set("context", current.context)
    })
}
