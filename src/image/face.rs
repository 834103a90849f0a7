//! The input of a network.

use super::picture::Picture;
use crate::network::{Input, SIDE};

/// One face of `C×128×128` values 0..=255: one gray plane, or the planes blue, green, red.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    input: Input,
    data: Box<[u8]>,
}

impl Face {
    /// Takes `data` as a face: `C×128×128`, row-major.
    ///
    /// # Panics
    /// If `data` has another length.
    pub fn new(input: Input, data: Box<[u8]>) -> Face {
        assert_eq!(data.len(), input.channels() * SIDE * SIDE);
        Face { input, data }
    }

    /// Builds each plane of `picture` with `plane(channel, values)`, where `values` is one `128×128` plane.
    pub(super) fn from_planes(picture: &Picture, mut plane: impl FnMut(usize, &mut [u8])) -> Face {
        let mut data = vec![0; picture.channels() * SIDE * SIDE].into_boxed_slice();
        for (channel, values) in data.chunks_exact_mut(SIDE * SIDE).enumerate() {
            plane(channel, values);
        }
        let input = if picture.channels() == 1 { Input::Gray } else { Input::Bgr };
        Face { input, data }
    }

    /// Which planes there are.
    pub fn input(&self) -> Input {
        self.input
    }

    /// The values, `C×128×128`, row-major.
    pub fn as_bytes(&self) -> &[u8] {
        &self.data
    }
}

/// The face as a picture of 128×128 pixels.
impl From<&Face> for Picture {
    fn from(face: &Face) -> Picture {
        let planes: Vec<&[u8]> = face.data.chunks_exact(SIDE * SIDE).collect();
        let data = (0..SIDE * SIDE).flat_map(|at| planes.iter().map(move |plane| plane[at])).collect();
        Picture::new(SIDE, SIDE, face.input, data)
    }
}
