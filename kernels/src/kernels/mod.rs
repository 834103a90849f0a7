//! The CPU kernels: C in `kernels/`, compiled once per instruction set, chosen once at start.
//!
//! Activations lie as `images × chunks × side × side × 16`: a chunk is 16 consecutive channels, so that a pixel of
//! a chunk is one cache line. Weights are packed in slices, see [`pack`]. Every kernel works on items (a group of
//! tiles, of pixels, of rows) that threads claim one by one; the arithmetic of an output value does not depend on
//! how work was cut into items.

mod aligned;
#[cfg(test)]
mod checks;
mod elements;
#[cfg(test)]
mod extremes;
mod ffi;
pub mod integer;
#[cfg(test)]
mod integer_checks;
pub mod pack;
pub mod reference;
mod roof;
pub mod winograd;

pub use aligned::Aligned;
pub use ffi::{
    Cosine, Dense, First, FirstShape, KernelSet, Pointwise, Probes, Slice, Step, Winograd, WinogradShape,
};
pub use roof::Roof;

use std::env;

/// Channels of a chunk; every layer but the input has a multiple of it.
pub const CHUNK: usize = 16;

/// The environment variable that names the kernel set to use instead of the best one.
pub const VARIABLE: &str = "LIGHTCNN_KERNELS";

/// What is done to an output after Max-Feature-Map. The numbers are those of `enum finish` in `vector.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Finish {
    /// Nothing.
    Keep = 0,
    /// The input of the residual block is added.
    Add = 1,
    /// Maximum over windows of 2×2.
    PoolMax = 2,
    /// Maximum plus mean over windows of 2×2.
    PoolMaxPlusAverage = 3,
}

impl Finish {
    /// Whether the side of the output is half that of the input.
    pub fn pools(self) -> bool {
        matches!(self, Finish::PoolMax | Finish::PoolMaxPlusAverage)
    }
}

/// Whether a kernel set can be used here.
#[derive(Clone, Copy, Debug)]
pub enum Availability {
    /// It can.
    Ready(&'static KernelSet),
    /// It belongs to another architecture, or the C compiler could not build it.
    NotCompiled,
    /// This processor lacks the named feature.
    ProcessorLacks(&'static str),
}

/// A row of the table of kernel sets.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Name of the set.
    pub name: &'static str,
    /// Whether it can be used here.
    pub availability: Availability,
}

/// Every kernel set there is, best first.
pub fn table() -> [Row; 5] {
    [
        Row { name: "avx512vnni", availability: avx512vnni() },
        Row { name: "avx512", availability: avx512() },
        Row { name: "avx2", availability: avx2() },
        Row { name: "neon", availability: neon() },
        Row { name: "plain", availability: Availability::Ready(&ffi::PLAIN) },
    ]
}

#[cfg(kernels_avx512vnni)]
fn avx512vnni() -> Availability {
    if !std::is_x86_feature_detected!("avx512vnni") {
        return Availability::ProcessorLacks("AVX-512 VNNI");
    }
    match avx512() {
        Availability::Ready(_) => Availability::Ready(&ffi::AVX512VNNI),
        lacking => lacking,
    }
}

#[cfg(not(kernels_avx512vnni))]
fn avx512vnni() -> Availability {
    Availability::NotCompiled
}

#[cfg(kernels_avx512)]
fn avx512() -> Availability {
    if !std::is_x86_feature_detected!("avx512f") {
        return Availability::ProcessorLacks("AVX-512F");
    }
    if !std::is_x86_feature_detected!("avx512bw") {
        return Availability::ProcessorLacks("AVX-512BW");
    }
    match avx2() {
        Availability::Ready(_) => Availability::Ready(&ffi::AVX512),
        lacking => lacking,
    }
}

#[cfg(not(kernels_avx512))]
fn avx512() -> Availability {
    Availability::NotCompiled
}

#[cfg(kernels_avx2)]
fn avx2() -> Availability {
    if !std::is_x86_feature_detected!("avx2") {
        Availability::ProcessorLacks("AVX2")
    } else if !std::is_x86_feature_detected!("fma") {
        Availability::ProcessorLacks("FMA")
    } else {
        Availability::Ready(&ffi::AVX2)
    }
}

#[cfg(not(kernels_avx2))]
fn avx2() -> Availability {
    Availability::NotCompiled
}

/// Every aarch64 processor that Rust supports by default has NEON.
#[cfg(kernels_neon)]
fn neon() -> Availability {
    Availability::Ready(&ffi::NEON)
}

#[cfg(not(kernels_neon))]
fn neon() -> Availability {
    Availability::NotCompiled
}

/// A kernel set that was asked for and cannot be had.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KernelsError {
    /// No set has this name.
    #[error("{}there are no kernels called '{name}'; choose one of {available}", by(*variable))]
    Unknown {
        /// The environment variable that asked, if one did.
        variable: Option<&'static str>,
        /// What was asked for.
        name: String,
        /// The sets that can be used here.
        available: String,
    },
    /// The set is for other processors.
    #[error("{}the {name} kernels cannot be used here: {reason}; choose one of {available}", by(*variable))]
    Unavailable {
        /// The environment variable that asked, if one did.
        variable: Option<&'static str>,
        /// What was asked for.
        name: String,
        /// Why not.
        reason: String,
        /// The sets that can be used here.
        available: String,
    },
}

/// What an error begins with that a variable brought about.
fn by(variable: Option<&str>) -> String {
    variable.map_or_else(String::new, |name| format!("{name}: "))
}

/// The kernel set called `name`; without a name the one that `LIGHTCNN_KERNELS` names, or else the best one here.
///
/// # Errors
/// If the set asked for does not exist or cannot be used on this processor.
pub fn choose(name: Option<&str>) -> Result<&'static KernelSet, KernelsError> {
    let set = env::var_os(VARIABLE).filter(|value| !value.is_empty());
    let from_environment = set.map(|value| value.to_string_lossy().into_owned());
    let variable = if name.is_none() { Some(VARIABLE) } else { None };
    let rows = table();
    let ready = |row: &Row| match row.availability {
        Availability::Ready(set) => Some(set),
        _ => None,
    };
    let available = || {
        let names: Vec<_> = rows.iter().filter(|row| ready(row).is_some()).map(|row| row.name).collect();
        names.join(", ")
    };
    let Some(name) = name.or(from_environment.as_deref()) else {
        return Ok(rows.iter().find_map(ready).unwrap_or(&ffi::PLAIN));
    };
    let Some(row) = rows.iter().find(|row| row.name == name) else {
        return Err(KernelsError::Unknown { variable, name: name.into(), available: available() });
    };
    let reason = match row.availability {
        Availability::Ready(set) => return Ok(set),
        Availability::NotCompiled => "this build does not contain them".to_string(),
        Availability::ProcessorLacks(feature) => format!("this processor lacks {feature}"),
    };
    Err(KernelsError::Unavailable { variable, name: name.into(), reason, available: available() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_cannot_be_had_are_errors() {
        assert!(matches!(choose(Some("sse9")), Err(KernelsError::Unknown { .. })));
        let foreign = if cfg!(target_arch = "aarch64") { "avx2" } else { "neon" };
        let error = choose(Some(foreign)).expect_err("another architecture's");
        assert!(error.to_string().contains("plain"), "{error}");
        assert_eq!(choose(Some("plain")).expect("always there").name(), "plain");
    }
}
