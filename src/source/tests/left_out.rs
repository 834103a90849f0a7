//! What lies among the pictures and is not used is counted, by reason.

use super::archives::{add, finish};
use super::*;
use ::tar::{Builder, EntryType, Header};

/// The keys of what is listed, below `root`, and what is left out: reason, count and the first below `root`.
fn listed_and_left(root: &Path, input: &Path) -> (Vec<String>, Vec<(String, u64, String)>) {
    let items = list(&[input.to_path_buf()], &SourceOptions::default()).unwrap();
    let left_out = items.left_out();
    let below = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    let keys = items.map(|item| below(&item.unwrap().key)).collect();
    let all = left_out.all().into_iter();
    (keys, all.map(|omitted| (omitted.reason, omitted.count, below(Path::new(&omitted.first)))).collect())
}

fn left(reason: &str, count: u64, first: &str) -> (String, u64, String) {
    (reason.to_string(), count, first.to_string())
}

fn shard(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    members.iter().for_each(|(name, bytes)| add(&mut builder, name, bytes));
    builder.into_inner().unwrap()
}

#[test]
fn in_folders() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in [
        "a.jpg",
        "b.jfif",
        "c.JPE",
        "d.dib",
        "e.mpo",
        "f.heic",
        "g.HEIC",
        "h.avif",
        "noending",
        "s.tar.gz",
        "m.csv",
        ".hidden.png",
        ".notes.txt",
        "__MACOSX/._a.jpg",
        ".git/x.png",
    ] {
        touch(&root.join(name));
    }
    symlink(root, root.join("up")).unwrap();
    let (keys, left_out) = listed_and_left(root, root);
    assert_eq!(keys, ["a.jpg", "b.jfif", "c.JPE", "d.dib", "e.mpo"]);
    assert_eq!(
        left_out,
        [
            left("without an ending", 1, "noending"),
            left("ending .avif", 1, "h.avif"),
            left("ending .csv", 1, "m.csv"),
            left("ending .gz", 1, "s.tar.gz"),
            left("ending .heic", 2, "f.heic"),
            left("hidden", 3, ".git"),
            left("links to a folder above them", 1, "up"),
        ]
    );
}

/// The same folder where nothing may be left out.
#[test]
fn strictly() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["a.jpg", ".hidden.png", "z.heic"] {
        touch(&root.join(name));
    }
    let strict = SourceOptions { strict: true, ..SourceOptions::default() };
    let all: Vec<_> = list(&[root.to_path_buf()], &strict).unwrap().collect();
    let [Ok(_), Err(error)] = &all[..] else { panic!("{all:?}") };
    assert_eq!(error.to_string(), format!("{}/z.heic is left out (ending .heic)", root.display()));
    fs::remove_file(root.join("z.heic")).unwrap();
    assert!(list(&[root.to_path_buf()], &strict).unwrap().all(|item| item.is_ok()));
}

/// Archives lie in a folder as folders would.
#[test]
fn shards_in_folders() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir(root.join("s")).unwrap();
    fs::write(root.join("s/1.tar"), shard(&[("a.jpg", b"x"), ("a.cls", b"7"), ("lone.txt", b"t")])).unwrap();
    fs::write(root.join("s/0.tar"), shard(&[("b.jpg", b"x"), ("._b.jpg", b"mac"), ("c.heic", b"h")]))
        .unwrap();
    touch(&root.join("s/preview.png"));
    let (keys, left_out) = listed_and_left(root, &root.join("s"));
    assert_eq!(keys, ["s/0.tar!/b.jpg", "s/1.tar!/a.jpg", "s/preview.png"]);
    assert_eq!(
        left_out,
        [
            left("ending .heic", 1, "s/0.tar!/c.heic"),
            left("ending .txt", 1, "s/1.tar!/lone.txt"),
            left("hidden", 1, "s/0.tar!/._b.jpg"),
        ]
    );
}

#[test]
fn patterns_name_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["a.jpg", "b/x.png", "c.json"] {
        touch(&root.join(name));
    }
    let (keys, left_out) = listed_and_left(root, &root.join("*"));
    assert_eq!(keys, ["a.jpg"]);
    let reason = "folders, where a pattern names files";
    assert_eq!(left_out, [left("ending .json", 1, "c.json"), left(reason, 1, "b")]);
}

/// An archive behind another, zeros without end, and what is no archive.
#[test]
fn behind_the_end_of_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let one = shard(&[("a.jpg", b"x")]);
    let two = [&one[..], &shard(&[("b.jpg", b"y")])].concat();
    let file = root.join("two.tar");
    fs::write(&file, &two).unwrap();
    assert_eq!(
        listed_and_left(root, &file),
        (vec!["two.tar!/a.jpg".into(), "two.tar!/b.jpg".into()], vec![])
    );
    for (tail, expected) in [
        (vec![0; 1 << 20], vec![]),
        (
            vec![0; 3 << 20],
            vec![left("with zeros at the end of the archive, where members may be missing", 1, "two.tar")],
        ),
        (vec![b'x'; 700], vec![left("with bytes behind the end of the archive", 1, "two.tar")]),
    ] {
        fs::write(&file, [&one[..], &tail].concat()).unwrap();
        let (keys, left_out) = listed_and_left(root, &file);
        assert_eq!((keys, left_out), (vec!["two.tar!/a.jpg".to_string()], expected));
    }
}

/// Links in an archive are rows that say why they have no picture.
#[test]
fn links_in_archives() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let mut builder = Builder::new(Vec::new());
    add(&mut builder, "a.jpg", b"x");
    for (kind, name) in [(EntryType::Link, "hard.jpg"), (EntryType::Symlink, "soft.jpg")] {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(0);
        builder.append_link(&mut header, name, "a.jpg").unwrap();
    }
    let file = root.join("links.tar");
    fs::write(&file, finish(builder)).unwrap();
    let items: Vec<Item> =
        list(&[file], &SourceOptions::default()).unwrap().collect::<Result<_, _>>().unwrap();
    let told: Vec<String> = items
        .iter()
        .map(|item| match &item.picture {
            PictureSource::Unusable(reason) => reason.clone(),
            _ => "a picture".to_string(),
        })
        .collect();
    let expected = [
        "a picture",
        "a link to another member of the archive; pack the files themselves",
        "a symbolic link; pack the files themselves",
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_empty_folder_tells_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    touch(&folder.path().join("a.heic"));
    let error = list(&[folder.path().into()], &SourceOptions::default()).unwrap_err().to_string();
    assert!(error.contains("no pictures found (left out: 1 ending .heic ("), "{error}");
}
