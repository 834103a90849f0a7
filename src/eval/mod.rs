//! Figures of merit of features: LFW, BLUFR, and any list of pairs.
//!
//! Reads features and protocol files, and does not know how the features were made. `docs/figures.md` has the
//! definitions, where they come from, and where the official scripts differ from each other. What is found is one
//! plain value, [`Evaluation`], which tables and reports are made of.
//!
//! A score is the cosine of two features, computed in float64; higher is more alike; a pair counts as the same person
//! if its score is at least the threshold.

mod blufr;
mod bootstrap;
mod error;
mod gram;
mod images;
mod lfw;
mod pairs;
mod result;
mod roc;
mod scan;
mod selection;
mod thresholds;

pub use blufr::blufr;
pub use bootstrap::Bootstrap;
pub use error::{EvalError, Problem, Problems};
pub use pairs::{Scored, ScoredPairs, all_pairs, pairs};
pub use result::{
    Definition, Evaluation, Fold, Hard, Hardest, Histogram, Identification, Interval, Metric, Protocol,
    RocPoint, Source, Trial,
};
pub use roc::{Curve, Ranked};
pub use thresholds::{OperatingPoint, Thresholds, ThresholdsError};

/// How an evaluation is made.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct EvalOptions {
    /// How confidence intervals are made; without it there are none.
    pub bootstrap: Option<Bootstrap>,
    /// How many of the hardest pairs of each kind are kept.
    pub hardest: usize,
}

impl Default for EvalOptions {
    fn default() -> EvalOptions {
        EvalOptions { bootstrap: Some(Bootstrap::default()), hardest: 20 }
    }
}

#[cfg(test)]
mod tests;
