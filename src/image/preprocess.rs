//! The three ways from a picture to a face.

use super::error::PreprocessError;
use super::face::Face;
use super::landmarks::Landmarks;
use super::picture::Picture;
use super::{align, resize, shrink};
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

    /// The face in a picture: `C×128×128`, C as the picture's channels. `landmarks` are needed by
    /// [`Preprocess::Aligned`] and not looked at by the others.
    ///
    /// # Errors
    /// For [`Preprocess::Aligned`]: if there are no landmarks, or they are not those of a face in this picture.
    pub fn face(self, picture: &Picture, landmarks: Option<&Landmarks>) -> Result<Face, PreprocessError> {
        match self {
            Preprocess::Eval => Ok(resize::resize(picture)),
            Preprocess::Center => Ok(shrink::shrink(picture)),
            Preprocess::Aligned => align::align(picture, landmarks.ok_or(PreprocessError::NoLandmarks)?),
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

impl FromStr for Preprocess {
    type Err = UnknownPreprocess;

    fn from_str(name: &str) -> Result<Preprocess, UnknownPreprocess> {
        Preprocess::ALL
            .into_iter()
            .find(|preprocess| preprocess.name() == name)
            .ok_or_else(|| UnknownPreprocess(name.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Input;

    #[test]
    fn landmarks_are_needed() {
        let picture = Picture::new(9, 9, Input::Gray, vec![0; 81]);
        assert_eq!(Preprocess::Aligned.face(&picture, None), Err(PreprocessError::NoLandmarks));
    }

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
