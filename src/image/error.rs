//! Why a file gave no picture, and a picture no face.

use super::format::{Format, MAX_PIXELS};

/// What a decoder said.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a file gave no picture.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Nothing in the file.
    #[error("the file is empty (0 bytes); write it again")]
    Empty,
    /// The first bytes are of no format that can be decoded.
    #[error(
        "not a picture in a known format: it begins with {0}; give JPEG, PNG, BMP, PGM/PPM, WebP, TIFF or GIF"
    )]
    UnknownFormat(String),
    /// The header's size is above [`MAX_PIXELS`].
    #[error(
        "the {format} picture is {width}×{height} pixels; the limit is {MAX_PIXELS} pixels, so crop or shrink it"
    )]
    TooLarge {
        /// Format of the file.
        format: Format,
        /// Width in the header, in pixels.
        width: u64,
        /// Height in the header, in pixels.
        height: u64,
    },
    /// The file ends early. OpenCV fills up some such pictures with gray; here they are refused, as a feature of
    /// half a face looks like any other.
    #[error("the {0} file ends before its picture does; copy or download it again")]
    Truncated(Format),
    /// The contents contradict the format.
    #[error("the {format} file is damaged")]
    Damaged {
        /// Format of the file.
        format: Format,
        /// What was found.
        #[source]
        cause: Cause,
    },
    /// A correct file of a kind that is not decoded.
    #[error("this kind of {format} file is not supported; convert it to PNG")]
    Unsupported {
        /// Format of the file.
        format: Format,
        /// Which kind it is.
        #[source]
        cause: Cause,
    },
}

impl DecodeError {
    pub(super) fn damaged(format: Format, cause: impl Into<Cause>) -> DecodeError {
        DecodeError::Damaged { format, cause: cause.into() }
    }

    pub(super) fn unsupported(format: Format, cause: impl Into<Cause>) -> DecodeError {
        DecodeError::Unsupported { format, cause: cause.into() }
    }
}

/// Why a picture gave no face.
#[derive(Debug, thiserror::Error, PartialEq)]
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
}
