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
