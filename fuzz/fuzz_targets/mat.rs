//! MAT-files: any bytes, and what is made of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lightcnn::protocol::mat::{Limits, read};
use lightcnn::protocol::BlufrConfig;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { memory: 64 << 20, ..Limits::default() };
    if let Ok(file) = read(bytes, &limits) {
        let _ = file.names();
    }
    if bytes.len() < 1 << 16 {
        let _ = BlufrConfig::parse(bytes);
    }
});
