//! Diagrams as SVG: the drawing, the scales of axes, and charts made of both. No fonts are embedded and nothing is
//! measured: a text's width is estimated from its length.

mod chart;
mod scale;
mod svg;

pub use chart::{Axis, Chart, HEIGHT, Mark, Series, Shape};
pub use scale::{Scale, nice_step};
pub use svg::{Stroke, Svg, escape};

/// Colours that differ for colour-blind readers too, and in gray (Okabe and Ito, *Color Universal Design*, 2008).
pub const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];

/// Dashes that tell lines apart where colours are lost in print.
pub const DASHES: [&str; 7] = ["", "8 3", "2 2", "8 3 2 3", "5 2", "12 3", "1 3"];
