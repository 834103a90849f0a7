//! The one place where text leaves for a terminal or a log. Names, reasons and fields of contracts come from strangers'
//! files, and could move the cursor, write the window's title or turn the order of letters around.

use std::io::{self, StdoutLock, Write};

/// Standard output for text and JSON.
pub fn out() -> Out {
    Out(io::stdout().lock())
}

/// See [`out`].
pub struct Out(StdoutLock<'static>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // What is formatted arrives in whole texts.
        match str::from_utf8(bytes) {
            Ok(text) => self.0.write_all(shown(text).as_bytes())?,
            Err(_) => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A line on standard error. A closed one must not end the run, so a failed write is let go.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", shown(text));
}

/// `text` with control characters, but for line feeds, and those that change the direction of writing as `\u001b`, which
/// is also how JSON writes them.
fn shown(text: &str) -> String {
    let is_unsafe = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match is_unsafe(c) {
            true => shown += &format!("\\u{:04x}", u32::from(c)),
            false => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_as_a_command() {
        assert_eq!(shown("two lines\nand é"), "two lines\nand é");
        assert_eq!(shown("\u{1b}[2J\r\u{9b}x\u{202e}y\t"), "\\u001b[2J\\u000d\\u009bx\\u202ey\\u0009");
        let json = serde_json::json!({ "name": "a\u{202e}b\u{9b}\u{1b}" }).to_string();
        let back: serde_json::Value = serde_json::from_str(&shown(&json)).unwrap();
        assert_eq!(back["name"], "a\u{202e}b\u{9b}\u{1b}");
    }
}
