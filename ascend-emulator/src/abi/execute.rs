//! 1.10: executing models.

use super::arguments::In;
use super::{Needs, call, value};
use crate::card::Card;
use crate::execute::{Execution, Request, prepare};
use crate::failure::{Outcome, failure};
use crate::handles::{Handle, refuse};
use crate::memory::Region;
use crate::model::Mode;
use crate::objects::ExecConfig;
use crate::settings::settings;
use crate::task::{Task, Work};
use crate::{codes, report, state};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlExecute(id: u32, input: Handle, output: Handle) -> i32 {
    call("aclmdlExecute", Needs::Model, || run_now("aclmdlExecute", id, [input, output], None))
}

/// Runs on the calling thread; with a limit on a thread of its own that is told to stop when it passes.
fn run_now(name: &'static str, id: u32, datasets: [Handle; 2], limit: Option<Duration>) -> Outcome {
    let [input, output] = datasets;
    let mut state = state::lock();
    let request = Request { call: name, id, input, output, mode: Mode::Synchronous, stream: 0 };
    let (execution, regions) = prepare(&mut state, &request)?;
    if regions.iter().any(|region| state.memory.races(region)) {
        report::violation(28, name, "queued work uses the same memory; synchronise its stream first");
    }
    let ticket = state.begin(&regions);
    let card = Arc::clone(&state.devices[state.models.find(id)?.device].card);
    drop(state);
    match limit {
        None => finish(execution, &regions, ticket, &card),
        Some(limit) => {
            let cancelled = Arc::clone(&execution.cancelled);
            let (done, outcome) = std::sync::mpsc::channel();
            let thread = std::thread::spawn(move || {
                let _ = done.send(finish(execution, &regions, ticket, &card));
            });
            let outcome = outcome.recv_timeout(limit);
            cancelled.store(true, Ordering::Relaxed);
            let _ = thread.join();
            outcome.unwrap_or_else(|_| {
                Err(failure(
                    codes::RT_STREAM_SYNC_TIMEOUT,
                    format!("EE1002: the execution was given up after {} ms", limit.as_millis()),
                ))
            })
        }
    }
}

fn finish(mut execution: Execution, regions: &[Region], ticket: u64, card: &Card) -> Outcome {
    if settings().timing.is_none() {
        std::thread::sleep(settings().delay);
    }
    let outcome = execution.run(None, card, &mut Instant::now());
    let mut state = state::lock();
    execution.release(&mut state);
    state.end(regions.iter().map(|region| region.place), ticket);
    outcome
}

fn run_later(name: &'static str, id: u32, input: Handle, output: Handle, stream: Handle) -> Outcome {
    let mut state = state::lock();
    state.models.find(id)?;
    let stream = state.stream(name, stream)?;
    let request = Request { call: name, id, input, output, mode: Mode::Asynchronous, stream: stream.handle };
    let (execution, regions) = prepare(&mut state, &request)?;
    let task = Task::new(&mut state, regions, Work::Execute(Box::new(execution)));
    drop(state);
    stream.submit(task);
    Ok(())
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlExecuteAsync(id: u32, input: Handle, output: Handle, stream: Handle) -> i32 {
    call("aclmdlExecuteAsync", Needs::Model, || run_later("aclmdlExecuteAsync", id, input, output, stream))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlCreateExecConfigHandle() -> Handle {
    value("aclmdlCreateExecConfigHandle", Needs::Nothing, 0, || {
        Ok(state::lock().objects.exec_configs.insert(ExecConfig::default()))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlDestroyExecConfigHandle(handle: Handle) -> i32 {
    const NAME: &str = "aclmdlDestroyExecConfigHandle";
    call(NAME, Needs::Nothing, || {
        state::lock()
            .objects
            .exec_configs
            .remove(handle)
            .map(drop)
            .map_err(|stale| refuse(NAME, "execution configuration", handle, stale, codes::INVALID_PARAM))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlSetExecConfigOpt(
    handle: Handle,
    attribute: i32,
    option: In<i32>,
    size: usize,
) -> i32 {
    const NAME: &str = "aclmdlSetExecConfigOpt";
    call(NAME, Needs::Nothing, || {
        let mut state = state::lock();
        let config = state.objects.exec_configs.object_mut(NAME, handle)?;
        match attribute {
            0 | 1 if size == 4 => {
                let ms = *option.get("attrValue")?;
                super::stream::timeout(ms, codes::INVALID_PARAM)?;
                if attribute == 0 {
                    config.stream_timeout = Some(ms);
                }
                Ok(())
            }
            0 | 1 => {
                Err(failure(codes::INVALID_PARAM, format!("EH0002: a timeout takes 4 bytes, not {size}")))
            }
            _ => Err(failure(
                codes::API_NOT_SUPPORT,
                format!("EH0001: no execution attribute {attribute} here"),
            )),
        }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlExecuteV2(
    id: u32,
    input: Handle,
    output: Handle,
    stream: Handle,
    config: Handle,
) -> i32 {
    const NAME: &str = "aclmdlExecuteV2";
    call(NAME, Needs::Model, || {
        let mut state = state::lock();
        let config = *state.objects.exec_configs.object(NAME, config)?;
        state.stream(NAME, stream)?;
        drop(state);
        let limit = config.stream_timeout.filter(|ms| *ms > 0).map(|ms| Duration::from_millis(ms as u64));
        run_now(NAME, id, [input, output], limit)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlExecuteAsyncV2(
    id: u32,
    input: Handle,
    output: Handle,
    stream: Handle,
    config: Handle,
) -> i32 {
    const NAME: &str = "aclmdlExecuteAsyncV2";
    call(NAME, Needs::Model, || {
        state::lock().objects.exec_configs.object(NAME, config)?;
        run_later(NAME, id, input, output, stream)
    })
}
