//! The kind of an error, by which the program and other clients of the library decide: real errors of every room, from
//! its public functions.

use lightcnn::contract::{Contract, WeightsOrigin, check_alike};
use lightcnn::engine::{Compute, ComputeError};
use lightcnn::image::{Face, LandmarkTable, Landmarks, Preprocess, decode};
use lightcnn::network::{Input, Network, seeded};
use lightcnn::protocol::{self, mat};
use lightcnn::{Calibration, Device, Engine, ErrorKind};
use lightcnn::{atc, checkpoint, eval, features, om, onnx, pipeline, search, source, stored};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// Files to be refused.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }
}

fn contract(network: &str) -> Contract {
    Contract {
        network: network.into(),
        weights: WeightsOrigin::Unknown,
        weights_sha256: "00".into(),
        preprocess: "eval".into(),
        backend: "cpu".into(),
        kernels: "portable".into(),
        precision: "f32".into(),
        calibration_sha256: None,
        other_decoder: None,
        normalized: false,
        version: "1".into(),
    }
}

/// An engine whose features are all 1, or that fails for want of a thread.
struct Fake {
    fails: bool,
}

impl Compute for Fake {
    fn largest(&self) -> usize {
        2
    }

    fn run(&mut self, _: &[u8], features: &mut [f32]) -> Result<(), ComputeError> {
        features.fill(1.0);
        if self.fails { Err(ComputeError::Thread(io::Error::other("none left"))) } else { Ok(()) }
    }
}

fn engine(fails: bool) -> Engine {
    Engine::builder("demo").open_on(Network::LightCnn9, vec![Box::new(Fake { fails })]).unwrap()
}

#[test]
fn of_the_operating_system() {
    let kind = |error: io::ErrorKind| ErrorKind::from(&io::Error::from(error));
    assert_eq!(kind(io::ErrorKind::NotFound), ErrorKind::NotFound);
    assert_eq!(kind(io::ErrorKind::PermissionDenied), ErrorKind::Io);
    assert_eq!(kind(io::ErrorKind::AlreadyExists), ErrorKind::Exists);
    assert_eq!(kind(io::ErrorKind::UnexpectedEof), ErrorKind::Damaged);
    assert_eq!(kind(io::ErrorKind::OutOfMemory), ErrorKind::OutOfMemory);
    assert_eq!(kind(io::ErrorKind::TimedOut), ErrorKind::Timeout);
    assert_eq!(kind(io::ErrorKind::StaleNetworkFileHandle), ErrorKind::Unavailable);
    let too_many_files = io::Error::from_raw_os_error(libc::EMFILE);
    assert_eq!(ErrorKind::from(&too_many_files), ErrorKind::Unavailable);
}

