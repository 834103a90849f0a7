//! Who this process is, for whoever finds its lock.

/// The name of this machine.
pub(super) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String =
        name.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
    if name.is_empty() { "unknown".into() } else { name }
}

/// This process, in words.
pub(super) fn holder() -> String {
    format!("process {} on {}", std::process::id(), host())
}
