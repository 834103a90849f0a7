//! Text as tools write it.

use std::io::{self, Read};

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Text without the mark that some tools put before UTF-8.
///
/// # Errors
/// If it is UTF-16, which tools of Windows write.
pub(crate) fn without_mark(text: &[u8]) -> io::Result<&[u8]> {
    if is_utf16(text) {
        let problem = "line 1: this is text in UTF-16; write it as UTF-8";
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
    Ok(text.strip_prefix(UTF8_MARK).unwrap_or(text))
}

/// As [`without_mark`], for text that is read piece by piece.
///
/// # Errors
/// If its beginning cannot be read, or is that of UTF-16.
pub(crate) fn reader(mut text: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut start = Vec::new();
    text.by_ref().take(4).read_to_end(&mut start)?;
    let start = without_mark(&start)?.to_vec();
    Ok(Box::new(io::Cursor::new(start).chain(text)))
}

/// By its mark, or, without one, by two letters with a zero each.
fn is_utf16(text: &[u8]) -> bool {
    match text {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [0, a, 0, b, ..] | [a, 0, b, 0, ..] => *a != 0 && *b != 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks() {
        for (text, expected) in [
            (&b"\xef\xbb\xbfa.png"[..], Some(&b"a.png"[..])),
            (b"a.png", Some(b"a.png")),
            (b"", Some(b"")),
            (b"\xef\xbb\xbf", Some(b"")),
            (b"\xef\xbb", Some(b"\xef\xbb")),
            (b"a", Some(b"a")),
            (b"\xff\xfea\0.\0", None),
            (b"\xfe\xff\0a\0.", None),
            (b"a\0.\0", None),
            (b"\0a\0.", None),
        ] {
            assert_eq!(without_mark(text).ok(), expected, "{text:?}");
            let mut all = Vec::new();
            let read = reader(Box::new(io::Cursor::new(text.to_vec())));
            assert_eq!(read.is_ok(), expected.is_some(), "{text:?}");
            if let Ok(mut read) = read {
                read.read_to_end(&mut all).unwrap();
                assert_eq!(Some(&all[..]), expected);
            }
        }
    }
}
