//! Talk: everything said to a person goes to stderr, through here.

use crate::advice;
use lightcnn::source::Omitted;
use std::fmt::Display;
use std::io::{self, Write};

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
            line(format_args!("{text}"));
        }
    }

    /// A detail, for `-v`.
    pub fn detail(&self, text: impl Display) {
        if self.verbose > 0 {
            line(format_args!("{text}"));
        }
    }

    /// Something that is wrong but does not stop the run.
    pub fn warn(&self, text: impl Display) {
        if !self.quiet {
            line(format_args!("warning: {text}"));
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
        line(format_args!("error: {text}"));
    }

    /// Why the run ends here, with every cause.
    pub fn error(&self, error: &anyhow::Error) {
        line(format_args!("error: {error}"));
        for cause in error.chain().skip(1) {
            line(format_args!("  caused by: {cause}"));
        }
        if let Some(advice) = advice::of(error) {
            line(format_args!("  {advice}"));
        }
    }
}

/// Text as it may reach a terminal: names and reasons come from strangers' files, and could move its cursor, write its
/// title or turn the order of the letters around.
fn shown(text: &str) -> String {
    let is_unsafe = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match is_unsafe(c) {
            true => shown.extend(c.escape_unicode()),
            false => shown.push(c),
        }
    }
    shown
}

/// A closed stderr must not end the run, so a failed write is let go.
fn line(text: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{}", shown(&text.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_as_a_command() {
        assert_eq!(shown("two lines\nand é"), "two lines\nand é");
        assert_eq!(shown("\u{1b}[2J\r\u{9b}x\u{202e}y\t"), "\\u{1b}[2J\\u{d}\\u{9b}x\\u{202e}y\\u{9}");
    }
}
