//! A chart: two axes with a grid, lines and areas on them, and a legend where they leave room.

use super::{Scale, Stroke, Svg};

/// An axis.
#[derive(Clone, Debug)]
pub struct Axis {
    pub label: String,
    pub scale: Scale,
}

/// What is drawn on the axes.
#[derive(Clone, Debug)]
pub struct Series<'a> {
    /// What the legend calls it; nothing keeps it out of the legend.
    pub label: Option<String>,
    pub colour: &'a str,
    pub dash: &'a str,
    pub shape: Shape,
}

/// Points `[x, y]` in the units of the axes, and how they are joined.
#[derive(Clone, Debug)]
pub enum Shape {
    /// By straight lines, each point with a dot.
    Dotted(Vec<[f64; 2]>),
    /// Each value holds up to the next point.
    Steps(Vec<[f64; 2]>),
    /// As steps, filled down to the axis.
    Filled(Vec<[f64; 2]>),
    /// The area between the first line and the second, which go the same way.
    Band(Vec<[f64; 2]>, Vec<[f64; 2]>),
}

/// A line across the chart at a value of x.
#[derive(Clone, Debug)]
pub struct Mark {
    pub x: f64,
    pub label: String,
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart<'a> {
    /// Above the axes; may be empty.
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    pub series: Vec<Series<'a>>,
    pub marks: Vec<Mark>,
    /// Whether x = y is drawn.
    pub diagonal: bool,
    /// Height with its labels; [`HEIGHT`] unless there are many.
    pub height: f64,
}

/// Size of a chart with its labels, and of the margins around the axes: left, top, right, bottom.
pub const WIDTH: f64 = 560.0;
pub const HEIGHT: f64 = 400.0;
const MARGINS: [f64; 4] = [66.0, 30.0, 18.0, 56.0];

const GRID: &str = "#d9d9d9";
const FINE_GRID: &str = "#efefef";
const FRAME: &str = "#444444";

/// Width of a letter, about.
const LETTER: f64 = 7.3;
const LINE: f64 = 18.0;

