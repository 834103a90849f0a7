//! `lightcnn fetch`: a published model into the cache.

use crate::args::Fetch;
use crate::exit::Exit;
use crate::progress;
use crate::report::Report;
use crate::terminal;
use anyhow::{Context, bail};
use lightcnn::{fetch, models};
use serde_json::json;
use std::io::Write;

pub fn run(args: Fetch, report: &Report) -> anyhow::Result<Exit> {
    let folder = models::cache_folder()?;
    let mut out = terminal::out();
    let Some(name) = args.name else {
        for model in models::all() {
            let cached = folder.join(model.file_name()).exists();
            if args.json {
                writeln!(
                    out,
                    "{}",
                    json!({"v": 1, "name": model.name, "network": model.network.name(),
                    "url": model.url, "sha256": model.sha256, "licence": model.licence, "cached": cached})
                )?;
            } else {
                let state = if cached { "fetched" } else { "not fetched" };
                writeln!(out, "{}  {}  {}  {state}", model.name, model.network, model.licence)?;
            }
        }
        return Ok(Exit::Good);
    };
    let Some(model) = models::by_name(&name) else {
        let names: Vec<&str> = models::all().iter().map(|model| model.name.as_str()).collect();
        bail!("no published model is called '{name}'; there are: {}", names.join(", "));
    };
    let bar = progress::bytes(report);
    let options = fetch::FetchOptions { url: args.url, ..fetch::FetchOptions::new(folder) };
    let fetched = fetch::fetch(model, &options, &mut |progress| {
        bar.set_position(progress.received);
        if let Some(total) = progress.total {
            bar.set_length(total);
        }
    });
    bar.finish_and_clear();
    let fetched = fetched.with_context(|| format!("cannot fetch {name}"))?;
    if args.json {
        writeln!(
            out,
            "{}",
            json!({"v": 1, "name": name, "path": fetched.path.to_string_lossy(), "sha256": model.sha256})
        )?;
    } else {
        writeln!(out, "{}", fetched.path.display())?;
    }
    Ok(Exit::Good)
}
