//! Diagrams as SVG: the drawing, the scales of axes, and charts made of both. No fonts are embedded and nothing is
//! measured: a text's width is estimated from its length.

mod chart;
mod colours;
mod scale;
mod svg;

pub use chart::{Axis, Chart, HEIGHT, Mark, Series, Shape};
pub use colours::{COLOURS, DASHES};
pub use scale::{Scale, nice_step};
pub use svg::{Stroke, Svg, escape};
