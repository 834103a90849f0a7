//! Native inference of the LightCNN face-embedding networks.
//!
//! Data flows one way: images → decode → align → batch → engine → features → sink. A module never imports
//! from one downstream of it; `tests/library/layering.rs` holds the order.
//!
//! ```
//! use lightcnn::Engine;
//! use lightcnn::image::{Preprocess, decode};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::builder("demo").open()?; // or "lightcnn9.ckpt", "lightcnn9.om", "lightcnn9" (fetched)
//! let picture = decode(b"P5 2 1 255 \x00\xff", engine.input())?; // a file's bytes, here a small PGM
//! let face = Preprocess::Eval.face(&picture)?;
//! let features = engine.embed(&[face])?; // ndarray, 1×256
//! assert_eq!(features.dim(), (1, 256));
//! # Ok(())
//! # }
//! ```

pub mod contract;
pub mod engine;
mod error;
pub mod eval;
pub mod features;
pub mod image;
#[cfg(feature = "parquet")]
pub mod job;
mod map;
#[cfg(feature = "parquet")]
mod pages;
pub mod pipeline;
mod protobuf;
pub mod protocol;
pub mod search;
pub mod source;
mod text;

// For the program of this package and for tests. Not promised to others: they may change with any version.
#[doc(hidden)]
pub mod atc;
#[doc(hidden)]
pub mod checkpoint;
#[doc(hidden)]
pub mod digest;
#[doc(hidden)]
pub mod doctor;
#[doc(hidden)]
pub mod environment;
#[cfg(feature = "fetch")]
#[doc(hidden)]
pub mod fetch;
#[doc(hidden)]
pub mod file;
#[doc(hidden)]
pub mod models;
#[doc(hidden)]
pub mod om;
#[doc(hidden)]
pub mod onnx;
#[doc(hidden)]
pub mod partial;
#[doc(hidden)]
pub mod storage;
#[doc(hidden)]
pub mod stored;

pub use engine::{Batch, Device, Engine, Error, ModelSource, Ticket};
pub use error::{ErrorKind, chain};
pub use lightcnn_cpu::cpu::{Calibration, Precision};

/// The networks of the LightCNN family.
pub mod network {
    #[doc(inline)]
    pub use lightcnn_cpu::network::{FEATURE_LENGTH, Input, Network, SIDE, UnknownNetwork};
    // Their layers and weights. Not promised to others.
    #[doc(hidden)]
    pub use lightcnn_cpu::network::*;
}

/// The README's example is compiled with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the book's page about the library are run with the doc tests.
#[cfg(all(doctest, feature = "parquet"))]
#[doc = include_str!("../docs/library.md")]
struct LibraryPage;
