//! Which diagrams there are.

use super::figure::Figure;
use super::{identification, rates, scores};
use lightcnn::eval::Evaluation;

/// All that can be drawn of `found`.
pub fn all(found: &[Evaluation], labels: &[String]) -> Vec<Figure> {
    let mut figures = vec![rates::roc(found, labels)];
    figures.extend(rates::det(found, labels));
    figures.extend(identification::figures(found, labels));
    figures.push(scores::figure(found, labels));
    figures
}
