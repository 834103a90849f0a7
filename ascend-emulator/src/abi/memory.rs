//! 1.6: memory.

use super::arguments::Out;
use super::{Needs, call};
use crate::failure::{Outcome, failure};
use crate::handles::Handle;
use crate::memory::{Located, Place, Rounding};
use crate::report;
use crate::settings::settings;
use crate::transfer::{Kind, Request, copy_later, copy_now, fill_later, fill_now};
use crate::{codes, state};

fn allocate(call: &str, out: &Out<usize>, size: usize, policy: i32, padded: bool) -> Outcome {
    out.check("devPtr")?;
    if size == 0 {
        return Err(failure(codes::INVALID_PARAM, "EH0002: the size is 0"));
    }
    let rounding = match policy & 0xFF {
        1 | 4 => Rounding::Huge,
        6 | 7 => return Err(failure(codes::RT_FEATURE_NOT_SUPPORT, "EE1001: no 1 GiB pages on this chip")),
        0..=5 if padded => Rounding::Padded,
        0..=5 => Rounding::Exact,
        _ => {
            return Err(failure(
                codes::INVALID_PARAM,
                format!("EH0002: malloc policy {policy} does not exist"),
            ));
        }
    };
    let mut state = state::lock();
    let device = state.current(call)?.device;
    out.set("devPtr", state.memory.allocate(device, size, rounding, false)?)
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtMalloc(pointer: Out<usize>, size: usize, policy: i32) -> i32 {
    call("aclrtMalloc", Needs::Runtime, || allocate("aclrtMalloc", &pointer, size, policy, true))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtMallocAlign32(pointer: Out<usize>, size: usize, policy: i32) -> i32 {
    call("aclrtMallocAlign32", Needs::Runtime, || {
        allocate("aclrtMallocAlign32", &pointer, size, policy, false)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtMallocCached(pointer: Out<usize>, size: usize, policy: i32) -> i32 {
    call("aclrtMallocCached", Needs::Runtime, || allocate("aclrtMallocCached", &pointer, size, policy, true))
}

fn free(call: &str, address: usize, host: bool) -> Outcome {
    if address == 0 {
        return Err(failure(codes::INVALID_PARAM, "EH0002: the pointer is NULL"));
    }
    let mut state = state::lock();
    let lost = match state.memory.locate(address) {
        Located::Live(Place::Device { device, .. }, _) => state.devices[device].card.check(),
        _ => Ok(()),
    };
    match state.memory.free(address, host) {
        Ok(false) => lost,
        Ok(true) => {
            report::violation(21, call, "queued work still uses the memory");
            lost
        }
        Err(failure) => {
            report::violation(20, call, "the pointer is no start of a live allocation of this kind");
            Err(failure)
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtFree(pointer: usize) -> i32 {
    call("aclrtFree", Needs::Runtime, || free("aclrtFree", pointer, false))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtFreeWithDevSync(pointer: usize) -> i32 {
    call("aclrtFreeWithDevSync", Needs::Runtime, || {
        super::device::synchronize("aclrtFreeWithDevSync", None)?;
        free("aclrtFreeWithDevSync", pointer, false)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtMallocHost(pointer: Out<usize>, size: usize) -> i32 {
    call("aclrtMallocHost", Needs::Runtime, || {
        pointer.check("hostPtr")?;
        if size == 0 {
            return Err(failure(codes::INVALID_PARAM, "EH0002: the size is 0"));
        }
        let mut state = state::lock();
        let device = state.current("aclrtMallocHost")?.device;
        let address = if settings().on_device {
            state.memory.allocate(device, size, Rounding::Padded, true)?
        } else {
            state.memory.allocate_pinned(size)?
        };
        pointer.set("hostPtr", address)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtFreeHost(pointer: usize) -> i32 {
    call("aclrtFreeHost", Needs::Runtime, || free("aclrtFreeHost", pointer, true))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtFreeHostWithDevSync(pointer: usize) -> i32 {
    call("aclrtFreeHostWithDevSync", Needs::Runtime, || {
        super::device::synchronize("aclrtFreeHostWithDevSync", None)?;
        free("aclrtFreeHostWithDevSync", pointer, true)
    })
}

/// There is no cache to write back or to drop: host and device always see the same bytes. Only the range counts.
fn cached(pointer: usize, size: usize) -> Outcome {
    if pointer == 0 || size == 0 {
        return Err(failure(codes::INVALID_PARAM, "EH0002: the pointer is NULL or the size 0"));
    }
    match state::lock().memory.locate(pointer) {
        Located::Live(Place::Device { .. }, left) if left >= size => Ok(()),
        _ => Err(failure(codes::RT_PARAM_INVALID, format!("EE1001: no device memory of {size} bytes there"))),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtMemFlush(pointer: usize, size: usize) -> i32 {
    call("aclrtMemFlush", Needs::Runtime, || cached(pointer, size))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtMemInvalidate(pointer: usize, size: usize) -> i32 {
    call("aclrtMemInvalidate", Needs::Runtime, || cached(pointer, size))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtHostRegister(_pointer: usize, _size: u64, _kind: i32, _device: Out<usize>) -> i32 {
    call("aclrtHostRegister", Needs::Runtime, || {
        Err(failure(
            codes::RT_FEATURE_NOT_SUPPORT,
            "EE1001: the emulator cannot pin memory it did not allocate",
        ))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtMemcpy(to: usize, room: usize, from: usize, count: usize, kind: i32) -> i32 {
    call("aclrtMemcpy", Needs::Runtime, || {
        let kind = Kind::from_number(kind)?;
        copy_now(&mut state::lock(), &Request { call: "aclrtMemcpy", to, room, from, count, kind })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtMemcpyAsync(
    to: usize,
    room: usize,
    from: usize,
    count: usize,
    kind: i32,
    stream: Handle,
) -> i32 {
    call("aclrtMemcpyAsync", Needs::Runtime, || {
        let kind = Kind::from_number(kind)?;
        let request = Request { call: "aclrtMemcpyAsync", to, room, from, count, kind };
        let queued = copy_later(&mut state::lock(), &request, stream)?;
        if let Some(queued) = queued {
            queued.submit();
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtMemcpy2d(
    to: usize,
    to_pitch: usize,
    from: usize,
    from_pitch: usize,
    width: usize,
    height: usize,
    kind: i32,
) -> i32 {
    call("aclrtMemcpy2d", Needs::Runtime, || {
        if settings().on_device {
            return Err(failure(
                codes::RT_FEATURE_NOT_SUPPORT,
                "EE1001: no 2-D copies in ACL_DEVICE run mode",
            ));
        }
        let kind = match Kind::from_number(kind)? {
            kind @ (Kind::HostToDevice | Kind::DeviceToHost) => kind,
            kind => {
                return Err(failure(codes::INVALID_PARAM, format!("EE1001: no 2-D copy of kind {kind:?}")));
            }
        };
        if width > to_pitch || width > from_pitch {
            return Err(failure(
                codes::INVALID_PARAM,
                format!("EE1001: width {width} exceeds pitch {to_pitch} or {from_pitch}"),
            ));
        }
        let mut state = state::lock();
        for row in 0..height {
            let at = |base: usize, pitch: usize| {
                row.checked_mul(pitch).and_then(|offset| base.checked_add(offset)).ok_or_else(|| {
                    failure(codes::RT_PARAM_INVALID, "EE1001: the rows wrap around the address space")
                })
            };
            let (to, from) = (at(to, to_pitch)?, at(from, from_pitch)?);
            copy_now(
                &mut state,
                &Request { call: "aclrtMemcpy2d", to, room: width, from, count: width, kind },
            )?;
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtMemset(pointer: usize, room: usize, value: i32, count: usize) -> i32 {
    call("aclrtMemset", Needs::Runtime, || fill_now(&mut state::lock(), pointer, room, value as u8, count))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtMemsetAsync(
    pointer: usize,
    room: usize,
    value: i32,
    count: usize,
    stream: Handle,
) -> i32 {
    call("aclrtMemsetAsync", Needs::Runtime, || {
        let queued = fill_later(&mut state::lock(), (pointer, room, count), value as u8, stream)?;
        if let Some(queued) = queued {
            queued.submit();
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetMemInfo(attribute: i32, free: Out<usize>, total: Out<usize>) -> i32 {
    call("aclrtGetMemInfo", Needs::Runtime, || {
        free.check("free")?;
        total.check("total")?;
        if !(0..=13).contains(&attribute) {
            return Err(failure(codes::INVALID_PARAM, format!("EH0002: memory attribute {attribute}")));
        }
        let mut state = state::lock();
        let device = state.current("aclrtGetMemInfo")?.device;
        let (bytes_free, bytes_total) = state.memory.info(device);
        free.set("free", bytes_free)?;
        total.set("total", bytes_total)
    })
}

/// `aclrtPtrAttributes`.
#[repr(C)]
pub struct PointerAttributes {
    id: u32,
    location: i32,
    page_size: u32,
    reserved: [u32; 4],
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtPointerGetAttributes(pointer: usize, attributes: Out<PointerAttributes>) -> i32 {
    call("aclrtPointerGetAttributes", Needs::Runtime, || {
        if pointer == 0 {
            return Err(failure(codes::INVALID_PARAM, "EH0002: the pointer is NULL"));
        }
        let (id, location) = match state::lock().memory.locate(pointer) {
            Located::Live(Place::Device { device, .. }, _) => (device as u32, 1),
            Located::Live(Place::Pinned { .. }, _) => (0, 0),
            Located::Live(Place::Host, _) | Located::Freed => (0, 2),
        };
        attributes.set("attributes", PointerAttributes { id, location, page_size: 4096, reserved: [0; 4] })
    })
}
