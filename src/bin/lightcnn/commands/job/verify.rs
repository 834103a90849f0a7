//! `lightcnn job verify`: whether the parts are what their records say.

use crate::args::job::Verify;
use crate::exit::Exit;
use crate::terminal;
use lightcnn::job;
use serde_json::json;
use std::io::Write;

pub fn run(args: Verify) -> anyhow::Result<Exit> {
    let verified = job::verify(&*job::folder(&args.folder)?)?;
    let mut out = terminal::out();
    if args.json {
        let findings: Vec<_> = verified
            .findings
            .iter()
            .map(|finding| json!({ "path": finding.path.to_string_lossy(), "problem": finding.problem }))
            .collect();
        let summary = json!({ "v": 1, "parts": verified.parts, "rows": verified.rows, "findings": findings });
        writeln!(out, "{summary}")?;
    } else {
        for finding in &verified.findings {
            writeln!(out, "{finding}")?;
        }
        writeln!(out, "{} parts with {} rows are right", verified.parts, verified.rows)?;
    }
    Ok(if verified.findings.is_empty() { Exit::Good } else { Exit::Some })
}
