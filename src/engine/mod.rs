//! The engine: opened once, held by everybody, from many threads at once.
//!
//! Faces of all submitters wait in one queue. Lanes (the CPU, or some per Ascend device) take them from there in runs,
//! put together from whatever waits, so that all of it costs least. A submission is answered by its [`Ticket`] when
//! all its features are there. What a face's feature is never depends on its neighbours in a run.

#[cfg(feature = "ascend")]
mod ascend;
mod batch;
mod builder;
mod cell;
#[cfg(feature = "ascend")]
mod compiled;
mod device;
mod error;
mod gather;
mod host;
mod info;
mod inner;
mod lanes;
mod notice;
#[cfg(feature = "ascend")]
mod offline;
mod offline_model;
mod parity;
mod queue;
mod settings;
mod source;
mod sync;
#[cfg(test)]
mod tests;
mod ticket;

pub use batch::Batch;
pub use builder::Builder;
pub use device::{Device, UnknownDevice};
pub use error::{ComputeError, Error, Loss};
#[doc(hidden)]
pub use host::Compute;
pub use info::{Info, Stages};
pub use notice::Notice;
pub use parity::Parity;
pub use source::{LoadedWeights, ModelSource};
pub use ticket::Ticket;

use crate::contract::{Contract, WeightsOrigin};
use crate::image::{Face, OTHER_DECODER, Preprocess};
use crate::network::{FEATURE_LENGTH, Input, Network, SIDE};
use gather::Full;
use inner::Inner;
use ndarray::Array2;
use queue::{Queue, Refused};
use std::fmt;
use std::sync::Arc;

/// A network with its weights, ready to embed: a handle that is cheap to clone and may be used from any thread.
///
/// ```
/// use lightcnn::Engine;
/// use lightcnn::image::{Preprocess, decode};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::builder("demo").device("cpu")?.open()?;
/// let picture = decode(b"P5 2 1 255 \x00\xff", engine.input())?;
/// let face = Preprocess::Eval.face(&picture)?;
/// let ticket = engine.submit(std::slice::from_ref(&face))?; // does not wait
/// let features = engine.embed(&[face])?; // waits; 1×256
/// assert_eq!(ticket.wait()?, features);
/// # Ok(())
/// # }
/// ```
///
/// When the last handle and the last ticket are dropped, all threads end and devices are given back.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

impl Engine {
    /// The network.
    pub fn network(&self) -> Network {
        self.inner.model.network
    }

    /// The planes of a face that this engine takes.
    pub fn input(&self) -> Input {
        self.network().input()
    }

    /// What is known of the weights.
    pub fn origin(&self) -> &WeightsOrigin {
        &self.inner.model.origin
    }

    /// What this engine computes on.
    pub fn info(&self) -> &Info {
        &self.inner.info
    }

    /// The contract of features made with this engine.
    pub fn contract(&self, preprocess: Preprocess, normalized: bool) -> Contract {
        let Inner { model, info, .. } = &*self.inner;
        Contract {
            network: model.network.name().to_string(),
            weights: model.origin.clone(),
            weights_sha256: model.weights_sha256.clone(),
            preprocess: preprocess.to_string(),
            backend: info.backend.to_string(),
            kernels: info.kernels.clone(),
            precision: info.precision.clone(),
            calibration_sha256: model.calibration_sha256.clone(),
            other_decoder: OTHER_DECODER.map(str::to_string),
            normalized,
            version: env!("CARGO_PKG_VERSION").to_string(),
        }
    }

    /// Faces of a batch that wastes nothing; any other number works too.
    pub fn batch_size(&self) -> usize {
        self.inner.lanes.largest
    }

    /// Batches in flight, at least 1, that keep all of this engine busy.
    #[doc(hidden)]
    pub fn depth(&self) -> usize {
        self.inner.depth
    }

    /// Faces that wait to be computed.
    pub fn waiting(&self) -> usize {
        self.queue().waiting()
    }

    /// The devices that did not open or were lost so far, without the first `known` of them. Their faces were computed by
    /// those that are left.
    pub fn losses(&self, known: usize) -> Vec<Loss> {
        self.queue().losses(known)
    }

