//! Names that would command the terminal, in every place where the program prints one.

use std::fs;
use std::path::Path;
use test_support::pictures::pgm;

/// Moves the cursor, rings, begins a C1 sequence, turns the order of letters around.
const EVIL: &str = "a\u{1b}[2J\u{7}\u{9b}31m\u{202e}gpj.\u{2066}";

fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = crate::lightcnn().current_dir(folder).args(arguments).output().unwrap();
    [String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap()].concat()
}

#[test]
fn names_of_strangers_are_text() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, shade) in [("1.pgm", 3), ("2.pgm", 5)] {
        fs::write(folder.join(name), pgm(128, 128, |at| (at * shade) as u8)).unwrap();
    }
    let json = |id: &str, path: &str| serde_json::json!({ "id": id, "path": path }).to_string();
    let lines =
        [json(&format!("{EVIL}/1"), "1.pgm"), json(&format!("{EVIL}/2"), "2.pgm"), json(EVIL, "none.pgm")];
    fs::write(folder.join("m.jsonl"), lines.join("\n")).unwrap();
    let text = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    text("list.txt", &format!("{EVIL}\n"));
    text("pairs.csv", &format!("left,right,same\n{EVIL}/1,{EVIL}/3,1\n{EVIL}/1,{EVIL}/2,0\n"));
    text("header.csv", &format!("{EVIL},x\n1,2\n"));
    text("broken.jsonl", &format!("{{\"path\": \"{EVIL}\", \"id\": [\"{EVIL}\"]}}\n"));
    text("landmarks.csv", &format!("path,{EVIL}\n"));
    text(&format!("{EVIL}.heic"), "");
    let engine = ["--model", "demo", "--device", "cpu"];
    let with = |command: &str| {
        let words = command.split(' ').chain(engine);
        said(folder, &words.collect::<Vec<_>>())
    };
    let contract = |name: &str| {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"eval\"", &serde_json::json!(EVIL).to_string())).unwrap();
    };
    let mut all = vec![
        ("extract", with("extract m.jsonl -o f.npy")),
        ("json", with("extract m.jsonl -o f.jsonl --json")),
        ("left out", with("extract . -o g.npy")),
    ];
    assert!(folder.join("f.npy").exists() && folder.join("f.jsonl").exists(), "{all:?}");
    for command in [
        "extract list.txt -o o.npy",
        "extract header.csv -o o.npy",
        "extract broken.jsonl -o o.npy",
        "extract 1.pgm --preprocess aligned --landmarks landmarks.csv -o o.npy",
        "job run --input m.jsonl --output job",
        "job run --input list.txt --output job",
    ] {
        all.push((command, with(command)));
    }
    for command in [
        "search --gallery f.npy f.npy",
        "search --gallery f.jsonl f.npy#0 --json",
        "eval pairs --features f.npy --pairs all --bootstrap 0",
        "eval pairs --features f.npy --pairs pairs.csv --bootstrap 0",
        "compare f.npy#0 f.npy#2",
        "inspect f.npy",
        "job status job",
        "job verify job",
    ] {
        all.push((command, said(folder, &command.split(' ').collect::<Vec<_>>())));
    }
    contract("f.contract.json");
    for command in [
        "compare f.npy#0 f.jsonl#0",
        "search --gallery f.npy f.jsonl",
        "eval pairs --features f.npy --features f.jsonl --pairs all",
    ] {
        all.push((command, said(folder, &command.split(' ').collect::<Vec<_>>())));
    }
    let mut told = 0;
    for (command, text) in &all {
        let found = text.chars().find(|c| EVIL.contains(*c) && !c.is_ascii_graphic());
        assert_eq!(found, None, "{command}: {text:?}");
        told += usize::from(text.contains("[2J"));
    }
    // The names are there, as text.
    assert!(told >= 10, "{told} of {} printed the name: {all:#?}", all.len());
}
