//! AIPP, the preprocessing that a model can carry: 8-bit pixels in, scaled planes out.

use crate::om::proto::{Field, Fields, Malformed, Message, split};
use half::f16;

/// `aclAippInputFormat` of 8-bit gray.
pub const YUV400_U8: i32 = 4;
/// `aclAippInputFormat` of 8-bit interleaved colour.
pub const RGB888_U8: i32 = 3;

/// A static AIPP.
#[derive(Clone, Debug, PartialEq)]
pub struct Aipp {
    /// [`YUV400_U8`] or [`RGB888_U8`].
    pub format: i32,
    /// Width of the source image, pixels.
    pub width: i64,
    /// Height of the source image, pixels.
    pub height: i64,
    /// Left, top, width and height of the part that is used, if not all.
    pub crop: Option<[i64; 4]>,
    /// Whether the first and third channel change places.
    pub swap: bool,
    /// Subtracted first, per channel.
    pub mean: [i64; 4],
    /// Subtracted next, per channel.
    pub min: [f32; 4],
    /// Multiplied, per channel.
    pub scale: [f32; 4],
}

impl Default for Aipp {
    fn default() -> Aipp {
        Aipp {
            format: YUV400_U8,
            width: 0,
            height: 0,
            crop: None,
            swap: false,
            mean: [0; 4],
            min: [0.0; 4],
            scale: [1.0; 4],
        }
    }
}

impl Aipp {
    /// Channels of a pixel: 1 or 3.
    pub fn channels(&self) -> usize {
        if self.format == RGB888_U8 { 3 } else { 1 }
    }

    /// Bytes of one source image.
    pub fn image_size(&self) -> usize {
        self.channels() * self.width as usize * self.height as usize
    }

    /// Width and height of what the network sees.
    pub fn output(&self) -> (i64, i64) {
        self.crop.map_or((self.width, self.height), |[_, _, width, height]| (width, height))
    }

    /// Turns `pixels` (`N×H×W×C`) into `N×C×H×W` values: `(pixel - mean - min) * scale`, in 16-bit floats as the
    /// hardware does it.
    pub fn apply(&self, pixels: &[u8]) -> Vec<f32> {
        let [left, top, width, height] =
            self.crop.unwrap_or([0, 0, self.width, self.height]).map(|value| value as usize);
        let (channels, row) = (self.channels(), self.width as usize);
        let tables: Vec<Vec<f32>> = (0..channels).map(|channel| self.table(channel)).collect();
        let mut values = Vec::with_capacity(pixels.len());
        for image in pixels.chunks_exact(self.image_size()) {
            for (channel, table) in tables.iter().enumerate() {
                let source = if self.swap && channels == 3 { 2 - channel } else { channel };
                for y in top..top + height {
                    for x in left..left + width {
                        values.push(table[usize::from(image[(y * row + x) * channels + source])]);
                    }
                }
            }
        }
        values
    }

    /// Value of every pixel level in a channel.
    fn table(&self, channel: usize) -> Vec<f32> {
        let half = |value: f32| f16::from_f32(value).to_f32();
        let (min, scale) = (half(self.min[channel]), half(self.scale[channel]));
        (0..=255).map(|pixel| half(half((pixel - self.mean[channel]) as f32 - min) * scale)).collect()
    }

    /// The attribute function `aipp` of a model definition.
    pub fn to_function(&self) -> Message {
        let crop = self.crop.unwrap_or([0, 0, self.width, self.height]);
        let mut ints = vec![
            ("aipp_mode", 1),
            ("input_format", i64::from(self.format)),
            ("src_image_size_w", self.width),
            ("src_image_size_h", self.height),
            ("crop", i64::from(self.crop.is_some())),
            ("load_start_pos_w", crop[0]),
            ("load_start_pos_h", crop[1]),
            ("crop_size_w", crop[2]),
            ("crop_size_h", crop[3]),
            ("rbuv_swap_switch", i64::from(self.swap)),
            ("csc_switch", 0),
        ];
        const MEAN: [&str; 4] = ["mean_chn_0", "mean_chn_1", "mean_chn_2", "mean_chn_3"];
        const MIN: [&str; 4] = ["min_chn_0", "min_chn_1", "min_chn_2", "min_chn_3"];
        const SCALE: [&str; 4] = ["var_reci_chn_0", "var_reci_chn_1", "var_reci_chn_2", "var_reci_chn_3"];
        ints.extend(MEAN.into_iter().zip(self.mean));
        let mut function = Message::new().bytes(1, "aipp");
        for (key, value) in ints {
            function =
                function.message(2, Message::new().bytes(1, key).message(2, Message::new().int(3, value)));
        }
        for (key, value) in MIN.into_iter().zip(self.min).chain(SCALE.into_iter().zip(self.scale)) {
            function =
                function.message(2, Message::new().bytes(1, key).message(2, Message::new().float(4, value)));
        }
        function
    }

