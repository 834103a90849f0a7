//! Data flows one way: a module may use those on rows below its own, never one above or beside it.

use std::fs;
use std::path::Path;

use crate::paths::{files, module_of, read};

/// The rows, top first; names on one row do not know each other.
const ROWS: &[&[&str]] = &[
    &["eval", "search"],
    &["stored"],
    &["doctor", "job"],
    &["pipeline"],
    &["engine"],
    &["image", "features", "source", "fetch", "atc"],
    &["checkpoint", "models", "onnx", "om", "pages"],
    &["digest", "partial", "protocol", "storage"],
    &["contract", "file", "map", "protobuf", "text"],
];

/// Words for the whole house: the kinds of errors and `error::chain`; how a variable is read; the networks, which are a
/// crate below.
const FREE: &[&str] = &["environment", "error", "network"];

/// Modules that may use these and no others: evaluation reads features and does not know how they were made; its
/// thresholds are kept in the cache, which `models` knows.
const ONLY: &[(&str, &[&str])] = &[
    ("eval", &["features", "protocol", "contract", "file", "models", "partial"]),
    ("protocol", &["file", "text"]),
    ("map", &[]),
];

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

#[test]
fn imports_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut checked, mut seen) = (0, Vec::new());
    for file in files(&root, &["bin"]) {
        let inner = file.strip_prefix(&root).unwrap();
        let path = module_of(inner);
        let Some(&module) = path.first().filter(|module| !FREE.contains(module)) else {
            continue;
        };
        let own = row(module).unwrap_or_else(|| panic!("{module} has no row in this test; give it one"));
        seen.push(module.to_string());
        let text = fs::read_to_string(&file).unwrap();
        let others = read(&text, &path, &|_| false).paths.into_iter();
        for other in others.filter_map(|said| said.path.first().copied()) {
            if other == module || FREE.contains(&other) {
                continue;
            }
            let Some(theirs) = row(other) else { panic!("{}: crate::{other} is no module", inner.display()) };
            assert!(theirs > own, "{}: {module} may not use {other}", inner.display());
            if let Some((_, allowed)) = ONLY.iter().find(|(name, _)| *name == module) {
                assert!(allowed.contains(&other), "{}: {module} may not use {other}", inner.display());
            }
            checked += 1;
        }
    }
    assert!(checked > 120, "only {checked} imports were seen");
    for module in ROWS.iter().copied().flatten() {
        assert!(seen.iter().any(|name| name == module), "{module} is no module; take it off its row");
    }
}
