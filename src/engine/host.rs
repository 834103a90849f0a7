//! A lane whose thread computes by itself: the CPU.

use super::error::{ComputeError, Loss};
use super::notice::{Listener, Notice};
use super::queue::{Queue, Run};
use crate::network::{FEATURE_LENGTH, SIDE};
use lightcnn_cpu::cpu::{CpuNetwork, GROUP};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Turns faces into features, on a thread of its own.
pub trait Compute: Send {
    /// Most faces of a run, at least 1.
    fn largest(&self) -> usize;

    /// Writes the features of `faces`, `N×C×128×128` bytes, to `features`, `N×256`, row-major. Row `i` depends on face
    /// `i` alone.
    ///
    /// # Errors
    /// If they cannot be computed.
    fn run(&mut self, faces: &[u8], features: &mut [f32]) -> Result<(), ComputeError>;
}

impl Compute for CpuNetwork {
    fn largest(&self) -> usize {
        GROUP
    }

    fn run(&mut self, faces: &[u8], features: &mut [f32]) -> Result<(), ComputeError> {
        Ok(CpuNetwork::run(self, faces, features)?)
    }
}

/// Computes runs of `queue`, whose faces have `planes` planes, until the queue is closed or `compute` is lost.
pub(super) fn work(compute: &mut dyn Compute, planes: usize, lane: i32, queue: &Queue, listener: &Listener) {
    let (largest, face) = (compute.largest(), planes * SIDE * SIDE);
    let (mut run, mut gathered, mut features) = (Run::default(), Vec::new(), Vec::new());
    while queue.take(largest, &|waiting| waiting.min(largest), &mut run) {
        features.resize(run.faces() * FEATURE_LENGTH, 0.0);
        let computed = catch_unwind(AssertUnwindSafe(|| {
            if run.is_one_piece() {
                let mut result = Ok(());
                run.read(face, |faces| result = compute.run(faces, &mut features));
                return result;
            }
            gathered.clear();
            run.read(face, |faces| gathered.extend_from_slice(faces));
            compute.run(&gathered, &mut features)
        }));
        match computed.unwrap_or_else(|panic| Err(ComputeError::Panicked(words(&*panic)))) {
            Ok(()) => queue.answer(&mut run, &features),
            Err(error) if error.is_loss() => {
                let loss = Loss { device: lane, reason: error.to_string() };
                if queue.lose(&loss) {
                    listener.tell(&Notice::DeviceLost(loss));
                }
                return queue.give_back(&mut run);
            }
            Err(error) => {
                log::warn!("a run of {} faces failed: {error}", run.faces());
                queue.fail(&mut run, error);
            }
        }
    }
}

/// What a panic said.
pub(super) fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it said nothing".to_string())
}
