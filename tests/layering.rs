//! Data flows one way: a module may use those on rows below its own, never one above or beside it.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// The rows, top first; names on one row do not know each other.
const ROWS: &[&[&str]] = &[
    &["eval", "search"],
    &["features"],
    &["doctor", "job"],
    &["pipeline"],
    &["engine"],
    &["image", "sink", "source", "fetch"],
    &["cpu", "checkpoint", "models", "onnx", "om"],
    &["kernels", "ascend"],
    &["network", "contract", "feature", "map", "protocol", "storage"],
];

/// Words for the whole house: the kinds of errors, and `error::chain`.
const FREE: &[&str] = &["error"];

/// Modules that may use these and no others: evaluation reads features and does not know how they were made; its
/// thresholds are kept in the cache, which `models` knows.
const ONLY: &[(&str, &[&str])] =
    &[("eval", &["features", "protocol", "contract", "models"]), ("protocol", &[]), ("map", &[])];

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().unwrap() != "bin" {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules named after `crate::` in a source, tests left out.
fn used(text: &str) -> Vec<String> {
    let product = text.split("#[cfg(test)]").next().unwrap();
    let code = product.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut modules = Vec::new();
    for line in code {
        for part in line.split("crate::").skip(1) {
            let end = part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
            modules.push(part[..end].to_string());
        }
    }
    modules
}

#[test]
fn imports_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut checked = 0;
    for file in files {
        let inner = file.strip_prefix(&root).unwrap();
        let first = inner.iter().next().unwrap().to_str().unwrap();
        let module = first.trim_end_matches(".rs");
        if module == "lib" || FREE.contains(&module) {
            continue;
        }
        let own = row(module).unwrap_or_else(|| panic!("{module} has no row in this test; give it one"));
        for other in used(&fs::read_to_string(&file).unwrap()) {
            if other == module || FREE.contains(&other.as_str()) {
                continue;
            }
            let Some(theirs) = row(&other) else {
                panic!("{}: crate::{other} is no module", inner.display())
            };
            assert!(theirs > own, "{}: {module} may not use {other}", inner.display());
            if let Some((_, allowed)) = ONLY.iter().find(|(name, _)| *name == module) {
                assert!(
                    allowed.contains(&other.as_str()),
                    "{}: {module} may not use {other}",
                    inner.display()
                );
            }
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} imports were seen");
}
