//! Faces as a compiled model takes them, and its features as we take them.

use crate::network::{FEATURE_LENGTH, FEATURE_NAME, Input, SIDE};
use ascend::{Aipp, DataType, Description, Role, Tensor};
use half::f16;

/// How faces go into a model and features come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Faces {
    /// Index of the model's picture input.
    pub(super) input: usize,
    /// Index of its feature output.
    pub(super) output: usize,
    /// The planes of a face.
    pub(super) planes: Input,
    pixels: Pixels,
    order: Order,
    features: Float,
}

/// What a pixel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pixels {
    /// 0..=255; the device scales.
    Bytes,
    /// 0.0..=1.0.
    Scaled(Float),
}

/// Where the channels of a pixel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// One plane after the other, as faces have them.
    Planar,
    /// Side by side.
    Packed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Float {
    Single,
    Half,
}

impl Float {
    fn bytes(self) -> usize {
        match self {
            Float::Single => 4,
            Float::Half => 2,
        }
    }
}

/// Values of one plane.
const PLANE: usize = SIDE * SIDE;

impl Faces {
    /// Finds picture input and feature output of a model for `batch` faces at most.
    ///
    /// # Errors
    /// What the model lacks, in words.
    pub(super) fn of(model: &Description, batch: usize) -> Result<Faces, String> {
        let pictures: Vec<(usize, &Tensor)> =
            model.inputs.iter().enumerate().filter(|(_, tensor)| tensor.role == Role::Data).collect();
        let [(input, picture)] = pictures[..] else {
            return Err(format!("it takes {} inputs; a face network takes one", pictures.len()));
        };
        let (pixels, width) = match picture.data_type {
            // What type libraries report in front of static AIPP is not documented; it takes bytes.
            _ if picture.aipp == Aipp::Static => (Pixels::Bytes, 1),
            DataType::UINT8 => (Pixels::Bytes, 1),
            DataType::FLOAT => (Pixels::Scaled(Float::Single), 4),
            DataType::FLOAT16 => (Pixels::Scaled(Float::Half), 2),
            other => return Err(format!("its pictures are {other}; bytes or floats are needed")),
        };
        let planes = if picture.size == batch * width * PLANE * 3 { Input::Bgr } else { Input::Gray };
        let needed = batch * width * PLANE * planes.channels();
        if picture.size != needed {
            return Err(format!(
                "its input '{}' takes {} bytes for {batch} pictures, not {needed}; compile it from a face network \
                 with 128x128 pictures",
                picture.name, picture.size
            ));
        }
        let packed = picture.fed_dims.last().is_some_and(|last| *last == planes.channels() as i64);
        let order = if packed && planes != Input::Gray { Order::Packed } else { Order::Planar };
        let (output, features) = feature_output(model, batch)?;
        Ok(Faces { input, output, planes, pixels, order, features })
    }

    /// Bytes of one face, `C×128×128`.
    pub(super) fn face_bytes(&self) -> usize {
        self.planes.channels() * PLANE
    }

    /// Writes `faces` to the start of `input`, the model's or what is left of it; what is behind them stays as it is.
    /// Gives the number of bytes written.
    pub(super) fn write(&self, faces: &[u8], input: &mut [u8]) -> usize {
        match (self.pixels, self.order) {
            (Pixels::Bytes, Order::Planar) => input[..faces.len()].copy_from_slice(faces),
            (Pixels::Bytes, Order::Packed) => {
                for (face, pixels) in faces.chunks_exact(3 * PLANE).zip(input.chunks_exact_mut(3 * PLANE)) {
                    for (at, pixel) in pixels.chunks_exact_mut(3).enumerate() {
                        pixel.copy_from_slice(&[face[at], face[PLANE + at], face[2 * PLANE + at]]);
                    }
                }
            }
            (Pixels::Scaled(Float::Single), order) => {
                let values = input.chunks_exact_mut(4);
                for (value, pixel) in values.zip(self.pixels_in(faces, order)) {
                    value.copy_from_slice(&(f32::from(pixel) / 255.0).to_ne_bytes());
                }
            }
            (Pixels::Scaled(Float::Half), order) => {
                let values = input.chunks_exact_mut(2);
                for (value, pixel) in values.zip(self.pixels_in(faces, order)) {
                    value.copy_from_slice(&f16::from_f32(f32::from(pixel) / 255.0).to_ne_bytes());
                }
            }
        }
        let width = match self.pixels {
            Pixels::Bytes => 1,
            Pixels::Scaled(float) => float.bytes(),
        };
        faces.len() * width
    }

    /// The pixels of `faces` in the model's order.
    fn pixels_in<'a>(&self, faces: &'a [u8], order: Order) -> impl Iterator<Item = u8> + 'a {
        let channels = self.planes.channels();
        let face = channels * PLANE;
        (0..faces.len()).map(move |at| match order {
            Order::Planar => faces[at],
            Order::Packed => {
                let inside = at % face;
                faces[at - inside + inside % channels * PLANE + inside / channels]
            }
        })
    }

    /// Reads as many features as fit into `features` from the start of the model's output.
    pub(super) fn read(&self, output: &[u8], features: &mut [f32]) {
        match self.features {
            Float::Single => {
                for (feature, bytes) in features.iter_mut().zip(output.as_chunks::<4>().0) {
                    *feature = f32::from_ne_bytes(*bytes);
                }
            }
            Float::Half => {
                for (feature, bytes) in features.iter_mut().zip(output.as_chunks::<2>().0) {
                    *feature = f16::from_ne_bytes(*bytes).to_f32();
                }
            }
        }
    }
}

/// The output with 256 floats per face. The official export gives the logits first, so of two such outputs the
/// one named `feature`, else the last, is taken.
fn feature_output(model: &Description, batch: usize) -> Result<(usize, Float), String> {
    let float = |tensor: &Tensor| match tensor.data_type {
        DataType::FLOAT => Some(Float::Single),
        DataType::FLOAT16 => Some(Float::Half),
        _ => None,
    };
    let fitting: Vec<(usize, Float, &str)> = model
        .outputs
        .iter()
        .enumerate()
        .filter_map(|(index, tensor)| {
            let float = float(tensor)?;
            (tensor.size == batch * FEATURE_LENGTH * float.bytes()).then_some((
                index,
                float,
                tensor.name.as_str(),
            ))
        })
        .collect();
    let named = fitting.iter().find(|(_, _, name)| name.rsplit(':').next() == Some(FEATURE_NAME));
    match named.or(fitting.last()) {
        Some((index, float, _)) => Ok((*index, *float)),
        None => {
            let outputs: Vec<String> =
                model.outputs.iter().map(|output| format!("'{}' {:?}", output.name, output.dims)).collect();
            Err(format!(
                "none of its outputs gives {FEATURE_LENGTH} floats per face; it has {}",
                outputs.join(", ")
            ))
        }
    }
}
