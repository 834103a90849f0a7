mod archives;
mod left_out;
mod manifests;
mod texts;

use super::*;
use std::fs;
use std::os::unix::fs::symlink;

fn listed(inputs: &[PathBuf]) -> Vec<PathBuf> {
    let items: Vec<Item> =
        list(inputs, &SourceOptions::default()).unwrap().collect::<Result<_, _>>().unwrap();
    assert!(items.iter().zip(0..).all(|(item, id)| item.id == id));
    items.into_iter().map(|item| item.key).collect()
}

fn touch(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "").unwrap();
}

#[test]
fn folders_are_walked_in_byte_order() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["b/2.PNG", "b/10.png", "a.jpg", "Z.webp", "b/notes.md", ".hidden/x.png", "b/.y.png"] {
        touch(&root.join(name));
    }
    symlink(root, root.join("b/loop")).unwrap();
    symlink(root.join("nowhere"), root.join("broken.png")).unwrap();
    let names = ["Z.webp", "a.jpg", "b/10.png", "b/2.PNG", "broken.png"];
    assert_eq!(listed(&[root.to_path_buf()]), names.map(|name| root.join(name)));
}

#[test]
fn lists_globs_and_pictures_follow_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for name in ["1.png", "2.png", "10.png", "one picture.dat"] {
        touch(&root.join(name));
    }
    let list = root.join("faces.txt");
    fs::write(&list, b"1.png 0\r\nmissing.png -12\n\n/abs/Name Two.jpg\t7\nno label.png\nlatin\xe9.png 3")
        .unwrap();
    let paths = listed(&[root.join("one picture.dat"), list, root.join("?.png")]);
    let mut expected: Vec<PathBuf> = ["one picture.dat", "1.png", "missing.png"].map(|n| root.join(n)).into();
    expected.push("/abs/Name Two.jpg".into());
    expected.push(root.join("no label.png"));
    expected.push(root.join(unescape(r"latin\xe9.png").unwrap()));
    expected.extend(["1.png", "2.png"].map(|name| root.join(name)));
    assert_eq!(paths, expected);
}

#[test]
fn inputs_without_pictures_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = |input: PathBuf| list(&[input], &SourceOptions::default()).err().unwrap();
    assert!(matches!(error(folder.path().into()), SourceError::Empty { .. }));
    assert!(matches!(error(folder.path().join("no/such")), SourceError::Missing(_)));
    assert!(matches!(error(folder.path().join("*.png")), SourceError::Empty { .. }));
    assert!(matches!(error("[".into()), SourceError::Pattern { .. }));
    let empty = folder.path().join("empty.txt");
    touch(&empty);
    assert!(matches!(error(empty), SourceError::Empty { .. }));
    let binary = folder.path().join("binary.lst");
    fs::write(&binary, vec![b'x'; 100_000]).unwrap();
    let items: Vec<_> = list(&[binary], &SourceOptions::default()).unwrap().collect();
    assert!(matches!(items[..], [Err(SourceError::Line { line: 1, .. })]));
}

/// A list costs what it costs to read it.
#[test]
fn a_million_rows_are_listed_quickly() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("faces.txt");
    let text: String = (0..1_000_000).map(|row| format!("faces/{row:07}.jpg {}\n", row % 1000)).collect();
    fs::write(&file, text).unwrap();
    let started = std::time::Instant::now();
    let rows = list(&[file], &SourceOptions::default()).unwrap().map(|item| item.unwrap().id).max();
    println!("1,000,000 rows in {:?}", started.elapsed());
    assert_eq!(rows, Some(999_999));
}
