//! Pictures and faces as PNG.

use super::face::Face;
use super::picture::Picture;
use png::{BitDepth, ColorType, Encoder};
use std::io::{self, Write};

impl Picture {
    /// Writes the picture as a PNG of 8 bits, gray or RGB. [`decode`](super::decode) reads the same picture from it.
    ///
    /// ```
    /// use lightcnn::image::{Picture, decode};
    /// use lightcnn::network::Input;
    ///
    /// let picture = Picture::new(2, 1, Input::Gray, vec![0, 255]);
    /// let mut file = Vec::new(); // or a `BufWriter` of a file
    /// picture.write_png(&mut file)?;
    /// assert_eq!(decode(&file, Input::Gray)?, picture);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If `to` cannot be written.
    pub fn write_png(&self, to: impl Write) -> io::Result<()> {
        // A picture has at most 64 Mi pixels.
        let mut encoder = Encoder::new(to, self.width() as u32, self.height() as u32);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_color(if self.channels() == 1 { ColorType::Grayscale } else { ColorType::Rgb });
        let mut writer = encoder.write_header()?;
        if self.channels() == 1 {
            writer.write_image_data(self.as_bytes())?;
        } else {
            let rgb: Vec<u8> =
                self.as_bytes().chunks_exact(3).flat_map(|bgr| [bgr[2], bgr[1], bgr[0]]).collect();
            writer.write_image_data(&rgb)?;
        }
        Ok(writer.finish()?)
    }
}

impl Face {
    /// Writes the face, as the network sees it, as a PNG of 128×128 pixels.
    ///
    /// ```
    /// use lightcnn::image::{Preprocess, decode};
    /// use lightcnn::network::Input;
    ///
    /// let picture = decode(&std::fs::read("examples/faces/astronaut_1.jpg")?, Input::Gray)?;
    /// let face = Preprocess::Eval.face(&picture)?;
    /// let mut file = Vec::new();
    /// face.write_png(&mut file)?;
    /// assert_eq!(decode(&file, Input::Gray)?.as_bytes(), face.as_bytes());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If `to` cannot be written.
    pub fn write_png(&self, to: impl Write) -> io::Result<()> {
        Picture::from(self).write_png(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::decode;
    use crate::network::{Input, SIDE};

    #[test]
    fn what_is_written_is_read() {
        let colour = Picture::new(5, 3, Input::Bgr, (0..45).map(|i| i * 5).collect());
        let mut file = Vec::new();
        colour.write_png(&mut file).unwrap();
        assert_eq!(decode(&file, Input::Bgr).unwrap(), colour);

        let planes: Vec<u8> = (0..3 * SIDE * SIDE).map(|i| (i / 7) as u8).collect();
        let face = Face::new(Input::Bgr, planes.clone().into());
        let mut file = Vec::new();
        face.write_png(&mut file).unwrap();
        let read = decode(&file, Input::Bgr).unwrap();
        for (channel, plane) in planes.chunks_exact(SIDE * SIDE).enumerate() {
            assert!(read.as_bytes().iter().skip(channel).step_by(3).eq(plane));
        }
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let picture = Picture::new(64, 64, Input::Gray, (0..64 * 64).map(|i| (i * i) as u8).collect());
        let mut room = [0; 40];
        assert!(picture.write_png(&mut room[..]).is_err());
    }
}
