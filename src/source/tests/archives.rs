//! Archives: which members are pictures, and where they are.

use super::*;
use ::tar::{Builder, EntryType, Header};

pub(super) fn add(builder: &mut Builder<Vec<u8>>, name: &str, bytes: &[u8]) {
    let mut header = Header::new_gnu();
    header.set_size(bytes.len() as u64);
    builder.append_data(&mut header, name, bytes).unwrap();
}

/// The bytes of the archive.
pub(super) fn finish(builder: Builder<Vec<u8>>) -> Vec<u8> {
    builder.into_inner().unwrap()
}

fn listed_archive(folder: &Path, bytes: &[u8]) -> Vec<Result<Item, SourceError>> {
    let file = folder.join("shard.tar");
    fs::write(&file, bytes).unwrap();
    list(&[file], &SourceOptions::default()).unwrap().collect()
}

/// The key inside the archive, and the bytes that a reader finds.
fn read(folder: &Path, item: &Item) -> (String, Vec<u8>) {
    let inside = item.key.strip_prefix(folder.join("shard.tar!")).unwrap().display().to_string();
    let PictureSource::Range { file, offset, length } = &item.picture else { panic!("{item:?}") };
    (inside, file.read_at(*offset, *length as usize).unwrap())
}

#[test]
fn pictures_with_what_lies_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}/{}.jpg", "d".repeat(90), "n".repeat(150));
    let mut builder = Builder::new(Vec::new());
    let pairs = br#"{"label": 3, "landmarks": [[1,2],[3,4],[5,6],[7,8],[9,10]]}"#;
    add(&mut builder, "./a.cls", b"7");
    add(&mut builder, "./a.jpg", b"first");
    add(&mut builder, "./a.json", pairs);
    add(&mut builder, "b.json", br#"{"landmarks": "none"}"#);
    add(&mut builder, "b.PNG", b"second");
    add(&mut builder, "c.landmarks", b"1 2\n3 4\n5 6\n7 8\n9 10\n");
    add(&mut builder, "c.webp", b"");
    add(&mut builder, &long, &[7; 700]);
    let mut pax = Header::new_ustar();
    pax.set_entry_type(EntryType::XHeader);
    let records = b"25 path=p/unicode \xc3\xa9.jpg\n";
    pax.set_size(records.len() as u64);
    builder.append_data(&mut pax, "pax", &records[..]).unwrap();
    add(&mut builder, "short.jpg", b"last");
    let mut link = Header::new_gnu();
    link.set_entry_type(EntryType::Symlink);
    link.set_size(0);
    builder.append_link(&mut link, "link.jpg", "a.jpg").unwrap();
    let mut items: Vec<Item> =
        listed_archive(folder.path(), &finish(builder)).into_iter().collect::<Result<_, _>>().unwrap();
    let link = items.pop().unwrap();
    assert!(link.key.ends_with("link.jpg") && format!("{:?}", link.picture).contains("a symbolic link"));
    let found: Vec<_> = items.iter().map(|item| read(folder.path(), item)).collect();
    let expected = [
        ("a.jpg", &b"first"[..]),
        ("b.PNG", b"second"),
        ("c.webp", b""),
        (&long, &[7; 700]),
        ("p/unicode é.jpg", b"last"),
    ];
    assert_eq!(found, expected.map(|(name, bytes)| (name.to_string(), bytes.to_vec())));
    let points: Vec<bool> = items.iter().map(|item| item.points.is_some()).collect();
    assert_eq!(points, [true, false, true, false, false]);
    assert_eq!(items[2].points.as_ref().unwrap()[4], [9.0, 10.0]);
}

#[test]
fn damaged_archives_say_where() {
    let folder = tempfile::tempdir().unwrap();
    let mut builder = Builder::new(Vec::new());
    add(&mut builder, "a.jpg", b"first");
    add(&mut builder, "b.jpg", &[0; 1000]);
    let whole = builder.into_inner().unwrap();
    for (bytes, expected) in [
        (&whole[..2000], "byte 1024, after 1 files: 'b.jpg' of 1000 bytes, and 464 bytes are left; wanted"),
        (&whole[..1030], "byte 1024, after 1 files: 6 bytes; wanted a whole tar archive"),
        (
            &[&whole[..1024], &[b'x'; 512]].concat()[..],
            "byte 1024, after 1 files: 512 bytes that are no header;",
        ),
    ] {
        let all = listed_archive(folder.path(), bytes);
        let [Ok(_), Err(error)] = &all[..] else { panic!("{all:?}") };
        assert!(error.to_string().contains(expected), "{error}");
    }
    let file = folder.path().join("none.tar");
    fs::write(&file, [b'x'; 2000]).unwrap();
    let error = list(&[file], &SourceOptions::default()).err().unwrap();
    assert!(error.to_string().contains("byte 0, after 0 files: 512 bytes that are no header"), "{error}");
}

/// Every archive of a pattern, one after the other.
#[test]
fn shards_by_pattern() {
    let folder = tempfile::tempdir().unwrap();
    for shard in ["s-1.tar", "s-0.tar"] {
        let mut builder = Builder::new(Vec::new());
        add(&mut builder, "a.jpg", b"x");
        fs::write(folder.path().join(shard), builder.into_inner().unwrap()).unwrap();
    }
    let keys = listed(&[folder.path().join("s-*.tar")]);
    assert_eq!(keys, ["s-0.tar!/a.jpg", "s-1.tar!/a.jpg"].map(|key| folder.path().join(key)));
}