    /// Reads what [`Aipp::to_function`] wrote.
    pub fn from_function(bytes: &[u8]) -> Result<Aipp, Malformed> {
        let mut aipp = Aipp::default();
        let mut crop = [0; 4];
        let mut cropped = false;
        for field in Fields::new(bytes) {
            let (2, Field::Bytes(entry)) = field? else { continue };
            let Some((key, value)) = split(entry)? else { continue };
            let channel =
                key.bytes().next_back().map_or(0, |digit| usize::from(digit.wrapping_sub(b'0')) % 4);
            for field in Fields::new(value) {
                match (key, field?) {
                    ("input_format", (3, Field::Int(v))) => aipp.format = v as i32,
                    ("src_image_size_w", (3, Field::Int(v))) => aipp.width = v as i64,
                    ("src_image_size_h", (3, Field::Int(v))) => aipp.height = v as i64,
                    ("crop", (3, Field::Int(v))) => cropped = v != 0,
                    ("load_start_pos_w", (3, Field::Int(v))) => crop[0] = v as i64,
                    ("load_start_pos_h", (3, Field::Int(v))) => crop[1] = v as i64,
                    ("crop_size_w", (3, Field::Int(v))) => crop[2] = v as i64,
                    ("crop_size_h", (3, Field::Int(v))) => crop[3] = v as i64,
                    ("rbuv_swap_switch", (3, Field::Int(v))) => aipp.swap = v != 0,
                    (key, (3, Field::Int(v))) if key.starts_with("mean") => aipp.mean[channel] = v as i64,
                    (key, (4, Field::Fixed32(v))) if key.starts_with("min") => {
                        aipp.min[channel] = f32::from_bits(v);
                    }
                    (key, (4, Field::Fixed32(v))) if key.starts_with("var") => {
                        aipp.scale[channel] = f32::from_bits(v);
                    }
                    _ => {}
                }
            }
        }
        aipp.crop = cropped.then_some(crop);
        Ok(aipp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gray_is_scaled_in_half_precision() {
        let aipp = Aipp { width: 3, height: 1, scale: [1.0 / 255.0; 4], ..Aipp::default() };
        let values = aipp.apply(&[0, 128, 255]);
        assert_eq!((values[0], values[2]), (0.0, 1.0));
        assert!((values[1] - 128.0 / 255.0).abs() < 2.57e-4 && values[1] != 128.0 / 255.0);
        let level =
            |x: u8| Aipp { width: 1, height: 1, scale: [1.0 / 255.0; 4], ..Aipp::default() }.apply(&[x])[0];
        let differing =
            (0..=255).filter(|&x| level(x) != f16::from_f32(f32::from(x) / 255.0).to_f32()).count();
        assert_eq!(differing, 10);
    }

    #[test]
    fn colour_is_cropped_swapped_and_made_planar() {
        let aipp = Aipp {
            format: RGB888_U8,
            width: 2,
            height: 2,
            crop: Some([1, 0, 1, 2]),
            swap: true,
            mean: [0, 1, 0, 0],
            ..Aipp::default()
        };
        let pixels: Vec<u8> = (0..12).collect();
        assert_eq!(aipp.apply(&pixels), [5.0, 11.0, 3.0, 9.0, 3.0, 9.0]);
        let written = aipp.to_function().finish();
        assert_eq!(Aipp::from_function(&written), Ok(aipp));
    }
}
