//! The same samples, stored in every way, are the same picture.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lightcnn::image::{DecodeError, ImageFormat, Picture, decode};
use lightcnn::network::Input;
use std::error::Error;
use std::io::Write;
use test_support::random::Choices;

/// How a file stores samples.
#[derive(Clone, Debug)]
struct Way {
    width: usize,
    height: usize,
    samples: usize,
    bytes: usize,
    photometric: u32,
    planes: bool,
    tile: Option<(usize, usize)>,
    rows: usize,
    compression: u32,
    differences: bool,
    big_endian: bool,
    orientation: u32,
    extra: Vec<(u16, u32)>,
}

impl Way {
    /// In one strip, as it is.
    fn plain(width: usize, height: usize, samples: usize, bytes: usize) -> Way {
        Way {
            width,
            height,
            samples,
            bytes,
            photometric: if samples < 3 { 1 } else { 2 },
            planes: false,
            tile: None,
            rows: height,
            compression: 1,
            differences: false,
            big_endian: false,
            orientation: 1,
            extra: Vec::new(),
        }
    }

    /// The file of `values`, which are interleaved.
    fn file(&self, values: &[u16]) -> Vec<u8> {
        let (across, down) = self.tile.unwrap_or((self.width, self.rows));
        let mut chunks = Vec::new();
        for plane in 0..if self.planes { self.samples } else { 1 } {
            for top in (0..self.height).step_by(down) {
                for left in (0..self.width).step_by(across) {
                    let rows = if self.tile.is_some() { down } else { down.min(self.height - top) };
                    chunks.push(self.packed(self.chunk(values, plane, (left, top), (across, rows))));
                }
            }
        }
        let wide = |value: u32| if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let narrow = |value: u16| if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let mut offset = 8;
        let offsets = chunks.iter().map(|chunk| {
            offset += chunk.len() as u32;
            offset - chunk.len() as u32
        });
        let offsets: Vec<u32> = offsets.collect();
        let lengths = chunks.iter().map(|chunk| chunk.len() as u32).collect();
        let (offsets_tag, lengths_tag) = if self.tile.is_some() { (324, 325) } else { (273, 279) };
        let mut tags: Vec<(u16, Vec<u32>)> = vec![
            (256, vec![self.width as u32]),
            (257, vec![self.height as u32]),
            (258, vec![8 * self.bytes as u32; self.samples]),
            (259, vec![self.compression]),
            (262, vec![self.photometric]),
            (274, vec![self.orientation]),
            (277, vec![self.samples as u32]),
            (284, vec![1 + u32::from(self.planes)]),
            (317, vec![1 + u32::from(self.differences)]),
            (offsets_tag, offsets),
            (lengths_tag, lengths),
        ];
        match self.tile {
            Some((across, down)) => tags.extend([(322, vec![across as u32]), (323, vec![down as u32])]),
            None => tags.push((278, vec![self.rows as u32])),
        }
        tags.extend(self.extra.iter().map(|(tag, value)| (*tag, vec![*value])));
        tags.sort();

        let mut file = if self.big_endian { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        let start = 8 + chunks.iter().map(Vec::len).sum::<usize>();
        file.extend(wide(start as u32));
        file.extend(chunks.concat());
        file.extend(narrow(tags.len() as u16));
        let mut tail = Vec::new();
        let end = start + 6 + 12 * tags.len();
        for (tag, values) in tags {
            file.extend(narrow(tag));
            file.extend(narrow(4));
            file.extend(wide(values.len() as u32));
            if values.len() == 1 {
                file.extend(wide(values[0]));
            } else {
                file.extend(wide((end + tail.len()) as u32));
                tail.extend(values.iter().flat_map(|value| wide(*value)));
            }
        }
        file.extend([0; 4]);
        file.extend(tail);
        file
    }

    fn chunk(
        &self,
        values: &[u16],
        plane: usize,
        (left, top): (usize, usize),
        (across, rows): (usize, usize),
    ) -> Vec<u8> {
        let channels = if self.planes { plane..plane + 1 } else { 0..self.samples };
        let mut bytes = Vec::new();
        for y in top..top + rows {
            let mut before = vec![0; self.samples];
            for x in left..left + across {
                for channel in channels.clone() {
                    // Behind the edge, whatever a writer leaves there.
                    let inside = x < self.width && y < self.height;
                    let value =
                        if inside { values[(y * self.width + x) * self.samples + channel] } else { 0x5aa5 };
                    let stored = if self.differences { value.wrapping_sub(before[channel]) } else { value };
                    before[channel] = value;
                    match (self.bytes, self.big_endian) {
                        (1, _) => bytes.push(stored as u8),
                        (_, true) => bytes.extend(stored.to_be_bytes()),
                        (_, false) => bytes.extend(stored.to_le_bytes()),
                    }
                }
            }
        }
        bytes
    }

    fn packed(&self, bytes: Vec<u8>) -> Vec<u8> {
        match self.compression {
            5 => {
                let mut encoder = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
                encoder.encode(&bytes).unwrap()
            }
            8 => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(&bytes).unwrap();
                encoder.finish().unwrap()
            }
            32773 => bytes.chunks(100).flat_map(|run| [&[run.len() as u8 - 1], run].concat()).collect(),
            _ => bytes,
        }
    }
}

