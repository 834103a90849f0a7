//! The emulator's `atc` as a program of its own.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use test_support::emulator;

/// An `atc` as a script that calls the emulator's, which this program has in it.
pub fn script(folder: &Path) -> String {
    let script = folder.join("atc");
    let program = std::env::current_exe().unwrap();
    let text = format!(
        "#!/bin/sh\nATC_ARGUMENTS=\"$*\" exec '{}' --exact atc::scenario_atc --ignored --nocapture\n",
        program.display()
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    script.display().to_string()
}

#[test]
#[ignore = "a scenario, run by the script above"]
fn scenario_atc() {
    let arguments = std::env::var("ATC_ARGUMENTS").unwrap();
    let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
    emulator::atc(&arguments);
}