impl Chart<'_> {
    /// The chart alone, as a document.
    pub fn svg(&self) -> String {
        Chart::stacked(std::slice::from_ref(self))
    }

    /// Charts below each other.
    pub fn stacked(charts: &[Chart<'_>]) -> String {
        let mut svg = Svg::new(WIDTH, charts.iter().map(|chart| chart.height).sum());
        let mut above = 0.0;
        for chart in charts {
            chart.draw(&mut svg, above);
            above += chart.height;
        }
        svg.finish()
    }

    /// The frame of the axes: left, top, right, bottom.
    fn frame(&self, above: f64) -> [f64; 4] {
        [MARGINS[0], above + MARGINS[1], WIDTH - MARGINS[2], above + self.height - MARGINS[3]]
    }

    fn draw(&self, svg: &mut Svg, above: f64) {
        let [left, top, right, bottom] = self.frame(above);
        let x = |value: f64| left + (right - left) * self.x.scale.place(value);
        let y = |value: f64| bottom - (bottom - top) * self.y.scale.place(value);
        for tick in self.x.scale.fine_ticks() {
            svg.line([x(tick), top], [x(tick), bottom], Stroke::solid(FINE_GRID, 1.0));
        }
        for tick in apart(self.x.scale.ticks(), &x, 26.0) {
            svg.line([x(tick), top], [x(tick), bottom], Stroke::solid(GRID, 1.0));
            svg.line([x(tick), bottom], [x(tick), bottom + 5.0], Stroke::solid(FRAME, 1.0));
            svg.text([x(tick), bottom + 19.0], "middle", &number(tick));
        }
        for tick in apart(self.y.scale.ticks(), &y, 15.0) {
            svg.line([left, y(tick)], [right, y(tick)], Stroke::solid(GRID, 1.0));
            svg.line([left - 5.0, y(tick)], [left, y(tick)], Stroke::solid(FRAME, 1.0));
            svg.text([left - 9.0, y(tick) + 4.5], "end", &number(tick));
        }
        if self.diagonal {
            let (low, high) = self.x.scale.ends();
            let along: Vec<[f64; 2]> = (0..=100)
                .map(|at| match self.x.scale {
                    Scale::Log(..) => low * (high / low).powf(f64::from(at) / 100.0),
                    _ => low + (high - low) * f64::from(at) / 100.0,
                })
                .filter(|v| (self.y.scale.ends().0..=self.y.scale.ends().1).contains(v))
                .map(|v| [x(v), y(v)])
                .collect();
            svg.path(&along, Stroke { colour: "#888888", width: 1.0, dash: "3 3" });
        }
        for series in &self.series {
            series.draw(svg, bottom, &|[a, b]| [x(a), y(b)]);
        }
        for (at, mark) in self.marks.iter().enumerate() {
            svg.line(
                [x(mark.x), top],
                [x(mark.x), bottom],
                Stroke { colour: FRAME, width: 1.0, dash: "4 3" },
            );
            let is_left = x(mark.x) > (left + right) / 2.0;
            let (shift, anchor) = if is_left { (-5.0, "end") } else { (5.0, "start") };
            svg.text([x(mark.x) + shift, top + 16.0 + LINE * at as f64], anchor, &mark.label);
        }
        let corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
        svg.path(&corners, Stroke::solid(FRAME, 1.2));
        svg.text([(left + right) / 2.0, top - 10.0], "middle", &self.title);
        svg.text([(left + right) / 2.0, bottom + 43.0], "middle", &self.x.label);
        svg.text_upwards([left - 48.0, (top + bottom) / 2.0], &self.y.label);
        self.legend(svg, above);
    }

    /// The legend, in the corner or at the side where it hides the least.
    fn legend(&self, svg: &mut Svg, above: f64) {
        let entries: Vec<(&Series<'_>, &str)> =
            self.series.iter().filter_map(|series| Some((series, series.label.as_deref()?))).collect();
        if entries.is_empty() {
            return;
        }
        let [left, top, right, bottom] = self.frame(above);
        let letters = entries.iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
        let (width, height) = (LETTER * letters as f64 + 52.0, LINE * entries.len() as f64 + 8.0);
        let below_marks = top + LINE * self.marks.len() as f64;
        let corners = [
            [right - width - 10.0, bottom - height - 10.0],
            [left + 10.0, below_marks + 10.0],
            [right - width - 10.0, below_marks + 10.0],
            [left + 10.0, bottom - height - 10.0],
            [right - width - 10.0, (top + bottom - height) / 2.0],
            [left + 10.0, (top + bottom - height) / 2.0],
        ];
        let hidden = |[x, y]: &[f64; 2]| {
            let inside = |point: &[f64; 2]| {
                let (a, b) = (
                    left + (right - left) * self.x.scale.place(point[0]),
                    bottom - (bottom - top) * self.y.scale.place(point[1]),
                );
                (*x - 6.0..*x + width + 6.0).contains(&a) && (*y - 6.0..*y + height + 6.0).contains(&b)
            };
            self.series.iter().flat_map(|series| series.shape.outline()).filter(inside).count()
        };
        let Some([x, y]) = corners.into_iter().min_by_key(hidden) else { return };
        svg.bar([x, y], width, height, "white");
        let frame = [[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]];
        svg.path(&frame, Stroke::solid(GRID, 1.0));
        for (at, (series, label)) in entries.iter().enumerate() {
            let middle = y + 4.0 + LINE * (at as f64 + 0.5);
            series.key(svg, [x + 8.0, middle]);
            svg.text([x + 44.0, middle + 4.5], "start", label);
        }
    }
}

impl Series<'_> {
    fn stroke(&self) -> Stroke<'_> {
        Stroke { colour: self.colour, width: 2.0, dash: self.dash }
    }

    /// Draws it; `bottom` is where the axis is, `place` where a point is.
    fn draw(&self, svg: &mut Svg, bottom: f64, place: &dyn Fn([f64; 2]) -> [f64; 2]) {
        let placed = |points: &[[f64; 2]]| thin(points.iter().map(|point| place(*point)));
        match &self.shape {
            Shape::Dotted(points) => {
                svg.path(&placed(points), self.stroke());
                placed(points).into_iter().for_each(|point| svg.dot(point, 3.0, self.colour));
            }
            Shape::Steps(points) => svg.path(&placed(&steps(points)), self.stroke()),
            Shape::Filled(points) => {
                let mut outline = placed(&steps(points));
                if let (Some(first), Some(last)) = (outline.first().copied(), outline.last().copied()) {
                    outline.insert(0, [first[0], bottom]);
                    outline.push([last[0], bottom]);
                    svg.area(&outline, self.colour, 0.3);
                    svg.path(&outline, Stroke { width: 1.5, ..self.stroke() });
                }
            }
            Shape::Band(one, other) => {
                let mut outline = placed(one);
                outline.extend(placed(other).into_iter().rev());
                svg.area(&outline, self.colour, 0.18);
            }
        }
    }

    /// Its sign in the legend.
    fn key(&self, svg: &mut Svg, [x, y]: [f64; 2]) {
        match &self.shape {
            Shape::Filled(_) => {
                let corners =
                    [[x, y - 5.0], [x + 28.0, y - 5.0], [x + 28.0, y + 5.0], [x, y + 5.0], [x, y - 5.0]];
                svg.area(&corners, self.colour, 0.3);
                svg.path(&corners, Stroke { width: 1.5, ..self.stroke() });
            }
            Shape::Dotted(_) => {
                svg.line([x, y], [x + 28.0, y], self.stroke());
                svg.dot([x + 14.0, y], 3.0, self.colour);
            }
            _ => svg.line([x, y], [x + 28.0, y], self.stroke()),
        }
    }
}

