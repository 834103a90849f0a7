//! 1.2: devices.

use super::arguments::{Out, Text};
use super::{Needs, call};
use crate::failure::failure;
use crate::settings::settings;
use crate::state::{self, Current};
use crate::{codes, report, synchronize, teardown};
use std::time::Duration;

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetDeviceCount(count: Out<u32>) -> i32 {
    call("aclrtGetDeviceCount", Needs::Runtime, || {
        count.check("count")?;
        let settings = settings();
        if settings.visible_devices_invalid || settings.devices.is_empty() {
            return Err(failure(codes::RT_NO_DEVICE, "EE1001: no device (see ASCEND_RT_VISIBLE_DEVICES)"));
        }
        count.set("count", settings.devices.len() as u32)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSetDevice(id: i32) -> i32 {
    call("aclrtSetDevice", Needs::Runtime, || {
        let mut state = state::lock();
        let device = state.device(id)?;
        state.set_device(device)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtResetDevice(id: i32) -> i32 {
    call("aclrtResetDevice", Needs::Runtime, || reset(id, false))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtResetDeviceForce(id: i32) -> i32 {
    call("aclrtResetDeviceForce", Needs::Runtime, || reset(id, true))
}

fn reset(id: i32, force: bool) -> crate::failure::Outcome {
    let mut state = state::lock();
    let Some(device) = usize::try_from(id).ok().filter(|device| *device < state.devices.len()) else {
        return Err(failure(codes::RT_INVALID_DEVICEID, format!("EE1001: device id {id} is out of range")));
    };
    let lost = state.devices[device].card.check();
    if state.devices[device].references == 0 {
        return Err(failure(codes::RT_CONTEXT_RELEASE_ERROR, format!("EE1018: device {id} is not set")));
    }
    state.devices[device].references -= 1;
    if state.devices[device].references == 0 || force {
        let current = state::thread_context();
        if state.contexts.find(current).is_ok_and(|context| context.device == device) {
            state::set_thread_context(0);
        }
        let (leaks, streams) = teardown::device(&mut state, device);
        drop(state);
        // To take what is left is what a forced reset is for.
        if !force {
            leaks.into_iter().for_each(report::leak);
        }
        for stream in streams {
            synchronize::close(&stream, true);
        }
    }
    if force { Ok(()) } else { lost }
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetDevice(id: Out<i32>) -> i32 {
    call("aclrtGetDevice", Needs::Runtime, || {
        id.check("deviceId")?;
        let Current { device, .. } = state::lock().current_even_lost("aclrtGetDevice")?;
        id.set("deviceId", device as i32)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetRunMode(mode: Out<i32>) -> i32 {
    call("aclrtGetRunMode", Needs::Runtime, || mode.set("runMode", if settings().on_device { 0 } else { 1 }))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSynchronizeDevice() -> i32 {
    call("aclrtSynchronizeDevice", Needs::Runtime, || synchronize("aclrtSynchronizeDevice", None))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtSynchronizeDeviceWithTimeout(timeout: i32) -> i32 {
    call("aclrtSynchronizeDeviceWithTimeout", Needs::Runtime, || {
        let timeout = super::stream::timeout(timeout, codes::RT_PARAM_INVALID)?;
        synchronize("aclrtSynchronizeDeviceWithTimeout", timeout)
    })
}

pub fn synchronize(call: &str, timeout: Option<Duration>) -> crate::failure::Outcome {
    let streams: Vec<_> = {
        let mut state = state::lock();
        let device = state.current(call)?.device;
        state
            .streams
            .iter()
            .filter(|(_, stream)| stream.card.id == device)
            .map(|(_, stream)| stream.clone())
            .collect()
    };
    let mut first = Ok(());
    for stream in streams {
        first = first.and(synchronize::stream(&stream, timeout));
    }
    first
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtQueryDeviceStatus(id: i32, status: Out<i32>) -> i32 {
    call("aclrtQueryDeviceStatus", Needs::Runtime, || {
        let state = state::lock();
        let lost = match state.device(id) {
            Err(failure) if failure.code == codes::RT_INVALID_DEVICEID => return Err(failure),
            outcome => outcome.is_err(),
        };
        status.set("deviceStatus", i32::from(lost))
    })
}

/// No device reaches another's memory.
#[unsafe(no_mangle)]
pub extern "C" fn aclrtDeviceCanAccessPeer(can: Out<i32>, id: i32, peer: i32) -> i32 {
    call("aclrtDeviceCanAccessPeer", Needs::Runtime, || {
        can.check("canAccessPeer")?;
        let state = state::lock();
        state.device(id)?;
        state.device(peer)?;
        can.set("canAccessPeer", 0)
    })
}

/// `aclrtUtilizationInfo`.
#[repr(C)]
pub struct Utilization {
    cube: i32,
    vector: i32,
    aicpu: i32,
    memory: i32,
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetDeviceUtilizationRate(id: i32, rate: Out<Utilization>) -> i32 {
    call("aclrtGetDeviceUtilizationRate", Needs::Runtime, || {
        let state = state::lock();
        let device = state.device(id)?;
        let (free, total) = state.memory.info(device);
        let memory = ((total - free) * 100).checked_div(total).unwrap_or(0) as i32;
        rate.set("utilizationInfo", Utilization { cube: 0, vector: 0, aicpu: 0, memory })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetDeviceInfo(id: u32, attribute: i32, _value: Out<i64>) -> i32 {
    call("aclrtGetDeviceInfo", Needs::Runtime, || {
        state::lock().device(id as i32)?;
        Err(failure(
            codes::API_NOT_SUPPORT,
            format!("EH0001: the emulator has no device attribute {attribute}"),
        ))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetDeviceCapability(id: u32, information: i32, _value: Out<i64>) -> i32 {
    call("aclGetDeviceCapability", Needs::Runtime, || {
        state::lock().device(id as i32)?;
        Err(failure(codes::API_NOT_SUPPORT, format!("EH0001: the emulator has no capability {information}")))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtDeviceTaskAbort(id: i32, _timeout_ms: u32) -> i32 {
    call("aclrtDeviceTaskAbort", Needs::Runtime, || {
        let state = state::lock();
        let device = state.device(id)?;
        for (_, stream) in state.streams.iter().filter(|(_, stream)| stream.card.id == device) {
            stream.abort();
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtCheckArchCompatibility(soc: Text, compatible: Out<i32>) -> i32 {
    call("aclrtCheckArchCompatibility", Needs::Runtime, || {
        let soc = soc.get("socVersion")?;
        compatible.set("canCompatible", i32::from(soc == settings().soc.as_bytes()))
    })
}
