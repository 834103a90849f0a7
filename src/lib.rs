//! Native inference of the LightCNN face-embedding networks.
//!
//! Data flows one way: images → decode → align → batch → backend → features → sink. A module never imports
//! from one downstream of it; `tests/layering.rs` holds the order.

pub mod checkpoint;
pub mod contract;
pub mod cpu;
pub mod doctor;
pub mod image;
pub mod kernels;
pub mod network;
pub mod om;
pub mod onnx;
pub mod sink;
