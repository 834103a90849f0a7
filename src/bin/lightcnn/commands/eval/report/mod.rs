//! `--report`: an evaluation as one HTML page that needs nothing else, and each of its diagrams as an SVG file.

mod figure;
mod figures;
mod identification;
mod page;
mod pictures;
mod rates;
mod scores;

use anyhow::Context;
use lightcnn::eval::Evaluation;
use lightcnn::models::PublishedModel;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The page's name in the folder.
pub const PAGE: &str = "index.html";

/// Writes the report on `found`, which is not empty, into `folder`; what is there of an earlier one is replaced.
/// Pictures of the hardest pairs are looked for where their names say and in the folders `pictures`; returned is how
/// many are not there.
pub fn write(
    folder: &Path,
    found: &[Evaluation],
    card: Option<&PublishedModel>,
    pictures: &[PathBuf],
) -> anyhow::Result<usize> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let labels = labels(found);
    let figures = figures::all(found, &labels);
    for figure in &figures {
        put(&folder.join(figure.file), &figure.svg)?;
    }
    let (page, missing) = page::html(found, &labels, card, &figures, pictures);
    put(&folder.join(PAGE), &page)?;
    Ok(missing)
}

fn put(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// What each evaluation is called: the last part of its features' name, or all of it where that does not tell them
/// apart.
fn labels(found: &[Evaluation]) -> Vec<String> {
    let short: Vec<String> = found.iter().map(super::table::short).collect();
    let distinct: HashSet<&String> = short.iter().collect();
    match distinct.len() == short.len() {
        true => short,
        false => found.iter().map(|evaluation| evaluation.source.name.clone()).collect(),
    }
}
