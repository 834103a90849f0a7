//! `lightcnn search`: who in a gallery is most alike.

mod answer;
mod probes;

use super::compare::threshold_at;
use super::extract::processors;
use crate::args::search::Search;
use crate::exit::Exit;
use crate::report::Report;
use answer::{Answer, Verdict};
use anyhow::{Context, bail};
use lightcnn::features::Features;
use lightcnn::kernels;
use lightcnn::search::{self, Gallery, LeftOut, MOST_WIDTH, Options, People, search};
use probes::Probes;
use std::io;
use std::time::Instant;

/// Rows that are named one by one.
const NAMED: usize = 10;

pub fn run(args: Search, report: &Report) -> anyhow::Result<Exit> {
    let features =
        Features::open(&args.gallery).with_context(|| format!("cannot use {}", args.gallery.display()))?;
    if features.width() > MOST_WIDTH {
        bail!(
            "{}: features of {} values; {MOST_WIDTH} are the most",
            args.gallery.display(),
            features.width()
        );
    }
    let people = if args.identify { Some(people(&args, &features)?) } else { None };
    let gallery = Gallery {
        features: features.as_slice(),
        width: features.width(),
        people: people.as_ref().map(|people| &people.of_row[..]),
    };
    let options = Options {
        k: args.k.get(),
        threads: args.model.threads.map_or_else(processors, usize::from),
        kernels: kernels::choose(None)?,
    };
    let probes = Probes::gather(&args, &features, report)?;
    let threshold = threshold(&args, &features, gallery, &options, report)?;
    let start = Instant::now();
    let found = search(gallery, &probes.features, &options)?;
    let seconds = start.elapsed().as_secs_f64();
    tell_left_out(&features, &found.left_out, report);
    let answer = Answer {
        gallery: &features,
        people: people.as_ref(),
        probes: &probes.list,
        found: &found,
        verdict: Verdict { threshold, far: args.far },
        seconds,
    };
    let mut out = io::stdout().lock();
    if args.json {
        answer.json(&mut out)?
    } else {
        answer.text(&mut out)?
    }
    for probe in &probes.list {
        if let Some(error) = &probe.error {
            report.warn(format_args!("{}: {error}", probe.name));
        }
    }
    let failed = probes.list.len() - found.hits.len();
    report.detail(format_args!("{} rows, {} probes, {seconds:.3} s", features.rows(), found.hits.len()));
    Ok(match (found.hits.len(), failed) {
        (_, 0) => Exit::Good,
        (0, _) => Exit::Nothing,
        _ => Exit::Some,
    })
}

/// Whose each row is.
fn people(args: &Search, gallery: &Features) -> anyhow::Result<People> {
    if !gallery.is_named() {
        bail!(
            "the rows of {} have no names, so nothing says whose they are; --identify needs a gallery made by extract or job",
            args.gallery.display()
        );
    }
    let names = (0..gallery.rows()).filter_map(|row| gallery.name(row));
    Ok(match &args.persons {
        Some(file) => People::from_csv(file, names)?,
        None => People::from_folders(names)?,
    })
}

/// The cosine below which a probe is nobody's, if one was asked for.
fn threshold(
    args: &Search,
    features: &Features,
    gallery: Gallery<'_>,
    options: &Options,
    report: &Report,
) -> anyhow::Result<Option<f64>> {
    let Some(far) = args.far else { return Ok(args.threshold) };
    if let Some(file) = &args.thresholds {
        let Some(contract) = features.contract() else {
            bail!(
                "nothing says how the features of {} were made, so no stored thresholds are known to fit; leave --thresholds \
                 out, or name the threshold with --threshold",
                args.gallery.display()
            );
        };
        return Ok(Some(threshold_at(far, Some(file), contract, report)?));
    }
    let strangers = search::strangers(gallery, options)?;
    let (accepted, count) = (strangers.accepted(far), strangers.cosines.len());
    if accepted < 10 {
        report.warn(format_args!(
            "the threshold rests on {accepted} of {count} faces that played strangers; with fewer than ten it is a matter \
             of luck, so ask for a higher --far or add persons"
        ));
    }
    Ok(Some(strangers.threshold(far)))
}

/// Says which rows of the gallery could not be found.
fn tell_left_out(gallery: &Features, left_out: &LeftOut, report: &Report) {
    if !left_out.failed.is_empty() {
        report.warn(format_args!(
            "{} of {} rows of {} have no feature and are left out",
            left_out.failed.len(),
            gallery.rows(),
            gallery.path().display()
        ));
    }
    for &row in left_out.zero.iter().take(NAMED) {
        report.warn(format_args!(
            "{}, row {row} ({}): all zero, left out",
            gallery.path().display(),
            gallery.name(row).unwrap_or("no name")
        ));
    }
    if left_out.zero.len() > NAMED {
        report.warn(format_args!("{} rows in all are zero", left_out.zero.len()));
    }
}
