//! Everything the environment can change, read when `aclInit` starts a new run (see [`Settings::from_env`]).

use crate::faults::Script;
use crate::timing::Timing;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// What the emulated machine is like.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Physical device ids a program sees, in its own numbering.
    pub devices: Vec<u32>,
    /// Whether `ASCEND_RT_VISIBLE_DEVICES` names a device that does not exist, or names devices out of order or twice.
    pub visible_devices_invalid: bool,
    /// Name `aclrtGetSocName` returns and models must be compiled for.
    pub soc: String,
    /// Whether the program runs on the SoC itself (`ACL_DEVICE`), where host and device memory are one.
    pub on_device: bool,
    /// Memory of each device, bytes.
    pub memory: usize,
    /// Whether what the real library leaves undefined is an error here.
    pub strict: bool,
    /// ACL API version.
    pub version: [i32; 3],
    /// How late each queued task starts.
    pub delay: Duration,
    /// Scripted faults.
    pub script: Arc<Script>,
    /// Modelled times; `None` computes.
    pub timing: Option<Arc<Timing>>,
    /// Whether inputs, weights and outputs are rounded to 16-bit floats, as a card does.
    pub fp16: bool,
    /// Whether every function answers that this is a build-time stub.
    pub stub: bool,
    /// Where the report goes.
    pub report: Option<PathBuf>,
}

impl Settings {
    /// Reads `ASCEND_EMULATOR_*` and `ASCEND_RT_VISIBLE_DEVICES`.
    ///
    /// A value that cannot be understood stops the process with status 3: a test that runs with other settings
    /// than it asked for proves nothing.
    pub fn from_env() -> Settings {
        match Settings::parse(|name| std::env::var(name).ok()) {
            Ok(settings) => settings,
            Err(reason) => {
                eprintln!("ascend-emulator: {reason}");
                std::process::exit(3)
            }
        }
    }

    /// The settings that `get` describes; it returns the value of a variable.
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> Result<Settings, String> {
        let value = |name: &str| get(&format!("ASCEND_EMULATOR_{name}")).filter(|text| !text.is_empty());
        let count = match value("DEVICES") {
            None => 1,
            Some(text) => text.parse::<u32>().map_err(|e| misfit("DEVICES", &text, &e.to_string()))?,
        };
        let (devices, visible_devices_invalid) = visible(count, get("ASCEND_RT_VISIBLE_DEVICES"));
        Ok(Settings {
            devices,
            visible_devices_invalid,
            soc: value("SOC").unwrap_or_else(|| "Ascend310P3".to_string()),
            on_device: match value("RUN_MODE").as_deref() {
                None | Some("host") => false,
                Some("device") => true,
                Some(other) => return Err(misfit("RUN_MODE", other, "choose host or device")),
            },
            memory: match value("MEMORY") {
                None => 2 << 30,
                Some(text) => bytes(&text).map_err(|e| misfit("MEMORY", &text, e))?,
            },
            strict: flag("STRICT", value("STRICT"), true)?,
            version: version(&value("ACL_VERSION").unwrap_or_else(|| "1.13.0".to_string()))?,
            delay: match value("DELAY_US") {
                None => Duration::from_micros(200),
                Some(text) => Duration::from_micros(
                    text.parse().map_err(|_| misfit("DELAY_US", &text, "give microseconds"))?,
                ),
            },
            script: Arc::new(
                Script::parse(&value("FAULTS").unwrap_or_default()).map_err(|e| format!("FAULTS: {e}"))?,
            ),
            timing: match value("TIMING") {
                None => None,
                Some(text) => Some(Arc::new(Timing::parse(&text).map_err(|e| format!("TIMING: {e}"))?)),
            },
            fp16: flag("FP16", value("FP16"), false)?,
            stub: flag("STUB", value("STUB"), false)?,
            report: value("REPORT").map(|text| text.replace("%p", &std::process::id().to_string()).into()),
        })
    }
}

static CURRENT: RwLock<Option<Arc<Settings>>> = RwLock::new(None);

/// The settings of this run; the first use reads them.
pub fn settings() -> Arc<Settings> {
    if let Some(settings) = &*CURRENT.read().unwrap_or_else(PoisonError::into_inner) {
        return Arc::clone(settings);
    }
    reread()
}

