//! What files and environment variables say about driver, device files, container and CANN.

use crate::environment;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Device files that every device needs beside its own `/dev/davinci<N>`.
const SHARED_DEVICE_FILES: [&str; 3] = ["davinci_manager", "devmm_svm", "hisi_hdc"];
/// Environment variables that matter.
const VARIABLES: [&str; 6] = [
    "ASCEND_RT_VISIBLE_DEVICES",
    "LD_LIBRARY_PATH",
    "ASCEND_OPP_PATH",
    "ASCEND_HOME_PATH",
    "ASCEND_TOOLKIT_HOME",
    "LIGHTCNN_ACL_LIBRARY",
];
/// Longest text file that is read, in bytes.
const LONGEST: u64 = 1 << 16;

/// What files and environment variables say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Version of the driver; nothing if it is not installed or, in a container, not mounted.
    pub driver_version: Option<String>,
    /// Version of the firmware, where it is recorded.
    pub firmware_version: Option<String>,
    /// Whether the driver's own library (`libascend_hal.so`) is there.
    pub driver_library: bool,
    /// Files `/dev/davinci<N>`, by number.
    pub devices: Vec<DeviceFile>,
    /// The files every device needs: name below `/dev`, and the file if it is there.
    pub shared_files: Vec<(&'static str, Option<DeviceFile>)>,
    /// Whether this is a container.
    pub container: bool,
    /// The user who asks.
    pub user: Identity,
    /// The variables that are set, of those that matter.
    pub variables: BTreeMap<&'static str, String>,
    /// Whether the folder `ASCEND_OPP_PATH` names exists; true if it is not set.
    pub operators_exist: bool,
}

/// A device file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceFile {
    /// Its path.
    pub path: String,
    /// The group it belongs to: name, or number if it has none.
    pub group: String,
    /// Whether the user may read and write it, by its owner, group and mode.
    pub usable: bool,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// User number; 0 may do everything.
    pub user: u32,
    /// All group numbers.
    pub groups: Vec<u32>,
}

impl Machine {
    /// Looks at this machine.
    pub fn look() -> Machine {
        Machine::look_below(Path::new("/"), &environment::text)
    }

    /// Looks at the files below `root` and at `variable`.
    pub(super) fn look_below(root: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Machine {
        let variables: BTreeMap<&'static str, String> =
            VARIABLES.into_iter().filter_map(|name| Some((name, variable(name)?))).collect();
        let user = identity(&text(&root.join("proc/self/status")));
        let groups = text(&root.join("etc/group"));
        let device = |name: &str| device_file(root, name, &user, &groups);
        let mut numbers: Vec<u32> = fs::read_dir(root.join("dev"))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.strip_prefix("davinci")?.parse().ok())
            .collect();
        numbers.sort_unstable();
        let install = value(&text(&root.join("etc/ascend_install.info")), "Driver_Install_Path_Param=");
        let ascend = below(root, Path::new(install.as_deref().unwrap_or("/usr/local/Ascend")));
        let libraries = ["lib64/driver", "lib64/common", "lib64"];
        let operators = variables.get("ASCEND_OPP_PATH").map(|path| below(root, Path::new(path)));
        Machine {
            driver_version: version(&ascend.join("driver/version.info")),
            firmware_version: version(&ascend.join("firmware/version.info")),
            driver_library: libraries
                .iter()
                .any(|folder| ascend.join("driver").join(folder).join("libascend_hal.so").exists()),
            devices: numbers.into_iter().filter_map(|number| device(&format!("davinci{number}"))).collect(),
            shared_files: SHARED_DEVICE_FILES.map(|name| (name, device(name))).to_vec(),
            container: root.join(".dockerenv").exists()
                || root.join("run/.containerenv").exists()
                || ["docker", "kubepods", "containerd"]
                    .iter()
                    .any(|word| text(&root.join("proc/1/cgroup")).contains(word)),
            operators_exist: operators.is_none_or(|folder| folder.is_dir()),
            user,
            variables,
        }
    }
}

fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

/// The file's text as far as it is short and readable.
fn text(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes));
    if read.is_ok() { String::from_utf8_lossy(&bytes).into_owned() } else { String::new() }
}

/// What follows `key` at the start of a line.
fn value(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_string())
}

/// `Version=` of a version file; "unknown" if the file is there and says nothing.
fn version(path: &Path) -> Option<String> {
    let text = text(path);
    let found = value(&text, "Version=").or_else(|| value(&text, "version="));
    found.or_else(|| path.exists().then(|| "unknown".to_string()))
}

/// The lines `Uid:`, `Gid:` (second number: the effective one) and `Groups:` of `/proc/self/status`.
fn identity(status: &str) -> Identity {
    let numbers = |key| -> Vec<u32> {
        let line = value(status, key).unwrap_or_default();
        line.split_whitespace().filter_map(|number| number.parse().ok()).collect()
    };
    let mut groups = numbers("Groups:");
    groups.extend(numbers("Gid:").get(1));
    Identity { user: numbers("Uid:").get(1).copied().unwrap_or(u32::MAX), groups }
}

#[cfg(unix)]
fn device_file(root: &Path, name: &str, user: &Identity, groups: &str) -> Option<DeviceFile> {
    use std::os::unix::fs::MetadataExt;
    let data = fs::metadata(root.join("dev").join(name)).ok()?;
    let (mode, group) = (data.mode(), data.gid());
    let rights = if data.uid() == user.user {
        mode >> 6
    } else if user.groups.contains(&group) {
        mode >> 3
    } else {
        mode
    };
    let group_name = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(group)).then(|| name.to_string())
    });
    Some(DeviceFile {
        path: format!("/dev/{name}"),
        group: group_name.unwrap_or_else(|| group.to_string()),
        usable: user.user == 0 || rights & 0o6 == 0o6,
    })
}

#[cfg(not(unix))]
fn device_file(_root: &Path, _name: &str, _user: &Identity, _groups: &str) -> Option<DeviceFile> {
    None
}
