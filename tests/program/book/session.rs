//! One shell for all blocks of a page that are run, as a reader has it, in a folder with the pictures for trying.

use super::page::{Block, Page};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;
use test_support::{child, program};

/// Stands before what a block printed.
const MARK: &str = "--- the block at line ";

/// `cargo run` is the program that this test was built with, and `cargo test --workspace` is what runs this test; a page
/// builds nothing.
const CARGO: &str = r#"cargo() {
    [ "$*" = "test --workspace" ] && return
    [ "$1 $2 $3" = "run --release --" ] || { echo "cargo $* is not run by the tests"; exit 3; }
    shift 3
    lightcnn "$@"
}
"#;

/// Where the ACL library is said to be: the outputs are those of a machine without a card, wherever the test runs.
const NO_LIBRARY: &str = "/nonexistent";

/// Runs the page's blocks of shell that need nothing; gives each with the lines that it printed.
///
/// # Panics
///
/// If a command fails; a page that shows a failure says `|| echo "exit code $?"`.
pub fn run<'a>(root: &Path, page: &'a Page) -> Vec<(&'a Block, Vec<String>)> {
    let blocks: Vec<&Block> =
        page.blocks.iter().filter(|block| block.is_shell() && block.needs().is_none()).collect();
    if blocks.is_empty() {
        return Vec::new();
    }
    let folder = tempfile::tempdir().unwrap();
    symlink(root.join("examples"), folder.path().join("examples")).unwrap();
    let mut script = format!("exec 2>&1\nset -e\n{CARGO}");
    for block in &blocks {
        writeln!(script, "echo '{MARK}{}'\n{}", block.line, block.lines.join("\n")).unwrap();
    }
    let mut path = OsString::from(Path::new(crate::LIGHTCNN).parent().unwrap());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut command = program::command("sh");
    command
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("LIGHTCNN_CACHE", folder.path().join("cache"))
        .env("LIGHTCNN_ACL_LIBRARY", NO_LIBRARY);
    let ended = child::run(&mut command, Duration::from_secs(600));
    assert_eq!(ended.code, Some(0), "{}: its commands end with:\n{}", page.path.display(), ended.stdout);
    let printed: Vec<&str> = ended.stdout.split(MARK).skip(1).collect();
    assert_eq!(printed.len(), blocks.len(), "{}: {}", page.path.display(), ended.stdout);
    // A reader's machine has no such variable, so nothing is said of it there.
    let named = format!(" where LIGHTCNN_ACL_LIBRARY says: {NO_LIBRARY}");
    let line = |line: &str| line.trim_end().replace(&named, "");
    let lines = printed.iter().map(|text| text.lines().skip(1).map(line).collect());
    blocks.into_iter().zip(lines).collect()
}

/// Whether `found` is what `expected` shows. `…` in a line stands for any text, alone in a line for any lines.
pub fn is_shown(expected: &[String], found: &[String]) -> bool {
    let Some((first, rest)) = expected.split_first() else { return found.is_empty() };
    if first == "…" {
        return (0..=found.len()).any(|skipped| is_shown(rest, &found[skipped..]));
    }
    found.split_first().is_some_and(|(line, others)| is_line(first, line) && is_shown(rest, others))
}

fn is_line(expected: &str, found: &str) -> bool {
    let mut parts = expected.trim_end().split('…');
    let Some(mut rest) = parts.next().and_then(|first| found.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn an_ellipsis_is_all_that_may_differ() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let shown = |expected: &str, found: &str| is_shown(&lines(expected), &lines(found));
    assert!(shown("8 rows, in … s -> x\nend", "8 rows, in 0.1 s -> x\nend"));
    assert!(shown("a\n…\nd", "a\nb\nc\nd") && shown("a\n…", "a") && shown("…b…", "abc"));
    for (expected, found) in
        [("a", "b"), ("a", "a\nb"), ("a\nb", "a"), ("a…", "b"), ("…a", "ab"), ("a…a", "a")]
    {
        assert!(!shown(expected, found), "{expected:?} {found:?}");
    }
}
