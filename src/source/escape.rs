//! Paths as text: one line, nothing lost.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// `path` as one line of text from which [`unescape`] gets it back.
///
/// Most paths stay as they are. A backslash becomes `\\`, a line feed `\n`, a tab `\t`, other control
/// characters and bytes that are not UTF-8 become `\x` and two hex digits per byte.
#[doc(hidden)]
pub fn escape(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => text.push_str(r"\\"),
                '\n' => text.push_str(r"\n"),
                '\t' => text.push_str(r"\t"),
                c if c.is_control() => c.to_string().bytes().for_each(|byte| hex(&mut text, byte)),
                c => text.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| hex(&mut text, *byte));
    }
    text
}

fn hex(text: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    let _ = write!(text, r"\x{byte:02x}");
}

/// The path that [`escape`] turned into `text`; `None` if no path becomes this text.
#[doc(hidden)]
pub fn unescape(text: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes().iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'\\' => b'\\',
            b'n' => b'\n',
            b't' => b'\t',
            b'x' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            _ => return None,
        });
    }
    Some(PathBuf::from(OsStr::from_bytes(&bytes).to_os_string()))
}

/// A path from the bytes of a list.
pub(super) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaping_is_one_line_and_loses_nothing() {
        for (bytes, expected) in [
            (&b"faces/Jos\xc3\xa9.png"[..], "faces/José.png"),
            (b"a b.jpg", "a b.jpg"),
            (b"new\nline\ttab\rcr", r"new\nline\ttab\x0dcr"),
            (b"back\\slash", r"back\\slash"),
            (b"latin\xe9.png", r"latin\xe9.png"),
            (b"\xc2\x85", r"\xc2\x85"),
        ] {
            let path = path_from_bytes(bytes.to_vec());
            let text = escape(&path);
            assert_eq!(text, expected);
            assert_eq!(unescape(&text), Some(path));
        }
        assert_eq!(unescape(r"bad \q"), None);
        assert_eq!(unescape(r"cut \x4"), None);
    }
}
