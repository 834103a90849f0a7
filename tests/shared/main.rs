//! Tests on the data of LIGHTCNN_SHARED.

mod engine;
mod golden;
