//! The README and the book in `docs/`: every example is run, or says what it needs and is at least understood by the
//! program; every link leads somewhere; every page is in the table of contents.
//!
//! A block that begins with ```` ```sh ```` is run. If a block ```` ```text ```` follows at once, it is what the commands
//! print. A block that a test cannot run says what it needs: ```` ```sh,needs-card ````.

mod page;
mod session;
mod shell;

use crate::args::Args;
use clap::{CommandFactory, Parser};
use page::Page;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a block of shell may need that a test does not have.
const NEEDS: [&str; 8] = [
    "needs-build",   // compiling this repository
    "needs-card",    // an Ascend card; `tests/backend/commands.rs` runs some of these on the emulator
    "needs-cluster", // a scheduler
    "needs-data",    // faces or protocols of somebody's own
    "needs-network", // a download
    "needs-store",   // an object store and its keys
    "needs-time",    // minutes of a machine that does nothing else
    "needs-weights", // a published model
];

/// Flags of other programs that the pages name.
const OTHERS: [&str; 4] = ["--array", "--precision_mode", "--release", "--workspace"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of the table of contents, in its order.
fn chapters() -> Vec<PathBuf> {
    let summary = Page::read(&root().join("docs/SUMMARY.md"));
    assert!(!summary.links.is_empty(), "the table of contents is empty");
    summary.links.iter().map(|link| root().join("docs").join(link)).collect()
}

/// The README and all pages of the book.
fn pages() -> Vec<Page> {
    std::iter::once(root().join("README.md")).chain(chapters()).map(|path| Page::read(&path)).collect()
}

#[test]
fn every_example_does_what_the_page_shows() {
    let pages = pages();
    let next = AtomicUsize::new(0);
    let worker = || {
        let (mut ran, mut wrong) = (0, Vec::new());
        while let Some(page) = pages.get(next.fetch_add(1, Ordering::Relaxed)) {
            for (block, printed) in session::run(root(), page) {
                ran += 1;
                if let Some(output) = page.output_of(block)
                    && !session::is_shown(&output.lines, &printed)
                {
                    let (place, shown) = (page.place(output), output.lines.join("\n"));
                    let printed = printed.join("\n");
                    wrong.push(format!("{place} shows\n{shown}\nand the program prints\n{printed}\n"));
                }
            }
        }
        (ran, wrong)
    };
    // Two, as most of a run is computing.
    let [(ran, wrong), (more, also_wrong)] = std::thread::scope(|scope| {
        [scope.spawn(worker), scope.spawn(worker)].map(|worker| worker.join().unwrap())
    });
    assert!(wrong.is_empty() && also_wrong.is_empty(), "{}{}", wrong.join("\n"), also_wrong.join("\n"));
    assert!(ran + more >= 20, "only {} blocks were run", ran + more);
}

#[test]
fn examples_that_are_not_run_say_why_and_are_understood() {
    let mut understood = 0;
    for page in pages() {
        for block in &page.blocks {
            let place = page.place(block);
            assert!(!block.info.is_empty(), "{place}: name the language, `text` if it is none");
            let Some(needs) = block.needs().filter(|_| block.is_shell()) else { continue };
            assert!(NEEDS.contains(&needs), "{place}: {needs} is none of {NEEDS:?}");
            assert!(page.output_of(block).is_none(), "{place}: nobody checks the output that follows");
            for mut words in shell::commands(&block.lines) {
                if words.starts_with(&["cargo", "run", "--release", "--"].map(str::to_owned)) {
                    words.splice(..4, ["lightcnn".to_owned()]);
                }
                if words[0] == "lightcnn" {
                    Args::try_parse_from(&words)
                        .unwrap_or_else(|error| panic!("{place}: {words:?}: {error}"));
                    understood += 1;
                }
            }
        }
    }
    assert!(understood >= 10, "only {understood} commands were looked at");
}

/// A flag or a command that is gone or renamed is found in sentences, too, and so is a command that no page shows.
#[test]
fn flags_and_commands_in_sentences_exist() {
    let (mut flags, mut commands) = (BTreeSet::new(), BTreeSet::new());
    let program = Args::command();
    collect(&program, &mut flags, &mut commands);
    let mut shown = BTreeSet::new();
    for page in pages() {
        let shell = page.blocks.iter().filter(|block| block.is_shell());
        let words = shell.flat_map(|block| shell::commands(&block.lines)).flatten();
        shown.extend(words.chain(page.code.iter().flat_map(|code| code.split(' ').map(str::to_owned))));
        for code in &page.code {
            let words: Vec<&str> = code.split_whitespace().collect();
            let place = page.path.display();
            let is_ours = words.first().is_some_and(|first| *first == "lightcnn" || first.starts_with("--"));
            for word in words.iter().filter(|_| is_ours) {
                let flag = word.split('=').next().unwrap();
                let is_flag = flag.len() > 2 && flag.starts_with("--");
                assert!(
                    !is_flag || flags.contains(flag) || OTHERS.contains(&flag),
                    "{place}: `{code}`: {flag}"
                );
            }
            let mut command = &program;
            for word in words.iter().skip(1).filter(|_| words[0] == "lightcnn") {
                if !command.has_subcommands() || word.starts_with(['-', '…']) {
                    break;
                }
                let found = command.find_subcommand(word);
                command = found.unwrap_or_else(|| panic!("{place}: `{code}`: there is no command {word}"));
            }
        }
    }
    let missing: Vec<&String> = commands.difference(&shown).collect();
    assert!(missing.is_empty(), "no page shows {missing:?}");
}

#[test]
fn every_variable_is_in_the_reference() {
    let page = std::fs::read_to_string(root().join("docs/environment.md")).unwrap();
    let mut found = BTreeSet::new();
    let crates = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path().join("src"));
    for folder in crates.filter(|folder| folder.is_dir()).chain([root().join("src")]) {
        for entry in walkdir::WalkDir::new(folder) {
            let path = entry.unwrap().into_path();
            if path.extension().is_none_or(|ending| ending != "rs") || path.ends_with("tests.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for rest in text.split("LIGHTCNN_").skip(1) {
                let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c == '_')).unwrap_or(rest.len());
                found.insert(format!("LIGHTCNN_{}", &rest[..end]));
            }
        }
    }
    assert!(found.len() >= 6, "only {found:?} were found");
    for name in found {
        assert!(page.contains(&format!("| `{name}` |")), "docs/environment.md says nothing of {name}");
    }
}

