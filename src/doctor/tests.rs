use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

/// A file system with a card for user 1000, whose groups are `groups`.
fn with_card(groups: &str, container: bool) -> TempDir {
    let root = TempDir::new().unwrap();
    let file = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for name in ["davinci0", "davinci1", "davinci_manager", "devmm_svm", "hisi_hdc"] {
        file(&format!("dev/{name}"), "");
        let path = root.path().join("dev").join(name);
        fs::set_permissions(path, PermissionsExt::from_mode(0o660)).unwrap();
    }
    let status = format!("Uid:\t1000\t4242\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nGroups:\t{groups}\n");
    file("proc/self/status", &status);
    let group = std::os::unix::fs::MetadataExt::gid(&fs::metadata(root.path()).unwrap());
    file("etc/group", &format!("daemon:x:99999:\nHwHiAiUser:x:{group}:\n"));
    file("etc/ascend_install.info", "Driver_Install_Path_Param=/opt/npu\n");
    file("opt/npu/driver/version.info", "Version=24.1.rc2\nascendhal_version=7.35\n");
    file("opt/npu/driver/lib64/driver/libascend_hal.so", "");
    file("opt/npu/firmware/version.info", "Version=7.3.0\n");
    if container {
        file(".dockerenv", "");
    }
    root
}

fn look(root: &Path, variables: &[(&str, &str)]) -> Machine {
    Machine::look_below(root, &|name| {
        variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_string())
    })
}

fn ready(devices: Result<Vec<AclDevice>, String>) -> Library {
    Library::Ready {
        files: vec!["/opt/cann/lib64/libascendcl.so".into()],
        version: "1.13.0".into(),
        soc: Some("Ascend310P3".into()),
        devices,
    }
}

fn no_atc() -> Result<Atc, AtcNotFound> {
    Err(AtcNotFound { tried: Vec::new(), named: false })
}

fn check<'a>(report: &'a Diagnosis, subject: &str) -> &'a Check {
    report.checks.iter().find(|check| check.subject == subject).unwrap()
}

/// Finding and advice of a check that must be a problem.
fn problem<'a>(report: &'a Diagnosis, subject: &str) -> (&'a str, &'a str) {
    assert_eq!((report.inference_can_work, report.exit_code()), (false, 1));
    let check = check(report, subject);
    assert_eq!(check.state, State::Problem, "{check:?}");
    (&check.finding, check.advice.as_deref().unwrap())
}

fn group_of(root: &Path) -> String {
    std::os::unix::fs::MetadataExt::gid(&fs::metadata(root).unwrap()).to_string()
}

#[test]
fn nothing_installed() {
    let root = TempDir::new().unwrap();
    let report = diagnose(&look(root.path(), &[]), &Library::NotInstalled, &no_atc(), None);
    assert_eq!(problem(&report, "driver").0, "not installed");
    assert_eq!(problem(&report, "device files").0, "/dev/davinci0 and the like do not exist");
    let (finding, advice) = problem(&report, "ACL library");
    assert!(finding.ends_with("were not found") && advice.starts_with("install CANN"), "{advice}");
    assert_eq!(check(&report, "atc").state, State::Note);
    let shown = report.to_string();
    assert!(shown.contains("PROBLEM driver: not installed\n        -> install the NPU driver"), "{shown}");
    assert!(shown.ends_with("cannot work here yet.\n"));
}

#[test]
fn all_is_well() {
    let root = with_card("", false);
    let groups = group_of(root.path());
    fs::write(root.path().join("proc/self/status"), format!("Uid: 1 4242\nGid: 1 7\nGroups: {groups} 5\n"))
        .unwrap();
    let devices = vec![AclDevice { id: 0, memory: Ok((5 << 30, 8 << 30)) }];
    let report = diagnose(&look(root.path(), &[]), &ready(Ok(devices)), &no_atc(), None);
    assert!(report.inference_can_work && report.exit_code() == 0, "{report}");
    assert_eq!(check(&report, "driver").finding, "version 24.1.rc2, firmware 7.3.0");
    assert_eq!(
        check(&report, "device files").finding,
        "/dev/davinci0, /dev/davinci1 may be read and written"
    );
    assert_eq!(check(&report, "devices").finding, "0: Ascend310P3, 5120 of 8192 MiB free");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["inference_can_work"], &json["checks"][0]["state"]), (&true.into(), &"good".into()));
}

#[test]
fn no_rights_on_the_device_files() {
    let root = with_card("99998", false);
    let report =
        diagnose(&look(root.path(), &[]), &Library::NotInitialized("500000".into()), &no_atc(), None);
    let (finding, advice) = problem(&report, "device files");
    assert!(
        finding.starts_with("no right to read and write /dev/davinci0, /dev/davinci1, /dev/davinci_manager")
    );
    assert!(advice.starts_with("sudo usermod -aG HwHiAiUser"), "{advice}");
    assert!(problem(&report, "ACL library").0.ends_with("aclInit failed: 500000"));
}

#[test]
fn broken_and_old_libraries_say_why() {
    let root = with_card("", false);
    let reasons =
        vec!["/opt/libascendcl.so: lacks aclmdlGetInputDimsV2; CANN 5.0 or newer is needed".to_string()];
    let report = diagnose(&look(root.path(), &[]), &Library::Unusable(reasons), &no_atc(), None);
    let (finding, advice) = problem(&report, "ACL library");
    assert!(finding.contains("lacks aclmdlGetInputDimsV2") && advice.contains("set_env.sh"));
}

