//! Pictures and faces from and to those of the `image` crate.
//!
//! Samples become bytes as [`decode`](super::decode) makes them: 16 bits are cut to their high byte, alpha is dropped, and
//! no colour space is looked at. Floats count from 0 to 1; they are multiplied by 255 and rounded, and what is below or
//! above is cut off. Colour becomes gray as `cvtColor` of OpenCV does it, with its 15-bit weights; the crate's own
//! `to_luma8` weighs otherwise.

use super::face::Face;
use super::gray;
use super::picture::{Canvas, MAX_PIXELS, Picture, Size};
use super::resize;
use crate::network::{Input, SIDE};
use ::image::{DynamicImage, GrayImage, ImageBuffer, Luma, Pixel, Rgb};

/// Why an image of the `image` crate is no picture or no face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FromImageError {
    /// No pixels, or more than [`MAX_PIXELS`].
    #[error("the image has {width}×{height} pixels; a picture has 1 to {MAX_PIXELS}")]
    Picture {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Another size than a face's.
    #[error(
        "the image has {width}×{height} pixels and a face 128×128; make a `Picture` of it and let `Preprocess::face` \
         resize or align it"
    )]
    Face {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Pixels that came with a later version of the `image` crate.
    #[error("pixels of the kind {0:?} are not known here; convert the image to 8 or 16 bits, or to floats")]
    Pixels(::image::ColorType),
}

impl Picture {
    /// Takes an image as what `input` asks for: gray, or blue, green and red.
    ///
    /// 16-bit samples are cut to their high byte, floats are multiplied by 255 and rounded (below 0 and above 1 is cut
    /// off), alpha is dropped, the colour space is not looked at. Colour becomes gray as OpenCV's `cvtColor` does it, after
    /// its samples became bytes.
    ///
    /// ```
    /// use image::{DynamicImage, Rgb, RgbImage};
    /// use lightcnn::image::Picture;
    /// use lightcnn::network::Input;
    ///
    /// let image = DynamicImage::ImageRgb8(RgbImage::from_pixel(2, 1, Rgb([200, 90, 2])));
    /// assert_eq!(Picture::from_image(&image, Input::Bgr)?.as_bytes(), [2, 90, 200, 2, 90, 200]);
    /// assert_eq!(Picture::from_image(&image, Input::Gray)?.as_bytes(), [113, 113]);
    /// # Ok::<(), lightcnn::image::FromImageError>(())
    /// ```
    ///
    /// # Errors
    /// If there are no pixels, or more than [`MAX_PIXELS`].
    pub fn from_image(image: &DynamicImage, input: Input) -> Result<Picture, FromImageError> {
        let size = size(image.width(), image.height())?;
        let mut canvas = Canvas::new(size, input, gray::cvt_color);
        match image {
            DynamicImage::ImageLuma8(i) => push(&mut canvas, size, 1, i.as_raw(), |v| v),
            DynamicImage::ImageLumaA8(i) => push(&mut canvas, size, 2, i.as_raw(), |v| v),
            DynamicImage::ImageRgb8(i) => push(&mut canvas, size, 3, i.as_raw(), |v| v),
            DynamicImage::ImageRgba8(i) => push(&mut canvas, size, 4, i.as_raw(), |v| v),
            DynamicImage::ImageLuma16(i) => push(&mut canvas, size, 1, i.as_raw(), high),
            DynamicImage::ImageLumaA16(i) => push(&mut canvas, size, 2, i.as_raw(), high),
            DynamicImage::ImageRgb16(i) => push(&mut canvas, size, 3, i.as_raw(), high),
            DynamicImage::ImageRgba16(i) => push(&mut canvas, size, 4, i.as_raw(), high),
            DynamicImage::ImageRgb32F(i) => push(&mut canvas, size, 3, i.as_raw(), scaled),
            DynamicImage::ImageRgba32F(i) => push(&mut canvas, size, 4, i.as_raw(), scaled),
            other => return Err(FromImageError::Pixels(other.color())),
        }
        Ok(canvas.finish())
    }
}

impl Face {
    /// Takes an image of 128×128 pixels as a face, with samples as [`Picture::from_image`] makes them.
    ///
    /// # Errors
    /// If the image has another size.
    pub fn from_image(image: &DynamicImage, input: Input) -> Result<Face, FromImageError> {
        face_size(image.width(), image.height())?;
        Ok(resize::resize(&Picture::from_image(image, input)?))
    }
}

