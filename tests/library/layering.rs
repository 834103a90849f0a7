//! Data flows one way: a module may use those on rows below its own, never one above or beside it.

use std::fs;
use std::path::{Path, PathBuf};

/// The rows, top first; names on one row do not know each other.
const ROWS: &[&[&str]] = &[
    &["eval", "search"],
    &["stored"],
    &["doctor", "job"],
    &["pipeline"],
    &["engine"],
    &["image", "features", "source", "fetch", "atc"],
    &["cpu", "checkpoint", "models", "onnx", "om"],
    &["kernels"],
    &["network", "contract", "digest", "map", "partial", "protobuf", "protocol", "storage"],
];

/// Words for the whole house: the kinds of errors, and `error::chain`.
const FREE: &[&str] = &["error"];

/// Modules that may use these and no others: evaluation reads features and does not know how they were made; its
/// thresholds are kept in the cache, which `models` knows.
const ONLY: &[(&str, &[&str])] =
    &[("eval", &["features", "protocol", "contract", "models", "partial"]), ("protocol", &[]), ("map", &[])];

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

/// The words and signs of a source: no comments, and of texts and characters only that they are there.
fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest),
            '\'' => character(rest),
            'r' | 'b' | 'c' if raw(rest).is_some() => raw(rest).unwrap(),
            // The quote of a byte text begins the next token.
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if !first.is_whitespace() && !token.starts_with("//") && !token.starts_with("/*") {
            found.push(token);
        }
        rest = after;
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the comment at the start, which may have others in it.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("a comment without end")
}

/// The length of the text in quotes at the start.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    panic!("a text without end: {text}")
}

/// The length of the character or lifetime at the start.
fn character(text: &str) -> usize {
    let mut inner = text[1..].char_indices();
    match (inner.next(), inner.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let from = 1 + at + escaped.len_utf8();
            from + text[from..].find('\'').expect("the end of a character") + 1
        }
        (_, Some((at, '\''))) => 1 + at + 1,
        _ => 1 + text[1..].find(|c| !is_word(c)).unwrap_or(text.len() - 1),
    }
}

/// The length of the raw text at the start, if there is one: `r"..."`, `br#"..."#`.
fn raw(text: &str) -> Option<usize> {
    let start = text.trim_start_matches(['b', 'c']).strip_prefix('r')?;
    let hashes = start.len() - start.trim_start_matches('#').len();
    let inner = start[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = inner.find(&end).expect("the end of a raw text");
    Some(text.len() - inner.len() + length + end.len())
}

/// The modules at the root of the crate that the paths of a source lead into, as `crate::…` or by as many `super::` as
/// it takes; `own` is the path of the module that the source is. Tests are judged like the rest.
fn used(text: &str, own: &[&str]) -> Vec<String> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    // The modules around the place, and how many braces were open when the inner ones began.
    let mut inside: Vec<&str> = own.to_vec();
    let (mut depth, mut inner) = (0, Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at..] {
            ["mod", name, "{", ..] => {
                inside.push(name);
                inner.push(depth);
                depth += 1;
                at += 3;
            }
            ["crate" | "super" | "self", "::", ..] if at == 0 || tokens[at - 1] != "::" => {
                at = path(&tokens, at, &inside, &mut found);
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
            _ => at += 1,
        }
    }
    assert_eq!((depth, inner.len()), (0, 0), "braces of {own:?}");
    found
}

/// Follows the path at `at` from the module `from`, every branch of it; gives the place after it.
fn path(tokens: &[&str], mut at: usize, from: &[&str], found: &mut Vec<String>) -> usize {
    let mut place: Vec<&str> = from.to_vec();
    loop {
        match tokens[at] {
            "crate" => place.clear(),
            "self" => {}
            "super" => drop(place.pop().expect("nothing is above the crate")),
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = path(tokens, at, &place, found);
                    if tokens[at] == "as" {
                        at += 2;
                    }
                    assert!([",", "}"].contains(&tokens[at]), "a list of paths goes on with {}", tokens[at]);
                    at += usize::from(tokens[at] == ",");
                }
                return at + 1;
            }
            name => {
                if place.is_empty() {
                    found.push(name.to_string());
                }
                place.push(name);
            }
        }
        at += 1;
        // `::<` of a generic function ends the path.
        if tokens.get(at) != Some(&"::") || tokens.get(at + 1) == Some(&"<") {
            return at;
        }
        at += 1;
    }
}

#[test]
fn paths_are_found_wherever_they_are() {
    let text = r##"
        //! crate::comment
        /* crate::block /* crate::inner */ crate::block */
        use crate::one::{self, thing};
        use crate::{two, three::{Deep as D, *}, four as f};
        use super::super::five;
        use super::sibling;
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
        pub(crate) fn last() { $crate::eleven::call() }
    "##;
    let expected = "one two three four five six seven eight nine ten eleven";
    let mut found = used(text, &["room", "shelf"]);
    found.dedup();
    assert_eq!(found.join(" "), expected);
}

/// The path of the module in a file: of `cpu/plan.rs` and `cpu/plan/mod.rs`, `cpu` and `plan`.
fn module_of(file: &Path) -> Vec<&str> {
    let stem = file.with_extension("");
    let depth = stem.iter().count();
    let names = file.iter().take(depth - 1).chain(file.file_stem());
    names.map(|name| name.to_str().unwrap()).filter(|name| *name != "mod").collect()
}

#[test]
fn imports_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let (mut checked, mut seen) = (0, Vec::new());
    for file in files {
        let inner = file.strip_prefix(&root).unwrap();
        let path = module_of(inner);
        let module = path[0];
        if module == "lib" || FREE.contains(&module) {
            continue;
        }
        let own = row(module).unwrap_or_else(|| panic!("{module} has no row in this test; give it one"));
        seen.push(module.to_string());
        for other in used(&fs::read_to_string(&file).unwrap(), &path) {
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
    assert!(checked > 200, "only {checked} imports were seen");
    for module in ROWS.iter().copied().flatten() {
        assert!(seen.iter().any(|name| name == module), "{module} is no module; take it off its row");
    }
}
