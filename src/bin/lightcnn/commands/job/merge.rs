//! `lightcnn job merge`: all parts as one file.

use crate::args::job::Merge;
use crate::exit::Exit;
use crate::report::Report;
use lightcnn::features;
use lightcnn::job::{self, JobFile};

pub fn run(args: Merge, report: &Report) -> anyhow::Result<Exit> {
    let store = job::folder(&args.folder)?;
    let job = JobFile::open(&*store)?;
    let mut sink = features::create(&args.output, &job.terms.contract, args.force)?;
    let count = job::merge(&store, &mut *sink)?;
    report.say(format_args!("{} rows, {} failed -> {}", count.rows, count.failed, args.output.display()));
    Ok(Exit::Good)
}
