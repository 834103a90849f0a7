//! Jobs as a whole: the program on emulated devices, killed, sharded, and with faults.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod crash;
mod faults;
#[path = "../../ascend/tests/ascend/process.rs"]
#[allow(dead_code, reason = "its scenarios are for other tests")]
mod process;
mod runs;
mod scale;
mod shards;
#[path = "../backend/tiny.rs"]
#[allow(dead_code, reason = "other tests look at features")]
mod tiny;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

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
        let pixels: Vec<u8> = tiny::face(id).into_iter().step_by(256).collect();
        std::fs::write(self.picture(id), [&b"P5 8 8 255\n"[..], &pixels].concat()).unwrap();
    }

    /// The program on the emulator, in this folder.
    pub fn lightcnn(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lightcnn"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("LIGHTCNN_ACL_LIBRARY", process::emulator())
            .env("LIGHTCNN_CACHE", self.path().join("cache"))
            .env("ASCEND_EMULATOR_DELAY_US", "0")
            .env("ASCEND_EMULATOR_TIMING", "execute=1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        for variable in ["LIGHTCNN_SHARD", "JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID", "LIGHTCNN_MODEL"] {
            command.env_remove(variable);
        }
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
        let ended = self.lightcnn(&["job", "merge", output, "-o", &name, "--force"]).output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
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
        parts.sort();
        parts
    }
}

/// What a program said on standard error.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Fails unless the program ended with `code`; what it said.
#[track_caller]
pub fn ends(mut command: Command, code: i32) -> String {
    let output = command.output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

/// A generator of choices from a seed: splitmix64.
pub struct Choices(pub u64);

impl Choices {
    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit.max(1)
    }
}