fn values(random: &mut Choices, way: &Way) -> Vec<u16> {
    let most = if way.bytes == 1 { 0xff } else { 0xffff };
    (0..way.width * way.height * way.samples).map(|_| random.below(most + 1) as u16).collect()
}

fn read(file: &[u8]) -> [Picture; 2] {
    [Input::Gray, Input::Bgr].map(|input| decode(file, input).unwrap())
}

#[test]
fn every_way() {
    let mut random = Choices(9);
    for _ in 0..400 {
        let (width, height) = (1 + random.below(50) as usize, 1 + random.below(50) as usize);
        let plain = Way::plain(width, height, 1 + random.below(4) as usize, 1 + random.below(2) as usize);
        let compression = [1, 5, 8, 32773][random.below(4) as usize];
        let way = Way {
            planes: plain.samples > 1 && random.below(2) == 1,
            tile: (random.below(2) == 1)
                .then(|| (16 * (1 + random.below(3) as usize), 16 * (1 + random.below(3) as usize))),
            rows: 1 + random.below(height as u64) as usize,
            compression,
            differences: matches!(compression, 5 | 8) && random.below(2) == 1,
            big_endian: random.below(2) == 1,
            orientation: 1 + random.below(8) as u32,
            ..plain.clone()
        };
        let values = values(&mut random, &way);
        let plain = Way { orientation: way.orientation, ..plain };
        assert_eq!(read(&way.file(&values)), read(&plain.file(&values)), "{way:?}");
    }
}

/// What is not read is named, and no sound file is called damaged or cut short.
#[test]
fn refusals() {
    let plain = Way::plain(9, 7, 3, 1);
    let values = values(&mut Choices(1), &plain);
    for (way, cause) in [
        (Way { compression: 6, ..plain.clone() }, "compression 6 (JPEG of the old style)"),
        (Way { compression: 50000, ..plain.clone() }, "compression 50000 (Zstandard)"),
        (Way { compression: 12345, ..plain.clone() }, "compression 12345"),
        (Way { extra: vec![(339, 3)], ..plain.clone() }, "samples that are not unsigned integers"),
        (
            Way { photometric: 8, ..plain.clone() },
            "3 samples of 8 bits a pixel, of CIE L*a*b* (photometric interpretation 8)",
        ),
        (
            Way { extra: vec![(254, 1), (330, 8)], ..plain.clone() },
            "a small preview of another picture in the file, as cameras' raw files have it first",
        ),
    ] {
        let error = decode(&way.file(&values), Input::Gray).unwrap_err();
        assert!(matches!(error, DecodeError::Unsupported { format: ImageFormat::Tiff, .. }), "{error:?}");
        assert_eq!(error.source().unwrap().to_string(), cause);
    }
}

/// A tile of 65536 × 65536 pixels is refused before it is allocated, and so are strips that are not in the file.
#[test]
fn bombs() {
    let plain = Way::plain(9, 7, 3, 1);
    let values = values(&mut Choices(1), &plain);
    let mut file = Way { tile: Some((16, 16)), ..plain.clone() }.file(&values);
    for tag in [322_u16, 323] {
        let entry = [&tag.to_le_bytes()[..], &[4, 0, 1, 0, 0, 0, 16, 0, 0, 0]].concat();
        let at = file.windows(entry.len()).position(|window| window == entry).unwrap();
        file[at + 8..at + 12].copy_from_slice(&65536_u32.to_le_bytes());
    }
    let error = decode(&file, Input::Gray).unwrap_err();
    assert!(matches!(error, DecodeError::TooLarge { width: 65536, height: 65536, .. }), "{error:?}");

    let mut file = plain.file(&values);
    let offset = [17, 1, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0];
    let at = file.windows(offset.len()).position(|window| window == offset).unwrap();
    file[at + 8..at + 12].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    let error = decode(&file, Input::Gray).unwrap_err();
    assert!(matches!(error, DecodeError::Truncated(ImageFormat::Tiff)), "{error:?}");
}