    /// Features of `faces`, `N×256`; row `i` belongs to face `i` and depends on no other face. Waits for room and for
    /// the features.
    ///
    /// # Errors
    /// If a face has other planes than the network takes, or the faces could not be computed.
    pub fn embed(&self, faces: &[Face]) -> Result<Array2<f32>, Error> {
        let part = self.part();
        if faces.len() <= part {
            return self.submit_waiting(self.gathered(faces, 0)?)?.wait();
        }
        // In parts, so that others find room between them.
        let mut tickets = Vec::with_capacity(faces.len().div_ceil(part));
        for (number, faces) in faces.chunks(part).enumerate() {
            tickets.push(self.submit_waiting(self.gathered(faces, number * part)?)?);
        }
        let mut features = Vec::with_capacity(faces.len() * FEATURE_LENGTH);
        for ticket in tickets {
            features.extend_from_slice(ticket.wait_batch()?.features());
        }
        let shape = (faces.len(), FEATURE_LENGTH);
        // Every ticket gives one feature per face.
        Ok(Array2::from_shape_vec(shape, features).unwrap_or_else(|_| unreachable!("{shape:?}")))
    }

    /// Submits `faces`, and waits for nothing.
    ///
    /// # Errors
    /// [`Error::Full`] if there is no room for them now; or if a face has other planes than the network takes, or nothing
    /// is left to compute on.
    pub fn submit(&self, faces: &[Face]) -> Result<Ticket, Error> {
        self.submit_batch(self.gathered(faces, 0)?)
    }

    /// Submits whole faces as bytes, and waits for nothing. A batch of more faces than may wait is taken only while none
    /// waits.
    ///
    /// # Errors
    /// [`Error::Full`] if there is no room for them now; or if these are not whole faces, or nothing is left to compute
    /// on.
    #[doc(hidden)]
    pub fn submit_batch(&self, batch: Batch) -> Result<Ticket, Error> {
        self.add(batch, |queue, cell, faces| {
            queue.submit(cell, faces).map_err(|refused| match refused {
                Refused::Full(Full { waiting, bound }) => Error::Full { waiting, bound },
                Refused::Over(error) => Error::Compute(error),
            })
        })
    }

    /// As [`Engine::submit_batch`], but waits for room. Who comes first gets room first.
    ///
    /// # Errors
    /// If these are not whole faces, or nothing is left to compute on.
    #[doc(hidden)]
    pub fn submit_waiting(&self, batch: Batch) -> Result<Ticket, Error> {
        self.add(batch, |queue, cell, faces| Ok(queue.submit_waiting(cell, faces)?))
    }

    fn add(
        &self,
        batch: Batch,
        submit: impl FnOnce(&Queue, &Arc<cell::Cell>, usize) -> Result<Option<u64>, Error>,
    ) -> Result<Ticket, Error> {
        let (bytes, face) = (batch.len(), self.face_bytes());
        if !bytes.is_multiple_of(face) {
            return Err(Error::Length { bytes, face });
        }
        let faces = bytes / face;
        let cell = batch.into_cell(faces);
        let id = submit(self.queue(), &cell, faces)?;
        Ok(Ticket::new(&self.inner, cell, id))
    }

    /// Measures the stages of a run on the first device, `rounds` times each, fewer on a slow device; nothing where
    /// there is no device.
    ///
    /// # Errors
    /// If the device cannot be used.
    #[doc(hidden)]
    pub fn stages(&self, rounds: usize) -> Result<Option<Stages>, Error> {
        #[cfg(feature = "ascend")]
        if let Some(devices) = &self.inner.devices {
            return Ok(Some(devices.stages(rounds)?));
        }
        let _ = rounds;
        Ok(None)
    }

    fn queue(&self) -> &Queue {
        self.inner.lanes.queue()
    }

    fn face_bytes(&self) -> usize {
        self.input().channels() * SIDE * SIDE
    }

    /// Faces that [`Engine::embed`] submits at once.
    fn part(&self) -> usize {
        self.queue().bound().div_ceil(4).max(self.batch_size())
    }

    /// The bytes of `faces`, the first of which is number `first` of the caller's.
    fn gathered(&self, faces: &[Face], first: usize) -> Result<Batch, Error> {
        let expected = self.face_bytes();
        let mut batch = Batch::new();
        batch.faces_mut().reserve_exact(faces.len() * expected);
        for (index, face) in (first..).zip(faces) {
            let found = face.as_bytes().len();
            if found != expected {
                return Err(Error::Face { index, found, expected, network: self.network() });
            }
            batch.push(face);
        }
        Ok(batch)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
