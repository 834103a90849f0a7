//! Which row is which image: by number, or by name.
//!
//! A name matches a row's if one is the end of the other, folder by folder, whatever their picture endings: the
//! official lists have `.bmp` or `.jpg` for the same picture, with or without folder, and features were made from
//! files somewhere else.

use super::error::{EvalError, Problem, Problems};
use crate::features::Features;
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// Endings that are no part of a name.
const ENDINGS: [&str; 22] = [
    "bmp", "dib", "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "pgm", "ppm", "pbm", "pnm", "pfm", "webp",
    "tif", "tiff", "gif", "qoi", "tga", "ico", "hdr", "ff",
];

/// `name` without its picture ending.
pub(super) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, ending)) if ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)) => stem,
        _ => name,
    }
}

/// The person on a picture by the name of its file: the folder it is in, or what precedes the number in
/// `Name_0001.jpg`.
pub(super) fn person(name: &str) -> &str {
    let stem = stem(name);
    if let Some((folders, _)) = stem.rsplit_once('/') {
        return folders.rsplit_once('/').map_or(folders, |(_, folder)| folder);
    }
    match stem.rsplit_once('_') {
        Some((person, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => person,
        _ => stem,
    }
}

/// Whether `long` ends with `short`, folder by folder.
fn ends(long: &str, short: &str) -> bool {
    long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// The rows of features by the last part of their names.
pub(super) struct Lookup<'a> {
    features: &'a Features,
    /// As they are compared.
    names: Vec<Cow<'a, str>>,
    /// By the last part of the name.
    rows: HashMap<String, Vec<usize>>,
    /// Whether a name was found only in another spelling.
    respelled: Cell<bool>,
}

/// A name as it is compared: with `/` between its folders, and letters with accents in one piece. Windows writes `\`, and
/// macOS takes letters apart (Unicode's form NFD).
pub(super) fn spelled(name: &str) -> Cow<'_, str> {
    if name.is_ascii() && !name.contains('\\') {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.replace('\\', "/").nfc().collect())
}

fn last(stem: &str) -> &str {
    stem.rsplit_once('/').map_or(stem, |(_, last)| last)
}

impl<'a> Lookup<'a> {
    /// Nothing if the rows have no names.
    pub(super) fn new(features: &'a Features) -> Option<Lookup<'a>> {
        if !features.is_named() {
            return None;
        }
        let mut rows: HashMap<String, Vec<usize>> = HashMap::with_capacity(features.rows());
        let written = (0..features.rows()).map(|row| features.name(row).unwrap_or_default());
        let names: Vec<Cow<'_, str>> = written.map(spelled).collect();
        for (row, name) in names.iter().enumerate() {
            rows.entry(last(stem(name)).to_string()).or_default().push(row);
        }
        Some(Lookup { features, names, rows, respelled: Cell::new(false) })
    }

    /// What was assumed of names, if anything.
    pub(super) fn note(&self) -> Option<String> {
        let note = "names are compared with / for \\ and with accents in one piece (NFC): some are spelled otherwise";
        self.respelled.get().then(|| note.to_string())
    }

    /// The row of the image called `name`.
    pub(super) fn row(&self, name: &str) -> Result<usize, Problem> {
        let asked = spelled(name);
        let wanted = stem(&asked);
        let of = |row: usize| &*self.names[row];
        let candidates = self.rows.get(last(wanted)).map_or(&[][..], Vec::as_slice);
        let mut matching = candidates.iter().copied().filter(|row| {
            let found = stem(of(*row));
            ends(found, wanted) || ends(wanted, found)
        });
        match (matching.next(), matching.next()) {
            (Some(row), None) => {
                let (written, name) = (stem(self.features.name(row).unwrap_or_default()), stem(name));
                if !ends(written, name) && !ends(name, written) {
                    self.respelled.set(true);
                }
                Ok(row)
            }
            (None, _) => Err(Problem::NotFound { name: name.to_string() }),
            (Some(first), Some(second)) => {
                // The very same name settles it, if only one row has it.
                let mut same = candidates.iter().copied().filter(|row| of(*row) == asked);
                match (same.next(), same.next()) {
                    (Some(row), None) => Ok(row),
                    _ => Err(Problem::Ambiguous {
                        name: name.to_string(),
                        first,
                        second,
                        names: Box::new([of(first).to_string(), of(second).to_string()]),
                    }),
                }
            }
        }
    }
}

/// The rows of images and, for each row used, its direction: the feature scaled to length 1, in float64.
pub(super) struct Directions {
    /// Directions by row; empty where a row is not used.
    by_row: Vec<Vec<f64>>,
}

impl Directions {
    /// The direction of a row that was used.
    pub(super) fn of(&self, row: usize) -> &[f64] {
        &self.by_row[row]
    }

    /// Those of `rows`, which are looked at in this order; those that have none are added to `problems`.
    pub(super) fn new(
        features: &Features,
        rows: impl Iterator<Item = usize>,
        problems: &mut Problems,
    ) -> Directions {
        let mut by_row = vec![Vec::new(); features.rows()];
        let mut is_bad = vec![false; features.rows()];
        for row in rows {
            if by_row.get(row).is_some_and(|known| !known.is_empty() || is_bad[row]) {
                continue;
            }
            match features.usable(row) {
                Ok(feature) => by_row[row] = direction(feature),
                Err(problem) => {
                    if let Some(is_bad) = is_bad.get_mut(row) {
                        *is_bad = true;
                    }
                    problems.all.push(problem.into());
                }
            }
        }
        Directions { by_row }
    }
}

/// `feature` scaled to length 1.
pub(super) fn direction(feature: &[f32]) -> Vec<f64> {
    let length = feature.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
    feature.iter().map(|value| f64::from(*value) / length).collect()
}

/// The error if there are problems.
pub(super) fn check(features: &Features, problems: Problems) -> Result<(), EvalError> {
    match problems.all.is_empty() {
        true => Ok(()),
        false => Err(EvalError::Images { path: features.path().to_path_buf(), problems }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_by_their_ends() {
        let names =
            ["/d/A_B/A_B_0001.bmp", "/d/C/C_0001.jpg", "/d/s1/1.pgm", "/d/s2/1.pgm", "x/y.png", "x/y.bmp"];
        let features = Features::from_rows("f".as_ref(), 1, vec![1.0; 6]).unwrap().with_names(names).unwrap();
        let lookup = Lookup::new(&features).unwrap();
        assert_eq!(lookup.row("A_B_0001.jpg"), Ok(0));
        assert_eq!(lookup.row("A_B/A_B_0001"), Ok(0));
        assert_eq!(
            lookup.row("faces/d/s2/1.png").map_err(|e| e.to_string()),
            Err("faces/d/s2/1.png: no row has this name".into())
        );
        assert_eq!(lookup.row("s2/1.png"), Ok(3));
        assert!(lookup.row("1.pgm").unwrap_err().to_string().contains("rows 2 (/d/s1/1.pgm) and 3"));
        assert_eq!(lookup.row("x/y.bmp"), Ok(5));
        assert!(lookup.row("B/A_B_0001").is_err());
        // Rows may be named more briefly than the list.
        let features =
            Features::from_rows("f".as_ref(), 1, vec![1.0]).unwrap().with_names(["C_0001.jpg"]).unwrap();
        assert_eq!(Lookup::new(&features).unwrap().row("C/C_0001.bmp"), Ok(0));
    }

    /// As Windows and macOS write names; whoever is told so is told once.
    #[test]
    fn spellings() {
        let names = ["José/1.jpg", "faces\\Ann\\2.jpg", "Jose\u{301}/3.jpg", "Plain/4.jpg"];
        let features = Features::from_rows("f".as_ref(), 1, vec![1.0; 4]).unwrap().with_names(names).unwrap();
        for (name, row, is_respelled) in [
            ("Plain/4.jpg", 3, false),
            ("José/1.jpg", 0, false),
            ("Jose\u{301}/1.jpg", 0, true),
            ("José/3.jpg", 2, true),
            ("Ann/2.jpg", 1, true),
            ("faces\\Ann\\2.png", 1, false),
            ("x\\Plain\\4.jpg", 3, true),
        ] {
            let lookup = Lookup::new(&features).unwrap();
            assert_eq!(lookup.row(name), Ok(row), "{name}");
            assert_eq!(lookup.note().is_some(), is_respelled, "{name}");
        }
    }

    #[test]
    fn persons_by_folder_or_by_number() {
        assert_eq!(person("/d/A_B/A_B_0001.bmp"), "A_B");
        assert_eq!(person("A_B_0001.jpg"), "A_B");
        assert_eq!(person("s1/1.pgm"), "s1");
        assert_eq!(person("somebody.png"), "somebody");
    }
}
