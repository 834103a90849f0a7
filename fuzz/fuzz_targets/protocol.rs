//! Lists of pairs, persons and images: any text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lightcnn::protocol::{ImageList, csv_pairs, jsonl_pairs, pairs_txt, people_txt};

fuzz_target!(|bytes: &[u8]| {
    let _ = csv_pairs(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = pairs_txt(text);
    let _ = people_txt(text);
    let _ = jsonl_pairs(text);
    if let Ok(list) = ImageList::parse(text) {
        assert_eq!(list.official_paths().count(), list.images.len());
    }
});
