//! An SVG document in the making.

use super::colours::{INK, class};
use std::fmt::Write;

/// How a line is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Stroke<'a> {
    pub colour: &'a str,
    /// In units of the document.
    pub width: f64,
    /// Lengths of dashes and gaps; none for a solid line.
    pub dash: &'a str,
}

impl<'a> Stroke<'a> {
    /// A solid line.
    pub fn solid(colour: &'a str, width: f64) -> Stroke<'a> {
        Stroke { colour, width, dash: "" }
    }
}

/// A document. Coordinates have their origin at the top left; y grows downwards.
pub struct Svg(String);

impl Svg {
    /// An empty one on white.
    pub fn new(width: f64, height: f64) -> Svg {
        Svg(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"13\">\n\
             <rect class=\"ground\" width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        ))
    }

    /// The document's text.
    pub fn finish(mut self) -> String {
        self.0.push_str("</svg>\n");
        self.0
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{element}");
    }

    /// A line of text; `anchor` is `start`, `middle` or `end`.
    pub fn text(&mut self, [x, y]: [f64; 2], anchor: &str, text: &str) {
        let text = escape(text);
        self.push(format_args!("<text class=\"ink\" fill=\"{INK}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"));
    }

    /// A line of text that runs upwards, with its middle at the point.
    pub fn text_upwards(&mut self, [x, y]: [f64; 2], text: &str) {
        let text = escape(text);
        self.push(format_args!(
            "<text class=\"ink\" fill=\"{INK}\" transform=\"translate({x:.1} {y:.1}) rotate(-90)\" text-anchor=\"middle\">{text}</text>"
        ));
    }

    /// A straight line.
    pub fn line(&mut self, from: [f64; 2], to: [f64; 2], stroke: Stroke<'_>) {
        self.path(&[from, to], stroke);
    }

    /// Straight lines from point to point.
    pub fn path(&mut self, points: &[[f64; 2]], Stroke { colour, width, dash }: Stroke<'_>) {
        let dash = if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dash}\"") };
        let points = places(points);
        let class = class(colour);
        self.push(format_args!(
            "<polyline{class} points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"{dash} \
             stroke-linejoin=\"round\"/>"
        ));
    }

    /// A filled area without an edge; `opacity` is 0.0..=1.0.
    pub fn area(&mut self, points: &[[f64; 2]], colour: &str, opacity: f64) {
        let points = places(points);
        self.push(format_args!(
            "<polygon points=\"{points}\" fill=\"{colour}\" fill-opacity=\"{opacity}\"/>"
        ));
    }

    /// A filled rectangle.
    pub fn bar(&mut self, [x, y]: [f64; 2], width: f64, height: f64, colour: &str) {
        self.push(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>"
        ));
    }

    /// A dot.
    pub fn dot(&mut self, [x, y]: [f64; 2], radius: f64, colour: &str) {
        self.push(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{colour}\"/>"));
    }
}

/// `text` as the content of an element or an attribute of SVG or HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn places(points: &[[f64; 2]]) -> String {
    let mut text = String::new();
    for [x, y] in points {
        // Writing to a string cannot fail.
        let _ = write!(text, "{x:.1},{y:.1} ");
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_break_the_document() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text([0.0, 0.0], "start", "<a> & \"b\"");
        assert!(svg.finish().contains(">&lt;a&gt; &amp; &quot;b&quot;<"));
    }
}
