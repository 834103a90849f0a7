//! The readers of lists, manifests and archives on arbitrary bytes: items or an error, in bounded memory. The first byte
//! chooses the form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lightcnn::source::{PictureSource, SourceOptions, list};
use std::cell::OnceCell;
use std::fs;
use std::panic;
use tempfile::TempDir;

const FORMS: [&str; 5] = ["txt", "csv", "jsonl", "tar", "parquet"];

thread_local! {
    static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
}

fuzz_target!(
    // A panic of the Parquet crate is caught where it is called, so panics must not end the process at once.
    init: {
        let _ = panic::take_hook();
    },
    |bytes: &[u8]| {
        let [form, content @ ..] = bytes else { return };
        let form = FORMS[usize::from(*form) % FORMS.len()];
        FOLDER.with(|folder| {
            let folder = folder.get_or_init(|| TempDir::new().expect("a folder for temporary files"));
            let file = folder.path().join("faces").with_extension(form);
            fs::write(&file, content).expect("room for a temporary file");
            let Ok(items) = list(&[file], &SourceOptions::default()) else { return };
            for (item, id) in items.zip(0..) {
                let Ok(item) = item else { return };
                assert_eq!(item.id, id);
                assert!(!item.key.as_os_str().is_empty());
                match item.picture {
                    PictureSource::Range { offset, length, .. } => assert!(offset + length <= content.len() as u64),
                    PictureSource::Bytes(found) => assert!(form != "jsonl" || found.len() <= content.len()),
                    PictureSource::File(_) | PictureSource::Unusable(_) => {}
                }
                if let Some(points) = item.points {
                    assert!(points.as_flattened().iter().all(|number| number.is_finite()));
                }
            }
        });
    }
);
