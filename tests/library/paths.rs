//! The paths that Rust sources say, and the files of a crate.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tokens::tokens;

/// A path in a source.
#[derive(Debug)]
pub struct Said<'a> {
    /// From the root of the crate.
    pub path: Vec<&'a str>,
    /// The module in which it is said.
    pub inside: Vec<&'a str>,
    /// The name that `use` gives it there; none of `*` and of a path in code.
    pub name: Option<&'a str>,
    /// Whether others may use that name: `pub use`, `pub(super) use`.
    pub handed_on: bool,
}

/// All that a source says.
#[derive(Debug, Default)]
pub struct Source<'a> {
    pub paths: Vec<Said<'a>>,
    /// The modules that are written out in it.
    pub inner: Vec<Vec<&'a str>>,
    /// Names that stand alone in its code: not in `use`, nor behind a dot or `::`.
    pub names: Vec<&'a str>,
}

/// Reads the paths of the source of the module `own`: those that begin with `crate`, `self` or `super`, and those that
/// begin with a module for which `is_module` holds. Tests are read like the rest.
pub fn read<'a>(text: &'a str, own: &[&'a str], is_module: &dyn Fn(&[&str]) -> bool) -> Source<'a> {
    let tokens = tokens(text);
    let mut source = Source::default();
    // The modules around the place, and how many braces were open when the inner ones began.
    let mut inside: Vec<&str> = own.to_vec();
    let (mut depth, mut inner) = (0, Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let before = at.checked_sub(1).map_or("", |before| tokens[before]);
        match tokens[at..] {
            ["mod", name, "{", ..] => {
                inside.push(name);
                source.inner.push(inside.clone());
                inner.push(depth);
                depth += 1;
                at += 3;
            }
            ["use", first, ..] if first != "<" => {
                let begins = ["crate", "super", "self", "{"].contains(&first);
                if begins || is_module(&[&inside[..], &[first]].concat()) {
                    let mut found = Vec::new();
                    at = branches(&tokens, at + 1, &inside, &mut found);
                    let handed_on = before == "pub" || before == ")";
                    source.paths.extend(found.into_iter().map(|(path, name)| Said {
                        path,
                        inside: inside.clone(),
                        name,
                        handed_on,
                    }));
                }
                while tokens[at] != ";" {
                    at += 1;
                }
            }
            [first, "::", ..]
                if before != "::"
                    // `pub(in crate::room)` uses nothing of it.
                    && tokens[..at].last_chunk() != Some(&["(", "in"])
                    && (["crate", "super", "self"].contains(&first)
                        || is_module(&[&inside[..], &[first]].concat())) =>
            {
                let mut found = Vec::new();
                at = branches(&tokens, at, &inside, &mut found);
                source.paths.extend(found.into_iter().map(|(path, _)| Said {
                    path,
                    inside: inside.clone(),
                    name: None,
                    handed_on: false,
                }));
            }
            ["{", ..] => (depth, at) = (depth + 1, at + 1),
            ["}", ..] => {
                depth -= 1;
                if inner.last() == Some(&depth) {
                    inner.pop();
                    inside.pop();
                }
                at += 1;
            }
            [word, ..] => {
                if ![".", "::", "fn", "mod"].contains(&before) {
                    source.names.push(word);
                }
                at += 1;
            }
            [] => {}
        }
    }
    assert_eq!((depth, inner.len()), (0, 0), "braces of {own:?}");
    source
}

/// Follows the path at `at` from the module `from`, every branch of it, and finds where they lead and under which name
/// `use` would know it; gives the place after it.
fn branches<'a>(
    tokens: &[&'a str],
    mut at: usize,
    from: &[&'a str],
    found: &mut Vec<(Vec<&'a str>, Option<&'a str>)>,
) -> usize {
    let mut place: Vec<&str> = from.to_vec();
    loop {
        match tokens[at] {
            "crate" => place.clear(),
            "self" => {}
            "super" => drop(place.pop().expect("nothing is above the crate")),
            "*" => {
                found.push((place, None));
                return at + 1;
            }
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = branches(tokens, at, &place, found);
                    assert!([",", "}"].contains(&tokens[at]), "a list of paths goes on with {}", tokens[at]);
                    at += usize::from(tokens[at] == ",");
                }
                return at + 1;
            }
            name => place.push(name),
        }
        at += 1;
        // `::<` of a generic function ends the path.
        if tokens.get(at) != Some(&"::") || tokens.get(at + 1) == Some(&"<") {
            break;
        }
        at += 1;
    }
    if tokens.get(at) == Some(&"as") {
        found.push((place, Some(tokens[at + 1])));
        return at + 2;
    }
    let name = place.last().copied();
    found.push((place, name));
    at
}

/// The Rust files below `folder` and not below `without`.
pub fn files(folder: &Path, without: &[&str]) -> Vec<PathBuf> {
    fn collect(folder: &Path, without: &[&str], found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !without.iter().any(|name| path.ends_with(name)) {
                    collect(&path, without, found);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(folder, without, &mut found);
    found.sort();
    found
}

/// The path of the module in a file: of `cpu/plan.rs` and `cpu/plan/mod.rs`, `cpu` and `plan`; of the crate's root,
/// nothing.
pub fn module_of(file: &Path) -> Vec<&str> {
    let stem = file.with_extension("");
    let depth = stem.iter().count();
    let names = file.iter().take(depth - 1).chain(file.file_stem());
    names.map(|name| name.to_str().unwrap()).filter(|name| !["mod", "lib", "main"].contains(name)).collect()
}

#[test]
fn paths_are_found_wherever_they_are() {
    let text = r##"
        //! crate::comment
        /* crate::block /* crate::inner */ crate::block */
        pub use crate::one::{self, thing};
        use crate::{two, three::{Deep as D, *}, four as f};
        use super::super::five;
        use super::sibling;
        use std::fs;
        use child::Item;
        #[cfg(test)]
        use crate::six;
        const TEXT: &str = "crate::text \" crate::text";
        const RAW: &[u8] = br#"crate::raw " crate::raw"#;
        const QUOTE: [char; 3] = ['"', '\'', '{'];
        fn f<'a>(x: &'a crate::seven::T) -> u8 { crate::eight::g::<u8>(x) + super::super::nine::h(b"crate::x") }
        #[cfg(test)]
        mod tests {
            use super::super::super::ten;
            use super::*;
        }
        pub(in crate::room) fn last() { $crate::eleven::call() + child::call() }
    "##;
    let source = read(text, &["room", "shelf"], &|path| path == ["room", "shelf", "child"]);
    let found: Vec<String> = source.paths.iter().map(|said| said.path.join("::")).collect();
    let expected = "one one::thing two three::Deep three four five room::sibling room::shelf::child::Item six seven::T \
                    eight::g nine::h ten room::shelf eleven::call room::shelf::child::call";
    assert_eq!(found.join(" "), expected);
    let names: Vec<&str> = source.paths.iter().map(|said| said.name.unwrap_or("-")).collect();
    assert_eq!(names.join(" "), "one thing two D - f five sibling Item six - - - ten - - -");
    assert_eq!(source.paths.iter().filter(|said| said.handed_on).count(), 2);
    assert_eq!(source.inner, [["room", "shelf", "tests"]]);
    assert!(source.names.contains(&"TEXT") && !source.names.contains(&"thing"));
}
