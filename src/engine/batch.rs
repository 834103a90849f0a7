//! Faces as bytes, and their features, in memory that is used again.

use super::cell::Cell;
use super::sync::Arc;
use crate::image::Face;
use crate::network::FEATURE_LENGTH;

/// Faces on their way to features. One that came back can be filled and submitted again; then nothing is allocated.
#[derive(Debug, Default)]
#[doc(hidden)]
pub struct Batch {
    faces: Vec<u8>,
    features: Vec<f32>,
    pub(super) cell: Option<Arc<Cell>>,
}

impl Batch {
    /// Without faces.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Adds a face.
    pub fn push(&mut self, face: &Face) {
        self.faces.extend_from_slice(face.as_bytes());
    }

    /// The faces, `N×C×128×128` bytes (0 = black, 255 = white), to be read or filled.
    pub fn faces_mut(&mut self) -> &mut Vec<u8> {
        &mut self.faces
    }

    /// Features of the faces that were computed last, `N×256`, row-major. Row `i` belongs to face `i` and depends on no
    /// other face.
    pub fn features(&self) -> &[f32] {
        &self.features
    }

    /// As [`Batch::features`], to be changed in place.
    pub fn features_mut(&mut self) -> &mut [f32] {
        &mut self.features
    }

    /// Number of rows of [`Batch::features`].
    pub fn rows(&self) -> usize {
        self.features.len() / FEATURE_LENGTH
    }

    /// Takes the faces out; the features stay.
    pub fn clear(&mut self) {
        self.faces.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.faces.len()
    }

    /// The features alone.
    pub(super) fn into_features(self) -> Vec<f32> {
        self.features
    }

    /// Moves the memory into a cell, to be computed as `count` faces.
    pub(super) fn into_cell(self, count: usize) -> Arc<Cell> {
        let cell = self.cell.unwrap_or_default();
        cell.fill(self.faces, self.features, count);
        cell
    }

    /// The memory of a cell whose submission is over.
    pub(super) fn of_cell(faces: Vec<u8>, features: Vec<f32>, cell: Arc<Cell>) -> Batch {
        Batch { faces, features, cell: Some(cell) }
    }
}

/// Faces as bytes, `N×C×128×128`.
impl From<Vec<u8>> for Batch {
    fn from(faces: Vec<u8>) -> Batch {
        Batch { faces, ..Batch::default() }
    }
}
