//! The program itself on emulated devices, and what it makes of pictures.

use std::path::Path;

use test_support::program::{Run, on_emulator};
use test_support::tiny;

/// Runs `lightcnn` with `arguments` in `folder`, on the emulator unless `variables` say otherwise.
pub fn run(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    on_emulator(env!("CARGO_BIN_EXE_lightcnn"), folder, arguments, variables)
}

/// Writes `count` pictures to `folder/faces`.
pub fn pictures(folder: &Path, count: u64) {
    std::fs::create_dir(folder.join("faces")).unwrap();
    for id in 0..count {
        tiny::write_picture(&folder.join(format!("faces/{id:04}.pgm")), &tiny::face(id));
    }
}

/// The rows of a JSON lines file of [`pictures`]: checks that row `i` is picture `i` and its feature the right one;
/// gives their number.
#[track_caller]
pub fn right_rows(path: &Path, about: &str) -> u64 {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{about}: {}: {error}", path.display()));
    let mut rows = 0;
    for line in text.lines() {
        let row: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{about}: {error}: {line}"));
        let Some(feature) = row["feature"].as_array() else { panic!("{about}: no feature: {line}") };
        let name = row["path"].as_str().unwrap();
        assert!(name.ends_with(&format!("{rows:04}.pgm")), "{about}: row {rows} is {name}");
        let expected = tiny::feature(&tiny::face(rows));
        assert_eq!(feature.len(), expected.len(), "{about}: row {rows}");
        for (found, expected) in feature.iter().zip(expected) {
            let found = found.as_f64().unwrap();
            assert!((found - f64::from(expected)).abs() < 1e-3, "{about}: row {rows}: {found} {expected}");
        }
        rows += 1;
    }
    rows
}
