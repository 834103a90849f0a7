//! Native inference of the LightCNN face-embedding networks.
//!
//! Data flows one way: images → decode → align → batch → backend → features → sink. A module never imports
//! from one downstream of it; `tests/library/layering.rs` holds the order.
//!
//! ```
//! use lightcnn::image::{Preprocess, decode};
//! use lightcnn::{Model, ModelOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut model = Model::demo(&ModelOptions::default(), &mut |_| {})?; // or Model::open("lightcnn9.ckpt", ...)
//! let picture = decode(b"P5 2 1 255 \x00\xff", model.input())?; // a file's bytes, here a small PGM
//! let face = Preprocess::Eval.face(&picture, None)?;
//! let features = model.embed(&[face])?; // ndarray, 1×256
//! assert_eq!(features.dim(), (1, 256));
//! # Ok(())
//! # }
//! ```

pub mod backend;
pub mod checkpoint;
pub mod contract;
pub mod cpu;
pub mod doctor;
mod error;
pub mod eval;
pub mod feature;
pub mod features;
#[cfg(feature = "fetch")]
pub mod fetch;
pub mod image;
#[cfg(feature = "parquet")]
pub mod job;
pub mod kernels;
mod map;
mod model;
pub mod models;
pub mod network;
pub mod om;
pub mod onnx;
pub mod pipeline;
pub mod protocol;
pub mod search;
pub mod sink;
pub mod source;
pub mod storage;

pub use error::{Error, chain};
pub use model::{DeviceChoice, Model, ModelOptions, UnknownDevice, demo_weights};

/// The README's example is compiled with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
