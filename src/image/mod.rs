//! Pictures become faces: bytes → [`decode`] → [`Picture`] → [`Preprocess::face`] → [`Face`].
//!
//! The official evaluation reads pictures with OpenCV's `imread` and resizes them with its `resize`; every
//! rule here reproduces OpenCV byte for byte unless its doc comment says otherwise. The rules of `imread`
//! differ from format to format, so each format has its own file.

mod align;
mod bmp;
mod decode;
mod exif;
mod face;
mod gif;
mod gray;
mod jpeg;
mod landmarks;
mod picture;
mod png;
mod pnm;
mod preprocess;
mod resize;
mod shrink;
mod tiff;
mod webp;

pub use decode::{Cause, DecodeError, ImageFormat, decode};
pub use face::Face;
pub use landmarks::{LandmarkTable, Landmarks, LandmarksError};
pub use picture::{MAX_PIXELS, Picture};
pub use preprocess::{Preprocess, PreprocessError, UnknownPreprocess};
