//! How the scores are distributed.

use super::figure::Figure;
use crate::plot::{Axis, COLOURS, Chart, HEIGHT, Mark, Scale, Series, Shape};
use lightcnn::eval::{Evaluation, Histogram};

/// Bars across a diagram at most.
const BARS: usize = 80;

/// False accept rates whose thresholds are marked.
const MARKED: [f64; 2] = [0.01, 0.001];

/// A diagram for each evaluation, below each other, over the same scores.
pub fn figure(found: &[Evaluation], labels: &[String]) -> Figure {
    let (low, high) = range(found);
    let charts: Vec<Chart<'_>> = found
        .iter()
        .zip(labels)
        .map(|(one, label)| chart(one, if labels.len() > 1 { label } else { "" }, (low, high)))
        .collect();
    Figure {
        file: "scores.svg",
        svg: Chart::stacked(&charts),
        caption: "Scores: cosines of pairs of one person and of two, each kind as a share of its own pairs. Dashed: thresholds."
            .into(),
    }
}

/// The ends of the bins that hold anything, in any evaluation.
fn range(found: &[Evaluation]) -> (f64, f64) {
    let histograms = found.iter().flat_map(|one| [&one.genuine_scores, &one.impostor_scores]);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for histogram in histograms {
        let edge = |bin: usize| edge(histogram, bin);
        let filled = |(_, count): &(usize, &u64)| **count > 0;
        if let Some((first, _)) = histogram.counts.iter().enumerate().find(filled) {
            low = low.min(edge(first));
        }
        if let Some((last, _)) = histogram.counts.iter().enumerate().rfind(filled) {
            high = high.max(edge(last + 1));
        }
    }
    if low < high { (low, high) } else { (-1.0, 1.0) }
}

/// The lower end of a bin.
fn edge(histogram: &Histogram, bin: usize) -> f64 {
    histogram.low + (histogram.high - histogram.low) * bin as f64 / histogram.counts.len() as f64
}

fn chart(one: &Evaluation, title: &str, (low, high): (f64, f64)) -> Chart<'static> {
    let impostors = shares(&one.impostor_scores, (low, high));
    let genuine = shares(&one.genuine_scores, (low, high));
    let most = impostors.iter().chain(&genuine).map(|point| point[1]).fold(1e-9, f64::max);
    let series = |label: &str, colour, dash, points| Series {
        label: Some(label.into()),
        colour,
        dash,
        shape: Shape::Filled(points),
    };
    let marks = MARKED.iter().filter_map(|far| {
        let point = one.operating_points.iter().find(|point| point.far == *far)?;
        Some(Mark { x: point.threshold, label: format!("FAR = {} %", 100.0 * far) })
    });
    let height = if title.is_empty() { HEIGHT } else { 0.6 * HEIGHT };
    let top = most * 1.05;
    Chart {
        title: title.into(),
        x: Axis { label: "Score (cosine)".into(), scale: Scale::Linear(low, high) },
        y: Axis { label: "Share of the pairs (%)".into(), scale: Scale::Linear(0.0, top) },
        series: vec![
            series("two persons", COLOURS[1], "6 2", impostors),
            series("one person", COLOURS[0], "", genuine),
        ],
        marks: marks.collect(),
        diagonal: false,
        height,
    }
}

/// The share of all scores in each bar, in percent: bins joined until there are few enough.
fn shares(histogram: &Histogram, (low, high): (f64, f64)) -> Vec<[f64; 2]> {
    let all: u64 = histogram.counts.iter().sum();
    let bins = histogram.counts.len() as f64 * (high - low) / (histogram.high - histogram.low);
    let joined = (bins / BARS as f64).ceil().max(1.0) as usize;
    let mut points: Vec<[f64; 2]> = histogram
        .counts
        .chunks(joined)
        .enumerate()
        .map(|(at, counts)| {
            [edge(histogram, at * joined), 100.0 * counts.iter().sum::<u64>() as f64 / all.max(1) as f64]
        })
        .collect();
    points.push([histogram.high, 0.0]);
    // Only the bars that are on the axis, and the ends of those that reach beyond it.
    let width = (histogram.high - histogram.low) / histogram.counts.len() as f64 * joined as f64;
    points.retain(|point| point[0] > low - width && point[0] < high + width);
    let first = points.iter().position(|point| point[1] > 0.0).unwrap_or(0);
    let last = points.iter().rposition(|point| point[1] > 0.0).map_or(points.len(), |last| last + 2);
    points[first..last.min(points.len())].to_vec()
}
