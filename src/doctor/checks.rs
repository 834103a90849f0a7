//! The checks, one function each. Sources: CANN's installation and environment documentation.

use super::machine::Machine;
use super::{Check, Library, State};
use crate::atc::{Atc, AtcNotFound};
use crate::environment::{VISIBLE_DEVICES, mistake_in_devices};
use crate::om::{OmError, OmSummary};
use std::collections::BTreeSet;

/// What a container must be given.
const CONTAINER: &str = "give the container the devices /dev/davinci0 (one per card), /dev/davinci_manager, \
     /dev/devmm_svm and /dev/hisi_hdc, and mount /usr/local/Ascend/driver and /etc/ascend_install.info into it, \
     read-only";

fn good(subject: &'static str, finding: impl Into<String>) -> Check {
    Check { subject, state: State::Good, finding: finding.into(), advice: None }
}

fn note(subject: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Check {
    Check { subject, state: State::Note, finding: finding.into(), advice: Some(advice.into()) }
}

fn problem(subject: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Check {
    Check { subject, state: State::Problem, finding: finding.into(), advice: Some(advice.into()) }
}

/// Whether ACL has devices: then whatever is missing elsewhere is not needed.
fn has_devices(library: &Library) -> bool {
    matches!(library, Library::Ready { devices: Ok(devices), .. } if devices.iter().any(|device| device.memory.is_ok()))
}

pub(super) fn driver(machine: &Machine, library: &Library) -> Check {
    let subject = "driver";
    match &machine.driver_version {
        Some(version) if machine.driver_library => {
            let firmware = machine.firmware_version.as_deref().unwrap_or("not recorded here");
            good(subject, format!("version {version}, firmware {firmware}"))
        }
        _ if has_devices(library) => good(subject, "not found, and the ACL library works without it"),
        Some(version) => problem(
            subject,
            format!("version {version}, without its library libascend_hal.so"),
            if machine.container { CONTAINER } else { "reinstall the NPU driver" },
        ),
        None if machine.container => problem(subject, "not mounted into this container", CONTAINER),
        None => problem(
            subject,
            "not installed",
            "install the NPU driver and firmware of your card, then restart",
        ),
    }
}

pub(super) fn device_files(machine: &Machine, library: &Library) -> Check {
    let subject = "device files";
    if has_devices(library) && machine.devices.is_empty() {
        return good(subject, "none, and the ACL library works without them");
    }
    if machine.devices.is_empty() {
        let advice = if machine.container {
            CONTAINER
        } else {
            "check with 'lspci -d 19e5:' that a card is plugged in, and with npu-smi info that its driver is loaded"
        };
        return problem(subject, "/dev/davinci0 and the like do not exist", advice);
    }
    let missing: Vec<String> = machine
        .shared_files
        .iter()
        .filter(|(_, file)| file.is_none())
        .map(|(name, _)| format!("/dev/{name}"))
        .collect();
    if !missing.is_empty() {
        let finding = format!("{} do not exist", missing.join(", "));
        let advice = if machine.container { CONTAINER } else { "reinstall the NPU driver, then restart" };
        return problem(subject, finding, advice);
    }
    let shared = machine.shared_files.iter().filter_map(|(_, file)| file.as_ref());
    let barred: Vec<_> = machine.devices.iter().chain(shared).filter(|file| !file.usable).collect();
    if let Some(first) = barred.first() {
        let paths: Vec<&str> = barred.iter().map(|file| file.path.as_str()).collect();
        return problem(
            subject,
            format!("no right to read and write {}", paths.join(", ")),
            format!("sudo usermod -aG {} $USER, then log in again (or run as root)", first.group),
        );
    }
    let paths: Vec<&str> = machine.devices.iter().map(|file| file.path.as_str()).collect();
    good(subject, format!("{} may be read and written", paths.join(", ")))
}

pub(super) fn library(machine: &Machine, library: &Library) -> Check {
    let subject = "ACL library";
    match library {
        Library::NotInstalled => {
            let names = ["LIGHTCNN_ACL_LIBRARY", "ASCEND_HOME_PATH", "ASCEND_TOOLKIT_HOME"];
            let home = names.iter().find_map(|name| {
                machine.variables.get(name).map(|value| format!("{name}={value} holds none; "))
            });
            problem(
                subject,
                "libascendcl.so, libacl_rt.so and libacl_mdl.so were not found",
                format!(
                    "{}install CANN (the runtime package nnrt is enough), 'source set_env.sh', or set LIGHTCNN_ACL_LIBRARY",
                    home.unwrap_or_default()
                ),
            )
        }
        Library::Unusable(reasons) => problem(
            subject,
            format!("found, and cannot be used: {}", reasons.join("; ")),
            "'source set_env.sh' of one CANN, 5.0 or newer, in a fresh shell; if that does not help, reinstall it",
        ),
        Library::NotInitialized(message) => problem(
            subject,
            format!("found, and aclInit failed: {message}"),
            "check with npu-smi info that driver and device work; driver and CANN must belong together",
        ),
        Library::Ready { files, version, .. } => {
            good(subject, format!("ACL {version} from {}", files.join(", ")))
        }
    }
}

pub(super) fn devices(library: &Library) -> Check {
    let subject = "devices";
    let (soc, devices) = match library {
        Library::Ready { soc, devices: Ok(devices), .. } => (soc, devices),
        Library::Ready { devices: Err(message), .. } => {
            return problem(
                subject,
                format!("cannot be counted: {message}"),
                "check with npu-smi info; look at the variable ASCEND_RT_VISIBLE_DEVICES",
            );
        }
        _ => {
            return note(subject, "not looked at, the ACL library is missing", "first make the library work");
        }
    };
    let soc = soc.as_deref().unwrap_or("unknown chip");
    let mut lines = Vec::new();
    for device in devices {
        lines.push(match &device.memory {
            Ok((free, total)) => {
                format!("{}: {soc}, {} of {} MiB free", device.id, free >> 20, total >> 20)
            }
            Err(message) => format!("{}: {soc}, unusable: {message}", device.id),
        });
    }
    let usable = devices.iter().filter(|device| device.memory.is_ok()).count();
    match (devices.len(), usable) {
        (0, _) => problem(
            subject,
            "ACL sees none",
            "check with npu-smi info that the card is there; look at ASCEND_RT_VISIBLE_DEVICES, and at what the container \
             was given",
        ),
        (_, 0) => problem(
            subject,
            lines.join("; "),
            "see npu-smi info; another container or process may hold the devices",
        ),
        (all, usable) if usable < all => {
            let others = devices.iter().filter(|device| device.memory.is_ok());
            let others: Vec<String> = others.map(|device| device.id.to_string()).collect();
            let advice = format!("run on ascend:{}; for the others see npu-smi info", others.join(","));
            note(subject, lines.join("; "), advice)
        }
        _ => good(subject, lines.join("; ")),
    }
}

/// A comma list of ascending numbers. CANN stops reading at the first character that belongs to none.
pub(super) fn visible_devices(machine: &Machine) -> Check {
    let subject = VISIBLE_DEVICES;
    let Some(value) = machine.variables.get(subject) else { return good(subject, "not set: all devices") };
    let shown = value.escape_debug();
    match mistake_in_devices(value) {
        Some(mistake) => problem(subject, format!("'{shown}' {mistake}"), correction(value)),
        None => {
            let count = machine.devices.len();
            let numbers = value.split(',').filter_map(|item| item.parse::<usize>().ok());
            match numbers.max().filter(|number| count > 0 && *number >= count && !machine.container) {
                Some(number) => problem(
                    subject,
                    format!("'{shown}' names device {number}, and there are {count}, counted from 0"),
                    correction(""),
                ),
                None => good(subject, format!("'{shown}'; ACL counts these from 0")),
            }
        }
    }
}

/// What to write in place of `list`: the same numbers, if it has some.
fn correction(list: &str) -> String {
    let numbers: Option<BTreeSet<u32>> = list.split(',').map(|item| item.trim().parse().ok()).collect();
    let written = |numbers: BTreeSet<u32>| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    match numbers {
        Some(numbers) => {
            format!("write {}: numbers in ascending order, with commas, without blanks", written(numbers))
        }
        None => "give numbers in ascending order, with commas and without blanks, such as 0,1; or unset it"
            .to_string(),
    }
}

pub(super) fn library_path(machine: &Machine) -> Check {
    let subject = "LD_LIBRARY_PATH";
    let path = machine.variables.get(subject).map(String::as_str).unwrap_or_default();
    let folders: Vec<&str> = path.split(':').filter(|folder| !folder.is_empty()).collect();
    let stub = |folder: &&&str| folder.split('/').any(|part| part == "devlib" || part == "stub");
    if let Some(folder) = folders.iter().find(stub) {
        return note(
            subject,
            format!("has {folder}, which holds stubs for building programs"),
            "take it out, except for running atc on a machine without a card",
        );
    }
    let mut toolkits: Vec<&str> = folders
        .iter()
        .filter_map(|folder| folder.split_once("/ascend-toolkit/").map(|(_, rest)| rest))
        .filter_map(|rest| rest.split('/').next())
        .collect();
    toolkits.sort_unstable();
    toolkits.dedup();
    if toolkits.len() > 1 {
        return note(
            subject,
            format!("mixes CANN versions: {}", toolkits.join(", ")),
            "start a fresh shell and 'source set_env.sh' of one version",
        );
    }
    good(subject, if folders.is_empty() { "not set" } else { "no stubs, one CANN version" })
}

pub(super) fn operators(machine: &Machine) -> Check {
    let subject = "ASCEND_OPP_PATH";
    match machine.variables.get(subject) {
        None => good(subject, "not set; compiled models do not need it"),
        Some(_) if machine.operators_exist => good(subject, "names a folder that exists"),
        Some(value) => note(
            subject,
            format!("names {}, which does not exist", value.escape_debug()),
            "'source set_env.sh' of the CANN you use",
        ),
    }
}

pub(super) fn compiler(atc: &Result<Atc, AtcNotFound>) -> Check {
    let subject = "atc";
    match atc {
        Ok(atc) => {
            let version = atc.cann_version.as_deref().unwrap_or("of unknown version");
            good(subject, format!("{} (CANN {version})", atc.program.display()))
        }
        Err(error) if error.named => note(
            subject,
            format!("{}: models can be run, not compiled", error.missing()),
            "to compile here, correct LIGHTCNN_ATC, or unset it",
        ),
        Err(_) => note(
            subject,
            "not found: models can be run, not compiled",
            "to compile here, install the CANN toolkit and 'source set_env.sh', or set LIGHTCNN_ATC",
        ),
    }
}

pub(super) fn model(model: &Result<OmSummary, OmError>, library: &Library) -> Check {
    let subject = "model";
    let summary = match model {
        Ok(summary) => summary,
        Err(error) => return problem(subject, error.to_string(), "compile it again, or copy it again"),
    };
    let soc = match library {
        Library::Ready { soc, .. } => soc.as_ref(),
        _ => None,
    };
    match (&summary.soc_version, soc) {
        (Some(model), Some(device)) if model != device => problem(
            subject,
            format!("is compiled for {}, and the device is {device}", model.escape_debug()),
            format!("compile it for {device}"),
        ),
        (Some(model), Some(_)) => good(subject, format!("is compiled for {model}, which is here")),
        (Some(model), None) => good(subject, format!("is compiled for {}", model.escape_debug())),
        (None, _) => note(subject, "does not say for which chip it is", "compile it with CANN 5 or newer"),
    }
}
