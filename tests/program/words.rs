//! The rest of the program's words.

use crate::lightcnn;
use test_support::program::{ends, text};

#[test]
fn the_rest_of_the_words() {
    let run = |args: &[&str]| lightcnn().args(args).output().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = run(&["completions", shell]);
        ends(&script, 0);
        assert!(text(&script.stdout).contains("lightcnn"));
    }
    let page = run(&["man"]);
    ends(&page, 0);
    assert!(text(&page.stdout).contains("lightcnn\\-extract") && text(&page.stdout).contains("SYNOPSIS"));
    let list = run(&["fetch", "--list"]);
    ends(&list, 0);
    assert!(
        text(&list.stdout).contains("lightcnn9  lightcnn9  Apache-2.0  not fetched"),
        "{}",
        text(&list.stdout)
    );
    ends(&run(&["fetch", "nobody"]), 2);
    ends(&run(&["inspect", "Cargo.toml"]), 2);
    ends(&run(&["extract"]), 2);
    assert!(text(&run(&["--version"]).stdout).starts_with("lightcnn 0."));
}
