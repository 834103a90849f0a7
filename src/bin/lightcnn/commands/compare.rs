//! `lightcnn compare`: how alike two faces are.

use super::extract::landmarks;
use crate::args::Compare;
use crate::exit::Exit;
use crate::model;
use crate::report::Report;
use anyhow::{Context, bail};
use lightcnn::contract::{Conflict, Contract};
use lightcnn::eval::Thresholds;
use lightcnn::feature::cosine;
use lightcnn::pipeline::FaceReader;
use lightcnn::source::Item;
use lightcnn::{Model, models, sink};
use serde_json::json;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// One side: where it comes from, and its feature.
struct Side {
    feature: Vec<f32>,
    contract: Contract,
}

pub fn run(args: Compare, report: &Report) -> anyhow::Result<Exit> {
    let table = landmarks(&args.face, &[])?;
    let stored = [stored(&args.left)?, stored(&args.right)?];
    // A model is opened only if there is a picture to embed.
    let mut eye = match stored {
        [Some(_), Some(_)] => None,
        _ => {
            let model = model::open(&args.model, report)?;
            let reader =
                FaceReader { input: model.input(), preprocess: args.face.preprocess, landmarks: table };
            Some((model, reader))
        }
    };
    let mut sides = Vec::new();
    for (path, stored) in [&args.left, &args.right].into_iter().zip(stored) {
        sides.push(match (stored, &mut eye) {
            (Some(side), _) => side,
            (None, Some((model, reader))) => embed(path, model, reader)?,
            (None, None) => bail!("{} is no feature file", path.display()),
        });
    }
    let conflicts = sides[0].contract.conflicts(&sides[1].contract);
    if !conflicts.is_empty() {
        bail!("the two features were not made alike and cannot be compared\n  {}", lines(&conflicts));
    }
    let threshold = match args.threshold_at_far {
        Some(far) => Some(threshold_at(far, args.thresholds.as_deref(), &sides[0].contract, report)?),
        None => args.threshold,
    };
    let similarity = cosine(&sides[0].feature, &sides[1].feature)
        .context("a feature of length 0 has no direction to compare")?;
    let mut out = io::stdout().lock();
    if args.json {
        let value = json!({
            "v": 1, "left": args.left.to_string_lossy(), "right": args.right.to_string_lossy(),
            "cosine": similarity, "threshold": threshold,
            "same": threshold.map(|threshold| similarity >= threshold),
            "contract": sides[0].contract,
        });
        writeln!(out, "{value}")?;
    } else {
        writeln!(out, "{similarity:.6}")?;
    }
    Ok(match threshold {
        Some(threshold) if similarity < threshold => Exit::Some,
        _ => Exit::Good,
    })
}

fn lines(conflicts: &[Conflict]) -> String {
    conflicts.iter().map(ToString::to_string).collect::<Vec<String>>().join("\n  ")
}

/// The measured threshold for a false accept rate, if it was measured on features made like those compared.
pub fn threshold_at(
    far: f64,
    file: Option<&Path>,
    contract: &Contract,
    report: &Report,
) -> anyhow::Result<f64> {
    let path = match file {
        Some(file) => file.to_path_buf(),
        None => models::cache_folder()?.join(Thresholds::file_name(contract)),
    };
    if !path.exists() {
        bail!(
            "there are no thresholds for these features (looked for {})\n  to measure them:     \
             lightcnn eval lfw --features FILE --pairs FILE --save-thresholds\n  to name a file:      \
             --thresholds FILE\n  to give a cosine:    --threshold COSINE",
            path.display()
        );
    }
    let thresholds = Thresholds::read(&path)?;
    let conflicts = thresholds.contract.conflicts(contract);
    if !conflicts.is_empty() {
        bail!(
            "{}: these thresholds are of features that were not made like the ones compared\n  {}",
            path.display(),
            lines(&conflicts)
        );
    }
    let point = thresholds.at(far).with_context(|| format!("cannot use {}", path.display()))?;
    report.detail(format_args!(
        "threshold {:.6}: {} of {} pairs of two persons reach it, and {:.2} % of those of one",
        point.threshold,
        point.false_accepts,
        thresholds.impostors,
        100.0 * point.tpr
    ));
    Ok(point.threshold)
}

fn embed(path: &Path, model: &mut Model, reader: &FaceReader) -> anyhow::Result<Side> {
    let item = Item::file(path.to_path_buf());
    let face =
        reader.read(&item, &mut Vec::new()).with_context(|| format!("cannot use {}", path.display()))?;
    let feature = model.embed(&[face])?.into_raw_vec_and_offset().0;
    Ok(Side { feature, contract: model.contract(reader.preprocess, false) })
}

/// The feature in `FILE` or `FILE#ROW`; nothing if `operand` does not name a feature file.
fn stored(operand: &Path) -> anyhow::Result<Option<Side>> {
    let (file, row) = split_row(operand);
    if !sink::is_feature_file(&file) {
        return Ok(None);
    }
    let mut features = sink::open(&file).with_context(|| format!("cannot use {}", file.display()))?;
    let contract = features.contract().clone();
    let wanted = match row {
        Some(row) => row,
        None if features.rows() == 1 => 0,
        None => bail!(
            "{file} has {rows} rows; say which one, as in {file}#0",
            file = file.display(),
            rows = features.rows()
        ),
    };
    let found =
        features.row(wanted).with_context(|| format!("cannot read row {wanted} of {}", file.display()))?;
    match found.outcome {
        Ok(feature) => Ok(Some(Side { feature, contract })),
        Err(reason) => bail!("row {wanted} of {} has no feature: {reason}", file.display()),
    }
}

/// `FILE#12` into the file and the row; a file of that whole name comes first.
pub fn split_row(operand: &Path) -> (PathBuf, Option<u64>) {
    let whole = (operand.to_path_buf(), None);
    if operand.exists() {
        return whole;
    }
    let Some((file, row)) = operand.to_str().and_then(|text| text.rsplit_once('#')) else { return whole };
    match row.parse() {
        Ok(row) => (PathBuf::from(file), Some(row)),
        Err(_) => whole,
    }
}
