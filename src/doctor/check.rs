//! What a check found.

use serde::Serialize;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Good,
    /// Does not keep inference from working.
    Note,
    /// Keeps inference from working.
    Problem,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub subject: &'static str,
    /// How it ended.
    pub state: State,
    /// What was found, in one line.
    pub finding: String,
    /// What to do, in one line; nothing if nothing is to be done.
    pub advice: Option<String>,
}
