//! A folder with pictures, and the program in it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Pictures of a place; every tenth is none.
pub const PICTURES: usize = 41;

/// A folder with pictures in `faces`.
pub struct Place(tempfile::TempDir);

impl Default for Place {
    fn default() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        fs::create_dir(place.path().join("faces")).unwrap();
        for id in 0..PICTURES {
            // Small, as what is tried is not the decoder.
            let pixels: Vec<u8> = (0..64).map(|at| ((at * (id + 3)) % 251) as u8).collect();
            let picture =
                if id % 10 == 7 { b"no picture".to_vec() } else { [&b"P5 8 8 255\n"[..], &pixels].concat() };
            fs::write(place.path().join(Place::name(id)), picture).unwrap();
        }
        place
    }
}

impl Place {
    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The name of a picture.
    pub fn name(id: usize) -> String {
        format!("faces/{id:04}.pgm")
    }

    /// The program, with the store at `port`.
    pub fn lightcnn(&self, arguments: &[&str], port: u16) -> Command {
        let program = std::env::var("LIGHTCNN_PROGRAM")
            .expect("LIGHTCNN_PROGRAM names a build with the feature `cloud`");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.path())
            .env("LIGHTCNN_CACHE", self.path().join("cache"))
            .env("AWS_ENDPOINT", format!("http://127.0.0.1:{port}"))
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_ACCESS_KEY_ID", "key")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "us-east-1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for variable in ["LIGHTCNN_SHARD", "JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID", "LIGHTCNN_MODEL"] {
            command.env_remove(variable);
        }
        command
    }

    /// `job run` of `input` into `output` in chunks of `chunk` rows.
    pub fn job(&self, input: &str, output: &str, chunk: &str, port: u16) -> Command {
        let run = ["job", "run", "--input", input, "--output", output, "--chunk", chunk];
        self.lightcnn(&[&run[..], &["--model", "demo", "--device", "cpu", "--batch", "2"]].concat(), port)
    }

    /// The features of a merged job.
    #[track_caller]
    pub fn merged(&self, output: &str, port: u16) -> Vec<u8> {
        ends(self.lightcnn(&["job", "merge", output, "-o", "merged.npy", "--force"], port), 0);
        fs::read(self.path().join("merged.npy")).unwrap()
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
