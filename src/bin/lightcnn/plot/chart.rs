//! A chart: two axes with a grid, lines and areas on them, and above them a legend and the names of marks.

use super::colours::{FINE_GRID, FRAME, GRID};
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
        let mut svg = Svg::new(WIDTH, charts.iter().map(Chart::whole_height).sum());
        let mut above = 0.0;
        for chart in charts {
            chart.draw(&mut svg, above);
            above += chart.whole_height();
        }
        svg.finish()
    }

    /// The entries of the legend, row by row, as many in a row as there is room for; and where each begins.
    fn legend_rows(&self) -> Vec<Vec<(f64, &Series<'_>, &str)>> {
        let (left, right) = (MARGINS[0], WIDTH - MARGINS[2]);
        let mut rows: Vec<Vec<(f64, &Series<'_>, &str)>> = Vec::new();
        let mut next = right;
        for series in &self.series {
            let Some(label) = series.label.as_deref() else { continue };
            let width = 44.0 + LETTER * label.chars().count() as f64;
            if next + width > right {
                rows.push(Vec::new());
                next = left;
            }
            if let Some(row) = rows.last_mut() {
                row.push((next, series, label));
            }
            next += width + 16.0;
        }
        rows
    }

    /// Where the names of marks are written: the middle and the row of each. None covers another.
    fn mark_places(&self) -> Vec<(f64, usize)> {
        let (left, right) = (MARGINS[0], WIDTH - MARGINS[2]);
        let mut ends: Vec<f64> = Vec::new();
        let mut order: Vec<usize> = (0..self.marks.len()).collect();
        order.sort_by(|a, b| self.marks[*a].x.total_cmp(&self.marks[*b].x));
        let mut places = vec![(0.0, 0); self.marks.len()];
        for at in order {
            let mark = &self.marks[at];
            let half = LETTER * mark.label.chars().count() as f64 / 2.0;
            let x = left + (right - left) * self.x.scale.place(mark.x);
            let middle = x.clamp(left + half, right - half);
            let row = ends.iter().position(|end| *end < middle - half).unwrap_or(ends.len());
            if row == ends.len() {
                ends.push(0.0);
            }
            ends[row] = middle + half + 8.0;
            places[at] = (middle, row);
        }
        places
    }

    /// Height of what is written above the axes, beside the title.
    fn above_axes(&self) -> f64 {
        let marks = self.mark_places().iter().map(|(_, row)| row + 1).max().unwrap_or(0);
        LINE * (self.legend_rows().len() + marks) as f64
    }

    /// Height with the legend and the names of marks.
    fn whole_height(&self) -> f64 {
        self.height + self.above_axes()
    }

    /// The frame of the axes: left, top, right, bottom.
    fn frame(&self, above: f64) -> [f64; 4] {
        let top = above + MARGINS[1] + self.above_axes();
        [MARGINS[0], top, WIDTH - MARGINS[2], above + self.whole_height() - MARGINS[3]]
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
        for (mark, (middle, row)) in self.marks.iter().zip(self.mark_places()) {
            svg.line(
                [x(mark.x), top],
                [x(mark.x), bottom],
                Stroke { colour: FRAME, width: 1.0, dash: "4 3" },
            );
            svg.text([middle, top - 6.0 - LINE * row as f64], "middle", &mark.label);
        }
        let corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
        svg.path(&corners, Stroke::solid(FRAME, 1.2));
        svg.text([(left + right) / 2.0, above + MARGINS[1] - 10.0], "middle", &self.title);
        svg.text([(left + right) / 2.0, bottom + 43.0], "middle", &self.x.label);
        svg.text_upwards([left - 48.0, (top + bottom) / 2.0], &self.y.label);
        self.legend(svg, above);
    }

    /// The legend, below the title.
    fn legend(&self, svg: &mut Svg, above: f64) {
        for (row, entries) in self.legend_rows().into_iter().enumerate() {
            let middle = above + MARGINS[1] + LINE * (row as f64 + 0.5) - 4.0;
            for (left, series, label) in entries {
                series.key(svg, [left, middle]);
                svg.text([left + 36.0, middle + 4.5], "start", label);
            }
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

    /// Where texts begin, by their content.
    fn places(svg: &str) -> Vec<(String, f64, f64)> {
        let number = |line: &str, name: &str| -> f64 {
            line.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
        };
        let texts = svg.lines().filter(|line| line.starts_with("<text") && line.contains(" x="));
        texts
            .map(|line| {
                let text = line.split('>').nth(1).unwrap().split('<').next().unwrap();
                (text.to_string(), number(line, "x"), number(line, "y"))
            })
            .collect()
    }

    /// Legend and names of marks stand above the axes, each where no other is.
    #[test]
    fn nothing_is_written_over_the_lines() {
        let points: Vec<[f64; 2]> = (0..=100).map(|at| [f64::from(at), 10.0]).collect();
        let axis = |label: &str| Axis { label: label.into(), scale: Scale::Linear(0.0, 100.0) };
        let series = |label: String| Series {
            label: Some(label),
            colour: "red",
            dash: "",
            shape: Shape::Dotted(points.clone()),
        };
        let mark = |x, label: &str| Mark { x, label: label.into() };
        let chart = Chart {
            title: String::new(),
            x: axis("x"),
            y: axis("y"),
            series: (0..5).map(|at| series(format!("a model with a long name {at}"))).collect(),
            marks: vec![mark(50.0, "FAR = 1 %"), mark(52.0, "FAR = 0.1 %"), mark(99.0, "FAR = 0 %")],
            diagonal: false,
            height: HEIGHT,
        };
        let [left, top, right, _] = chart.frame(0.0);
        let found = places(&chart.svg());
        let written: Vec<_> =
            found.iter().filter(|(text, ..)| text.contains("FAR") || text.contains("model")).collect();
        assert_eq!(written.len(), 8);
        for (at, (text, x, y)) in written.iter().enumerate() {
            let width = LETTER * text.chars().count() as f64;
            let start = if text.contains("FAR") { x - width / 2.0 } else { *x };
            assert!(*y < top && start >= left - 0.1 && start + width <= right + 0.1, "{text} at {x}, {y}");
            for (other, a, b) in &written[..at] {
                let others = LETTER * other.chars().count() as f64;
                let others_start = if other.contains("FAR") { a - others / 2.0 } else { *a };
                let beside = start >= others_start + others || others_start >= start + width;
                assert!(beside || (y - b).abs() >= LINE - 0.1, "{text} on {other}");
            }
        }
    }

    #[test]
    fn values_hold_up_to_the_next_point() {
        assert_eq!(
            steps(&[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]),
            [[0.0, 1.0], [2.0, 1.0], [2.0, 3.0], [4.0, 3.0], [4.0, 5.0]]
        );
    }
}
