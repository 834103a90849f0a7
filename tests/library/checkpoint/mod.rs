//! Checkpoint files written here by code, good ones and hostile ones.

mod fitting;
mod hostile;
mod mindspore;
mod python;
mod safetensors;
mod sets;
mod size;
mod torch;
mod writers;

use lightcnn::checkpoint::{CheckpointError, ContentError, Fault};
use std::error::Error;

/// A few small tensors of no network.
fn tiny() -> Vec<writers::Raw> {
    vec![
        writers::floats("conv.weight", &[2, 1, 1, 3], &[1.0, -2.0, 3.5, 0.0, 1e-20, 7.0]),
        writers::floats("conv.bias", &[2], &[0.5, -0.5]),
        writers::floats("fc.weight", &[1, 2], &[4.0, 5.0]),
    ]
}

/// The message and those of all causes.
fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

#[track_caller]
fn fault<T: std::fmt::Debug>(result: Result<T, ContentError>) -> Fault {
    match result {
        Err(ContentError::Fault { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn content_error<T: std::fmt::Debug>(result: Result<T, CheckpointError>) -> ContentError {
    match result {
        Err(CheckpointError::Content { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}
