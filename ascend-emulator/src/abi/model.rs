//! 1.8: loading, unloading, sizes.

use super::arguments::{In, Out, Text};
use super::{Needs, call};
use crate::failure::{Failure, Outcome, failure};
use crate::load::load;
use crate::memory::{Located, Place};
use crate::model::read;
use crate::settings::settings;
use crate::workspace::Lent;
use crate::{codes, report, state};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The bytes of a model file.
pub fn file(path: &[u8]) -> Outcome<Vec<u8>> {
    std::fs::read(OsStr::from_bytes(path)).map_err(|e| unreadable(path, &e.to_string()))
}

fn unreadable(path: &[u8], why: &str) -> Failure {
    let path = String::from_utf8_lossy(path);
    failure(codes::GE_EXEC_MODEL_PATH_INVALID, format!("E10001: model file {path} cannot be read: {why}"))
}

/// The bytes of a model in memory: host memory, or what the host shares with the device.
pub fn bytes(name: &str, model: &In<u8>, size: usize) -> Outcome<Vec<u8>> {
    if size == 0 {
        return Err(failure(codes::INVALID_PARAM, "EH0002: the model's size is 0"));
    }
    let slice = model.slice("model", size)?;
    let state = state::lock();
    let wrong = match state.memory.locate(model.address()) {
        Located::Live(Place::Device { .. }, left) => !settings().on_device || left < size,
        Located::Live(_, left) => left < size,
        Located::Freed => true,
    };
    if wrong {
        report::violation(24, name, "the model's bytes must be readable by the host, all of them");
        return Err(failure(codes::GE_PARAM_INVALID, "E19999: the model is not in memory the host can read"));
    }
    Ok(slice.to_vec())
}

fn loaded(id: &Out<u32>, name: &str, bytes: &[u8], lent: [Lent; 2]) -> Outcome {
    id.set("modelId", load(name, bytes, lent)?)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlLoadFromFile(path: Text, id: Out<u32>) -> i32 {
    const NAME: &str = "aclmdlLoadFromFile";
    call(NAME, Needs::Model, || {
        let path = path.get("modelPath")?;
        id.check("modelId")?;
        state::lock().current(NAME)?;
        loaded(&id, NAME, &file(path)?, Default::default())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlLoadFromMem(model: In<u8>, size: usize, id: Out<u32>) -> i32 {
    const NAME: &str = "aclmdlLoadFromMem";
    call(NAME, Needs::Model, || {
        id.check("modelId")?;
        state::lock().current(NAME)?;
        loaded(&id, NAME, &bytes(NAME, &model, size)?, Default::default())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlLoadFromFileWithMem(
    path: Text,
    id: Out<u32>,
    work: usize,
    work_size: usize,
    weight: usize,
    weight_size: usize,
) -> i32 {
    const NAME: &str = "aclmdlLoadFromFileWithMem";
    call(NAME, Needs::Model, || {
        let path = path.get("modelPath")?;
        id.check("modelId")?;
        state::lock().current(NAME)?;
        let lent = [Lent { address: work, size: work_size }, Lent { address: weight, size: weight_size }];
        loaded(&id, NAME, &file(path)?, lent)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlLoadFromMemWithMem(
    model: In<u8>,
    size: usize,
    id: Out<u32>,
    work: usize,
    work_size: usize,
    weight: usize,
    weight_size: usize,
) -> i32 {
    const NAME: &str = "aclmdlLoadFromMemWithMem";
    call(NAME, Needs::Model, || {
        id.check("modelId")?;
        state::lock().current(NAME)?;
        let lent = [Lent { address: work, size: work_size }, Lent { address: weight, size: weight_size }];
        loaded(&id, NAME, &bytes(NAME, &model, size)?, lent)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlUnload(id: u32) -> i32 {
    const NAME: &str = "aclmdlUnload";
    call(NAME, Needs::Model, || {
        let mut state = state::lock();
        let found = state.models.find(id)?;
        let (context, outstanding, device) = (found.context, found.outstanding, found.device);
        if state.current_even_lost(NAME)?.context != context {
            return Err(failure(
                codes::RT_MODEL_CONTEXT,
                format!("EE1010: model {id} was loaded in another context than this thread's current one"),
            ));
        }
        if outstanding > 0 {
            report::violation(48, NAME, "queued executions of the model are not done; synchronise first");
            return Err(failure(codes::RT_MODEL_RUNNING, format!("EE1018: model {id} is still running")));
        }
        let state = &mut *state;
        state.models.unload(id, &mut state.memory)?;
        state.devices[device].card.check()
    })
}

fn sizes(bytes: &[u8], work: &Out<usize>, weight: &Out<usize>) -> Outcome {
    let model = read(bytes, false)?;
    work.set("workSize", model.work_size as usize)?;
    weight.set("weightSize", model.weight_size as usize)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlQuerySize(path: Text, work: Out<usize>, weight: Out<usize>) -> i32 {
    call("aclmdlQuerySize", Needs::Model, || {
        let path = path.get("fileName")?;
        work.check("workSize")?;
        weight.check("weightSize")?;
        sizes(&file(path)?, &work, &weight)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlQuerySizeFromMem(
    model: In<u8>,
    size: usize,
    work: Out<usize>,
    weight: Out<usize>,
) -> i32 {
    const NAME: &str = "aclmdlQuerySizeFromMem";
    call(NAME, Needs::Model, || {
        work.check("workSize")?;
        weight.check("weightSize")?;
        sizes(&bytes(NAME, &model, size)?, &work, &weight)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlBundleLoadFromFile(_path: Text, _id: Out<u32>) -> i32 {
    call("aclmdlBundleLoadFromFile", Needs::Model, || {
        Err(failure(codes::API_NOT_SUPPORT, "EH0001: the emulator has no bundle models"))
    })
}
