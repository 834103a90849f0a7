//! What is said while a job runs: a line on a terminal, a JSON object now and then elsewhere.

use crate::progress;
use crate::report::Report;
use indicatif::ProgressBar;
use lightcnn::job::Shard;
use lightcnn::pipeline::{Count, Event};
use serde_json::json;
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

/// Failed rows that are named one by one; the parts name them all.
const NAMED_FAILURES: u64 = 10;

/// Says how a run goes.
pub struct Watcher<'a> {
    report: &'a Report,
    shard: Shard,
    todo: u64,
    interval: Duration,
    bar: ProgressBar,
    /// Whether lines take the place of the bar.
    lines: bool,
    failed: u64,
    started: Instant,
    /// When the last line was written, and the rows done then.
    last: (Instant, u64),
}

impl<'a> Watcher<'a> {
    pub fn new(report: &'a Report, shard: Shard, todo: u64, interval: Duration) -> Watcher<'a> {
        let now = Instant::now();
        let lines = !report.is_quiet() && !stderr().is_terminal();
        let bar = progress::rows_of(report, todo);
        Watcher { report, shard, todo, interval, bar, lines, failed: 0, started: now, last: (now, 0) }
    }

    /// Takes note of something that happened.
    pub fn see(&mut self, event: Event<'_>) {
        match event {
            Event::Failed { path, reason } => {
                self.failed += 1;
                if self.failed <= NAMED_FAILURES {
                    self.warn(&format!("{path}: {reason}"));
                } else if self.failed == NAMED_FAILURES + 1 {
                    self.warn("more rows failed; the parts name them all");
                }
            }
            Event::DeviceLost(loss) => {
                self.warn(&format!("device {} is lost: {}", loss.device, loss.reason));
            }
            Event::Batch(count) => {
                self.bar.set_position(count.rows);
                if self.failed > 0 {
                    self.bar.set_message(format!("{} bad", self.failed));
                }
                if self.lines && self.last.0.elapsed() >= self.interval {
                    self.line(count);
                }
            }
            _ => {}
        }
    }

    fn warn(&self, text: &str) {
        self.bar.suspend(|| self.report.warn(text));
    }

    fn line(&mut self, count: Count) {
        let (now, rows) = (Instant::now(), count.rows);
        let rate = |rows: u64, since: Instant| rows as f64 / (now - since).as_secs_f64().max(1e-9);
        let average = rate(rows, self.started);
        let line = json!({
            "v": 1, "shard": self.shard.to_string(), "rows": rows, "of": self.todo, "failed": count.failed,
            "images_per_second": rate(rows - self.last.1, self.last.0).round(),
            "seconds_left": (self.todo.saturating_sub(rows) as f64 / average.max(1e-9)).round(),
        });
        self.report.say(line);
        self.last = (now, rows);
    }

    /// Takes the bar away.
    pub fn end(self) {
        self.bar.finish_and_clear();
    }
}
