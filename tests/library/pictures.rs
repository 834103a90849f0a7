//! Every kind of picture file against what OpenCV reads from it (`pictures/README.md`), whole, cut short and damaged.

use lightcnn::image::{DecodeError, ImageFormat, LandmarkTable, MAX_PIXELS, Picture, Preprocess, decode};
use lightcnn::network::Input;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use test_support::random::number;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pictures")
}

fn read(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Name, gray and BGR of every row of `expected.csv`.
fn expected() -> Vec<(String, Picture, Picture)> {
    expected_in(&folder())
}

fn expected_in(folder: &Path) -> Vec<(String, Picture, Picture)> {
    let mut table = csv::Reader::from_path(folder.join("expected.csv")).unwrap();
    table
        .records()
        .map(|row| {
            let row = row.unwrap();
            let (width, height) = (row[1].parse().unwrap(), row[2].parse().unwrap());
            let picture = |input, hex: &str| {
                let bytes =
                    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap());
                Picture::new(width, height, input, bytes.collect())
            };
            (row[0].to_string(), picture(Input::Gray, &row[3]), picture(Input::Bgr, &row[4]))
        })
        .collect()
}

#[test]
fn equal_to_opencv() {
    let expected = expected();
    assert_eq!(expected.len(), 150);
    for (name, gray, bgr) in expected {
        for (input, expected) in [(Input::Gray, gray), (Input::Bgr, bgr)] {
            let picture = decode(&read(&name), input).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(
                (picture.width(), picture.height(), picture.channels()),
                (expected.width(), expected.height(), expected.channels()),
                "{name}"
            );
            let different = picture.as_bytes().iter().zip(expected.as_bytes()).position(|(a, b)| a != b);
            assert_eq!(different, None, "{name} {input:?}: first different byte");
        }
    }
}

