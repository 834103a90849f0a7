//! How many rows may fail before a job is stopped.

use crate::error::ErrorKind;
use std::str::FromStr;

/// How many rows of a shard may fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxBad {
    /// This many.
    Rows(u64),
    /// This share of the shard's rows, in percent.
    Percent(f64),
}

/// A word that is no number of rows.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is no number of rows; write 100, or 0.1% of the shard's rows")]
pub struct NoMaxBad(String);

impl NoMaxBad {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl MaxBad {
    /// The most of `rows` that may fail.
    #[doc(hidden)]
    pub fn limit(self, rows: u64) -> u64 {
        match self {
            MaxBad::Rows(limit) => limit,
            // A share of a number of rows is one too; parts of a row are dropped.
            MaxBad::Percent(percent) => (rows as f64 * percent / 100.0) as u64,
        }
    }
}

impl FromStr for MaxBad {
    type Err = NoMaxBad;

    fn from_str(text: &str) -> Result<MaxBad, NoMaxBad> {
        let parsed = match text.strip_suffix('%') {
            Some(percent) => {
                percent.trim().parse().ok().filter(|p| (0.0..=100.0).contains(p)).map(MaxBad::Percent)
            }
            None => text.parse().ok().map(MaxBad::Rows),
        };
        parsed.ok_or_else(|| NoMaxBad(text.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_shares() {
        let limit = |text: &str| text.parse::<MaxBad>().map(|max| max.limit(4_000));
        assert_eq!(limit("0"), Ok(0));
        assert_eq!(limit("17"), Ok(17));
        assert_eq!(limit("0.1%"), Ok(4));
        assert_eq!(limit("0.09 %"), Ok(3));
        assert_eq!(limit("100%"), Ok(4_000));
        for text in ["", "%", "-1", "101%", "1.5", "NaN%", "ten"] {
            assert_eq!(limit(text), Err(NoMaxBad(text.to_string())));
        }
    }
}
