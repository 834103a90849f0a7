//! The program's own log lines.

use super::arguments::Text;
use crate::report;

const LEVELS: [&str; 4] = ["DEBUG", "INFO", "WARNING", "ERROR"];

/// Prints the line to stderr if `ASCEND_GLOBAL_LOG_LEVEL` lets it through; as with the vendor, only errors pass
/// unless it is set. The values behind `format` are not read, Rust cannot: their places stay as they are written.
#[unsafe(no_mangle)]
pub extern "C" fn aclAppLog(level: i32, function: Text, file: Text, line: u32, format: Text) {
    report::called("aclAppLog");
    let least = std::env::var("ASCEND_GLOBAL_LOG_LEVEL").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let Some(name) = usize::try_from(level).ok().and_then(|level| LEVELS.get(level)) else { return };
    if level < least {
        return;
    }
    let text = |text: &Text| String::from_utf8_lossy(text.optional().unwrap_or_default()).into_owned();
    eprintln!("[{name}] {}:{line} {}: {}", text(&file), text(&function), text(&format));
}
