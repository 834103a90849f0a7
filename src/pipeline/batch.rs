//! Faces gathered for one call of the backend, with the failed rows between them.

use super::ReadFaceError;
use super::run::{Count, Event, PipelineError, Settings};
use crate::backend::Backend;
use crate::error::chain;
use crate::image::Face;
use crate::network::FEATURE_LENGTH;
use crate::sink::{Row, Sink};
use crate::source::{Item, escape};
use std::time::{Duration, Instant};

/// Rows in input order; those that have a face take part in the next call of the backend.
pub(super) struct Batch<'a> {
    backend: &'a mut dyn Backend,
    settings: &'a Settings,
    rows: Vec<(Item, Result<usize, String>)>,
    /// `N×C×128×128` bytes.
    faces: Vec<u8>,
    /// `N×256`.
    features: Vec<f32>,
    face_count: usize,
    count: Count,
    computing: Duration,
}

/// Failed rows a batch may hold beside its faces, so that a list of nothing but bad pictures still moves on.
const ROWS_PER_FACE: usize = 4;

impl<'a> Batch<'a> {
    pub(super) fn new(backend: &'a mut dyn Backend, settings: &'a Settings) -> Batch<'a> {
        Batch {
            backend,
            settings,
            rows: Vec::new(),
            faces: Vec::new(),
            features: vec![0.0; settings.batch * FEATURE_LENGTH],
            face_count: 0,
            count: Count::default(),
            computing: Duration::ZERO,
        }
    }

    pub(super) fn push(&mut self, item: Item, face: Result<Face, ReadFaceError>) {
        let outcome = match face {
            Ok(face) => {
                self.faces.extend_from_slice(face.as_bytes());
                self.face_count += 1;
                Ok(self.face_count - 1)
            }
            Err(error) => Err(chain(&error)),
        };
        self.rows.push((item, outcome));
    }

    pub(super) fn is_full(&self) -> bool {
        self.face_count == self.settings.batch || self.rows.len() >= ROWS_PER_FACE * self.settings.batch
    }

    /// Computes what was gathered and hands all rows to `sink`.
    pub(super) fn flush(
        &mut self,
        sink: &mut dyn Sink,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), PipelineError> {
        let (Some((first, _)), Some((last, _))) = (self.rows.first(), self.rows.last()) else {
            return Ok(());
        };
        let features = &mut self.features[..self.face_count * FEATURE_LENGTH];
        if self.face_count > 0 {
            let started = Instant::now();
            self.backend.run(&self.faces, features).map_err(|source| PipelineError::Backend {
                first: first.id,
                last: last.id,
                source,
            })?;
            self.computing += started.elapsed();
        }
        for (item, outcome) in self.rows.drain(..) {
            let path = escape(&item.path);
            let outcome = outcome.and_then(|face| {
                let feature = &mut features[face * FEATURE_LENGTH..][..FEATURE_LENGTH];
                finish(feature, self.settings.normalize)?;
                Ok(&*feature)
            });
            self.count.rows += 1;
            if let Err(reason) = &outcome {
                self.count.failed += 1;
                watch(Event::Failed { path: &path, reason });
            }
            let outcome = outcome.as_ref().map(|feature| *feature).map_err(String::as_str);
            sink.write(Row { id: item.id, path: &path, outcome })?;
        }
        sink.flush()?;
        self.faces.clear();
        self.face_count = 0;
        watch(Event::Batch(self.count));
        Ok(())
    }

    pub(super) fn count(&self) -> Count {
        self.count
    }

    pub(super) fn computing(&self) -> Duration {
        self.computing
    }
}

/// Refuses a feature that is no point in space, and scales it to length 1 if asked.
fn finish(feature: &mut [f32], normalize: bool) -> Result<(), String> {
    if let Some(index) = feature.iter().position(|value| !value.is_finite()) {
        return Err(format!(
            "element {index} of the feature is {}; are these the right weights?",
            feature[index]
        ));
    }
    if normalize {
        let length = feature.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        if length == 0.0 {
            return Err("the feature is zero and cannot be scaled to length 1".into());
        }
        feature.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
    }
    Ok(())
}
