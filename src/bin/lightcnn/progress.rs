//! The progress line, drawn only on a terminal.

use crate::report::Report;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::Duration;

const TICK: Duration = Duration::from_millis(200);

/// Counts rows: the number of pictures is not known before the last one is listed.
pub fn rows(report: &Report) -> ProgressBar {
    bar(report, ProgressBar::no_length(), "{spinner} {human_pos} rows, {per_sec}, {elapsed} {msg}")
}

/// Counts rows of a known number.
pub fn rows_of(report: &Report, rows: u64) -> ProgressBar {
    let template = "{spinner} {human_pos} of {human_len} rows, {per_sec}, {eta} left {msg}";
    bar(report, ProgressBar::new(rows), template)
}

/// Counts bytes of a download.
pub fn bytes(report: &Report) -> ProgressBar {
    bar(report, ProgressBar::no_length(), "{spinner} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left")
}

fn bar(report: &Report, bar: ProgressBar, template: &str) -> ProgressBar {
    if report.is_quiet() || !stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
        return bar;
    }
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}
