//! Nothing that the program opens by a name can make it wait: named pipes and devices in every place where a file can be
//! named, each with the ending that its reader wants.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use test_support::child;
use test_support::pictures::pgm;

/// Far longer than a refusal takes, on any machine.
const LIMIT: Duration = Duration::from_secs(60);

const ENDINGS: [&str; 11] =
    ["png", "txt", "csv", "jsonl", "parquet", "tar", "npy", "mat", "ckpt", "om", "json"];

/// Commands in which every word that begins with `pipe.` names a named pipe. Each ends with 2.
const COMMANDS: &[&str] = &[
    "extract pipe.png --model demo --device cpu -o o.jsonl -f",
    "extract pipe.txt --model demo --device cpu -o o.jsonl -f",
    "extract pipe.csv --model demo --device cpu -o o.jsonl -f",
    "extract pipe.jsonl --model demo --device cpu -o o.jsonl -f",
    "extract pipe.parquet --model demo --device cpu -o o.jsonl -f",
    "extract pipe.tar --model demo --device cpu -o o.jsonl -f",
    "extract p/face.pgm --model pipe.ckpt -o o.jsonl -f",
    "extract p/face.pgm --model pipe.om --network lightcnn9 -o o.jsonl -f",
    "extract p/face.pgm --model demo --device cpu --preprocess aligned --landmarks pipe.csv -o o.npy -f",
    "extract p/face.pgm --model demo --precision int16 --calibration pipe.json -o o.npy -f",
    "inspect pipe.ckpt",
    "inspect pipe.om",
    "inspect pipe.npy",
    "compare pipe.npy#0 f.npy#0",
    "compare f.npy#0 pipe.jsonl#0",
    "compare f.npy#0 pipe.parquet#0",
    "search --gallery pipe.npy f.npy",
    "search --gallery f.npy pipe.npy",
    "search --gallery f.npy --identify --persons pipe.csv f.npy",
    "search --gallery f.npy --identify --far 1% --thresholds pipe.json f.npy",
    "eval pairs --features pipe.npy --pairs all",
    "eval pairs --features pipe.mat --pairs all",
    "eval pairs --features f.npy --pairs pipe.csv",
    "eval pairs --features f.npy --pairs pipe.jsonl",
    "eval lfw --features f.npy --pairs pipe.txt",
    "eval lfw --features f.npy --pairs pipe.mat",
    "eval blufr --features f.npy --config pipe.mat",
    "export pipe.ckpt -o x.onnx",
    "calibrate p/face.pgm --model pipe.ckpt -o c.json",
    "verify pipe.om p/face.pgm --against demo",
    "job run --input pipe.txt --model demo --device cpu --output job",
];

fn ended(folder: &Path, arguments: &str) -> (Option<i32>, String) {
    let mut command = crate::lightcnn();
    command.current_dir(folder).args(arguments.split(' '));
    let ended = child::run(&mut command, LIMIT);
    (ended.code, ended.stderr)
}

#[test]
fn pipes_are_refused_in_every_place() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("p")).unwrap();
    fs::write(folder.join("p/face.pgm"), pgm(128, 128, |at| at as u8)).unwrap();
    for ending in ENDINGS {
        assert!(
            Command::new("mkfifo").arg(folder.join(format!("pipe.{ending}"))).status().unwrap().success()
        );
    }
    assert_eq!(ended(folder, "extract p/face.pgm --model demo --device cpu -o f.npy").0, Some(0));
    for command in COMMANDS {
        let (code, said) = ended(folder, command);
        assert_eq!(code, Some(2), "{command}: {said}");
        let name = command.split([' ', '#']).find(|word| word.starts_with("pipe.")).unwrap();
        assert!(said.contains(name), "{command}: {said}");
        assert!(
            ["a named pipe", "not a file", "not a regular file"].iter().any(|what| said.contains(what)),
            "{command}: {said}"
        );
    }
    // A device gives bytes without end.
    for command in [
        "inspect /dev/zero",
        "eval pairs --features f.npy --pairs /dev/zero",
        "extract p/face.pgm --model /dev/zero -o o.npy",
    ] {
        let (code, said) = ended(folder, command);
        assert_eq!(code, Some(2), "{command}: {said}");
    }
    // Beside a file of features, and in the folder of a job.
    fs::remove_file(folder.join("f.paths.txt")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("f.paths.txt")).status().unwrap().success());
    let (code, said) = ended(folder, "eval pairs --features f.npy --pairs all");
    assert!(code == Some(2) && said.contains("f.paths.txt") && said.contains("a named pipe"), "{said}");
    fs::create_dir(folder.join("job")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.join("job/job.json")).status().unwrap().success());
    let (code, said) = ended(folder, "job status job");
    assert!(code == Some(2) && said.contains("job.json") && said.contains("a named pipe"), "{said}");
}

/// A pipe that ends like a picture, below a folder, is a row that fails.
#[test]
fn a_pipe_among_pictures_is_a_failed_row() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("faces")).unwrap();
    fs::write(folder.join("faces/a.pgm"), pgm(128, 128, |at| at as u8)).unwrap();
    for name in ["b.png", "c.tar"] {
        assert!(Command::new("mkfifo").arg(folder.join("faces").join(name)).status().unwrap().success());
    }
    let (code, said) = ended(folder, "extract faces --model demo --device cpu -o o.jsonl");
    // The archive is named in the end of the run, as its rows are not known.
    assert!(code == Some(2) && said.contains("c.tar") && said.contains("a named pipe, not a file"), "{said}");
    fs::remove_file(folder.join("faces/c.tar")).unwrap();
    let (code, said) = ended(folder, "extract faces --model demo --device cpu -o o.jsonl -f");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("faces/b.png: cannot read: a named pipe, not a file"), "{said}");
    assert!(said.contains("2 images, 1 features, 1 failed"), "{said}");
}
