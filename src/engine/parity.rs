//! How far the features of two engines lie apart, such as those of a device and of the CPU.

use super::Engine;
use super::error::Error;
use crate::features::cosine;
use crate::image::Face;

/// What two engines make of the same faces.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Parity {
    /// Faces compared.
    pub faces: u64,
    /// The least cosine of a face's two features, and the name of the face; nothing before the first face. A feature
    /// without direction, or with a value that is no number, counts as -1.
    pub worst: Option<(f64, String)>,
    /// Largest difference of two values.
    pub max_abs: f32,
    cosines: f64,
}

impl Parity {
    /// Compares what `left` and `right` make of `faces`, each with a name.
    ///
    /// # Errors
    /// If one of them cannot compute them.
    pub fn add(&mut self, left: &Engine, right: &Engine, faces: &[(String, Face)]) -> Result<(), Error> {
        let (names, faces): (Vec<&String>, Vec<Face>) =
            faces.iter().map(|(name, face)| (name, face.clone())).unzip();
        let both = (left.embed(&faces)?, right.embed(&faces)?);
        for ((name, left), right) in names.iter().zip(both.0.rows()).zip(both.1.rows()) {
            let (left, right) = (left.to_vec(), right.to_vec());
            let cosine = cosine(&left, &right).filter(|cosine| cosine.is_finite()).unwrap_or(-1.0);
            self.faces += 1;
            self.cosines += cosine;
            if self.worst.as_ref().is_none_or(|(worst, _)| cosine < *worst) {
                self.worst = Some((cosine, (*name).clone()));
            }
            for (left, right) in left.iter().zip(&right) {
                self.max_abs = self.max_abs.max((left - right).abs());
            }
        }
        Ok(())
    }

    /// The mean cosine; nothing before the first face.
    pub fn mean_cosine(&self) -> Option<f64> {
        (self.faces > 0).then(|| self.cosines / self.faces as f64)
    }
}
