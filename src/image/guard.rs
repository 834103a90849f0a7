//! Decoders of other crates may panic on some file: that file fails, the run goes on, and nothing is printed.

use super::decode::{DecodeError, ImageFormat};
use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// Whether this thread runs such a decoder.
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder; a panic of it is a damaged file. (The closures own all they change, so nothing half-changed is left
/// behind. With `panic = "abort"` a panic still ends the process.)
pub(super) fn guarded<T>(
    format: ImageFormat,
    run: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    keep_silent();
    DECODING.set(true);
    let decoded = catch_unwind(AssertUnwindSafe(run));
    DECODING.set(false);
    decoded.unwrap_or_else(|panic: Box<dyn Any + Send>| {
        let said = panic.downcast_ref::<&str>().map(|s| (*s).to_string());
        let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(DecodeError::damaged(format, format!("the decoder panicked: {said}")))
    })
}

/// Puts a hook before the one that prints panics, which passes on all but those of a guarded decoder: their text is in
/// the error.
fn keep_silent() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !DECODING.get() {
                print(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;
    use std::process::Command;

    #[test]
    fn a_panicking_decoder_is_a_damaged_file() {
        let error = guarded::<()>(ImageFormat::Tiff, || panic!("index out of bounds")).unwrap_err();
        assert_eq!(error.to_string(), "the TIFF file is damaged");
        assert_eq!(error.source().unwrap().to_string(), "the decoder panicked: index out of bounds");
        assert!(!DECODING.get());
    }

    /// Runs the test above in a process of its own.
    #[test]
    fn nothing_is_printed() {
        let name = "image::guard::tests::a_panicking_decoder_is_a_damaged_file";
        let mut program = Command::new(std::env::current_exe().unwrap());
        let output = program.args(["--exact", name, "--nocapture"]).output().unwrap();
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed"));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}
