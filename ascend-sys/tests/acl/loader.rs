//! What the loader says about libraries that are absent, broken, stubs, too old, or split in two.

use std::path::{Path, PathBuf};
use std::process::Command;

use ascend_sys::{Acl, Code, Problem, Search, Version};

/// A declaration of `include/acl_functions.h`: its text without `;`, and its name.
fn declarations() -> Vec<(String, String)> {
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/acl_functions.h");
    let text = std::fs::read_to_string(header).unwrap();
    let declarations: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_suffix(';'))
        .map(|text| {
            let name = text.split_once('(').unwrap().0.rsplit([' ', '*']).next().unwrap();
            (text.to_owned(), name.to_owned())
        })
        .collect();
    assert!(declarations.len() > 100, "{}", declarations.len());
    declarations
}

/// Compiles a library in which the functions `chosen` picks return `code`.
fn library(path: &Path, code: i32, chosen: impl Fn(&str) -> bool) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut source = String::from("#include \"acl_types.h\"\n");
    for (text, name) in declarations() {
        if name == "aclrtGetVersion" && chosen(&name) && code == 0 {
            source += &format!("{text} {{ *major = 1; *minor = 13; *patch = 0; return 0; }}\n");
        } else if chosen(&name) {
            let value = if text.contains(&format!("*{name}")) { 0 } else { code };
            source += &format!("{text} {{ return {value}; }}\n");
        }
    }
    let c = path.with_extension("c");
    std::fs::write(&c, source).unwrap();
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .args([path, &c])
        .arg("-I")
        .arg(include)
        .status()
        .expect("a C compiler named cc is needed");
    assert!(status.success());
    std::fs::remove_file(c).unwrap();
}

fn is_model_function(name: &str) -> bool {
    name.starts_with("aclmdl")
}

/// The problems found below `folder`, with file names.
fn refused(folder: &Path) -> Vec<(String, Problem)> {
    let error = Acl::open_in(&Search::only(folder)).err().expect("this library must be refused");
    assert!(error.to_string().contains(&folder.display().to_string()), "{error}");
    error
        .attempts
        .into_iter()
        .map(|attempt| {
            let name = attempt.path.strip_prefix(folder).unwrap_or(&attempt.path).display().to_string();
            (name, attempt.problem)
        })
        .collect()
}

fn temporary() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}

#[test]
fn an_absent_library_is_told_from_a_broken_one() {
    let (_keep, folder) = temporary();
    let error = Acl::open_in(&Search::only(&folder)).err().unwrap();
    assert!(error.nothing_installed());
    assert!(matches!(&refused(&folder)[..], [(name, Problem::Absent)] if name.is_empty()));
    let error = Acl::open_in(&Search::only(folder.join("libascendcl.so"))).err().unwrap();
    assert!(error.to_string().contains("libascendcl.so (given): no ACL library here"), "{error}");

    std::fs::write(folder.join("libascendcl.so"), "not a library").unwrap();
    let error = Acl::open_in(&Search::only(&folder)).err().unwrap();
    assert!(!error.nothing_installed());
    let [(name, Problem::Open(words))] = &refused(&folder)[..] else { panic!("{error}") };
    assert_eq!(name, "libascendcl.so");
    assert!(words.contains("file too short") || words.contains("invalid ELF header"), "{words}");
}

#[test]
fn a_whole_library_opens() {
    let (_keep, folder) = temporary();
    let file = folder.join("libascendcl.so");
    library(&file, 0, |name| name != "aclrtStreamAbort");
    let acl = Acl::open_in(&Search::only(&folder)).unwrap();
    assert_eq!(acl.version(), Version { major: 1, minor: 13, patch: 0 });
    assert_eq!(acl.files(), [file]);
    assert_eq!(acl.functions().absent(), ["aclrtStreamAbort"]);
    assert!(acl.functions().aclrtStreamQuery.is_some());
}

#[test]
fn split_libraries_open_together() {
    let (_keep, folder) = temporary();
    library(&folder.join("libacl_rt.so"), 0, |name| !is_model_function(name));
    library(&folder.join("libacl_mdl.so"), 0, is_model_function);
    library(&folder.join("libruntime.so"), 0, |_| false);
    let acl = Acl::open_in(&Search::only(&folder)).unwrap();
    assert_eq!(acl.files(), [folder.join("libacl_rt.so"), folder.join("libacl_mdl.so")]);
}

#[test]
fn functions_the_forwarder_lacks_are_found_beside_it() {
    let (_keep, folder) = temporary();
    library(&folder.join("libascendcl.so"), 0, |name| name != "aclmdlExecuteAsync");
    library(&folder.join("libacl_mdl.so"), 0, is_model_function);
    let acl = Acl::open_in(&Search::only(&folder)).unwrap();
    assert_eq!(acl.files(), [folder.join("libascendcl.so"), folder.join("libacl_mdl.so")]);
}

#[test]
fn a_library_that_would_end_the_process_is_not_opened() {
    let (_keep, folder) = temporary();
    library(&folder.join("libacl_rt.so"), 0, |_| true);
    assert!(matches!(&refused(&folder)[..], [(name, Problem::Incomplete)] if name == "libacl_rt.so"));
}

#[test]
fn a_library_without_required_functions_is_refused_by_their_names() {
    let (_keep, folder) = temporary();
    library(&folder.join("libascendcl.so"), 0, |name| name != "aclmdlUnload" && name != "aclrtMallocHost");
    let found = refused(&folder);
    let [(_, Problem::Missing { missing })] = &found[..] else { panic!("{found:?}") };
    assert_eq!(missing, &["aclrtMallocHost", "aclmdlUnload"]);
}

#[test]
fn stubs_are_refused_by_what_they_answer_and_by_where_they_lie() {
    let (_keep, folder) = temporary();
    library(&folder.join("libascendcl.so"), Code::COMPILING_STUB_MODE.0, |_| true);
    assert!(matches!(&refused(&folder)[..], [(_, Problem::Stub)]));

    let devlib = folder.join("x86_64-linux/devlib");
    library(&devlib.join("libascendcl.so"), 0, |_| true);
    assert!(matches!(&refused(&devlib)[..], [(_, Problem::Stub)]));
}

#[test]
fn a_library_that_will_not_tell_its_version_is_refused_with_the_code() {
    let (_keep, folder) = temporary();
    library(&folder.join("libascendcl.so"), 500_000, |_| true);
    assert!(matches!(&refused(&folder)[..], [(_, Problem::Version(Code(500_000)))]));
}
