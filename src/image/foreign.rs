//! What bytes are that no decoder takes, and what to do with them.

/// A picture that is not read.
const CONVERT: &str = "a format that is not read; convert it to JPEG or PNG";
/// A file of files.
const UNPACK: &str = "not a picture; unpack it, and give the pictures in it";
const FRAMES: &str = "not a picture; write its frames as JPEG or PNG";
const DATA: &str = "not a picture; give the picture's own file";

/// Where the mark is, the mark, the name, the advice.
const MARKS: &[(usize, &[u8], &str, &str)] = &[
    (0, b"\xff\x0a", "a JPEG XL picture", CONVERT),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture", CONVERT),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture", CONVERT),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture", CONVERT),
    (0, b"II\xbc", "a JPEG XR picture", CONVERT),
    (0, b"P7\n", "a PAM picture", CONVERT),
    (0, b"8BPS", "a Photoshop picture", CONVERT),
    (0, b"\x76\x2f\x31\x01", "an OpenEXR picture", CONVERT),
    (0, b"\x59\xa6\x6a\x95", "a Sun raster picture", CONVERT),
    (0, b"DDS ", "a DirectDraw picture", CONVERT),
    (0, b"gimp xcf", "a GIMP picture", CONVERT),
    (0, b"icns", "an Apple icon", CONVERT),
    (0, b"\0\0\x02\0", "a Windows cursor", CONVERT),
    (0, b"FUJIFILMCCD-RAW", "a Fujifilm raw picture", CONVERT),
    (0, b"IIRO", "an Olympus raw picture", CONVERT),
    (0, b"IIU\0", "a Panasonic raw picture", CONVERT),
    (128, b"DICM", "a DICOM picture", CONVERT),
    (0, b"%PDF", "a PDF document", CONVERT),
    (0, b"%!PS", "a PostScript document", CONVERT),
    (0, b"PK\x03\x04", "a zip archive", UNPACK),
    (0, b"PK\x05\x06", "a zip archive without members", UNPACK),
    (0, b"\x1f\x8b", "gzip data", UNPACK),
    (0, b"BZh", "bzip2 data", UNPACK),
    (0, b"\xfd7zXZ\0", "xz data", UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard data", UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"\x1a\x45\xdf\xa3", "a Matroska or WebM video", FRAMES),
    (8, b"AVI ", "an AVI video", FRAMES),
    (0, b"\0\0\x01\xba", "an MPEG video", FRAMES),
    (0, b"\x93NUMPY", "a NumPy array", DATA),
    (0, b"\x89HDF", "an HDF5 file", DATA),
    (0, b"PAR1", "a Parquet file", DATA),
    (0, b"SQLite format 3\0", "an SQLite database", DATA),
];

/// What a text begins with, in lower case, the name, the advice.
const TEXTS: &[(&str, &str, &str)] = &[
    ("<svg", "an SVG drawing", CONVERT),
    (
        "<!doctype html",
        "an HTML page",
        "not a picture: perhaps a server's error page, saved in its place; open it to see, and download the picture again",
    ),
    (
        "<html",
        "an HTML page",
        "not a picture: perhaps a server's error page, saved in its place; open it to see, and download the picture again",
    ),
    ("<!doctype svg", "an SVG drawing", CONVERT),
    (
        "<?xml",
        "an XML document",
        "not a picture: perhaps a store's error, saved in its place; open it to see, and download the picture again",
    ),
    (
        "version https://git-lfs",
        "a pointer of Git LFS",
        "not the picture itself; fetch the picture with `git lfs pull`",
    ),
    ("data:image/", "a data URI", "not a file of a picture; write its base64 as bytes"),
    ("/9j/", "a JPEG picture in base64", "not a file of a picture; write its base64 as bytes"),
    ("ivborw0kggo", "a PNG picture in base64", "not a file of a picture; write its base64 as bytes"),
];

/// Bytes of a text that are looked at.
const TEXT: usize = 1024;

/// What `bytes`, which no decoder takes, are, and what to do.
pub(super) fn describe(bytes: &[u8]) -> String {
    let marked = MARKS.iter().find(|(at, mark, ..)| bytes.get(*at..).is_some_and(|b| b.starts_with(mark)));
    if let Some((_, _, name, advice)) = marked {
        return format!("this is {name}, {advice}");
    }
    if let Some((name, advice)) = boxes(bytes).or_else(|| text(bytes)) {
        return format!("this is {name}, {advice}");
    }
    if bytes.iter().all(|byte| *byte == 0) {
        return format!(
            "all of its {} bytes are 0, as a broken copy leaves them; copy it again",
            bytes.len()
        );
    }
    let start = &bytes[..bytes.len().min(16)];
    let begins = if start.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) {
        format!("the text \"{}\"", start.escape_ascii())
    } else {
        let hex: Vec<String> = start.iter().map(|b| format!("{b:02x}")).collect();
        format!("the bytes {}", hex.join(" "))
    };
    format!(
        "not a picture in a known format: it begins with {begins}; give JPEG, PNG, BMP, PGM/PPM, WebP, TIFF or GIF"
    )
}

