//! No two files import each other, in a circle of any length. A file can then be read, and understood, after those that
//! it imports, and nothing else.
//!
//! The rule. A file imports another if one of its paths (`use` or in code; tests too) leads to a name that the other
//! one defines. `mod name;` is no import, and a re-export (`pub use`) hands a name on: the file that hands it on imports
//! it only if its own code says the name as well, and whoever says the name imports the file that defines it.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use crate::paths::{Source, files, module_of, read};

/// The folders of crates, and folders in them that belong to other crates.
const CRATES: &[(&str, &[&str])] = &[
    ("src", &["src/bin"]),
    ("src/bin/lightcnn", &[]),
    ("kernels/src", &[]),
    ("ascend/src", &[]),
    ("ascend-sys/src", &[]),
    ("ascend-emulator/src", &["src/bin"]),
];

/// Modules in which files still import each other, and what stands in the way. None may be added.
const LEFT: &[(&str, &str, &str)] = &[
    ("kernels/src", "cpu", "running the plan is a method of the network, which has the plan"),
    ("src", "checkpoint", "errors name formats, and a format is recognised or it is an error"),
    ("src", "eval", "a result has thresholds, and thresholds are taken from a result"),
    ("src", "features", "`Features` opens files of every form, and each form makes `Features`"),
    (
        "kernels/src",
        "kernels",
        "the table of kernels knows the arguments of each, and each kernel takes the table",
    ),
    ("src", "doctor", "checks and what they are about stand with the report on them"),
    ("src", "fetch", "the errors of a download stand with the function that starts it"),
    ("src", "image", "errors name formats, and both stand with the function that knows every decoder"),
    (
        "src",
        "job",
        "the record of a part, the tally of records and the error that has a tally stand with the files they need",
    ),
    ("src", "atc", "the error of a scratch folder is the compiler's"),
    ("src", "om", "a summary is read beside its type"),
    ("src", "search", "what is searched and what is found stand with the search itself"),
    ("src", "source", "what an input names is told in one file, and a store's inputs name others"),
    ("src", "storage", "`open` knows every place, and each place is read by the trait that stands beside it"),
    (
        "src/bin/lightcnn",
        "args",
        "the commands stand in one file with the arguments that several of them share",
    ),
];

/// The sources of a crate and which names they give to what.
struct Crate<'a> {
    sources: Vec<Source<'a>>,
    /// The file of a module.
    modules: HashMap<Vec<&'a str>, usize>,
    /// What a name in a module leads to by `use`.
    names: HashMap<(Vec<&'a str>, &'a str), Vec<&'a str>>,
}

