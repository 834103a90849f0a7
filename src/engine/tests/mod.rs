//! The engine with lanes that cost nothing, wait on command, fail and end.
#![allow(clippy::unwrap_used)]

mod gather;
#[cfg(feature = "ascend")]
mod storm;
mod tickets;

use super::*;
use crate::error::ErrorKind;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

/// Most faces of a run of these lanes.
const LARGEST: usize = 8;

/// Bytes of a face that says who it is: its number, again and again.
fn face(number: u32) -> Vec<u8> {
    number.to_le_bytes().repeat(SIDE * SIDE / 4)
}

fn faces(numbers: impl IntoIterator<Item = u32>) -> Batch {
    Batch::from(numbers.into_iter().flat_map(face).collect::<Vec<u8>>())
}

/// What a lane makes of a face: its number and the position of each value.
fn feature(number: u32) -> Vec<f32> {
    (0..FEATURE_LENGTH).map(|at| number as f32 + at as f32).collect()
}

/// The numbers of the faces in these bytes.
fn numbers(faces: &[u8]) -> impl Iterator<Item = u32> + '_ {
    faces.chunks_exact(SIDE * SIDE).map(|face| u32::from_le_bytes([face[0], face[1], face[2], face[3]]))
}

fn compute(faces: &[u8], features: &mut [f32]) {
    for (number, row) in numbers(faces).zip(features.chunks_exact_mut(FEATURE_LENGTH)) {
        row.copy_from_slice(&feature(number));
    }
}

#[track_caller]
fn assert_rows(features: &Array2<f32>, expected: impl IntoIterator<Item = u32>) {
    let mut rows = features.rows().into_iter();
    for number in expected {
        assert_eq!(rows.next().unwrap().to_vec(), feature(number), "face {number}");
    }
    assert!(rows.next().is_none(), "more rows than faces");
}

/// A lane that does what a function says.
struct Lane<F>(F);

impl<F: FnMut(&[u8]) -> Result<(), ComputeError> + Send> Compute for Lane<F> {
    fn largest(&self) -> usize {
        LARGEST
    }

    fn run(&mut self, faces: &[u8], features: &mut [f32]) -> Result<(), ComputeError> {
        (self.0)(faces)?;
        compute(faces, features);
        Ok(())
    }
}

fn lane(before: impl FnMut(&[u8]) -> Result<(), ComputeError> + Send + 'static) -> Box<dyn Compute> {
    Box::new(Lane(before))
}

fn engine(lanes: Vec<Box<dyn Compute>>) -> Engine {
    Engine::builder("demo").open_on(Network::LightCnn9, lanes).unwrap()
}

/// A failure that may not happen again.
fn hiccup() -> ComputeError {
    ComputeError::Thread(std::io::Error::other("a hiccup"))
}

/// Holds a lane in the middle of its runs, and knows what those are.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<GateState>, Condvar)>);

#[derive(Default)]
struct GateState {
    runs: Vec<Vec<u32>>,
    /// Runs that may end.
    open: usize,
}

impl Gate {
    fn lane(&self) -> Box<dyn Compute> {
        let Gate(gate) = self.clone();
        lane(move |faces| {
            let (state, changed) = &*gate;
            let mut state = state.lock().unwrap();
            state.runs.push(numbers(faces).collect());
            changed.notify_all();
            let number = state.runs.len();
            while state.open < number {
                state = changed.wait(state).unwrap();
            }
            Ok(())
        })
    }

    /// Waits until so many runs have begun, and gives what they are.
    fn begun(&self, count: usize) -> Vec<Vec<u32>> {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        while state.runs.len() < count {
            state = changed.wait(state).unwrap();
        }
        state.runs.clone()
    }

    /// Lets so many more runs end.
    fn open(&self, count: usize) {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        state.open = state.open.saturating_add(count);
        changed.notify_all();
    }
}

#[test]
fn a_clone_is_the_same_engine() {
    fn is_shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let engine = engine(vec![lane(|_| Ok(()))]);
    is_shared(&engine);
    let other = engine.clone();
    drop(engine);
    let ticket = other.submit_batch(faces([7])).unwrap();
    drop(other);
    assert_rows(&ticket.wait().unwrap(), [7]);
}

/// The last one to let go ends the threads: what they own is dropped by then.
#[test]
fn the_last_handle_ends_the_threads() {
    struct Owned(Arc<()>);
    impl Compute for Owned {
        fn largest(&self) -> usize {
            assert_eq!(Arc::strong_count(&self.0), 2);
            LARGEST
        }

        fn run(&mut self, faces: &[u8], features: &mut [f32]) -> Result<(), ComputeError> {
            compute(faces, features);
            Ok(())
        }
    }
    let owned = Arc::new(());
    let engine = engine(vec![Box::new(Owned(Arc::clone(&owned)))]);
    let ticket = engine.submit_batch(faces([1])).unwrap();
    drop(engine);
    assert_eq!(Arc::strong_count(&owned), 2, "a ticket keeps the engine open");
    drop(ticket);
    assert_eq!(Arc::strong_count(&owned), 1);
}