fn collect(command: &clap::Command, flags: &mut BTreeSet<String>, commands: &mut BTreeSet<String>) {
    let longs = command.get_arguments().flat_map(|argument| {
        argument.get_long().into_iter().chain(argument.get_all_aliases().into_iter().flatten())
    });
    flags.extend(longs.map(|long| format!("--{long}")));
    flags.extend(["--help", "--version"].map(str::to_owned));
    for inner in command.get_subcommands() {
        commands.insert(inner.get_name().to_owned());
        collect(inner, flags, commands);
    }
}

#[test]
fn the_table_of_contents_has_every_page_once() {
    let listed = chapters();
    let set: BTreeSet<&PathBuf> = listed.iter().collect();
    assert_eq!(set.len(), listed.len(), "a page is listed twice");
    let files = std::fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let there: BTreeSet<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "md") && !path.ends_with("SUMMARY.md"))
        .collect();
    assert_eq!(set.into_iter().cloned().collect::<BTreeSet<_>>(), there);
}

#[test]
fn every_link_leads_somewhere() {
    let mut followed = 0;
    let visited = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0 || !(name.starts_with('.') || name == "target")
    };
    for entry in walkdir::WalkDir::new(root()).into_iter().filter_entry(visited) {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|ending| ending != "md") {
            continue;
        }
        let page = Page::read(&path);
        for link in page.links.iter().filter(|link| !link.contains("://")) {
            followed += 1;
            let (file, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(file, at)| (file, Some(at)));
            let place = format!("{}: {link}", path.display());
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let target = target.canonicalize().unwrap_or_else(|error| panic!("{place}: {error}"));
            // A page of the book stands alone: what is outside of `docs/` is not part of what mdBook makes.
            let docs = root().join("docs").canonicalize().unwrap();
            let is_outside = path.starts_with(root().join("docs")) && !target.starts_with(&docs);
            assert!(!is_outside, "{place}: leads out of the book");
            let Some(anchor) = anchor else { continue };
            let anchors = Page::read(&target).anchors;
            assert!(anchors.iter().any(|one| one == anchor), "{place}: there is only {anchors:?}");
        }
    }
    assert!(followed >= 30, "only {followed} links were followed");
}
