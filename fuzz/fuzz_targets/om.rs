//! The reader of offline models on arbitrary bytes: an answer or an error, in bounded memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lightcnn::om::read;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(summary) = read(&mut Cursor::new(bytes)) {
        assert!(!summary.to_string().is_empty());
        assert_eq!(summary.file_bytes, bytes.len() as u64);
    }
});
