//! 1.8: loading with a configuration.

use super::arguments::{In, Out};
use super::{Needs, call, value};
use crate::failure::{Outcome, failure};
use crate::handles::{Handle, refuse};
use crate::load::load;
use crate::objects::LoadConfig;
use crate::workspace::Lent;
use crate::{codes, state};
use std::ffi::{CStr, c_char};

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlCreateConfigHandle() -> Handle {
    value("aclmdlCreateConfigHandle", Needs::Nothing, 0, || {
        Ok(state::lock().objects.load_configs.insert(LoadConfig::default()))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlDestroyConfigHandle(handle: Handle) -> i32 {
    const NAME: &str = "aclmdlDestroyConfigHandle";
    call(NAME, Needs::Nothing, || {
        state::lock()
            .objects
            .load_configs
            .remove(handle)
            .map(drop)
            .map_err(|stale| refuse(NAME, "load configuration", handle, stale, codes::INVALID_PARAM))
    })
}

/// Reads an attribute's value of type `T` from the bytes the program points to.
fn attribute<T: Copy>(option: &In<u8>, size: usize) -> Outcome<T> {
    if size != size_of::<T>() {
        return Err(failure(
            codes::INVALID_PARAM,
            format!("EH0002: the attribute takes {} bytes, not {size}", size_of::<T>()),
        ));
    }
    option.get("attrValue")?;
    // SAFETY: not NULL, and the program says that `size_of::<T>()` bytes are there; `T` is a plain number here.
    Ok(unsafe { (option.address() as *const T).read_unaligned() })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlSetConfigOpt(handle: Handle, attr: i32, option: In<u8>, size: usize) -> i32 {
    const NAME: &str = "aclmdlSetConfigOpt";
    call(NAME, Needs::Nothing, || {
        let mut state = state::lock();
        let config = state.objects.load_configs.object_mut(NAME, handle)?;
        match attr {
            0 | 28 => {
                let number = attribute::<i32>(&option, size)?;
                let highest = if attr == 0 { 7 } else { 1 };
                if !(0..=highest).contains(&number) {
                    return Err(failure(
                        codes::INVALID_PARAM,
                        format!("EH0002: attribute {attr} is {number}"),
                    ));
                }
            }
            1 => config.load_type = Some(attribute(&option, size)?),
            2 => {
                let pointer: usize = attribute(&option, size)?;
                if pointer == 0 {
                    return Err(failure(codes::INVALID_PARAM, "EH0002: the model path is NULL"));
                }
                // SAFETY: not NULL; by the attribute's declaration it points to a string that ends with NUL.
                config.path = Some(unsafe { CStr::from_ptr(pointer as *const c_char) }.to_bytes().to_vec());
            }
            3 => config.model = Some(attribute(&option, size)?),
            4 => config.model_size = Some(attribute(&option, size)?),
            5 => config.weight = Some(attribute(&option, size)?),
            6 => config.weight_size = Some(attribute(&option, size)?),
            7 => config.work = Some(attribute(&option, size)?),
            8 => config.work_size = Some(attribute(&option, size)?),
            // Where memory comes from and how it is shared out: nothing a program can see depends on it.
            13 | 25 => {
                attribute::<usize>(&option, size)?;
            }
            9..=12 | 14..=24 | 26 | 27 => {
                return Err(failure(
                    codes::API_NOT_SUPPORT,
                    format!("EH0001: no load attribute {attr} here"),
                ));
            }
            _ => {
                return Err(failure(
                    codes::INVALID_PARAM,
                    format!("EH0002: load attribute {attr} does not exist"),
                ));
            }
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclmdlLoadWithConfig(handle: Handle, id: Out<u32>) -> i32 {
    const NAME: &str = "aclmdlLoadWithConfig";
    call(NAME, Needs::Model, || {
        id.check("modelId")?;
        let mut state = state::lock();
        let config = state.objects.load_configs.object(NAME, handle)?.clone();
        state.current(NAME)?;
        drop(state);
        let missing = |what: &str| failure(codes::INVALID_PARAM, format!("EH0002: the {what} is not set"));
        let kind = config.load_type.ok_or_else(|| missing("load type"))?;
        let lent = match kind {
            1 | 3 => <[Lent; 2]>::default(),
            2 | 4 => {
                let pair = |address: Option<usize>, size: Option<usize>, what: &str| {
                    Ok(Lent {
                        address: address.ok_or_else(|| missing(what))?,
                        size: size.ok_or_else(|| missing(what))?,
                    })
                };
                [
                    pair(config.work, config.work_size, "working memory")?,
                    pair(config.weight, config.weight_size, "memory for weights")?,
                ]
            }
            5 | 6 => return Err(failure(codes::API_NOT_SUPPORT, "EH0001: no loading with queues here")),
            _ => {
                return Err(failure(
                    codes::INVALID_PARAM,
                    format!("EH0002: load type {kind} does not exist"),
                ));
            }
        };
        let bytes = match kind {
            1 | 2 => super::model::file(&config.path.ok_or_else(|| missing("model path"))?)?,
            _ => {
                let address = config.model.ok_or_else(|| missing("model's address"))?;
                let size = config.model_size.ok_or_else(|| missing("model's size"))?;
                super::model::bytes(NAME, &In::at(address), size)?
            }
        };
        id.set("modelId", load(NAME, &bytes, lent)?)
    })
}