/// Files of ISO's boxes (`ftyp`): the brands say what is in them.
fn boxes(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let (length, rest) = (bytes.get(..4)?, bytes.get(4..)?.strip_prefix(b"ftyp")?);
    let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
    let brands = &rest[..rest.len().min(length.saturating_sub(8))];
    let main = rest.get(..4);
    // Behind the main brand stands its version.
    let others = brands.get(8..).unwrap_or_default().as_chunks::<4>().0.iter().map(<[u8; 4]>::as_slice);
    let brands: Vec<&[u8]> = main.into_iter().chain(others).collect();
    let any = |names: &[&[u8]]| brands.iter().any(|brand| names.contains(brand));
    Some(if any(&[b"avif", b"avis"]) {
        ("an AVIF picture", CONVERT)
    } else if any(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"]) {
        ("a HEIC picture", CONVERT)
    } else if any(&[b"mif1", b"mif2", b"msf1"]) {
        ("a HEIF picture", CONVERT)
    } else if any(&[b"crx "]) {
        ("a Canon raw picture", CONVERT)
    } else {
        ("an MP4 or QuickTime video", FRAMES)
    })
}

fn text(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT)]).to_ascii_lowercase();
    let start = start.trim_start();
    // Declarations and comments may stand before what the document is.
    if start.starts_with("<?xml") || start.starts_with("<!--") {
        for (mark, name, advice) in &TEXTS[..4] {
            if start.contains(mark) {
                return Some((name, advice));
            }
        }
    }
    TEXTS.iter().find(|(mark, ..)| start.starts_with(mark)).map(|(_, name, advice)| (*name, *advice))
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use crate::network::Input;

    fn message(bytes: &[u8]) -> String {
        decode(bytes, Input::Gray).unwrap_err().to_string()
    }

    #[test]
    fn pictures_of_other_formats() {
        for (bytes, name) in [
            (&b"\0\0\0\x1cftypavif\0\0\0\0mif1miaf"[..], "an AVIF"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "an AVIF"),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC"),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf", "a HEIC"),
            (b"\0\0\0\x14ftypmif1\0\0\0\0mif1", "a HEIF"),
            (b"\xff\x0a\xfa\x1f", "a JPEG XL"),
            (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL"),
            (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000"),
            (b"\xff\x4f\xff\x51\0\x2f", "a JPEG 2000"),
            (b"P7\nWIDTH 2\n", "a PAM"),
            (b"  <svg xmlns=\"http://www.w3.org/2000/svg\">", "an SVG"),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- a -->\n<svg>", "an SVG"),
            (b"%PDF-1.7", "a PDF"),
        ] {
            let said = message(bytes);
            assert!(said.starts_with(&format!("this is {name} ")), "{said}");
            assert!(said.ends_with("convert it to JPEG or PNG"), "{said}");
        }
    }

    #[test]
    fn no_pictures() {
        let mut tar = vec![b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        for (bytes, name, advice) in [
            (&b"PK\x03\x04\x14"[..], "a zip archive", "unpack it"),
            (b"\x1f\x8b\x08", "gzip data", "unpack it"),
            (&tar, "a tar archive", "unpack it"),
            (b"\0\0\0\x18ftypisom\0\0\0\0mp42", "an MP4 or QuickTime video", "frames"),
            (b"\n<!DOCTYPE html>\n<html>", "an HTML page", "download the picture again"),
            (b"<HTML><head>", "an HTML page", "download the picture again"),
            (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>", "an XML document", "download"),
            (b"<?xml version=\"1.0\"?>\n<html xmlns=\"x\">", "an HTML page", "download"),
            (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS", "git lfs pull"),
            (b"data:image/png;base64,iVBORw0KGgo", "a data URI", "base64"),
            (b"/9j/4AAQSkZJRg", "a JPEG picture in base64", "as bytes"),
        ] {
            let said = message(bytes);
            assert!(said.starts_with(&format!("this is {name}, ")) && said.contains(advice), "{said}");
        }
        assert!(message(&[0; 4096]).contains("all of its 4096 bytes are 0"));
    }

    #[test]
    fn nothing_known() {
        assert!(message(b"Hello, world. This is text.").contains("the text \"Hello, world. Th\""));
        assert!(message(b"\x7fELF\x02").contains("the bytes 7f 45 4c 46 02"));
        assert!(message(b"P").contains("the text \"P\""));
        assert!(message(b"P").starts_with("not a picture in a known format"));
    }
}