#[test]
fn a_container_without_what_it_needs() {
    let root = with_card("", true);
    fs::remove_file(root.path().join("dev/hisi_hdc")).unwrap();
    fs::remove_dir_all(root.path().join("opt/npu")).unwrap();
    let report = diagnose(&look(root.path(), &[]), &Library::NotInstalled, &no_atc(), None);
    assert_eq!(problem(&report, "driver").0, "not mounted into this container");
    let (finding, advice) = problem(&report, "device files");
    assert_eq!(finding, "/dev/hisi_hdc do not exist");
    assert!(advice.contains("/dev/hisi_hdc"), "{advice}");
}

/// A library that has devices needs neither driver nor device files of its own.
#[test]
fn the_librarys_word_counts_most() {
    let root = TempDir::new().unwrap();
    let devices = vec![
        AclDevice { id: 0, memory: Ok((1 << 30, 1 << 30)) },
        AclDevice { id: 1, memory: Err("507033".into()) },
    ];
    let report = diagnose(&look(root.path(), &[]), &ready(Ok(devices)), &no_atc(), None);
    assert!(report.inference_can_work, "{report}");
    assert_eq!(check(&report, "devices").state, State::Note);
    let advice = check(&report, "devices").advice.as_deref().unwrap();
    assert!(advice.starts_with("run on ascend:0;"), "{advice}");
    let none = diagnose(&look(root.path(), &[]), &ready(Ok(Vec::new())), &no_atc(), None);
    assert_eq!(problem(&none, "devices").0, "ACL sees none");
    let uncounted = diagnose(&look(root.path(), &[]), &ready(Err("207004".into())), &no_atc(), None);
    assert_eq!(problem(&uncounted, "devices").0, "cannot be counted: 207004");
}

#[test]
fn variables_are_checked() {
    let root = with_card("", false);
    let state = |name: &'static str, value: &str| {
        let report = diagnose(&look(root.path(), &[(name, value)]), &Library::NotInstalled, &no_atc(), None);
        check(&report, name).state
    };
    let visible = "ASCEND_RT_VISIBLE_DEVICES";
    assert_eq!(state(visible, "0,1"), State::Good);
    for wrong in ["0, 1", "1,0", "0,0", "a", "0,7", "-1", ",", "0,", " 0", "0 ", "0;1", "99999999999"] {
        assert_eq!(state(visible, wrong), State::Problem, "{wrong}");
    }
    assert_eq!(state("LD_LIBRARY_PATH", "/opt/cann/lib64:/opt/x"), State::Good);
    assert_eq!(state("LD_LIBRARY_PATH", "/opt/x:/opt/cann/x86_64-linux/devlib"), State::Note);
    let mixed = "/u/ascend-toolkit/8.0.0/lib64:/u/ascend-toolkit/latest/lib64";
    assert_eq!(state("LD_LIBRARY_PATH", mixed), State::Note);
    assert_eq!(state("ASCEND_OPP_PATH", "/opt/npu"), State::Good);
    assert_eq!(state("ASCEND_OPP_PATH", "/opt/none"), State::Note);
}

/// What CANN makes of a wrong list, and the right one.
#[test]
fn a_wrong_list_of_devices_is_explained() {
    let root = with_card("", false);
    for (list, finding, advice) in [
        (
            "0, 1",
            "'0, 1' has a blank before '1'; CANN stops reading there and sees only device 0",
            "write 0,1:",
        ),
        ("0 ,1", "'0 ,1' has a blank after 0; CANN stops reading there and sees only device 0", "write 0,1:"),
        (" 0", "' 0' has a blank before '0'; CANN stops reading there and sees no device", "write 0:"),
        ("1,0", "'1,0' names device 0 after 1; CANN takes numbers in ascending order only", "write 0,1:"),
        (
            "1, 0",
            "'1, 0' has a blank before '0'; CANN stops reading there and sees only device 1",
            "write 0,1:",
        ),
        ("0,0", "'0,0' names device 0 twice; CANN refuses that", "write 0:"),
        (
            "0,1,",
            "'0,1,' has nothing after comma 2; CANN stops reading there and sees only devices 0, 1",
            "give numbers",
        ),
        (
            "0;1",
            "'0;1' has ';', which is no digit; CANN stops reading there and sees only device 0",
            "give numbers",
        ),
        (
            "npu0",
            "'npu0' has 'n', which is no digit; CANN stops reading there and sees no device",
            "give numbers",
        ),
        (
            "0, ",
            "'0, ' has a blank where a number belongs; CANN stops reading there and sees only device 0",
            "give numbers",
        ),
        ("0,7", "'0,7' names device 7, and there are 2, counted from 0", "give numbers"),
    ] {
        let variables = [("ASCEND_RT_VISIBLE_DEVICES", list)];
        let report = diagnose(&look(root.path(), &variables), &Library::NotInstalled, &no_atc(), None);
        let (found, advised) = problem(&report, "ASCEND_RT_VISIBLE_DEVICES");
        assert_eq!(found, finding);
        assert!(advised.starts_with(advice), "{list}: {advised}");
    }
}

#[test]
fn the_model_must_fit_the_chip() {
    let root = with_card("", false);
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/om/wide.om")).unwrap();
    let model = Ok(crate::om::read(&mut std::io::Cursor::new(bytes)).unwrap());
    let on = |soc: &str| {
        let library = Library::Ready {
            files: Vec::new(),
            version: String::new(),
            soc: Some(soc.to_string()),
            devices: Ok(Vec::new()),
        };
        diagnose(&look(root.path(), &[]), &library, &no_atc(), Some(&model))
    };
    assert_eq!(check(&on("Ascend310P3"), "model").state, State::Good);
    let report = on("Ascend910B2");
    let (finding, advice) = problem(&report, "model");
    assert_eq!(finding, "is compiled for Ascend310P3, and the device is Ascend910B2");
    assert_eq!(advice, "compile it for Ascend910B2");
}
