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
//! let face = Preprocess::Eval.face(&picture, None)?;
//! let features = engine.embed(&[face])?; // ndarray, 1×256
//! assert_eq!(features.dim(), (1, 256));
//! # Ok(())
//! # }
//! ```

pub mod atc;
pub mod checkpoint;
pub mod contract;
pub mod digest;
pub mod doctor;
pub mod engine;
mod error;
pub mod eval;
pub mod features;
#[cfg(feature = "fetch")]
pub mod fetch;
pub mod image;
#[cfg(feature = "parquet")]
pub mod job;
mod map;
pub mod models;
pub mod om;
pub mod onnx;
pub mod partial;
pub mod pipeline;
mod protobuf;
pub mod protocol;
pub mod search;
pub mod source;
pub mod storage;
pub mod stored;

pub use engine::{Batch, Device, Engine, Error, ModelSource, Ticket};
pub use error::{ErrorKind, chain};
pub use lightcnn_cpu::cpu::{Calibration, Precision};
pub use lightcnn_cpu::network;

/// The README's example is compiled with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the book's page about the library are run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct LibraryPage;