#[test]
fn of_checkpoints() {
    let folder = Folder::new();
    let kind = |path: &Path| checkpoint::inspect(path, &Default::default()).unwrap_err().kind();
    assert_eq!(kind(&folder.path("none.ckpt")), ErrorKind::NotFound);
    assert_eq!(kind(folder.0.path()), ErrorKind::InvalidInput);
    assert_eq!(kind(&folder.file("empty.ckpt", "")), ErrorKind::Damaged);
    assert_eq!(kind(&folder.file("text.ckpt", "some text")), ErrorKind::Unsupported);
    let cut = [&100_u64.to_le_bytes()[..], b"{}"].concat();
    assert_eq!(kind(&folder.file("cut.safetensors", cut)), ErrorKind::Damaged);
    let strange =
        safetensors(r#"{"conv1.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, &[0; 4]);
    let misfits = checkpoint::load(&folder.file("strange.safetensors", strange), &Default::default());
    assert_eq!(misfits.unwrap_err().kind(), ErrorKind::Mismatch);
}

fn safetensors(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn of_calibrations() {
    let folder = Folder::new();
    let kind = |path: &Path| ErrorKind::from(&Calibration::read(path).unwrap_err());
    assert_eq!(kind(&folder.path("none.json")), ErrorKind::NotFound);
    assert_eq!(kind(&folder.file("text.json", "some text")), ErrorKind::Damaged);
    let later = r#"{"lightcnn_calibration":99,"network":"lightcnn9","weights_sha256":"","preprocess":"eval",
                    "images":1,"layers":{}}"#;
    assert_eq!(kind(&folder.file("later.json", later)), ErrorKind::Unsupported);
}

#[test]
fn of_pictures() {
    let kind = |bytes: &[u8]| decode(bytes, Input::Gray).unwrap_err().kind();
    assert_eq!(kind(b""), ErrorKind::Damaged);
    assert_eq!(kind(b"some text"), ErrorKind::Unsupported);
    assert_eq!(kind(b"P5 2 2 255 \x00"), ErrorKind::Damaged);
    assert_eq!(kind(b"P5 99999 99999 255 \x00"), ErrorKind::Unsupported);

    let picture = decode(b"P5 2 1 255 \x00\xff", Input::Gray).unwrap();
    assert_eq!(Preprocess::Aligned.face(&picture).unwrap_err().kind(), ErrorKind::NotFound);
    let one_point = Preprocess::Aligned.face_at(&picture, &Landmarks::new([[0.0; 2]; 5]));
    assert_eq!(one_point.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!("none".parse::<Preprocess>().unwrap_err().kind(), ErrorKind::InvalidInput);

    let folder = Folder::new();
    let table = |path: &Path| LandmarkTable::read(path).unwrap_err().kind();
    assert_eq!(table(&folder.path("none.csv")), ErrorKind::NotFound);
    assert_eq!(table(&folder.file("points.csv", "path,x1\n")), ErrorKind::Damaged);
}

#[test]
fn of_inputs() {
    let folder = Folder::new();
    let kind = |path: PathBuf| {
        let error = match source::list(&[path], &Default::default()) {
            Err(error) => error,
            Ok(items) => items.filter_map(Result::err).next().unwrap(),
        };
        error.kind()
    };
    assert_eq!(kind(folder.path("none.jpg")), ErrorKind::NotFound);
    assert_eq!(kind(folder.0.path().to_path_buf()), ErrorKind::NotFound);
    assert_eq!(kind(folder.path("[.jpg")), ErrorKind::InvalidInput);
    assert_eq!(kind(folder.file("features.npy", "")), ErrorKind::InvalidInput);
    assert_eq!(kind(folder.file("list.csv", "colour,size\nred,1\n")), ErrorKind::Damaged);
}

#[test]
fn of_features() {
    let folder = Folder::new();
    let read = |path: &Path| features::Features::open(path).unwrap_err().kind();
    assert_eq!(read(&folder.path("none.npy")), ErrorKind::NotFound);
    assert_eq!(read(&folder.file("features.txt", "")), ErrorKind::InvalidInput);
    assert_eq!(read(&folder.file("text.npy", "some text")), ErrorKind::Damaged);
    assert_eq!(read(&folder.file("list.jsonl", "{\"path\":\"a.jpg\"}\n")), ErrorKind::Damaged);
    let rows =
        || features::Features::from_rows(Path::new("memory"), 2, vec![0.0, 0.0, f32::NAN, 1.0]).unwrap();
    assert_eq!(rows().with_names(["a"]).unwrap_err().kind(), ErrorKind::Mismatch);
    let unusable = |row: usize| rows().usable(row).unwrap_err().kind();
    assert_eq!([0, 1, 2].map(unusable), [ErrorKind::Damaged, ErrorKind::Damaged, ErrorKind::InvalidInput]);

    let write = |path: &Path| features::create(path, &contract("lightcnn9"), false).err().unwrap().kind();
    assert_eq!(write(&folder.path("features.txt")), ErrorKind::InvalidInput);
    assert_eq!(write(&folder.path("none/features.npy")), ErrorKind::NotFound);
    assert_eq!(write(&folder.file("there.npy", "")), ErrorKind::Exists);
    let path = folder.path("features.jsonl");
    let mut sink = features::create(&*path, &contract("lightcnn9"), false).unwrap();
    assert_eq!(write(&path), ErrorKind::Busy);
    let missing = features::Failure { kind: "damaged", reason: "no picture" };
    sink.write(features::Row { id: 0, path: "a.jpg", outcome: Err(missing) }).unwrap();
    sink.finish().unwrap();

    let stored = |words: String| stored::StoredFeature::open(Path::new(&words)).unwrap_err().kind();
    assert_eq!(stored(path.display().to_string()), ErrorKind::NotFound, "the row has no feature");
    assert_eq!(stored(format!("{}#1", path.display())), ErrorKind::InvalidInput, "there is no such row");
    let (left, right) = (contract("lightcnn9"), contract("lightcnnv4"));
    let unlike = check_alike(("left", Some(&left)), ("right", Some(&right))).unwrap_err();
    assert_eq!(unlike.kind(), ErrorKind::Mismatch);
}

#[test]
fn of_protocols_and_evaluation() {
    let folder = Folder::new();
    let list = |path: &Path| protocol::read_pairs(path).unwrap_err().kind();
    assert_eq!(list(&folder.path("none.txt")), ErrorKind::NotFound);
    assert_eq!(list(&folder.file("pairs.txt", "some text")), ErrorKind::Damaged);
    assert_eq!(mat::read(b"some text", &Default::default()).unwrap_err().kind(), ErrorKind::Damaged);

    let unnamed = features::Features::from_rows(Path::new("memory"), 2, vec![0.0, 1.0]).unwrap();
    assert_eq!(eval::all_pairs(&unnamed).unwrap_err().kind(), ErrorKind::InvalidInput);
    let pairs = protocol::read_pairs(&folder.file("pairs.csv", "left,right,same\nx,y,1\nx,z,0\n")).unwrap();
    let unscored = eval::ScoredPairs::of_scores("pairs.csv", &pairs).err().unwrap();
    assert_eq!(unscored.kind(), ErrorKind::InvalidInput);

    let thresholds = |path: &Path| eval::Thresholds::read(path).unwrap_err().kind();
    assert_eq!(thresholds(&folder.path("none.json")), ErrorKind::NotFound);
    assert_eq!(thresholds(&folder.file("text.json", "some text")), ErrorKind::Damaged);
    let none = eval::Thresholds::find(Some(&folder.path("none.json")), &contract("lightcnn9")).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::NotFound);
}

#[test]
fn of_search() {
    let folder = Folder::new();
    let kind = |path: &Path| search::Session::open(path).unwrap_err().kind();
    assert_eq!(kind(&folder.path("none.npy")), ErrorKind::NotFound);
    assert_eq!(kind(&folder.file("text.npy", "some text")), ErrorKind::Damaged);
    let nobody = search::People::from_folders(["a.jpg"]).unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::InvalidInput);
    let persons = |path: &Path| search::People::from_csv(path, ["a.jpg"]).unwrap_err().kind();
    assert_eq!(persons(&folder.path("none.csv")), ErrorKind::NotFound);
    assert_eq!(persons(&folder.file("others.csv", "path,person\nb.jpg,b\n")), ErrorKind::NotFound);
    assert_eq!(persons(&folder.file("twice.csv", "path,person\na.jpg,a\na.jpg,b\n")), ErrorKind::Damaged);
    let gallery = search::Gallery { features: &[1.0, 0.0], width: 2, people: None };
    let options = search::SearchOptions::new(1).unwrap().threads(1);
    assert_eq!(search::search(gallery, &[0.0, 0.0], &options).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn of_compiled_models() {
    let folder = Folder::new();
    let kind = |path: &Path| om::inspect(path).unwrap_err().kind();
    assert_eq!(kind(&folder.path("none.om")), ErrorKind::NotFound);
    assert_eq!(kind(&folder.file("text.om", "some text".repeat(100))), ErrorKind::Damaged);
    assert_eq!(kind(&folder.file("short.om", "IMOD")), ErrorKind::Damaged);
    let manifest = |text: &str| {
        folder.file("text.om.json", text);
        atc::Manifest::of(&folder.path("text.om")).unwrap_err().kind()
    };
    assert_eq!(manifest("some text"), ErrorKind::Damaged);
    assert_eq!(manifest("{\"format\":99}"), ErrorKind::Unsupported);
    assert_eq!("310".parse::<atc::Soc>().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(atc::BatchSizes::new(&[]).unwrap_err().kind(), ErrorKind::InvalidInput);
    let options =
        onnx::ExportOptions { batch: onnx::ExportBatch::Dynamic, logits: true, weights_sha256: None };
    let headless = onnx::export(&seeded(Network::LightCnn9, 1, 0), &options).unwrap_err();
    assert_eq!(headless.kind(), ErrorKind::Unsupported);
}

#[test]
fn of_the_engine() {
    let folder = Folder::new();
    let kind = |path: PathBuf| Engine::builder(path).open().unwrap_err().kind();
    assert_eq!(Engine::builder("no model").open().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(kind(folder.file("text.ckpt", "some text")), ErrorKind::Unsupported);
    assert_eq!(kind(folder.file("empty.ckpt", "")), ErrorKind::Damaged);
    assert_eq!("npu".parse::<Device>().unwrap_err().kind(), ErrorKind::InvalidInput);
    let face = |input| {
        let picture = decode(b"P5 2 1 255 \x00\xff", input).unwrap();
        Preprocess::Eval.face(&picture).unwrap()
    };
    let embed = |fails, face: Face| engine(fails).embed(&[face]).unwrap_err().kind();
    assert_eq!(embed(false, face(Input::Bgr)), ErrorKind::InvalidInput);
    assert_eq!(embed(true, face(Input::Gray)), ErrorKind::Unavailable);
}

/// Runs the pictures in `folder` to an output of no use.
fn run(folder: &Folder, input: &Path, fails: bool) -> Result<pipeline::RunReport, pipeline::PipelineError> {
    let items = source::list(&[input.to_path_buf()], &Default::default())?;
    let output = folder.path("output.jsonl");
    let mut sink = features::create(&*output, &contract("lightcnn9"), true)?;
    pipeline::Pipeline::new(&engine(fails), reader()).run(items, &mut *sink)
}

fn reader() -> pipeline::FaceReader {
    pipeline::FaceReader::new(Input::Gray, Preprocess::Eval)
}

#[test]
fn of_the_pipeline() {
    let folder = Folder::new();
    let read = |path: PathBuf| {
        let error = reader().read(&source::Item::file(path), &mut Vec::new()).unwrap_err();
        (error.kind(), error.word())
    };
    assert_eq!(read(folder.path("none.pgm")), (ErrorKind::NotFound, "cannot read"));
    assert_eq!(read(folder.0.path().to_path_buf()), (ErrorKind::InvalidInput, "cannot read"));
    assert_eq!(read(folder.file("text.pgm", "some text")), (ErrorKind::Unsupported, "not a picture"));
    let picture = folder.file("picture.pgm", b"P5 2 1 255 \x00\xff");
    assert_eq!(run(&folder, &picture, false).unwrap().count.rows, 1);
    assert_eq!(run(&folder, &picture, true).unwrap_err().kind(), ErrorKind::Unavailable);
    let list = folder.file("list.txt", format!("{}\n{}", picture.display(), "a".repeat(2 << 20)));
    assert_eq!(run(&folder, &list, false).unwrap_err().kind(), ErrorKind::Damaged);
}

#[test]
fn of_jobs() {
    use lightcnn::job::{self, Claim, Local, MaxBad, Shard, Start, Store};
    let folder = Folder::new();
    let list = folder.file("list.txt", "a.pgm\nb.pgm\n");
    let start = |network: &str| Start::new(4, contract(network));
    let claim = |network: &str| {
        let store: Arc<dyn Store> = Arc::new(Local::new(&folder.path("job")));
        let items = || source::list(std::slice::from_ref(&list), &Default::default());
        Claim::run(store, start(network), Shard::WHOLE, &items)
    };
    assert_eq!(job::features(folder.0.path()).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(stored::open(folder.0.path()).unwrap_err().kind(), ErrorKind::NotFound);
    let held = claim("lightcnn9").unwrap();
    let busy = claim("lightcnn9").err().unwrap();
    assert_eq!((busy.kind(), busy.is_retryable()), (ErrorKind::Busy, true));
    drop(held);
    assert_eq!(claim("lightcnnv4").err().unwrap().kind(), ErrorKind::Mismatch);
    assert_eq!(job::features(&folder.path("job")).unwrap_err().kind(), ErrorKind::NotFound, "no rows yet");
    folder.file("job/job.json", "some text");
    let damaged = job::features(&folder.path("job")).unwrap_err();
    assert_eq!((damaged.kind(), damaged.is_retryable()), (ErrorKind::Damaged, false));
    let file = Local::new(&folder.file("file", ""));
    let blocked = file.put("a/part", b"").unwrap_err();
    assert_eq!((blocked.kind(), blocked.is_retryable()), (ErrorKind::Exists, false));
    assert_eq!("3 of 2".parse::<Shard>().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!("many".parse::<MaxBad>().unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn of_downloads() {
    use lightcnn::fetch::{FetchOptions, fetch};
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread;
    let folder = Folder::new();
    let kind = |url: String, place: PathBuf| {
        let options = FetchOptions { url: Some(url), tries: 1, ..FetchOptions::new(place) };
        fetch(&lightcnn::models::all()[0], &options, &mut |_| {}).unwrap_err().kind()
    };
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/model.ckpt", server.local_addr().unwrap());
    let answers = ["404 Not Found", "403 Forbidden", "503 Service Unavailable", "200 OK"];
    let serving = thread::spawn(move || {
        for answer in answers {
            let (mut client, _) = server.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                client.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            let head = format!("HTTP/1.1 {answer}\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmore");
            client.write_all(head.as_bytes()).unwrap();
        }
    });
    let kinds = answers.map(|_| kind(url.clone(), folder.path("cache")));
    serving.join().unwrap();
    assert_eq!(kinds, [ErrorKind::NotFound, ErrorKind::Io, ErrorKind::Unavailable, ErrorKind::Damaged]);
    assert_eq!(kind("no address".into(), folder.path("cache")), ErrorKind::InvalidInput);
    assert_eq!(kind(url, folder.file("file", "").join("below")), ErrorKind::Io);
}