/// A gray picture of the same bytes, which are not copied.
impl TryFrom<GrayImage> for Picture {
    type Error = FromImageError;

    fn try_from(image: GrayImage) -> Result<Picture, FromImageError> {
        let size = size(image.width(), image.height())?;
        let mut data = image.into_raw();
        // An image may keep more than its pixels.
        data.truncate(size.pixels());
        Ok(Picture::new(size.width, size.height, Input::Gray, data))
    }
}

/// A gray face; the image must have 128×128 pixels.
impl TryFrom<GrayImage> for Face {
    type Error = FromImageError;

    fn try_from(image: GrayImage) -> Result<Face, FromImageError> {
        face_size(image.width(), image.height())?;
        Ok(resize::resize(&Picture::try_from(image)?))
    }
}

/// `ImageLuma8` of a gray picture, `ImageRgb8` of one in colour.
impl From<&Picture> for DynamicImage {
    fn from(picture: &Picture) -> DynamicImage {
        match picture.channels() {
            1 => DynamicImage::ImageLuma8(GrayImage::from(picture)),
            _ => DynamicImage::ImageRgb8(image(picture, |[b, g, r]| Rgb([r, g, b]))),
        }
    }
}

/// As the picture is, or its colours weighed as OpenCV's `cvtColor` does it.
impl From<&Picture> for GrayImage {
    fn from(picture: &Picture) -> GrayImage {
        image(picture, |bgr| Luma([gray::cvt_color(bgr)]))
    }
}

/// `ImageLuma8` of a gray face, `ImageRgb8` of one in colour.
impl From<&Face> for DynamicImage {
    fn from(face: &Face) -> DynamicImage {
        DynamicImage::from(&Picture::from(face))
    }
}

/// As the face is, or its colours weighed as OpenCV's `cvtColor` does it.
impl From<&Face> for GrayImage {
    fn from(face: &Face) -> GrayImage {
        GrayImage::from(&Picture::from(face))
    }
}

/// An image of the pixels of `picture`, of which `pixel` makes one of blue, green, red.
fn image<P: Pixel>(picture: &Picture, pixel: impl Fn([u8; 3]) -> P) -> ImageBuffer<P, Vec<P::Subpixel>> {
    let (bytes, channels) = (picture.as_bytes(), picture.channels());
    // A picture has at most 64 Mi pixels, so neither side nor place is cut off.
    ImageBuffer::from_fn(picture.width() as u32, picture.height() as u32, |x, y| {
        let at = (y as usize * picture.width() + x as usize) * channels;
        pixel([0, channels / 2, channels - 1].map(|channel| bytes[at + channel]))
    })
}

fn size(width: u32, height: u32) -> Result<Size, FromImageError> {
    let pixels = u64::from(width) * u64::from(height);
    match (1..=MAX_PIXELS).contains(&pixels) {
        true => Ok(Size { width: width as usize, height: height as usize }),
        false => Err(FromImageError::Picture { width, height }),
    }
}

fn face_size(width: u32, height: u32) -> Result<(), FromImageError> {
    match (width as usize, height as usize) {
        (SIDE, SIDE) => Ok(()),
        _ => Err(FromImageError::Face { width, height }),
    }
}

/// Adds all pixels, of `channels` samples each, of which `byte` makes bytes.
fn push<S: Copy>(canvas: &mut Canvas, size: Size, channels: usize, samples: &[S], byte: impl Fn(S) -> u8) {
    for pixel in samples.chunks_exact(channels).take(size.pixels()) {
        match *pixel {
            [v] | [v, _] => canvas.push_gray(byte(v)),
            [r, g, b] | [r, g, b, _] => canvas.push_bgr([byte(b), byte(g), byte(r)]),
            _ => {}
        }
    }
}

fn high(sample: u16) -> u8 {
    (sample >> 8) as u8
}

