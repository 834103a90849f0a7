//! What `bench --plot` draws: images per second over the batch, and the layers as bars against the machine's peak.

use super::cpu::{BATCHES, CpuBench, count_threads, gflops};
use std::fmt::Write;

const WIDTH: f64 = 1100.0;
const TOP: f64 = 70.0;
/// Height of the left diagram and of a bar of the right one.
const HEIGHT: f64 = 320.0;
const BAR: f64 = 24.0;
/// Where the left diagram begins and ends, and where the bars do.
const LEFT: [f64; 2] = [60.0, 400.0];
const RIGHT: [f64; 2] = [740.0, 1050.0];

/// Colours that differ for colour-blind readers too (Okabe and Ito).
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];

/// The drawing, as an SVG document.
pub fn svg(title: &str, bench: &CpuBench) -> String {
    let height = TOP + HEIGHT.max(BAR * bench.layers.len() as f64) + 60.0;
    let mut svg = Svg(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    ));
    svg.text(LEFT[0], 26.0, "start", &format!("{title}: images per second over the batch"));
    rates(&mut svg, bench);
    let told = format!("GFLOP/s of the layers, {}, batch {}", count_threads(bench.roof.threads), bench.batch);
    svg.text(LEFT[1] + 130.0, 26.0, "start", &told);
    bars(&mut svg, bench);
    svg.0.push_str("</svg>\n");
    svg.0
}

/// A line for each number of threads.
fn rates(svg: &mut Svg, bench: &CpuBench) {
    let most = bench.points.iter().map(|point| point.rate()).fold(1.0, f64::max);
    let step = nice_step(most);
    let end = (most / step).ceil() * step;
    let x = |place: usize| {
        LEFT[0] + 30.0 + place as f64 * (LEFT[1] - LEFT[0] - 60.0) / (BATCHES.len() - 1) as f64
    };
    let y = |rate: f64| TOP + HEIGHT * (1.0 - rate / end);
    let mut rate = 0.0;
    while rate <= end {
        svg.line([LEFT[0], y(rate)], [LEFT[1], y(rate)], "#dddddd");
        svg.text(LEFT[0] - 8.0, y(rate) + 4.0, "end", &format!("{rate:.0}"));
        rate += step;
    }
    for (place, batch) in BATCHES.iter().enumerate() {
        svg.text(x(place), TOP + HEIGHT + 22.0, "middle", &format!("batch {batch}"));
    }
    for (points, colour) in bench.points.chunks(BATCHES.len()).zip(COLOURS.iter().cycle()) {
        for (place, pair) in points.windows(2).enumerate() {
            svg.line([x(place), y(pair[0].rate())], [x(place + 1), y(pair[1].rate())], colour);
        }
        for (place, point) in points.iter().enumerate() {
            svg.dot(x(place), y(point.rate()), colour);
            svg.text(x(place), y(point.rate()) - 9.0, "middle", &format!("{:.0}", point.rate()));
        }
        if let Some(last) = points.last() {
            svg.text(LEFT[1] - 18.0, y(last.rate()) + 4.0, "start", &count_threads(last.threads));
        }
    }
}

/// A bar for each layer, and a line where the machine's peak is.
fn bars(svg: &mut Svg, bench: &CpuBench) {
    let peak = bench.roof.gflops;
    let most = bench.layers.iter().map(gflops).fold(peak, f64::max);
    let x = |rate: f64| RIGHT[0] + (RIGHT[1] - RIGHT[0]) * rate / most;
    for (place, layer) in bench.layers.iter().enumerate() {
        let (y, rate) = (TOP + BAR * place as f64, gflops(layer));
        let name = format!("{}, {}", layer.name, layer.kernel);
        svg.text(RIGHT[0] - 8.0, y + 0.7 * BAR, "end", &name);
        svg.bar(RIGHT[0], y + 2.0, x(rate) - RIGHT[0], COLOURS[0]);
        svg.text(x(rate) + 6.0, y + 0.7 * BAR, "start", &format!("{rate:.0}"));
    }
    let bottom = TOP + BAR * bench.layers.len() as f64 + 6.0;
    svg.line([x(peak), TOP - 8.0], [x(peak), bottom], COLOURS[1]);
    svg.text(x(peak), bottom + 16.0, "middle", &format!("peak of multiply-adds {peak:.0}"));
    svg.text(RIGHT[0], bottom + 36.0, "start", "counted as direct convolution");
}

/// A step of 1, 2 or 5 times a power of ten that makes four to ten steps.
fn nice_step(most: f64) -> f64 {
    let power = 10_f64.powf((most / 4.0).log10().floor());
    [5.0, 2.0, 1.0].map(|step| step * power).into_iter().find(|step| *step <= most / 4.0).unwrap_or(power)
}

/// A document in the making.
struct Svg(String);

impl Svg {
    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{element}");
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        self.push(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"));
    }

    fn line(&mut self, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2], colour: &str) {
        self.push(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" \
             stroke-width=\"2\"/>"
        ));
    }

    fn dot(&mut self, x: f64, y: f64, colour: &str) {
        self.push(format_args!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>"));
    }

    fn bar(&mut self, x: f64, y: f64, width: f64, colour: &str) {
        let height = BAR - 4.0;
        self.push(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{colour}\"/>"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_nice() {
        for (most, step) in [(294.0, 50.0), (85.0, 20.0), (40.0, 10.0), (1.0, 0.2)] {
            assert!((nice_step(most) - step).abs() < 1e-9, "{most}: {}", nice_step(most));
        }
    }

    #[test]
    fn texts_cannot_break_the_document() {
        let mut svg = Svg(String::new());
        svg.text(0.0, 0.0, "start", "<a> & b");
        assert!(svg.0.contains(">&lt;a> &amp; b<"), "{}", svg.0);
    }
}
