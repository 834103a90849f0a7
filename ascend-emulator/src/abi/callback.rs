//! 1.7: host functions and exceptions.

use super::arguments::In;
use super::{Needs, call, value};
use crate::callback::{Callback, Function, process, subscribe, unsubscribe};
use crate::exception::{self, ExceptionInfo};
use crate::failure::failure;
use crate::handles::Handle;
use crate::stream::Reports;
use crate::task::{Task, Work};
use crate::{codes, state};

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSubscribeReport(thread: u64, stream: Handle) -> i32 {
    call("aclrtSubscribeReport", Needs::Runtime, || {
        let stream = state::lock().stream("aclrtSubscribeReport", stream)?;
        stream.subscribe(Some(thread))?;
        subscribe(thread);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtUnSubscribeReport(thread: u64, stream: Handle) -> i32 {
    call("aclrtUnSubscribeReport", Needs::Runtime, || {
        let stream = state::lock().stream("aclrtUnSubscribeReport", stream)?;
        if stream.report_thread() != Reports::Thread(thread) {
            return Err(failure(
                codes::RT_THREAD_SUBSCRIBE,
                "EE1018: that thread is not the stream's report thread",
            ));
        }
        stream.subscribe(None)?;
        unsubscribe(thread);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtLaunchCallback(
    function: Option<Function>,
    argument: usize,
    block: i32,
    stream: Handle,
) -> i32 {
    call("aclrtLaunchCallback", Needs::Runtime, || {
        let function =
            function.ok_or_else(|| failure(codes::INVALID_PARAM, "EH0002: the function is NULL"))?;
        if !(0..=1).contains(&block) {
            return Err(failure(
                codes::INVALID_PARAM,
                format!("EE1001: block type {block} is neither 0 nor 1"),
            ));
        }
        let mut state = state::lock();
        let stream = state.stream("aclrtLaunchCallback", stream)?;
        let Reports::Thread(thread) = stream.report_thread() else {
            return Err(failure(codes::RT_STREAM_NO_CB_REG, "EE1018: the stream has no report thread"));
        };
        let callback = Callback { function, argument, via: Some(thread), block: block == 1 };
        let task = Task::new(&mut state, Vec::new(), Work::Callback(callback));
        drop(state);
        stream.submit(task);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtLaunchHostFunc(stream: Handle, function: Option<Function>, argument: usize) -> i32 {
    call("aclrtLaunchHostFunc", Needs::Runtime, || {
        let function =
            function.ok_or_else(|| failure(codes::INVALID_PARAM, "EH0002: the function is NULL"))?;
        let mut state = state::lock();
        let stream = state.stream("aclrtLaunchHostFunc", stream)?;
        stream.use_host_functions()?;
        let callback = Callback { function, argument, via: None, block: true };
        let task = Task::new(&mut state, Vec::new(), Work::Callback(callback));
        drop(state);
        stream.submit(task);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtProcessReport(ms: i32) -> i32 {
    call("aclrtProcessReport", Needs::Runtime, || process(super::stream::timeout(ms, codes::INVALID_PARAM)?))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSetExceptionInfoCallback(function: Option<exception::Function>) -> i32 {
    call("aclrtSetExceptionInfoCallback", Needs::Runtime, || {
        exception::set(function);
        Ok(())
    })
}

fn field(name: &'static str, info: &In<ExceptionInfo>, read: impl FnOnce(&ExceptionInfo) -> u32) -> u32 {
    value(name, Needs::Nothing, u32::MAX, || info.get("info").map(read))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetTaskIdFromExceptionInfo(info: In<ExceptionInfo>) -> u32 {
    field("aclrtGetTaskIdFromExceptionInfo", &info, |info| info.task)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetStreamIdFromExceptionInfo(info: In<ExceptionInfo>) -> u32 {
    field("aclrtGetStreamIdFromExceptionInfo", &info, |info| info.stream)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetThreadIdFromExceptionInfo(info: In<ExceptionInfo>) -> u32 {
    field("aclrtGetThreadIdFromExceptionInfo", &info, |info| info.thread)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetDeviceIdFromExceptionInfo(info: In<ExceptionInfo>) -> u32 {
    field("aclrtGetDeviceIdFromExceptionInfo", &info, |info| info.device)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetErrorCodeFromExceptionInfo(info: In<ExceptionInfo>) -> u32 {
    field("aclrtGetErrorCodeFromExceptionInfo", &info, |info| info.code)
}
