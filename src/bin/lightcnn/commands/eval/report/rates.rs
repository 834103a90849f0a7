//! How many errors of one kind there are for how many of the other: ROC and DET.

use super::figure::{Figure, line};
use crate::plot::{Axis, Chart, HEIGHT, Scale, Shape};
use lightcnn::eval::{Evaluation, RocPoint};

/// Lower ends of the axis of true accept rates, in percent: the highest that shows every line is taken.
const FLOORS: [f64; 9] = [99.0, 98.0, 95.0, 90.0, 80.0, 70.0, 50.0, 20.0, 0.0];

/// Finest false accept rate that is drawn, in percent.
const FINEST: f64 = 1e-5;

/// True against false accept rate.
pub fn roc(found: &[Evaluation], labels: &[String]) -> Figure {
    let finest = finest(found);
    let lines: Vec<Vec<[f64; 2]>> = found.iter().map(|one| drawn(&one.roc, finest)).collect();
    let least = lines.iter().flatten().map(|point| point[1]).fold(100.0, f64::min);
    let floor = FLOORS.into_iter().find(|floor| *floor <= least).unwrap_or(0.0);
    let series = lines.into_iter().zip(found).enumerate();
    let chart = Chart {
        title: String::new(),
        x: Axis { label: "False accept rate (%)".into(), scale: Scale::Log(finest, 100.0) },
        y: Axis { label: "True accept rate (%)".into(), scale: Scale::Linear(floor, 100.0) },
        series: series.map(|(at, (points, one))| line(at, labels, joined(one, points))).collect(),
        marks: vec![],
        // Guessing.
        diagonal: floor == 0.0,
        height: HEIGHT,
    };
    let guessing = if floor == 0.0 { " The dashed gray line is guessing." } else { "" };
    Figure {
        file: "roc.svg",
        svg: chart.svg(),
        caption: format!(
            "ROC: share of pairs of one person that are accepted, over the share of pairs of two persons that are.{}{guessing}",
            means(found)
        ),
    }
}

/// False rejects against false accepts; nothing if no threshold gives both.
pub fn det(found: &[Evaluation], labels: &[String]) -> Option<Figure> {
    let lines: Vec<Vec<[f64; 2]>> = found
        .iter()
        .map(|one| {
            let points = one.roc.iter().map(|point| [100.0 * point.far, 100.0 * (1.0 - point.tpr)]);
            points.filter(|[accepts, rejects]| *accepts > 0.0 && *rejects > 1e-9).collect()
        })
        .collect();
    if lines.iter().all(Vec::is_empty) {
        return None;
    }
    // Equal errors: where the lines cross the diagonal.
    let equal = |points: &Vec<[f64; 2]>| {
        points.iter().map(|point| point[0].max(point[1])).fold(f64::INFINITY, f64::min)
    };
    let most = lines.iter().map(equal).filter(|rate| rate.is_finite()).fold(0.0, f64::max);
    let high = if most < 25.0 { 40.0 } else { 99.0 };
    let least = |axis: usize| {
        let least = lines.iter().flatten().map(|point| point[axis]).fold(1.0, f64::min);
        10_f64.powf(least.max(FINEST).log10().floor())
    };
    // One range for both axes, so that equal errors lie on the diagonal.
    let scale = Scale::Probit(least(0).min(least(1)).max(0.001), high);
    let series = lines.into_iter().zip(found).enumerate();
    let chart = Chart {
        title: String::new(),
        x: Axis { label: "False accept rate (%)".into(), scale },
        y: Axis { label: "False reject rate (%)".into(), scale },
        series: series
            .map(|(at, (points, one))| {
                let (low, high) = scale.ends();
                let inside = |point: &[f64; 2]| point.iter().all(|rate| (low..=high).contains(rate));
                line(at, labels, joined(one, points.into_iter().filter(inside).collect()))
            })
            .collect(),
        marks: vec![],
        diagonal: true,
        height: HEIGHT,
    };
    Some(Figure {
        file: "det.svg",
        svg: chart.svg(),
        caption: format!(
            "DET: errors of both kinds, on the scale of the normal distribution, where normally distributed scores give \
             straight lines.{} On the dashed gray line both rates are equal.",
            means(found)
        ),
    })
}

/// The decade of the finest false accept rate above 0, in percent.
fn finest(found: &[Evaluation]) -> f64 {
    let rates = found.iter().flat_map(|one| &one.roc).map(|point| 100.0 * point.far);
    let least = rates.filter(|rate| *rate > 0.0).fold(1.0, f64::min);
    10_f64.powf(least.max(FINEST).log10().floor())
}

/// The points from the last one that lies left of the axis on, in percent.
fn drawn(roc: &[RocPoint], finest: f64) -> Vec<[f64; 2]> {
    let points: Vec<[f64; 2]> = roc.iter().map(|point| [100.0 * point.far, 100.0 * point.tpr]).collect();
    let left = points.iter().take_while(|point| point[0] < finest).count();
    points[left.saturating_sub(1)..].to_vec()
}

/// Points measured at every threshold are steps; means at a few rates are dots.
fn joined(evaluation: &Evaluation, points: Vec<[f64; 2]>) -> Shape {
    if evaluation.trials.is_empty() { Shape::Steps(points) } else { Shape::Dotted(points) }
}

fn means(found: &[Evaluation]) -> String {
    match found.first().map_or(0, |one| one.trials.len()) {
        0 => String::new(),
        trials => format!(" Means over {trials} trials."),
    }
}
