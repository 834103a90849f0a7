//! Jobs as a whole: the program on emulated devices, killed, sharded, and with faults.

mod crash;
mod faults;
mod runs;
mod scale;
mod shards;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use test_support::pictures::pgm;
use test_support::{emulator, program, tiny};

/// A folder with pictures, a model, and jobs on them.
pub struct Place(tempfile::TempDir);

impl Place {
    /// With `count` pictures in `faces`, of which every tenth is none, and a model `tiny.om`.
    pub fn new(count: u64) -> Place {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("faces")).unwrap();
        let place = Place(folder);
        for id in 0..count {
            match id % 10 {
                7 => std::fs::write(place.picture(id), "no picture").unwrap(),
                _ => place.mend(id),
            }
        }
        tiny::om(place.path(), "tiny", &[1, 2], true, false);
        place
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn picture(&self, id: u64) -> PathBuf {
        self.path().join(format!("faces/{id:04}.pgm"))
    }

    /// Makes a row a good picture.
    pub fn mend(&self, id: u64) {
        // Small, as what is tried is not the decoder.
        let face = tiny::face(id);
        std::fs::write(self.picture(id), pgm(8, 8, |at| face[256 * at])).unwrap();
    }

    /// The program on the emulator, in this folder.
    pub fn lightcnn(&self, arguments: &[&str]) -> Command {
        let mut command = crate::lightcnn();
        command
            .args(arguments)
            .current_dir(self.path())
            .env("LIGHTCNN_ACL_LIBRARY", emulator::library())
            .env("LIGHTCNN_CACHE", self.path().join("cache"))
            .env("ASCEND_EMULATOR_DELAY_US", "0")
            .env("ASCEND_EMULATOR_TIMING", "execute=1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// `job run` of the pictures into the folder `output`, in chunks of 4 rows.
    pub fn job(&self, output: &str, more: &[&str]) -> Command {
        let arguments = [
            "job",
            "run",
            "--input",
            "faces",
            "--model",
            "tiny.om",
            "--network",
            "lightcnn9",
            "--device",
            "ascend",
            "--streams",
            "1",
            "-j",
            "2",
            "--batch",
            "2",
            "--chunk",
            "4",
            "--limit",
            "2",
            "--output",
            output,
        ];
        self.lightcnn(&[&arguments, more].concat())
    }

    /// Merges the job in `output`; the bytes of the file.
    #[track_caller]
    pub fn merged(&self, output: &str, form: &str) -> Vec<u8> {
        let name = format!("{output}-merged.{form}");
        ends(self.lightcnn(&["job", "merge", output, "-o", &name, "--force"]), 0);
        std::fs::read(self.path().join(name)).unwrap()
    }

    /// The parts of the job in `output`, by name, and their bytes.
    pub fn parts(&self, output: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut parts = Vec::new();
        let root = self.path().join(output);
        for folder in std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
            if !folder.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if file.extension().is_some_and(|ending| ending == "parquet") {
                    let bytes = std::fs::read(&file).unwrap();
                    parts.push((file.strip_prefix(&root).unwrap().to_path_buf(), bytes));
                }
            }
        }
        assert!(!parts.is_empty(), "{output} has no parts");
        parts.sort();
        parts
    }
}

/// Fails unless the program ends with `code`; what it said.
#[track_caller]
pub fn ends(mut command: Command, code: i32) -> String {
    program::ends(&command.output().unwrap(), code)
}