impl Shape {
    fn outline(&self) -> impl Iterator<Item = [f64; 2]> {
        let (one, other) = match self {
            Shape::Dotted(points) | Shape::Steps(points) | Shape::Filled(points) => (points, None),
            Shape::Band(one, other) => (one, Some(other)),
        };
        one.iter().chain(other.into_iter().flatten()).copied()
    }
}

/// The corners of a line on which each value holds up to the next point.
fn steps(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut corners = Vec::with_capacity(2 * points.len());
    for pair in points.windows(2) {
        corners.extend([pair[0], [pair[1][0], pair[0][1]]]);
    }
    corners.extend(points.last());
    corners
}

/// Without the points that lie where the ones before them do.
fn thin(points: impl Iterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    let mut kept: Vec<[f64; 2]> = Vec::new();
    for point in points {
        let is_near = |last: &[f64; 2]| (last[0] - point[0]).abs() + (last[1] - point[1]).abs() < 0.2;
        if !kept.last().is_some_and(is_near) {
            kept.push(point);
        }
    }
    kept
}

/// The ticks whose labels have room: at least `room` from the one before.
fn apart(ticks: Vec<f64>, place: &dyn Fn(f64) -> f64, room: f64) -> Vec<f64> {
    let mut kept: Vec<f64> = Vec::new();
    for tick in ticks {
        if kept.last().is_none_or(|last| (place(*last) - place(tick)).abs() >= room) {
            kept.push(tick);
        }
    }
    kept
}

/// A tick's label: as short as it can be.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.replace('-', "\u{2212}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_short() {
        for (value, label) in [(0.001, "0.001"), (100.0, "100"), (-0.2, "\u{2212}0.2"), (0.1 + 0.2, "0.3")] {
            assert_eq!(number(value), label);
        }
    }

    #[test]
    fn the_legend_avoids_the_lines() {
        let points: Vec<[f64; 2]> = (60..=100).map(|at| [f64::from(at), 10.0]).collect();
        let axis = |label: &str| Axis { label: label.into(), scale: Scale::Linear(0.0, 100.0) };
        let series =
            Series { label: Some("a".into()), colour: "red", dash: "", shape: Shape::Dotted(points) };
        let (x, y) = (axis("x"), axis("y"));
        let chart = Chart {
            title: "t".into(),
            x,
            y,
            series: vec![series],
            marks: vec![],
            diagonal: false,
            height: HEIGHT,
        };
        // Bottom right is where the line is, so the legend is on the left.
        let svg = chart.svg();
        let label = svg.lines().find(|line| line.contains(">a<")).unwrap();
        assert!(label.starts_with("<text x=\"120"), "{label}");
    }

    #[test]
    fn values_hold_up_to_the_next_point() {
        assert_eq!(
            steps(&[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]),
            [[0.0, 1.0], [2.0, 1.0], [2.0, 3.0], [4.0, 3.0], [4.0, 5.0]]
        );
    }
}
