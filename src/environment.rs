//! The environment variables. One that is set and empty counts as unset, everywhere: templates of schedulers leave such.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The value of the variable `name`; nothing if it is unset or empty.
pub fn value(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// As [`value`], as text. Bytes that are not UTF-8 become replacement characters, so that whoever refuses the value can
/// show it.
pub fn text(name: &str) -> Option<String> {
    value(name).map(|value| value.to_string_lossy().into_owned())
}

/// All variables whose names begin with `prefix`, with their values; those that are not UTF-8 are left out.
#[cfg(feature = "cloud")]
pub(crate) fn beginning_with(prefix: &str) -> Vec<(String, String)> {
    let read =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let all = env::vars_os().filter_map(read);
    all.filter(|(name, value)| name.starts_with(prefix) && !value.is_empty()).collect()
}

/// The folder for temporary files: `$TMPDIR`, else the system's.
pub fn temporary_folder() -> PathBuf {
    let folder = env::temp_dir();
    // An empty variable gives an empty path, which would be the working folder.
    if folder.as_os_str().is_empty() { PathBuf::from("/tmp") } else { folder }
}

/// The variable by which CANN shows a process some of the devices.
pub const VISIBLE_DEVICES: &str = "ASCEND_RT_VISIBLE_DEVICES";

/// What is wrong with a list of devices, and what CANN makes of it: it takes a comma list of ascending numbers, and stops
/// reading at the first character that belongs to none.
pub fn mistake_in_devices(list: &str) -> Option<String> {
    let mut read: Vec<u32> = Vec::new();
    let stops = |what: String, read: &[u32]| {
        let numbers: Vec<String> = read.iter().map(u32::to_string).collect();
        let seen = match numbers.len() {
            0 => "no device".to_string(),
            1 => format!("only device {}", numbers[0]),
            _ => format!("only devices {}", numbers.join(", ")),
        };
        Some(format!("has {what}; CANN stops reading there and sees {seen}"))
    };
    for (at, item) in list.split(',').enumerate() {
        let end = item.find(|c: char| !c.is_ascii_digit()).unwrap_or(item.len());
        let number = item[..end].parse::<u32>().ok();
        if let Some(number) = number {
            match read.last() {
                Some(last) if *last == number => {
                    return Some(format!("names device {number} twice; CANN refuses that"));
                }
                Some(last) if *last > number => {
                    let order = format!("names device {number} after {last}");
                    return Some(format!("{order}; CANN takes numbers in ascending order only"));
                }
                _ => read.push(number),
            }
        }
        let what = match item[end..].chars().next() {
            None if number.is_some() => continue,
            None if end > 0 => format!("the number {item}, which is too large"),
            None if at == 0 => "nothing before its first comma".to_string(),
            None => format!("nothing after comma {at}"),
            Some(_) if item.trim().is_empty() => "a blank where a number belongs".to_string(),
            Some(c) if c.is_whitespace() && end == 0 => {
                format!("a blank before '{}'", item.trim().escape_debug())
            }
            Some(c) if c.is_whitespace() => format!("a blank after {}", &item[..end]),
            Some(c) => format!("'{}', which is no digit", c.escape_debug()),
        };
        return stops(what, &read);
    }
    None
}
