//! A diagram, and how the line of an evaluation looks in all of them.

use crate::plot::{COLOURS, DASHES, Series, Shape};

/// A diagram.
pub struct Figure {
    /// Its file's name.
    pub file: &'static str,
    /// A document of its own.
    pub svg: String,
    /// What it shows.
    pub caption: String,
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