/// The pictures of `tests/pictures_reference.py`, in the folder that LIGHTCNN_PICTURES names.
#[test]
#[ignore = "needs a folder that tests/pictures_reference.py has made"]
fn as_opencv_in_a_folder() {
    let folder =
        PathBuf::from(std::env::var_os("LIGHTCNN_PICTURES").expect("LIGHTCNN_PICTURES names the folder"));
    let expected = expected_in(&folder);
    assert!(expected.len() >= 1000, "{} pictures", expected.len());
    let mut wrong = Vec::new();
    for (name, gray, bgr) in &expected {
        let bytes = fs::read(folder.join(name)).unwrap();
        for (input, expected) in [(Input::Gray, gray), (Input::Bgr, bgr)] {
            match decode(&bytes, input) {
                Err(error) => wrong.push(format!("{name} {input:?}: {error}: {:?}", error.source())),
                Ok(picture) if picture != *expected => wrong.push(format!("{name} {input:?}: other pixels")),
                Ok(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), 2 * expected.len(), wrong.join("\n"));
}

/// A file that ends early is refused, unless all that is missing came after the (first) picture.
#[test]
fn cut_short() {
    for (name, gray, _) in expected() {
        let bytes = read(&name);
        let behind = if name.starts_with("animated") { bytes.len() } else { 20 };
        for length in 0..bytes.len() {
            if let Ok(picture) = decode(&bytes[..length], Input::Gray) {
                assert!(
                    length + behind > bytes.len(),
                    "{name} decoded from {length} of {} bytes",
                    bytes.len()
                );
                assert_eq!(picture, gray, "{name} cut to {length} bytes");
            }
        }
    }
    for name in
        ["420.jpg", "progressive.jpg", "rgb8.png", "rgb24.bmp", "binary255.ppm", "rgb8.tif", "plain.gif"]
    {
        let bytes = read(name);
        let error = decode(&bytes[..bytes.len() * 2 / 3], Input::Gray).unwrap_err();
        assert!(matches!(error, DecodeError::Truncated(_)), "{name}: {error:?}");
    }
}

/// Whatever is changed in a file, the decoder returns. Each byte is changed once, in one of three ways; LIGHTCNN_VALUES=3
/// changes it in all of them.
#[test]
fn damaged() {
    let ways = number("LIGHTCNN_VALUES").unwrap_or(1).min(3) as usize;
    let mut decoded = 0;
    for (name, ..) in expected() {
        let mut bytes = read(&name);
        for at in 0..bytes.len() {
            let before = bytes[at];
            let values = [0, 0xff, before ^ (1 << (at % 8))];
            for value in values.iter().cycle().skip(at).take(ways) {
                bytes[at] = *value;
                decoded += usize::from(decode(&bytes, Input::Bgr).is_ok());
            }
            bytes[at] = before;
        }
    }
    assert!(decoded > 0);
}

#[test]
fn decompression_bombs() {
    for (name, format) in [
        ("huge.jpg", ImageFormat::Jpeg),
        ("huge.png", ImageFormat::Png),
        ("huge.bmp", ImageFormat::Bmp),
        ("huge.pgm", ImageFormat::Pnm),
        ("huge.webp", ImageFormat::WebP),
        ("huge.tif", ImageFormat::Tiff),
        ("huge.gif", ImageFormat::Gif),
    ] {
        let error = decode(&read(&format!("huge/{name}")), Input::Gray).unwrap_err();
        match &error {
            DecodeError::TooLarge { format: found, width, height } => {
                let side = if format == ImageFormat::WebP { 16383 } else { 20000 };
                assert_eq!((*found, *width, *height), (format, side, side));
            }
            other => panic!("{name}: {other:?}"),
        }
        assert!(error.to_string().contains(&MAX_PIXELS.to_string()), "{error}");
    }
}

/// OpenCV 5.0.0 refuses TIFF files whose orientation turns rows into columns. Here they are turned as in PNG.
#[test]
fn tiff_orientations() {
    for orientation in 5..=8 {
        let mut bytes = read("orientation3.tif");
        let tag = [0x12, 0x01, 3, 0, 1, 0, 0, 0, 3, 0];
        let at = bytes.windows(tag.len()).position(|window| window == tag).unwrap();
        bytes[at + 8] = orientation;
        let turned = decode(&bytes, Input::Bgr).unwrap();
        let png = decode(&read(&format!("orientation{orientation}.png")), Input::Bgr).unwrap();
        assert_eq!(turned, png, "{orientation}");
    }
}

/// OpenCV does not obey the colour masks behind a short BMP header; here they are obeyed.
#[test]
fn bmp_masks_behind_a_short_header() {
    let plain = read("rgb32_masks.bmp");
    let mut swapped = plain.clone();
    swapped[54..58].copy_from_slice(&0xff_u32.to_le_bytes());
    swapped[62..66].copy_from_slice(&0xff_0000_u32.to_le_bytes());
    let [plain, swapped] = [plain, swapped].map(|bytes| decode(&bytes, Input::Bgr).unwrap());
    for (plain, swapped) in plain.as_bytes().chunks(3).zip(swapped.as_bytes().chunks(3)) {
        assert_eq!([plain[2], plain[1], plain[0]], swapped);
    }
}

/// A JPEG of a kind that is not read is not called damaged.
#[test]
fn kinds_of_jpeg() {
    let baseline = read("444.jpg");
    let frame = baseline.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    for (at, byte, said) in [
        (frame + 1, 0xc9, "arithmetic coding"),
        (frame + 1, 0xc3, "SOF type 0xc3"),
        (frame + 4, 12, "precision 12"),
    ] {
        let mut bytes = baseline.clone();
        bytes[at] = byte;
        let error = decode(&bytes, Input::Gray).unwrap_err();
        assert!(matches!(error, DecodeError::Unsupported { format: ImageFormat::Jpeg, .. }), "{error:?}");
        assert!(error.source().unwrap().to_string().contains(said), "{error:?}");
    }
}

#[test]
fn one_pixel() {
    let picture = decode(b"P5 1 1 255\n\x2a", Input::Gray).unwrap();
    assert_eq!((picture.width(), picture.height(), picture.as_bytes()), (1, 1, &[42][..]));
    let error = decode(b"P5 0 1 255\n", Input::Gray).unwrap_err();
    assert!(matches!(error, DecodeError::Damaged { format: ImageFormat::Pnm, .. }), "{error:?}");
}

/// The faces for trying the tool decode, and those that are drawn in place are not moved by their landmarks.
#[test]
fn example_faces() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/faces");
    let table = LandmarkTable::read(&folder.join("landmarks.csv")).unwrap();
    let mut faces = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let file = entry.unwrap().path();
        let Some(landmarks) = table.get(&file) else { continue };
        let picture = decode(&fs::read(&file).unwrap(), Input::Bgr).unwrap();
        let aligned = Preprocess::Aligned.face_at(&picture, landmarks).unwrap();
        if file.to_str().unwrap().contains("_1.") && picture.width() == 128 {
            let placed = Preprocess::Eval.face(&picture).unwrap();
            let moved = aligned.as_bytes().iter().zip(placed.as_bytes()).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(moved <= Some(1), "{}: {moved:?}", file.display());
        }
        faces += 1;
    }
    assert_eq!((faces, table.len()), (8, 8));
}
