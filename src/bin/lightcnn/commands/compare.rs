//! `lightcnn compare`: how alike two faces are.

use super::extract::landmarks;
use crate::args::Compare;
use crate::engine;
use crate::exit::Exit;
use crate::report::Report;
use crate::terminal;
use anyhow::{Context, bail};
use lightcnn::Engine;
use lightcnn::contract::{Contract, check_alike};
use lightcnn::eval::Thresholds;
use lightcnn::features::{cosine, read_contract};
use lightcnn::pipeline::FaceReader;
use lightcnn::source::Item;
use lightcnn::stored::StoredFeature;
use serde_json::json;
use std::io::Write;
use std::path::Path;

pub fn run(args: Compare, report: &Report) -> anyhow::Result<Exit> {
    let table = landmarks(&args.face, &[])?;
    let contract = args.contract.as_deref().map(read_contract).transpose()?;
    let stored = [stored(&args.left, contract.as_ref())?, stored(&args.right, contract.as_ref())?];
    // An engine is opened only if there is a picture to embed.
    let embedder = match stored {
        [Some(_), Some(_)] => None,
        _ => {
            let engine = engine::open(&args.model, report)?;
            let reader = FaceReader::new(engine.input(), args.face.preprocess).landmarks(table);
            Some((engine, reader))
        }
    };
    let mut sides = Vec::new();
    for (path, stored) in [&args.left, &args.right].into_iter().zip(stored) {
        sides.push(match (stored, &embedder) {
            (Some(side), _) => side,
            (None, Some((engine, reader))) => embed(path, engine, reader)?,
            (None, None) => bail!("{} is no feature file", path.display()),
        });
    }
    let name = |path: &Path| path.display().to_string();
    check_alike(
        (&name(&args.left), sides[0].contract.as_ref()),
        (&name(&args.right), sides[1].contract.as_ref()),
    )?;
    let lengths = [sides[0].feature.len(), sides[1].feature.len()];
    if lengths[0] != lengths[1] {
        bail!("features of {} and of {} values cannot be compared", lengths[0], lengths[1]);
    }
    let threshold = match args.threshold_at_far {
        Some(far) => {
            let Some(contract) = &sides[0].contract else {
                bail!(
                    "nothing says how the features of {} were made, so no stored thresholds are known to fit; say it with \
                     --contract, or name the threshold with --threshold",
                    args.left.display()
                );
            };
            Some(threshold_at(far, args.thresholds.as_deref(), contract, report)?)
        }
        None => args.threshold,
    };
    let similarity = cosine(&sides[0].feature, &sides[1].feature)
        .context("a feature of length 0 has no direction to compare")?;
    let mut out = terminal::out();
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

/// The measured threshold for a false accept rate, if it was measured on features made like those compared.
pub fn threshold_at(
    far: f64,
    file: Option<&Path>,
    contract: &Contract,
    report: &Report,
) -> anyhow::Result<f64> {
    let thresholds = Thresholds::find(file, contract)?;
    let point = thresholds.at(far)?;
    report.detail(format_args!(
        "threshold {:.6}: {} of {} pairs of two persons reach it, and {:.2} % of those of one",
        point.threshold,
        point.false_accepts,
        thresholds.impostors,
        100.0 * point.tpr
    ));
    Ok(point.threshold)
}

fn embed(path: &Path, engine: &Engine, reader: &FaceReader) -> anyhow::Result<StoredFeature> {
    let item = Item::file(path.to_path_buf());
    let face =
        reader.read(&item, &mut Vec::new()).with_context(|| format!("cannot use {}", path.display()))?;
    let feature = engine.embed(&[face])?.into_raw_vec_and_offset().0;
    Ok(StoredFeature { feature, contract: Some(engine.contract(reader.preprocess(), false)) })
}

/// The feature that `operand` names, made by `contract` if its file does not say how.
fn stored(operand: &Path, contract: Option<&Contract>) -> anyhow::Result<Option<StoredFeature>> {
    let stored = StoredFeature::open(operand).with_context(|| format!("cannot use {}", operand.display()))?;
    Ok(stored.map(|side| StoredFeature { contract: side.contract.or_else(|| contract.cloned()), ..side }))
}