/// As `convertTo` of OpenCV with a factor of 255: halves go to the even number, and what is no number becomes 0.
fn scaled(sample: f32) -> u8 {
    (sample * 255.0).round_ties_even() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::image::{ImageBuffer, LumaA, RgbImage, Rgba, Rgba32FImage};

    #[test]
    fn samples_become_bytes() {
        let picture = |image: DynamicImage, input| Picture::from_image(&image, input).unwrap();
        let bytes = |image: DynamicImage, input| picture(image, input).as_bytes().to_vec();
        let rgb16 = ImageBuffer::from_pixel(1, 1, Rgb([0x01ff_u16, 0x80ff, 0xff00]));
        assert_eq!(bytes(rgb16.into(), Input::Bgr), [0xff, 0x80, 0x01]);
        let gray16 = ImageBuffer::from_pixel(1, 1, LumaA([0x7fff_u16, 0]));
        assert_eq!(bytes(gray16.clone().into(), Input::Gray), [0x7f]);
        assert_eq!(bytes(gray16.into(), Input::Bgr), [0x7f; 3]);
        let rgba = ImageBuffer::from_pixel(1, 1, Rgba([10_u8, 20, 30, 0]));
        assert_eq!(bytes(rgba.into(), Input::Bgr), [30, 20, 10]);
        let floats = Rgba32FImage::from_fn(2, 1, |x, _| match x {
            0 => Rgba([-1.0, 0.5, 7.0, 0.0]),
            _ => Rgba([f32::NAN, 1.0, 0.1, 1.0]),
        });
        assert_eq!(bytes(floats.into(), Input::Bgr), [255, 128, 0, 26, 255, 0]);
        let halves = Rgba32FImage::from_pixel(1, 1, Rgba([0.5 / 255.0, 1.5 / 255.0, 2.5 / 255.0, 1.0]));
        assert_eq!(bytes(halves.into(), Input::Bgr), [2, 2, 0]);
    }

    #[test]
    fn gray_is_opencvs() {
        let rgb = RgbImage::from_fn(256, 1, |x, _| Rgb([200, 10, x as u8]));
        let ours = Picture::from_image(&rgb.clone().into(), Input::Gray).unwrap();
        let expected: Vec<u8> = (0..=255).map(|b| gray::cvt_color([b, 10, 200])).collect();
        assert_eq!(ours.as_bytes(), expected);
        assert_ne!(DynamicImage::from(rgb).to_luma8().as_raw(), &expected);
    }

    #[test]
    fn there_and_back() {
        let colour = Picture::new(2, 3, Input::Bgr, (0..18).collect());
        let image = DynamicImage::from(&colour);
        assert_eq!(image.as_rgb8().unwrap().get_pixel(1, 2), &Rgb([17, 16, 15]));
        assert_eq!(Picture::from_image(&image, Input::Bgr), Ok(colour.clone()));
        let gray = Picture::try_from(GrayImage::from(&colour)).unwrap();
        assert_eq!(Picture::from_image(&image, Input::Gray), Ok(gray.clone()));
        assert_eq!(Picture::from_image(&DynamicImage::from(&gray), Input::Gray), Ok(gray));

        let planes: Vec<u8> = (0..3 * SIDE * SIDE).map(|i| (i / 7) as u8).collect();
        let face = Face::new(Input::Bgr, planes.into());
        assert_eq!(Face::from_image(&DynamicImage::from(&face), Input::Bgr), Ok(face.clone()));
        let gray = Face::try_from(GrayImage::from(&face)).unwrap();
        assert_eq!(Face::from_image(&DynamicImage::from(&face), Input::Gray), Ok(gray));
    }

    #[test]
    fn sizes() {
        let empty = GrayImage::new(0, 5);
        let error = Picture::try_from(empty.clone()).unwrap_err();
        assert_eq!(error.to_string(), "the image has 0×5 pixels; a picture has 1 to 67108864");
        assert_eq!(Picture::from_image(&empty.into(), Input::Gray), Err(error));
        let large = GrayImage::new(8193, 8192);
        assert!(matches!(Picture::try_from(large), Err(FromImageError::Picture { .. })));
        let small = GrayImage::new(128, 127);
        assert!(matches!(Face::try_from(small.clone()), Err(FromImageError::Face { height: 127, .. })));
        assert!(Face::from_image(&small.into(), Input::Bgr).is_err());
        // An image may keep more than its pixels.
        let roomy = GrayImage::from_raw(2, 1, vec![1, 2, 3]).unwrap();
        assert_eq!(Picture::from_image(&roomy.clone().into(), Input::Gray), Picture::try_from(roomy));
    }
}
