//! What `bench --plot` draws: images per second over the batch, and the layers as bars against the machine's peak.

use super::cpu::{BATCHES, CpuBench, count_threads, gflops};
use crate::plot::{COLOURS, Stroke, Svg, nice_step};

const WIDTH: f64 = 1100.0;
const TOP: f64 = 70.0;
/// Height of the left diagram and of a bar of the right one.
const HEIGHT: f64 = 320.0;
const BAR: f64 = 24.0;
/// Where the left diagram begins and ends, and where the bars do.
const LEFT: [f64; 2] = [60.0, 400.0];
const RIGHT: [f64; 2] = [740.0, 1050.0];

/// The drawing, as an SVG document.
pub fn svg(title: &str, bench: &CpuBench) -> String {
    let height = TOP + HEIGHT.max(BAR * bench.layers.len() as f64) + 60.0;
    let mut svg = Svg::new(WIDTH, height);
    svg.text([LEFT[0], 26.0], "start", &format!("{title}: images per second over the batch"));
    rates(&mut svg, bench);
    let told = format!("GFLOP/s of the layers, {}, batch {}", count_threads(bench.roof.threads), bench.batch);
    svg.text([LEFT[1] + 130.0, 26.0], "start", &told);
    bars(&mut svg, bench);
    svg.finish()
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
        svg.line([LEFT[0], y(rate)], [LEFT[1], y(rate)], Stroke::solid("#dddddd", 2.0));
        svg.text([LEFT[0] - 8.0, y(rate) + 4.0], "end", &format!("{rate:.0}"));
        rate += step;
    }
    for (place, batch) in BATCHES.iter().enumerate() {
        svg.text([x(place), TOP + HEIGHT + 22.0], "middle", &format!("batch {batch}"));
    }
    for (points, colour) in bench.points.chunks(BATCHES.len()).zip(COLOURS.iter().cycle()) {
        for (place, pair) in points.windows(2).enumerate() {
            svg.line(
                [x(place), y(pair[0].rate())],
                [x(place + 1), y(pair[1].rate())],
                Stroke::solid(colour, 2.0),
            );
        }
        for (place, point) in points.iter().enumerate() {
            svg.dot([x(place), y(point.rate())], 4.0, colour);
            svg.text([x(place), y(point.rate()) - 9.0], "middle", &format!("{:.0}", point.rate()));
        }
        if let Some(last) = points.last() {
            svg.text([LEFT[1] - 18.0, y(last.rate()) + 4.0], "start", &count_threads(last.threads));
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
        svg.text([RIGHT[0] - 8.0, y + 0.7 * BAR], "end", &name);
        svg.bar([RIGHT[0], y + 2.0], x(rate) - RIGHT[0], BAR - 4.0, COLOURS[0]);
        svg.text([x(rate) + 6.0, y + 0.7 * BAR], "start", &format!("{rate:.0}"));
    }
    let bottom = TOP + BAR * bench.layers.len() as f64 + 6.0;
    svg.line([x(peak), TOP - 8.0], [x(peak), bottom], Stroke::solid(COLOURS[1], 2.0));
    svg.text([x(peak), bottom + 16.0], "middle", &format!("peak of multiply-adds {peak:.0}"));
    svg.text([RIGHT[0], bottom + 36.0], "start", "counted as direct convolution");
}
