//! 1.1: starting, ending, versions, messages.

use super::arguments::{Out, Text};
use super::{Needs, call, message, value};
use crate::failure::{Outcome, failure};
use crate::report;
use crate::settings::{self, settings};
use crate::state::{self, State};
use crate::{codes, exception, synchronize, teardown};
use serde_json::Value;
use std::ffi::{CString, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

#[unsafe(no_mangle)]
pub extern "C" fn aclInit(path: Text) -> i32 {
    call("aclInit", Needs::Nothing, || {
        let mut state = state::lock();
        super::same_process(&state, "aclInit")?;
        if state.process.references > 0 {
            state.process.references += 1;
            return Err(failure(codes::REPEAT_INITIALIZE, "EH0001: ACL is initialised already"));
        }
        let text = configuration(&path)?;
        let json: Value = serde_json::from_str(&text)
            .map_err(|e| failure(codes::PARSE_FILE, format!("EH0002: the configuration is no JSON: {e}")))?;
        let process = &mut state.process;
        if process.configuration.as_ref().is_some_and(|first| *first != text) {
            return Err(failure(
                codes::INVALID_PARAM,
                "EH0002: the configuration differs from that of this process's first aclInit",
            ));
        }
        process.configuration = Some(text);
        process.default_device = default_device(&json)?;
        message::one_per_process(json.get("err_msg_mode").and_then(Value::as_str) == Some("1"));
        process.references = 1;
        process.ever = true;
        process.pid = std::process::id();
        let fresh = settings::reread();
        state.devices = state::devices(&fresh);
        report::started();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclFinalize() -> i32 {
    call("aclFinalize", Needs::Nothing, || {
        let state = state::lock();
        super::same_process(&state, "aclFinalize")?;
        if state.process.references > 0 {
            return finish(state);
        }
        if state.process.ever {
            return Err(failure(codes::REPEAT_FINALIZE, "EH0001: ACL is finalised already"));
        }
        if super::misuse(4, "aclFinalize", "called without aclInit") {
            return Err(failure(codes::REPEAT_FINALIZE, "EH0001: ACL was never initialised"));
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclFinalizeReference(count: Out<u64>) -> i32 {
    call("aclFinalizeReference", Needs::Nothing, || {
        let mut state = state::lock();
        super::same_process(&state, "aclFinalizeReference")?;
        if state.process.references == 0 {
            return Err(failure(codes::REPEAT_FINALIZE, "EH0001: ACL is not initialised"));
        }
        state.process.references -= 1;
        count.offer(state.process.references);
        if state.process.references == 0 { finish(state) } else { Ok(()) }
    })
}

fn finish(mut state: std::sync::MutexGuard<'static, State>) -> Outcome {
    let settings = settings();
    let (leaks, streams) = teardown::everything(&mut state);
    state.process.references = 0;
    state.process.default_device = None;
    drop(state);
    exception::set(None);
    leaks.into_iter().for_each(report::leak);
    for stream in streams {
        synchronize::close(&stream, true);
    }
    report::finalized();
    report::write(&settings);
    Ok(())
}

fn configuration(path: &Text) -> Outcome<String> {
    let Some(path) = path.optional().filter(|path| !path.is_empty()) else { return Ok("{}".to_string()) };
    let shown = String::from_utf8_lossy(path);
    let text = std::fs::read_to_string(OsStr::from_bytes(path))
        .map_err(|e| failure(codes::INVALID_FILE, format!("EH0002: configuration {shown}: {e}")))?;
    let mut depth = 0_u32;
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 10 {
            return Err(failure(codes::PARSE_FILE, format!("EH0002: configuration {shown} nests too deep")));
        }
    }
    Ok(text)
}

fn default_device(json: &Value) -> Outcome<Option<usize>> {
    let Some(text) = json.pointer("/defaultDevice/default_device") else { return Ok(None) };
    let id = text.as_str().and_then(|text| text.parse().ok());
    match id.filter(|id| *id < settings().devices.len()) {
        Some(id) => Ok(Some(id)),
        None => Err(failure(codes::INVALID_PARAM, format!("EH0002: default_device {text} is no device"))),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetVersion(major: Out<i32>, minor: Out<i32>, patch: Out<i32>) -> i32 {
    call("aclrtGetVersion", Needs::Nothing, || {
        let version = settings().version;
        major.check("majorVersion")?;
        minor.check("minorVersion")?;
        patch.set("patchVersion", version[2])?;
        major.set("majorVersion", version[0])?;
        minor.set("minorVersion", version[1])
    })
}

/// CANN release that goes with the ACL version: "8.1.RC1" and the like are not told apart.
fn cann_version() -> [i32; 3] {
    match settings().version {
        [1, minor, _] if minor >= 17 => [9, 0, 0],
        [1, 16, _] => [8, 5, 0],
        [1, 11..=15, _] => [8, 1, 0],
        [1, 9..=10, _] => [8, 0, 0],
        [1, 6..=8, _] => [7, 0, 0],
        _ => [5, 1, 0],
    }
}

fn package(name: &Text) -> Outcome {
    let name = name.get("pkgName")?;
    let known =
        [&b"cann"[..], b"runtime", b"compiler", b"hccl", b"toolkit", b"opp", b"opp_kernel", b"driver"];
    if known.contains(&name.to_ascii_lowercase().as_slice()) {
        return Ok(());
    }
    Err(failure(codes::INVALID_PARAM, format!("EH0002: no package {}", String::from_utf8_lossy(name))))
}

#[unsafe(no_mangle)]
pub extern "C" fn aclsysGetVersionStr(name: Text, mut version: Out<[u8; 128]>) -> i32 {
    call("aclsysGetVersionStr", Needs::Nothing, || {
        package(&name)?;
        let [major, minor, patch] = cann_version();
        fill(version.get("versionStr")?, &format!("{major}.{minor}.{patch}"));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclsysGetVersionNum(name: Text, version: Out<i32>) -> i32 {
    call("aclsysGetVersionNum", Needs::Nothing, || {
        package(&name)?;
        let [major, minor, patch] = cann_version();
        version.set("versionNum", major * 10_000_000 + minor * 100_000 + patch * 1_000)
    })
}

/// `aclCANNPackageVersion`.
#[repr(C)]
pub struct PackageVersion {
    version: [u8; 128],
    major: [u8; 64],
    minor: [u8; 64],
    release: [u8; 64],
    patch: [u8; 64],
    reserved: [u8; 128],
}

fn fill<const N: usize>(to: &mut [u8; N], text: &str) {
    to.fill(0);
    let length = text.len().min(N - 1);
    to[..length].copy_from_slice(&text.as_bytes()[..length]);
}

#[unsafe(no_mangle)]
pub extern "C" fn aclsysGetCANNVersion(name: i32, mut version: Out<PackageVersion>) -> i32 {
    call("aclsysGetCANNVersion", Needs::Nothing, || {
        if !(0..=7).contains(&name) {
            return Err(failure(codes::INVALID_PARAM, format!("EH0002: no package {name}")));
        }
        let [major, minor, patch] = cann_version();
        let version = version.get("version")?;
        fill(&mut version.version, &format!("{major}.{minor}.{patch}"));
        fill(&mut version.major, &major.to_string());
        fill(&mut version.minor, &minor.to_string());
        fill(&mut version.release, "");
        fill(&mut version.patch, &patch.to_string());
        version.reserved.fill(0);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclGetRecentErrMsg() -> *const c_char {
    report::called("aclGetRecentErrMsg");
    message::take()
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetSocName() -> *const c_char {
    value("aclrtGetSocName", Needs::Runtime, std::ptr::null(), || {
        static NAME: OnceLock<CString> = OnceLock::new();
        Ok(NAME.get_or_init(|| CString::new(settings().soc.clone()).unwrap_or_default()).as_ptr())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtPeekAtLastError(level: i32) -> i32 {
    report::called("aclrtPeekAtLastError");
    if level == 0 { message::last_code() } else { codes::INVALID_PARAM }
}

#[unsafe(no_mangle)]
pub extern "C" fn aclrtGetLastError(level: i32) -> i32 {
    report::called("aclrtGetLastError");
    if level == 0 { message::take_last_code() } else { codes::INVALID_PARAM }
}