impl<'a> Crate<'a> {
    fn new(files: &'a [(PathBuf, String)]) -> Crate<'a> {
        let mut modules: HashMap<Vec<&str>, usize> =
            files.iter().enumerate().map(|(at, (file, _))| (module_of(file), at)).collect();
        let is_module = |path: &[&str]| modules.contains_key(path);
        let sources: Vec<Source<'_>> =
            files.iter().map(|(file, text)| read(text, &module_of(file), &is_module)).collect();
        let mut names = HashMap::new();
        for (at, source) in sources.iter().enumerate() {
            modules.extend(source.inner.iter().map(|module| (module.clone(), at)));
            for said in &source.paths {
                if let Some(name) = said.name {
                    names.insert((said.inside.clone(), name), said.path.clone());
                }
            }
        }
        Crate { sources, modules, names }
    }

    /// The file that defines what `path` leads to.
    fn file_of(&self, path: &[&'a str]) -> usize {
        let mut place = Vec::new();
        for (at, name) in path.iter().enumerate() {
            let inner = [&place[..], &[*name]].concat();
            if self.modules.contains_key(&inner) {
                place = inner;
                continue;
            }
            match self.names.get(&(place.clone(), *name)) {
                Some(target) if target != path => {
                    return self.file_of(&[&target[..], &path[at + 1..]].concat());
                }
                _ => break,
            }
        }
        self.modules[&place]
    }

    /// The files that each file imports.
    fn imports(&self) -> Vec<BTreeSet<usize>> {
        let of = |(at, source): (usize, &Source<'a>)| {
            let counts = source
                .paths
                .iter()
                .filter(|said| !said.handed_on || said.name.is_none_or(|name| source.names.contains(&name)));
            counts.map(|said| self.file_of(&said.path)).filter(|other| *other != at).collect()
        };
        self.sources.iter().enumerate().map(of).collect()
    }
}

/// Groups of files in which each leads to each.
fn circles(imports: &[BTreeSet<usize>]) -> BTreeSet<BTreeSet<usize>> {
    let reached: Vec<BTreeSet<usize>> = (0..imports.len())
        .map(|from| {
            let mut reached = BTreeSet::new();
            let mut open = vec![from];
            while let Some(at) = open.pop() {
                open.extend(imports[at].iter().filter(|next| reached.insert(**next)));
            }
            reached
        })
        .collect();
    let on_one = (0..imports.len()).filter(|at| reached[*at].contains(at));
    on_one
        .map(|at| reached[at].iter().copied().filter(|other| reached[*other].contains(&at)).collect())
        .collect()
}

/// The files of a circle, and the imports that make it.
type Described = (Vec<PathBuf>, String);

/// The circles among `files` (names below the crate's folder, and texts).
fn described(files: &[(PathBuf, String)]) -> Vec<Described> {
    let imports = Crate::new(files).imports();
    let name = |at: usize| files[at].0.display();
    let describe = |circle: &BTreeSet<usize>| {
        let of = |from: &usize| {
            let inner = imports[*from].intersection(circle).map(|to| name(*to).to_string());
            format!("{} imports {}", name(*from), inner.collect::<Vec<_>>().join(", "))
        };
        let members = circle.iter().map(|at| files[*at].0.clone()).collect();
        (members, circle.iter().map(of).collect::<Vec<_>>().join("\n"))
    };
    circles(&imports).iter().map(describe).collect()
}

#[test]
fn files_import_one_way() {
    let (mut found, mut left) = (String::new(), BTreeSet::new());
    for (folder, without) in CRATES {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let files: Vec<(PathBuf, String)> = files(&root, without)
            .into_iter()
            .map(|file| (file.strip_prefix(&root).unwrap().into(), fs::read_to_string(&file).unwrap()))
            .collect();
        assert!(files.len() > 5, "{folder} has {} files only", files.len());
        for (members, circle) in described(&files) {
            let lies_in = |module: &str| members.iter().all(|file| module_of(file).first() == Some(&module));
            match LEFT.iter().position(|(of, module, _)| of == folder && lies_in(module)) {
                Some(known) => drop(left.insert(known)),
                None => found += &format!("{folder}:\n{circle}\n\n"),
            }
        }
    }
    assert!(found.is_empty(), "files that import each other:\n{found}");
    for (at, (folder, module, _)) in LEFT.iter().enumerate() {
        assert!(left.contains(&at), "no files import each other in {folder}, {module}; take it off the list");
    }
}

/// The circles in sources that are given as names and texts.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let owned: Vec<_> = files.iter().map(|(file, text)| (PathBuf::from(file), text.to_string())).collect();
    described(&owned).into_iter().map(|(_, circle)| circle).collect()
}

#[test]
fn circles_are_found() {
    // A declaration and a re-export are no imports; a sibling goes straight to the file that defines the name.
    let one_way = [
        ("lib.rs", "mod room;"),
        ("room/mod.rs", "mod a; mod b; pub use a::A; pub(crate) use b::B;"),
        ("room/a.rs", "use super::B; pub struct A(B);"),
        ("room/b.rs", "pub struct B; mod tests { use super::*; use crate::lone; }"),
    ];
    assert_eq!(circles_of(&one_way), [""; 0]);
    let hidden =
        [one_way[0], one_way[1], one_way[2], ("room/b.rs", "pub struct B; fn f(_: crate::room::A) {}")];
    assert_eq!(circles_of(&hidden), ["room/a.rs imports room/b.rs\nroom/b.rs imports room/a.rs"]);
    let parent = [
        ("a.rs", "pub struct A(crate::Root);"),
        ("lib.rs", "mod a; pub use a::A; fn f(_: A) {} pub struct Root;"),
    ];
    assert_eq!(circles_of(&parent), ["a.rs imports lib.rs\nlib.rs imports a.rs"]);
    let long = [
        ("a.rs", "pub fn run() { crate::b::run() }"),
        ("b.rs", "use crate::c::*; pub fn run() {}"),
        ("c.rs", "#[cfg(test)] mod tests { use super::super::a::run; }"),
        ("main.rs", "mod a; mod b; mod c; fn main() { a::run(); }"),
    ];
    assert_eq!(circles_of(&long), ["a.rs imports b.rs\nb.rs imports c.rs\nc.rs imports a.rs"]);
}
