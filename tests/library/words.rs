//! The library says what is wrong in its own terms. Which option or command of the program helps is the program's
//! business (`src/bin/lightcnn/advice.rs`): whoever embeds the library has neither.

use std::fs;
use std::path::Path;

use crate::paths::{files, module_of};
use crate::tokens::{text_of, tokens, without_tests};

/// The folders of the library, and what in them is not the library. `ascend` and `ascend-sys` are libraries of their
/// own, whose models come from `atc`, and they name its options.
const FOLDERS: &[(&str, &[&str])] = &[("src", &["src/bin"]), ("kernels/src", &[])];

/// Modules whose texts may have options, and whose options these are.
const OTHERS: &[(&str, &str)] =
    &[("atc", "it starts CANN's compiler `atc`, and these are that program's options")];

/// What a text of the library should not say: an option of a command line, or a command of the program.
fn names_the_program(text: &str, commands: &[String]) -> bool {
    let is_option = |(at, _): (usize, &str)| {
        let before = text[..at].chars().next_back();
        let after = text[at + 2..].chars().next();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '-')
            && after.is_some_and(|c| c.is_ascii_lowercase())
    };
    let is_command = |(at, name): (usize, &str)| {
        let word = text[at + name.len()..].split(|c: char| !c.is_ascii_alphanumeric()).next();
        commands.iter().any(|command| word == Some(command))
    };
    text.match_indices("--").any(is_option) || text.match_indices("lightcnn ").any(is_command)
}

/// The texts that name the program among `sources` (the path of a module, and its source), each after the module that
/// says it.
fn found(sources: &[(Vec<&str>, &str)], commands: &[String]) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    let mut tests: Vec<Vec<&str>> = Vec::new();
    for (module, source) in sources {
        let all = tokens(source);
        let (product, modules) = without_tests(&all);
        tests.extend(modules.into_iter().map(|name| [&module[..], &[name]].concat()));
        texts.extend(product.into_iter().filter_map(text_of).map(|text| (module, text)));
    }
    texts
        .into_iter()
        .filter(|(module, _)| !tests.iter().any(|test| module.starts_with(test)))
        .filter(|(_, text)| names_the_program(text, commands))
        .map(|(module, text)| (module.join("::"), text))
        .collect()
}

/// The program's commands, each of which has a file or a folder.
fn commands() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/lightcnn/commands");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let names = entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_string());
    names.filter(|name| name != "mod").collect()
}

#[test]
fn the_library_names_no_option_and_no_command_of_the_program() {
    let commands = commands();
    assert!(commands.len() > 10, "only these commands were seen: {commands:?}");
    let (mut said, mut used) = (String::new(), Vec::new());
    for (folder, without) in FOLDERS {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let files = files(&root, without);
        let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        let modules = files.iter().map(|file| module_of(file.strip_prefix(&root).unwrap()));
        let sources: Vec<(Vec<&str>, &str)> = modules.zip(texts.iter().map(String::as_str)).collect();
        for (module, text) in found(&sources, &commands) {
            match OTHERS.iter().find(|(name, _)| module.split("::").next() == Some(name)) {
                Some((name, _)) => used.push(*name),
                None => said += &format!("{folder}, {module}: {text}\n"),
            }
        }
    }
    assert!(said.is_empty(), "texts that name an option or a command of the program:\n{said}");
    for (name, _) in OTHERS {
        assert!(used.contains(name), "no text of {name} has an option; take it off the list");
    }
}

#[test]
fn what_names_the_program_is_found_wherever_it_is() {
    let commands = ["calibrate".to_string()];
    let source = r##"
        //! `lightcnn calibrate --comment`
        #[error("make one with `lightcnn calibrate`")]
        struct Attribute;
        const BROKEN: &str = "give the file \
                              --calibration";
        const RAW: &str = r#"write "--raw""#;
        const FINE: [&str; 4] = ["a -- b", "lightcnn version ", "lightcnn: calibrate", "well--known"];
        const QUOTE: char = '"';
        #[cfg(test)]
        const TESTED: &str = "--tested";
        #[cfg(test)]
        #[cfg(unix)]
        mod elsewhere;
        #[cfg(all(test, unix))]
        mod tests { fn f() { g("--also-tested"); } }
        fn last() { g("--last=1") }
    "##;
    let sources = [(vec!["room"], source), (vec!["room", "elsewhere"], "const A: &str = \"--elsewhere\";")];
    let texts: Vec<String> = found(&sources, &commands).into_iter().map(|(_, text)| text).collect();
    let expected =
        ["make one with `lightcnn calibrate`", "give the file --calibration", "write \"--raw\"", "--last=1"];
    assert_eq!(texts, expected);
}