/// Reads the settings again, for a new run.
pub fn reread() -> Arc<Settings> {
    let fresh = Arc::new(Settings::from_env());
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fresh));
    fresh
}

fn misfit(name: &str, value: &str, reason: &str) -> String {
    format!("ASCEND_EMULATOR_{name}={value}: {reason}")
}

fn flag(name: &str, value: Option<String>, default: bool) -> Result<bool, String> {
    match value.as_deref() {
        None => Ok(default),
        Some("1") => Ok(true),
        Some("0") => Ok(false),
        Some(other) => Err(misfit(name, other, "choose 0 or 1")),
    }
}

/// `64M`, `2G`, `1500K` or plain bytes.
fn bytes(text: &str) -> Result<usize, &'static str> {
    const WRONG: &str = "give bytes, or a number with K, M or G";
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'K')) => (&text[..at], 1 << 10),
        Some((at, 'M')) => (&text[..at], 1 << 20),
        Some((at, 'G')) => (&text[..at], 1 << 30),
        _ => (text, 1),
    };
    let number: usize = digits.parse().map_err(|_| WRONG)?;
    number.checked_mul(unit).filter(|&size| size > 0).ok_or(WRONG)
}

fn version(text: &str) -> Result<[i32; 3], String> {
    let parts: Vec<i32> = text.split('.').filter_map(|part| part.parse().ok()).collect();
    <[i32; 3]>::try_from(parts).map_err(|_| misfit("ACL_VERSION", text, "give major.minor.patch"))
}

/// The vendor's rules: a comma list of ascending numbers. Reading stops at the first character that belongs to none; a
/// number that is out of range, or not above the one before, makes the whole list invalid.
fn visible(count: u32, list: Option<String>) -> (Vec<u32>, bool) {
    let Some(list) = list.filter(|list| !list.is_empty()) else { return ((0..count).collect(), false) };
    let mut ids: Vec<u32> = Vec::new();
    for item in list.split(',') {
        let digits = item.len() - item.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 {
            match item[..digits].parse::<u32>() {
                Ok(id) if id < count && ids.last().is_none_or(|last| *last < id) => ids.push(id),
                _ => return (Vec::new(), true),
            }
        }
        if digits == 0 || digits < item.len() {
            break;
        }
    }
    (ids, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::parse(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_string())
        })
    }

    #[test]
    fn defaults_are_one_strict_310p3() {
        let settings = from(&[]).unwrap();
        assert_eq!(settings.devices, [0]);
        assert_eq!(settings.soc, "Ascend310P3");
        assert!(settings.strict && !settings.on_device && settings.timing.is_none());
    }

    #[test]
    fn visible_devices_renumber_and_may_be_invalid() {
        let seen = |list: &str| {
            let pairs = [("ASCEND_EMULATOR_DEVICES", "4"), ("ASCEND_RT_VISIBLE_DEVICES", list)];
            let settings = from(&pairs).unwrap();
            (settings.devices, settings.visible_devices_invalid)
        };
        for (list, devices) in [
            ("", &[0, 1, 2, 3][..]),
            ("1,3", &[1, 3]),
            ("1,3,x,2", &[1, 3]),
            ("1, 2,3", &[1]),
            ("1 ,2,3", &[1]),
            (" 1,2", &[]),
            ("0,,1", &[0]),
            ("-1", &[]),
            ("0;1", &[0]),
        ] {
            assert_eq!(seen(list), (devices.to_vec(), false), "{list:?}");
        }
        for list in ["0,5", "1,0", "0,0", "1,2,2,3", "99999999999"] {
            assert_eq!(seen(list), (Vec::new(), true), "{list:?}");
        }
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (name, value) in [("MEMORY", "lots"), ("STRICT", "yes"), ("ACL_VERSION", "1"), ("RUN_MODE", "x")]
        {
            let reason = from(&[(&format!("ASCEND_EMULATOR_{name}"), value)]).unwrap_err();
            assert!(reason.contains(name) && reason.contains(value), "{reason}");
        }
        assert_eq!(from(&[("ASCEND_EMULATOR_MEMORY", "64M")]).unwrap().memory, 64 << 20);
    }
}
