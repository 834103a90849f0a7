//! What the program prints leaves through one file, `terminal.rs`, which lets no text of a stranger command the terminal.

use std::fs;
use std::path::Path;

use crate::paths::files;
use crate::tokens::{tokens, without_tests};

/// Ways to a terminal, as tokens.
const WAYS: &[&[&str]] = &[
    &["stdout", "("],
    &["stderr", "("],
    &["print", "!"],
    &["println", "!"],
    &["eprint", "!"],
    &["eprintln", "!"],
];

/// What may use them by itself, and for what.
const OTHERS: &[(&str, &str)] = &[
    ("terminal.rs", "this is the place"),
    ("progress.rs", "asks whether there is a terminal"),
    ("commands/job/watch.rs", "asks whether there is a terminal"),
    ("commands/mod.rs", "the manual and the completions, which are the program's own"),
    ("commands/extract.rs", "features as JSON lines, whose names are escaped"),
];

#[test]
fn text_leaves_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/lightcnn");
    let (mut used, mut found) = (Vec::new(), Vec::new());
    for file in files(&root, &[]) {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        let all = tokens(&text);
        let (product, _) = without_tests(&all);
        if WAYS.iter().any(|way| product.windows(way.len()).any(|said| said == *way)) {
            match OTHERS.iter().find(|(known, _)| *known == name) {
                Some((known, _)) => used.push(*known),
                None => found.push(name),
            }
        }
    }
    assert!(found.is_empty(), "these print by themselves; use crate::terminal: {found:?}");
    for (name, _) in OTHERS {
        assert!(used.contains(name), "{name} prints nothing; take it off the list");
    }
}
