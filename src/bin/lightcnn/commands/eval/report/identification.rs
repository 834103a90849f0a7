//! Open-set identification: how often the right person is found, and a stranger is not.

use super::figure::{Figure, line};
use crate::plot::{Axis, Chart, HEIGHT, Scale, Series, Shape};
use lightcnn::eval::{Evaluation, Identification};

/// The false alarm rate that BLUFR reports.
const FAR: f64 = 0.01;

/// Over false alarm rates and over ranks, if `found` are evaluations of identification.
pub fn figures(found: &[Evaluation], labels: &[String]) -> Vec<Figure> {
    let all: Option<Vec<&Identification>> = found.iter().map(|one| one.identification.as_ref()).collect();
    let Some(all) = all.filter(|all| !all.is_empty()) else { return Vec::new() };
    let over_rates: Vec<_> = all.iter().map(|one| rates(one)).collect();
    let over_ranks: Vec<_> = all.iter().map(|one| ranks(one)).collect();
    let first_rate = over_rates.iter().flatten().map(|point| point.at).fold(10.0, f64::min);
    let last_rank = over_ranks.iter().flatten().map(|point| point.at).fold(10.0, f64::max);
    let trials = found[0].trials.len();
    vec![
        Figure {
            file: "dir.svg",
            svg: chart("False alarm rate (%)", Scale::Log(first_rate, 100.0), &over_rates, labels),
            caption: format!(
                "Open-set identification at rank 1: share of probes of persons in the gallery that are found, over the share of \
                 strangers that are taken for somebody. Means over {trials} trials; bands: a standard deviation to both sides."
            ),
        },
        Figure {
            file: "ranks.svg",
            svg: chart("Rank", Scale::Log(1.0, last_rank), &over_ranks, labels),
            caption: format!(
                "Open-set identification at a false alarm rate of 1 %: share of probes found among the best ranks. Means over \
                 {trials} trials; bands: a standard deviation to both sides."
            ),
        },
    ]
}

/// A mean over the trials and the standard deviation, in percent.
struct Point {
    at: f64,
    mean: f64,
    deviation: f64,
}

/// Rank 1, for each false alarm rate above 0 in percent.
fn rates(one: &Identification) -> Vec<Point> {
    let Some(rank) = one.ranks.iter().position(|rank| *rank == 1) else { return Vec::new() };
    let points = one.far.iter().enumerate().filter(|(_, far)| **far > 0.0);
    points.map(|(at, far)| point(one, 100.0 * far, rank, at)).collect()
}

/// [`FAR`], for each rank.
fn ranks(one: &Identification) -> Vec<Point> {
    let Some(at) = one.far.iter().position(|far| (far - FAR).abs() < 1e-9) else { return Vec::new() };
    one.ranks.iter().enumerate().map(|(rank, number)| point(one, *number as f64, rank, at)).collect()
}

fn point(one: &Identification, at: f64, rank: usize, far: usize) -> Point {
    Point { at, mean: 100.0 * one.mean[rank][far], deviation: 100.0 * one.deviation[rank][far] }
}

fn chart(label: &str, scale: Scale, lines: &[Vec<Point>], labels: &[String]) -> String {
    let mut series: Vec<Series<'_>> = Vec::new();
    for (at, points) in lines.iter().enumerate() {
        let moved = |by: f64| points.iter().map(|p| [p.at, p.mean + by * p.deviation]).collect::<Vec<_>>();
        let band = Shape::Band(moved(1.0), moved(-1.0));
        series.push(Series { label: None, ..line(at, labels, band) });
        series.push(line(at, labels, Shape::Dotted(moved(0.0))));
    }
    let least = lines.iter().flatten().map(|point| point.mean - point.deviation).fold(100.0, f64::min);
    let floor = (least / 10.0).floor().max(0.0) * 10.0;
    let chart = Chart {
        title: String::new(),
        x: Axis { label: label.into(), scale },
        y: Axis { label: "Detection and identification rate (%)".into(), scale: Scale::Linear(floor, 100.0) },
        series,
        marks: vec![],
        diagonal: false,
        height: HEIGHT,
    };
    chart.svg()
}
