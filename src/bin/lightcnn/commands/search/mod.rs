//! `lightcnn search`: who in a gallery is most alike.

mod answer;

use super::compare::threshold_at;
use super::extract::landmarks;
use crate::args::search::Search;
use crate::engine;
use crate::exit::Exit;
use crate::report::Report;
use crate::terminal;
use answer::{Answer, Verdict};
use anyhow::bail;
use lightcnn::features::{Features, read_contract};
use lightcnn::pipeline::FaceReader;
use lightcnn::search::{LeftOut, Probes, SearchOptions, Session};
use lightcnn::source::{self, SourceOptions};
use lightcnn::stored;
use std::time::Instant;

/// Rows that are named one by one.
const NAMED: usize = 10;

pub fn run(args: Search, report: &Report) -> anyhow::Result<Exit> {
    let mut session = Session::open(&args.gallery)?;
    if let Some(file) = &args.contract {
        session = session.assume(read_contract(file)?);
    }
    if args.identify {
        session = session.identify(args.persons.as_deref())?;
    }
    let features = session.features();
    let mut options = SearchOptions::new(args.k.get())?;
    if let Some(threads) = args.model.threads {
        options = options.threads(threads.into());
    }
    let probes = probes(&args, &session, report)?;
    let threshold = threshold(&args, &session, &options, report)?;
    let start = Instant::now();
    let found = session.search(&probes, &options)?;
    let seconds = start.elapsed().as_secs_f64();
    tell_left_out(features, &found.left_out, report);
    let answer = Answer {
        gallery: features,
        people: session.people(),
        probes: probes.list(),
        found: &found,
        verdict: Verdict { threshold, far: args.far },
        seconds,
    };
    let mut out = terminal::out();
    if args.json {
        answer.json(&mut out)?
    } else {
        answer.text(&mut out)?
    }
    for probe in probes.list() {
        if let Some(error) = &probe.error {
            report.warn(format_args!("{}: {error}", probe.name));
        }
    }
    let failed = probes.list().len() - found.hits.len();
    report.detail(format_args!("{} rows, {} probes, {seconds:.3} s", features.rows(), found.hits.len()));
    Ok(match (found.hits.len(), failed) {
        (_, 0) => Exit::Good,
        (0, _) => Exit::Nothing,
        _ => Exit::Some,
    })
}

/// What `args` names: pictures, and rows of files of features.
fn probes(args: &Search, session: &Session, report: &Report) -> anyhow::Result<Probes> {
    let mut probes = Probes::default();
    let mut embedder = None;
    for operand in &args.probes {
        let (file, row) = stored::split_row(operand);
        if stored::are_at(&file) {
            probes.add_rows(session, &file, row)?;
            continue;
        }
        // An engine is opened only if there is a picture to embed.
        let (engine, reader) = match &embedder {
            Some(embedder) => embedder,
            None => {
                let landmarks = landmarks(&args.face, &args.probes)?;
                let engine = engine::open(&args.model, report)?;
                let (input, preprocess) = (engine.input(), args.face.preprocess);
                &*embedder.insert((engine, FaceReader::new(input, preprocess).landmarks(landmarks)))
            }
        };
        let items = source::list(std::slice::from_ref(operand), &SourceOptions::default())?;
        let left_out = items.left_out();
        probes.add_pictures(session, items, engine, reader)?;
        report.left_out(&left_out.all());
    }
    Ok(probes)
}

/// The cosine below which a probe is nobody's, if one was asked for.
fn threshold(
    args: &Search,
    session: &Session,
    options: &SearchOptions,
    report: &Report,
) -> anyhow::Result<Option<f64>> {
    let Some(far) = args.far else { return Ok(args.threshold) };
    if let Some(file) = &args.thresholds {
        let Some(contract) = session.features().contract() else {
            bail!(
                "nothing says how the features of {} were made, so no stored thresholds are known to fit; say it with \
                 --contract, leave --thresholds out, or name the threshold with --threshold",
                args.gallery.display()
            );
        };
        return Ok(Some(threshold_at(far, Some(file), contract, report)?));
    }
    let strangers = session.strangers(options)?;
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
