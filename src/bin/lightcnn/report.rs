//! Talk: everything said to a person goes to stderr, through here.

use crate::advice;
use crate::terminal::say;
use lightcnn::source::Omitted;
use std::fmt::Display;

/// What is said, and what is kept quiet.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    quiet: bool,
    verbose: u8,
}

impl Report {
    /// `quiet` leaves only errors; `verbose` counts the `-v`.
    pub fn new(quiet: bool, verbose: u8) -> Report {
        Report { quiet, verbose }
    }

    /// Whether anything but errors may be said.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Something the user should know.
    pub fn say(&self, text: impl Display) {
        if !self.quiet {
            say(&format!("{text}"));
        }
    }

    /// A detail, for `-v`.
    pub fn detail(&self, text: impl Display) {
        if self.verbose > 0 {
            say(&format!("{text}"));
        }
    }

    /// Something that is wrong but does not stop the run.
    pub fn warn(&self, text: impl Display) {
        if !self.quiet {
            say(&format!("warning: {text}"));
        }
    }

    /// What the inputs hold that was not used.
    pub fn left_out(&self, left_out: &[Omitted]) {
        let each: Vec<String> = left_out.iter().map(Omitted::to_string).collect();
        if !each.is_empty() {
            self.say(format_args!("left out: {}", each.join(", ")));
        }
    }

    /// Why the run did nothing of use, though it came to its end.
    pub fn failed(&self, text: impl Display) {
        say(&format!("error: {text}"));
    }

    /// Why the run ends here, with every cause.
    pub fn error(&self, error: &anyhow::Error) {
        say(&format!("error: {error}"));
        for cause in error.chain().skip(1) {
            say(&format!("  caused by: {cause}"));
        }
        if let Some(advice) = advice::of(error) {
            say(&format!("  {advice}"));
        }
    }
}
