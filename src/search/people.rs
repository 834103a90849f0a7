//! Whose each row of a gallery is.

use crate::error::ErrorKind;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The persons of a gallery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Their names, in the order of their first rows.
    pub names: Vec<String>,
    /// For each row the position of its person in `names`.
    pub of_row: Vec<u32>,
}

/// The persons of a gallery cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PeopleError {
    /// A path without a folder.
    #[error(
        "row {row} of the gallery, {path}, is in no folder that could name its person; name the persons in a \
         CSV file with the header path,person"
    )]
    NoFolder {
        /// The row, from 0.
        row: usize,
        /// Its path.
        path: String,
    },
    /// The file of persons cannot be read.
    #[error("{}: cannot be read as a CSV with the header path,person", file.display())]
    Csv {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: csv::Error,
    },
    /// A row is not in the file of persons.
    #[error("{}: it has no person for row {row} of the gallery, {path}; add a line", file.display())]
    Missing {
        /// The file.
        file: PathBuf,
        /// The row, from 0.
        row: usize,
        /// Its path.
        path: String,
    },
    /// A path has two persons.
    #[error("{}: {path} is {first} and {second}; leave one line", file.display())]
    Twice {
        /// The file.
        file: PathBuf,
        /// The path.
        path: String,
        /// The person in its first line.
        first: String,
        /// The person in another.
        second: String,
    },
}

impl PeopleError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            PeopleError::NoFolder { .. } => ErrorKind::InvalidInput,
            PeopleError::Csv { source, .. } => match source.kind() {
                csv::ErrorKind::Io(error) => error.into(),
                _ => ErrorKind::Damaged,
            },
            PeopleError::Missing { .. } => ErrorKind::NotFound,
            PeopleError::Twice { .. } => ErrorKind::Damaged,
        }
    }
}

impl People {
    /// A person is the name of the folder that a picture is in.
    ///
    /// # Errors
    /// If a path has no folder.
    pub fn from_folders<'a>(paths: impl IntoIterator<Item = &'a str>) -> Result<People, PeopleError> {
        let folder = |row: usize, path: &str| {
            let name = Path::new(path).parent().and_then(Path::file_name);
            name.map(|name| name.to_string_lossy().into_owned())
                .ok_or_else(|| PeopleError::NoFolder { row, path: path.to_string() })
        };
        People::gather(paths, folder)
    }

    /// The persons that `file` names: a CSV with the header `path,person` and a line for each path of the gallery.
    ///
    /// # Errors
    /// If the file cannot be read, names two persons for a path, or none for a path of the gallery.
    pub fn from_csv<'a>(
        file: &Path,
        paths: impl IntoIterator<Item = &'a str>,
    ) -> Result<People, PeopleError> {
        let bad = |source| PeopleError::Csv { file: file.to_path_buf(), source };
        let opened = crate::file::open(file).and_then(|file| crate::text::reader(Box::new(file)));
        let opened = opened.map_err(csv::Error::from).map_err(bad)?;
        let mut persons: HashMap<String, String> = HashMap::new();
        for line in csv::Reader::from_reader(opened).deserialize() {
            let Line { path, person } = line.map_err(bad)?;
            match persons.get(&path) {
                Some(first) if *first != person => {
                    let (file, first) = (file.to_path_buf(), first.clone());
                    return Err(PeopleError::Twice { file, path, first, second: person });
                }
                _ => persons.insert(path, person),
            };
        }
        let missing =
            |row, path: &str| PeopleError::Missing { file: file.to_path_buf(), row, path: path.to_string() };
        People::gather(paths, |row, path| persons.get(path).cloned().ok_or_else(|| missing(row, path)))
    }

    fn gather<'a>(
        paths: impl IntoIterator<Item = &'a str>,
        person: impl Fn(usize, &str) -> Result<String, PeopleError>,
    ) -> Result<People, PeopleError> {
        let (mut people, mut numbers) = (People::default(), HashMap::new());
        for (row, path) in paths.into_iter().enumerate() {
            let name = person(row, path)?;
            let number = *numbers.entry(name.clone()).or_insert_with(|| {
                people.names.push(name);
                people.names.len() as u32 - 1
            });
            people.of_row.push(number);
        }
        Ok(people)
    }
}

#[derive(serde::Deserialize)]
struct Line {
    path: String,
    person: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_are_folders_or_what_a_file_says() {
        let paths = ["a/1.png", "/x/b/1.png", "a/2.png"];
        let people = People::from_folders(paths).unwrap();
        assert_eq!((people.names, people.of_row), (vec!["a".into(), "b".into()], vec![0, 1, 0]));
        let error = People::from_folders(["a/1.png", "1.png"]).unwrap_err().to_string();
        assert!(error.contains("row 1") && error.contains("CSV file"), "{error}");

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("persons.csv");
        std::fs::write(&file, "path,person\na/1.png,Ann\na/2.png,\"B, b\"\n/x/b/1.png,Ann\n").unwrap();
        let people = People::from_csv(&file, paths).unwrap();
        assert_eq!((people.names, people.of_row), (vec!["Ann".into(), "B, b".into()], vec![0, 0, 1]));
        let error = People::from_csv(&file, ["c/1.png"]).unwrap_err().to_string();
        assert!(error.contains("c/1.png") && error.contains("row 0"), "{error}");
        std::fs::write(&file, "path,person\na,Ann\na,Ben\n").unwrap();
        assert!(matches!(People::from_csv(&file, []), Err(PeopleError::Twice { .. })));
        std::fs::write(&file, "path\na\n").unwrap();
        assert!(matches!(People::from_csv(&file, []), Err(PeopleError::Csv { .. })));
    }
}
