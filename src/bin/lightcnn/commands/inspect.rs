//! `lightcnn inspect`: what a weight file holds.

use crate::args::Inspect;
use crate::exit::Exit;
use anyhow::Context;
use lightcnn::{checkpoint, models};
use serde_json::json;
use std::io::{self, Write};

pub fn run(args: Inspect) -> anyhow::Result<Exit> {
    let path = args.file.display();
    let summary = checkpoint::inspect(&args.file).with_context(|| format!("cannot inspect {path}"))?;
    let known = models::by_sha256(&summary.sha256);
    let mut out = io::stdout().lock();
    if args.json {
        let mut value = serde_json::to_value(&summary)?;
        value["v"] = json!(1);
        value["file"] = json!(args.file.to_string_lossy());
        value["known"] = json!(known.map(|model| &model.name));
        writeln!(out, "{value}")?;
    } else {
        writeln!(out, "{path}: {summary}")?;
        match known {
            Some(model) => writeln!(out, "weights: {}, as published ({})", model.name, model.licence)?,
            None => writeln!(out, "weights: unknown (not among the published files in `models/`)")?,
        }
    }
    Ok(if summary.network.is_some() { Exit::Good } else { Exit::Some })
}
