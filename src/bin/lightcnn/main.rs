//! The `lightcnn` program: words are read once, one command runs, and its exit code is the last word.

mod advice;
mod args;
mod commands;
mod engine;
mod exit;
mod plot;
mod progress;
mod report;
mod signal;
mod terminal;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args = args::typed();
    let report = report::Report::new(args.quiet, args.verbose);
    exit::code(&report, commands::run(args.command, &report))
}
