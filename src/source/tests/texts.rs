//! Lists and manifests as tools write them.

use super::*;

fn keys(root: &Path, name: &str, text: &[u8]) -> Result<Vec<String>, String> {
    let file = root.join(name);
    fs::write(&file, text).unwrap();
    let items = list(&[file], &SourceOptions::default()).map_err(|error| crate::error::chain(&error))?;
    items
        .map(|item| {
            let item = item.map_err(|error| crate::error::chain(&error))?;
            match item.picture {
                PictureSource::Unusable(reason) => Err(reason),
                _ => Ok(item.key.strip_prefix(root).unwrap_or(&item.key).display().to_string()),
            }
        })
        .collect()
}

/// Every form with every end of line, with and without the mark of UTF-8, gives the same rows.
#[test]
fn marks_and_ends_of_lines() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for (name, text) in [
        ("l.txt", "a.png 0\nb c.png\n"),
        ("l.lst", "a.png\t0\nb c.png -1 7\n"),
        ("m.csv", "path\na.png\nb c.png\n"),
        ("m.jsonl", "{\"path\":\"a.png\"}\n{\"path\":\"b c.png\"}\n"),
        ("m.ndjson", "{\"path\":\"a.png\"}\n{\"path\":\"b c.png\"}\n"),
    ] {
        for mark in ["", "\u{feff}"] {
            for end in ["\n", "\r\n", " \n", "\t \r\n", "\n\n"] {
                let text = format!("{mark}{}", text.replace('\n', end));
                let found = keys(root, name, text.as_bytes());
                assert_eq!(found, Ok(vec!["a.png".into(), "b c.png".into()]), "{name} {text:?}");
            }
            let utf16: Vec<u8> = format!("{mark}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
            let error = keys(root, name, &utf16).unwrap_err();
            assert!(error.contains("line 1: this is text in UTF-16; write it as UTF-8"), "{error}");
        }
    }
}

#[test]
fn labels() {
    let folder = tempfile::tempdir().unwrap();
    for (line, path) in [
        ("a.png", "a.png"),
        ("a.png 0", "a.png"),
        ("a.png 0 12 -1", "a.png"),
        ("my 1 2.png 5", "my 1 2.png"),
        ("IMG 12", "IMG"),
        ("IMG 12 3", "IMG 12"),
        ("12", "12"),
        ("a.png 0.5", "a.png 0.5"),
        ("a.png Ann", "a.png Ann"),
    ] {
        assert_eq!(keys(folder.path(), "l.txt", line.as_bytes()), Ok(vec![path.into()]), "{line}");
    }
}

/// A picture in a row, in every way that tools put it there; and what is none.
#[test]
fn base64() {
    let folder = tempfile::tempdir().unwrap();
    let row = |bytes: &str| {
        keys(folder.path(), "m.jsonl", format!("{{\"id\":\"x\",\"bytes\":{bytes:?}}}").as_bytes())
    };
    for bytes in ["AQID", "AQI=", "AQI", "AQ\nID\n", "AQ\r\nID", "data:image/png;base64,AQID"] {
        assert_eq!(row(bytes), Ok(vec!["x".into()]), "{bytes}");
    }
    for (bytes, reason) in [
        ("a.png", "'a.png', which belongs under \"path\""),
        ("faces/b.JPG", "'faces/b.JPG', which belongs under \"path\""),
        ("data:image/png,abc", "a data URI that is not in base64"),
        ("A!", "\"bytes\" is no base64"),
    ] {
        let error = row(bytes).unwrap_err();
        assert!(error.contains(reason), "{bytes}: {error}");
    }
    let array = keys(folder.path(), "m.jsonl", b"[{\"path\":\"a\"},\n{\"path\":\"b\"}]").unwrap_err();
    assert!(array.contains("a JSON array, and each row must be a line of its own"), "{array}");
    let id = keys(folder.path(), "m.jsonl", b"{\"path\":\"a\",\"id\":true}").unwrap_err();
    assert!(id.contains("\"id\" is true, neither a text nor a number"), "{id}");
}

#[test]
fn files_of_other_kinds_say_what_to_give() {
    let folder = tempfile::tempdir().unwrap();
    for (name, words) in [
        ("s.tar.gz", "unpack it and give the folder"),
        ("s.tgz", "unpack it and give the folder"),
        ("s.zip", "unpack it and give the folder"),
        ("m.jsonl.gz", "it is compressed; unpack it first"),
        ("m.json", "write one object a line, in a file ending in .jsonl"),
        ("m.tsv", "write commas between them, in a file ending in .csv"),
        ("x.pth", "this is a model; give pictures"),
        ("f.mp4", "this is a film"),
    ] {
        let error = keys(folder.path(), name, b"anything").unwrap_err();
        assert!(error.contains(words), "{name}: {error}");
    }
    let gzip = keys(folder.path(), "s.tar", &[&[0x1f, 0x8b, 8][..], &[7; 600]].concat()).unwrap_err();
    assert!(gzip.contains("something compressed with gzip; unpack it first"), "{gzip}");
}

/// Points that are written all x and then all y are refused, not taken for five points.
#[test]
fn points_in_lists_of_five() {
    let folder = tempfile::tempdir().unwrap();
    let row = |landmarks: &str| {
        keys(folder.path(), "m.jsonl", format!("{{\"path\":\"a\",\"landmarks\":{landmarks}}}").as_bytes())
    };
    assert!(row("[[1,2],[3,4],[5,6],[7,8],[9,10]]").is_ok() && row("[1,2,3,4,5,6,7,8,9,10]").is_ok());
    let reason = "the landmarks are 2 lists, one of 5 numbers; wanted five of 2";
    assert!(row("[[1,3,5,7,9],[2,4,6,8,10]]").unwrap_err().contains(reason));
    for wrong in
        ["[[1,2],[3,4],[5,6],[7,8]]", "[1,2,3]", "\"none\"", "[[1,2],[3,4],[5,6],[7,8],[9,null]]", "{}"]
    {
        assert!(row(wrong).unwrap_err().contains("the landmarks are"), "{wrong}");
    }
}
