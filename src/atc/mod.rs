//! Making an `.om` with `atc`, CANN's compiler of models: what is asked of it, how it runs, and the manifest that is kept
//! beside the model.

mod compile;
mod manifest;
mod plan;
mod program;
mod scratch;

pub use compile::{Compilation, CompileError, Compiled, compile};
pub use manifest::{Manifest, ManifestError, Pictures, Recipe, Scaling};
pub use plan::{
    BadGears, BadSoc, BatchSizes, LARGEST_BATCH, MOST_GEARS, Plan, PrecisionMode, Soc, UnknownPrecisionMode,
};
pub use program::{ATC_VARIABLE, Atc, AtcNotFound, Explanation, explain};
#[cfg(feature = "ascend")]
pub(crate) use scratch::Scratch;
