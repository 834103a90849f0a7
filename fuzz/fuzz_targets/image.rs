//! Any bytes as a picture. Seeds are in `tests/pictures`: `cargo fuzz run image fuzz/corpus/image tests/pictures`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lightcnn::image::{Preprocess, decode};
use lightcnn::network::Input;

fuzz_target!(|bytes: &[u8]| {
    let gray = decode(bytes, Input::Gray);
    let bgr = decode(bytes, Input::Bgr);
    if let (Ok(gray), Ok(bgr)) = (&gray, &bgr) {
        assert_eq!((gray.width(), gray.height()), (bgr.width(), bgr.height()));
    }
    for picture in [gray, bgr].into_iter().flatten() {
        for preprocess in [Preprocess::Eval, Preprocess::Center] {
            preprocess.face(&picture).expect("needs no landmarks");
        }
    }
});
