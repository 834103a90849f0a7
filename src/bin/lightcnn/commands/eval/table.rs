//! Figures as a table: a line per metric, evaluations side by side, published figures beside them.

use lightcnn::eval::{Evaluation, Metric, Protocol};
use lightcnn::models::PublishedModel;
use std::io::{self, Write};

/// Writes all of it.
pub fn write(out: &mut impl Write, all: &[Evaluation], card: Option<&PublishedModel>) -> io::Result<()> {
    let Some(first) = all.first() else { return Ok(()) };
    heading(out, first)?;
    let lines = lines(all, card);
    let widths: Vec<usize> = (0..lines[0].len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    for line in lines {
        let mut text = String::new();
        for (at, (cell, width)) in line.iter().zip(&widths).enumerate() {
            // Words to the left, numbers to the right.
            text += &if at < 2 { format!("{cell:<width$}  ") } else { format!("{cell:>width$}  ") };
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    for evaluation in all {
        for note in &evaluation.notes {
            let of = if all.len() > 1 { format!("{}: ", short(evaluation)) } else { String::new() };
            writeln!(out, "note: {of}{note}")?;
        }
    }
    for conflict in conflicts(all) {
        writeln!(out, "differs: {conflict}")?;
    }
    Ok(())
}

/// The table's cells: a line that says what the columns are, then one for each figure.
pub fn lines(all: &[Evaluation], card: Option<&PublishedModel>) -> Vec<Vec<String>> {
    let metrics = all.first().map_or(&[][..], |first| &first.metrics);
    let mut lines = vec![head(all, card)];
    lines.extend(metrics.iter().map(|metric| line(metric, all, card)));
    lines
}

/// Where features were not made as the first ones were.
pub fn conflicts(all: &[Evaluation]) -> Vec<String> {
    let mut contracts = all.iter().filter_map(|evaluation| evaluation.source.contract.as_ref());
    let Some(first) = contracts.next() else { return Vec::new() };
    contracts.flat_map(|other| first.conflicts(other)).map(|conflict| conflict.to_string()).collect()
}

/// What the protocols are called.
pub const PROTOCOLS: [(Protocol, &str); 3] =
    [(Protocol::Lfw, "LFW"), (Protocol::Blufr, "BLUFR"), (Protocol::Pairs, "pairs")];

fn heading(out: &mut impl Write, first: &Evaluation) -> io::Result<()> {
    let name = PROTOCOLS.iter().find(|(protocol, _)| *protocol == first.protocol);
    writeln!(out, "{}: {}", name.map_or("", |(_, name)| name), scope(first))
}

/// What the figures are taken from, and their unit.
pub fn scope(first: &Evaluation) -> String {
    let (genuine, impostors) = (first.genuine, first.impostors);
    match first.trials.len() {
        0 => format!("{genuine} pairs of one person, {impostors} of two; in percent"),
        trials => format!(
            "{trials} trials, {genuine} pairs of one person and {impostors} of two in all; mean - standard deviation over the \
             trials, in percent"
        ),
    }
}

fn head(all: &[Evaluation], card: Option<&PublishedModel>) -> Vec<String> {
    let mut cells = vec!["metric".to_string(), "by definition of".to_string()];
    for (at, evaluation) in all.iter().enumerate() {
        cells.push(short(evaluation));
        match (at, interval_head(evaluation)) {
            (0, Some(level)) => cells.push(level),
            (0, None) => {}
            _ => cells.push("difference".into()),
        }
    }
    if let Some(model) = card {
        cells.extend(["model card".to_string(), "difference".to_string()]);
        if !model.authors.is_empty() {
            cells.push("authors".into());
        }
    }
    cells
}

fn interval_head(evaluation: &Evaluation) -> Option<String> {
    let interval = evaluation.metrics.iter().find_map(|metric| metric.interval)?;
    Some(format!("{} % interval", round(100.0 * interval.level)))
}

/// The last part of the features' name.
pub fn short(evaluation: &Evaluation) -> String {
    let name = &evaluation.source.name;
    name.trim_end_matches('/').rsplit('/').next().unwrap_or(name).to_string()
}

fn line(metric: &Metric, all: &[Evaluation], card: Option<&PublishedModel>) -> Vec<String> {
    let mut cells = vec![metric.name.clone(), metric.definition.to_string()];
    let percent = |value: f64| format!("{:.3}", 100.0 * value);
    let difference = |value: f64, other: f64| format!("{:+.3}", 100.0 * (value - other));
    for (at, evaluation) in all.iter().enumerate() {
        let is_same = |other: &&Metric| other.name == metric.name && other.definition == metric.definition;
        let found = evaluation.metrics.iter().find(is_same);
        let mark = |metric: &Metric| if metric.is_fragile() { "*" } else { " " };
        cells.push(found.map_or_else(String::new, |found| percent(found.value) + mark(found)));
        match at {
            0 if interval_head(evaluation).is_some() => {
                cells.push(metric.interval.map_or_else(String::new, |interval| {
                    format!("{} .. {}", percent(interval.low), percent(interval.high))
                }))
            }
            0 => {}
            _ => cells.push(found.map_or_else(String::new, |found| difference(found.value, metric.value))),
        }
    }
    if let Some(model) = card {
        // Each published column belongs to figures of its own definition.
        let published = |of: &std::collections::BTreeMap<String, f64>| of.get(&metric.name).copied();
        let is_card = metric.definition == lightcnn::eval::Definition::ModelCard;
        let stated = published(&model.published).filter(|_| is_card);
        cells.push(stated.map_or_else(String::new, |stated| format!("{stated:.2}")));
        cells.push(stated.map_or_else(String::new, |stated| difference(metric.value, stated / 100.0)));
        if !model.authors.is_empty() {
            let stated = published(&model.authors).filter(|_| is_card);
            cells.push(stated.map_or_else(String::new, |stated| format!("{stated:.2}")));
        }
    }
    cells
}

fn round(value: f64) -> f64 {
    (1e6 * value).round() / 1e6
}
