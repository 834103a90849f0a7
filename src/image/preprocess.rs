//! The three ways from a picture to a face.

use super::face::Face;
use super::landmarks::Landmarks;
use super::picture::Picture;
use super::{align, resize, shrink};
use crate::error::ErrorKind;
use std::fmt;
use std::str::FromStr;

/// How a picture becomes a face. Features of different ways are not comparable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preprocess {
    /// The official LFW evaluation: a picture that is not 128×128 is resized to it by OpenCV's bilinear rule. The
    /// picture is taken for an aligned face.
    Eval,
    /// The official route for one picture: shorter side to 144 by Pillow's antialiased bilinear filter, then the middle
    /// 128×128.
    Center,
    /// A similarity by five landmarks: eyes level with their middle at (64, 40), the middle of the mouth corners 48
    /// pixels below.
    Aligned,
}

impl Preprocess {
    /// Every way.
    pub const ALL: [Preprocess; 3] = [Preprocess::Eval, Preprocess::Center, Preprocess::Aligned];

    /// The name used on the command line and in every output.
    pub fn name(self) -> &'static str {
        match self {
            Preprocess::Eval => "eval",
            Preprocess::Center => "center",
            Preprocess::Aligned => "aligned",
        }
    }

    /// The face in a picture: `C×128×128`, C as the picture's channels.
    ///
    /// # Errors
    /// For [`Preprocess::Aligned`], which needs landmarks: see [`Preprocess::face_at`].
    pub fn face(self, picture: &Picture) -> Result<Face, PreprocessError> {
        match self {
            Preprocess::Eval => Ok(resize::resize(picture)),
            Preprocess::Center => Ok(shrink::shrink(picture)),
            Preprocess::Aligned => Err(PreprocessError::NoLandmarks),
        }
    }

    /// As [`Preprocess::face`], of a picture whose landmarks are known. Only [`Preprocess::Aligned`] looks at them.
    ///
    /// # Errors
    /// For [`Preprocess::Aligned`]: if they are not those of a face in this picture.
    pub fn face_at(self, picture: &Picture, landmarks: &Landmarks) -> Result<Face, PreprocessError> {
        match self {
            Preprocess::Aligned => align::align(picture, landmarks),
            other => other.face(picture),
        }
    }
}

impl fmt::Display for Preprocess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no preprocessing's.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is no known preprocessing; choose one of eval, center, aligned")]
pub struct UnknownPreprocess(pub String);

impl UnknownPreprocess {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl FromStr for Preprocess {
    type Err = UnknownPreprocess;

    fn from_str(name: &str) -> Result<Preprocess, UnknownPreprocess> {
        Preprocess::ALL
            .into_iter()
            .find(|preprocess| preprocess.name() == name)
            .ok_or_else(|| UnknownPreprocess(name.to_string()))
    }
}

/// Why a picture gave no face.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum PreprocessError {
    /// `aligned` without landmarks.
    #[error(
        "there are no landmarks for this picture; add them to its row in the manifest or in the landmarks file"
    )]
    NoLandmarks,
    /// A point lies further outside the picture than the picture is large.
    #[error(
        "point {point} of the landmarks is ({x}, {y}), far outside the picture of {width}×{height} pixels; give the \
         points in pixels of the upright picture"
    )]
    FarPoint {
        /// 1 to 5: left eye, right eye, nose, left and right corner of the mouth.
        point: usize,
        /// Across, in pixels.
        x: f64,
        /// Down, in pixels.
        y: f64,
        /// Width of the picture, in pixels.
        width: usize,
        /// Height of the picture, in pixels.
        height: usize,
    },
    /// There is no line through the eyes.
    #[error("the eyes of the landmarks are {distance:.2} pixels apart; they must be at least 1 apart")]
    EyesTooClose {
        /// Distance in pixels.
        distance: f64,
    },
    /// The face would be mirrored, upside down or magnified more than 48 times.
    #[error(
        "the mouth of the landmarks is {distance:.2} pixels below the eyes; it must be at least 1 below: check the \
         order (left eye, right eye, nose, left and right corner of the mouth, as seen in the picture)"
    )]
    MouthNotBelowEyes {
        /// Distance in pixels, at right angles to the line through the eyes; negative above.
        distance: f64,
    },
    /// The points lie as those of no face do.
    #[error(
        "the landmarks are not those of a face: they miss its usual places by {:.0} % of their spread, and those of \
         faces by less than 65 %; check the order (x and y of left eye, right eye, nose, left and right corner of the \
         mouth, as seen in the picture){}", missed * 100.0, likely(order)
    )]
    NoFace {
        /// By how much they miss: the root of the mean square distance after the best rotation, scale and shift, as a
        /// share of the usual places' spread.
        missed: f64,
        /// The order they may have been written in.
        order: Option<&'static str>,
    },
}

/// The order of points that was likely meant.
fn likely(order: &Option<&'static str>) -> String {
    order.map(|order| format!("; it looks like {order}")).unwrap_or_default()
}

impl PreprocessError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match self {
            PreprocessError::NoLandmarks => ErrorKind::NotFound,
            _ => ErrorKind::InvalidInput,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for preprocess in Preprocess::ALL {
            assert_eq!(preprocess.to_string().parse(), Ok(preprocess));
        }
        let error = "crop".parse::<Preprocess>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "'crop' is no known preprocessing; choose one of eval, center, aligned"
        );
    }
}
