//! Files that somebody names are opened in one place, `src/file.rs`, which refuses what could make a reader wait for
//! ever and reads no more than is allowed.

use std::fs;
use std::path::Path;

use crate::paths::{files, module_of};
use crate::tokens::{tokens, without_tests};

/// Calls that open a file to read it, as tokens.
const CALLS: &[&[&str]] = &[
    &["File", "::", "open", "("],
    &["fs", "::", "read", "("],
    &["fs", "::", "read_to_string", "("],
    &["::", "from_path", "("],
];

/// What may open files by itself, and what it opens.
const OTHERS: &[(&str, &str)] = &[
    ("file", "this is the place"),
    ("atc::compile", "the model that the compiler has just written to a scratch folder"),
    ("checkpoint", "weights, whose type it looks at, and watches while it reads them"),
    ("doctor::machine", "what the kernel and the driver say of themselves"),
    ("features::upload", "the file of features that it has written itself"),
    ("job::holder", "the machine's name, from the kernel"),
    ("job::store::disk", "a folder, to sync it"),
    ("job::store::lease", "the number of the machine's start, from the kernel"),
    ("partial", "a folder, to sync it"),
];

/// Whether code opens a file.
fn opens(code: &[&str]) -> bool {
    CALLS.iter().any(|call| code.windows(call.len()).any(|found| found == *call))
}

#[test]
fn files_are_opened_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut used, mut tests, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for file in files(&root, &["bin"]) {
        let text = fs::read_to_string(&file).unwrap();
        let module = module_of(file.strip_prefix(&root).unwrap()).join("::");
        let all = tokens(&text);
        let (product, modules) = without_tests(&all);
        tests.extend(modules.iter().map(|name| format!("{module}::{name}")));
        if opens(&product) {
            match OTHERS.iter().find(|(name, _)| *name == module) {
                Some((name, _)) => used.push(*name),
                None => found.push(module),
            }
        }
    }
    found.retain(|module| !tests.iter().any(|test| module.starts_with(test.as_str())));
    assert!(found.is_empty(), "these open files by themselves; use crate::file: {found:?}");
    for (name, _) in OTHERS.iter().filter(|(name, _)| *name != "file") {
        assert!(used.contains(name), "{name} opens no file; take it off the list");
    }
}

#[test]
fn opening_is_found() {
    let opens = |code: &str| opens(&tokens(code));
    assert!(
        opens("match File::open(&path) {}")
            && opens("std::fs::read(path)")
            && opens("csv::Reader::from_path(p)")
    );
    assert!(
        !opens("JobFile::open(store)") && !opens("crate::file::open(path)") && !opens("file::read(path, 1)")
    );
}
