//! Pictures become faces: bytes → [`decode`] → [`Picture`] → [`Preprocess::face`] → [`Face`].
//!
//! The official evaluation reads pictures with OpenCV's `imread` and resizes them with its `resize`; every
//! rule here reproduces OpenCV byte for byte unless its doc comment says otherwise. The rules of `imread`
//! differ from format to format, so each format has its own file. Formats that OpenCV is no judge of go through the
//! `image` crate, in a build with the feature of that name.

mod align;
mod bmp;
mod decode;
#[cfg(feature = "image")]
mod dynamic;
mod exif;
mod face;
mod foreign;
mod gif;
mod gray;
mod guard;
mod jpeg;
mod landmarks;
mod layout;
#[cfg(feature = "image")]
mod others;
mod pfm;
mod picture;
mod png;
mod pnm;
mod preprocess;
mod resize;
mod shrink;
mod tiff;
mod webp;
mod write_png;

pub use decode::{Cause, DecodeError, ImageFormat, decode};
#[cfg(feature = "image")]
pub use dynamic::FromImageError;
pub use face::Face;
pub use landmarks::{LandmarkTable, Landmarks, LandmarksError};
pub use picture::{MAX_PIXELS, Picture};
pub use preprocess::{Preprocess, PreprocessError, UnknownPreprocess};

/// What decodes QOI, TGA, ICO, Radiance HDR and farbfeld in this build; nothing if it refuses them.
pub(crate) const OTHER_DECODER: Option<&str> =
    if cfg!(feature = "image") { Some("image 0.25") } else { None };

#[cfg(test)]
mod tests {
    use super::OTHER_DECODER;

    #[test]
    fn the_contract_names_the_version_that_is_built() {
        let manifest = include_str!("../../Cargo.toml").parse::<toml::Table>().unwrap();
        let version = manifest["dependencies"]["image"]["version"].as_str().unwrap();
        let (minor, _) = version.rsplit_once('.').unwrap();
        let name = format!("image {minor}");
        assert_eq!(OTHER_DECODER, cfg!(feature = "image").then_some(name.as_str()));
    }
}
