//! `lightcnn job status`: what is done of a job.

use crate::args::job::Status as Args;
use crate::exit::Exit;
use crate::terminal;
use lightcnn::job::{self, ShardStatus, Status};
use lightcnn::source::Omitted;
use serde_json::{Value, json};
use std::io::{self, Write};

pub fn run(args: Args) -> anyhow::Result<Exit> {
    let status = Status::of(&*job::folder(&args.folder)?)?;
    let mut out = terminal::out();
    if args.json {
        writeln!(out, "{}", as_json(&status))?;
    } else {
        write(&mut out, &status)?;
    }
    Ok(if status.is_finished() { Exit::Good } else { Exit::Some })
}

/// Rows a second of the processes that worked, each for itself.
fn rate(rows: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { (rows as f64 / seconds).round() } else { 0.0 }
}

fn as_json(status: &Status) -> Value {
    let shard = |shard: &ShardStatus| {
        json!({
            "shard": shard.shard.to_string(), "rows": shard.rows, "done": shard.tally.rows,
            "chunks": shard.chunks, "parts": shard.tally.parts, "failed": shard.tally.failed,
            "reasons": shard.tally.kinds, "images_per_second": rate(shard.tally.rows, shard.tally.seconds),
            "finished": shard.is_finished(), "bound": shard.bound,
        })
    };
    let tally = status.tally();
    json!({
        "v": 1, "rows": status.job.terms.listing.rows, "done": tally.rows, "failed": tally.failed,
        "reasons": tally.kinds, "images_per_second": rate(tally.rows, tally.seconds),
        "finished": status.is_finished(), "left_out": left_out(status), "contract": status.job.terms.contract,
        "shards": status.shards.iter().map(shard).collect::<Vec<_>>(),
    })
}

/// What the inputs hold that is no row: every shard lists all of them.
fn left_out(status: &Status) -> &[Omitted] {
    status
        .shards
        .iter()
        .map(|shard| &shard.left_out[..])
        .find(|omitted| !omitted.is_empty())
        .unwrap_or_default()
}

fn write(out: &mut impl Write, status: &Status) -> io::Result<()> {
    let (terms, tally) = (&status.job.terms, status.tally());
    let contract = &terms.contract;
    writeln!(
        out,
        "job     {} rows, shards {}, chunk {}; {}, {}, {} {}",
        terms.listing.rows,
        terms.shards,
        terms.chunk,
        contract.network,
        contract.preprocess,
        contract.backend,
        contract.kernels
    )?;
    let percent = 100.0 * tally.rows as f64 / terms.listing.rows.max(1) as f64;
    writeln!(out, "done    {} rows ({percent:.1} %)", tally.rows)?;
    let reasons = if tally.failed > 0 { format!(" ({})", tally.reasons()) } else { String::new() };
    writeln!(out, "failed  {} rows{reasons}", tally.failed)?;
    writeln!(out, "rate    {} images/s per process", rate(tally.rows, tally.seconds))?;
    let omitted: Vec<String> = left_out(status).iter().map(Omitted::to_string).collect();
    if !omitted.is_empty() {
        writeln!(out, "unused  {}", omitted.join(", "))?;
    }
    for shard in &status.shards {
        let ShardStatus { shard: name, rows, chunks, tally, bound, .. } = shard;
        match rows {
            None => writeln!(out, "shard   {name} not begun")?,
            Some(rows) => writeln!(
                out,
                "shard   {name} {} of {rows} rows, {} of {chunks} chunks, {} failed",
                tally.rows, tally.parts, tally.failed
            )?,
        }
        if let Some(bound) = bound {
            writeln!(out, "        {bound}")?;
        }
    }
    Ok(())
}
