//! Which diagrams there are.

use super::{identification, rates, scores};
use crate::plot::{COLOURS, DASHES, Series, Shape};
use lightcnn::eval::Evaluation;

/// A diagram.
pub struct Figure {
    /// Its file's name.
    pub file: &'static str,
    /// A document of its own.
    pub svg: String,
    /// What it shows.
    pub caption: String,
}

/// All that can be drawn of `found`.
pub fn all(found: &[Evaluation], labels: &[String]) -> Vec<Figure> {
    let mut figures = vec![rates::roc(found, labels)];
    figures.extend(rates::det(found, labels));
    figures.extend(identification::figures(found, labels));
    figures.push(scores::figure(found, labels));
    figures
}

/// The line of evaluation `at`: its own colour and dashes; with one evaluation alone there is no need of a legend.
pub fn line(at: usize, labels: &[String], shape: Shape) -> Series<'static> {
    Series {
        label: (labels.len() > 1).then(|| labels[at].clone()),
        colour: COLOURS[at % COLOURS.len()],
        dash: DASHES[at % DASHES.len()],
        shape,
    }
}
