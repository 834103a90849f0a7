//! Manifests: what a row becomes, and what is refused.

use super::*;

const POINTS: Points = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.5]];

fn items(folder: &Path, name: &str, content: &[u8]) -> Vec<Item> {
    let file = folder.join(name);
    fs::write(&file, content).unwrap();
    list(&[file], &SourceOptions::default()).unwrap().collect::<Result<_, _>>().unwrap()
}

fn refusal(folder: &Path, name: &str, content: &[u8]) -> String {
    let file = folder.join(name);
    fs::write(&file, content).unwrap();
    let error = list(&[file], &SourceOptions::default()).expect_err("refused before any work");
    crate::error::chain(&error).replace(&format!("{}/", folder.display()), "")
}

/// What became of a row: its key without the folder, and its file, bytes or problem.
fn told(folder: &Path, item: &Item) -> (String, String) {
    let short = |path: &Path| path.strip_prefix(folder).unwrap_or(path).display().to_string();
    let picture = match &item.picture {
        PictureSource::File(address) => short(address.as_path()),
        PictureSource::Bytes(bytes) => format!("{bytes:?}"),
        PictureSource::Range { offset, length, .. } => format!("{length} at {offset}"),
        PictureSource::Unusable(reason) => reason.clone(),
        #[cfg(feature = "cloud")]
        PictureSource::Begun(_) => "begun".into(),
    };
    (short(&item.key), picture)
}

#[track_caller]
fn assert_told(folder: &Path, items: &[Item], expected: &[(&str, &str)]) {
    let told: Vec<_> = items.iter().map(|item| told(folder, item)).collect();
    let told: Vec<_> = told.iter().map(|(key, picture)| (key.as_str(), picture.as_str())).collect();
    assert_eq!(told, expected);
}

#[test]
fn csv() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let text = b"id, path ,x1,y1,x2,y2,x3,y3,x4,y4,x5,y5,label\n\
        ann,a.jpg,1,2,3,4,5,6,7,8,9,10.5,7\r\n\
        ,\"b, c.jpg\",,,,,,,,,,,\n\
        \n\
        cut,d.jpg,1,2\n\
        odd,e.jpg,1,2,three,4,5,6,7,8,9,10,0\n\
        ,,,,,,,,,,,,\n\
        ,/abs/f\xe9.jpg,,,,,,,,,,,";
    let items = items(root, "faces.csv", text);
    assert_told(
        root,
        &items,
        &[
            ("ann", "a.jpg"),
            ("b, c.jpg", "b, c.jpg"),
            ("cut", "4 fields, where the header has 13"),
            ("odd", "x2 is 'three', not a number"),
            ("faces.csv#4", "the row has neither a path nor a picture"),
            ("/abs/f\u{fffd}.jpg", "/abs/f\u{fffd}.jpg"),
        ],
    );
    assert_eq!(items[0].points.as_deref(), Some(&POINTS));
    assert_eq!(items[1].points, None);
    for (text, expected) in [
        (
            "file,label\na,1\n",
            "faces.csv, line 1: the columns are file, label; wanted a column 'path', and all of x1",
        ),
        (
            "path,x1,y1\n",
            "faces.csv, line 1: the columns are path, x1, y1; wanted a column 'path', and all of x1",
        ),
        ("", "faces.csv, line 1: the columns are ; wanted"),
    ] {
        let said = refusal(root, "faces.csv", text.as_bytes());
        assert!(said.starts_with(expected), "{said}");
    }
    // A quote that is never closed.
    let endless = [b"path\na.jpg\n\"".to_vec(), vec![b'x'; 1 << 20]].concat();
    let file = root.join("endless.csv");
    fs::write(&file, endless).unwrap();
    let all: Vec<_> = list(&[file], &SourceOptions::default()).unwrap().collect();
    assert!(matches!(&all[..], [Ok(_), Err(SourceError::Read { paths: 1, .. })]), "{all:?}");
}

#[test]
fn jsonl() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let text = br#"{"path": "a.jpg", "label": 7, "landmarks": [[1,2],[3,4],[5,6],[7,8],[9,10.5]]}

{"id": "ann", "bytes": "AQID", "score": 0.5}
{"id": 12, "path": "b.jpg"}
{"bytes": "AQI", "path": "in/c.jpg"}
{"path": "d.jpg", "landmarks": [[1,2]]}
{"bytes": "no base64"}
not json
{}"#;
    let items = items(root, "faces.jsonl", text);
    assert_told(
        root,
        &items[..4],
        &[("a.jpg", "a.jpg"), ("ann", "[1, 2, 3]"), ("12", "b.jpg"), ("faces.jsonl!/in/c.jpg", "[1, 2]")],
    );
    assert_eq!(items[0].points.as_deref(), Some(&POINTS));
    for (item, key, reason) in [
        (&items[4], "d.jpg", "the landmarks are 2 numbers; wanted 10"),
        (&items[5], "faces.jsonl#5", "\"bytes\" is no base64: "),
        (&items[6], "faces.jsonl#6", "line 8: expected ident"),
        (&items[7], "faces.jsonl#7", "the row has neither a path nor a picture"),
    ] {
        let (found, problem) = told(root, item);
        assert_eq!(found, key);
        assert!(problem.starts_with(reason), "{problem}");
    }
    for (text, expected) in [
        (
            "{\"file\": \"a\"}\n",
            r#"faces.jsonl, line 1: neither "path" nor "bytes"; wanted an object with "path""#,
        ),
        ("\n[1]", "faces.jsonl, line 2: "),
        ("{\"v\":1,\"path\":\"a\",\"feature\":[0.5]}", "faces.jsonl holds features, not pictures"),
    ] {
        let said = refusal(root, "faces.jsonl", text.as_bytes());
        assert!(said.starts_with(expected), "{said}");
    }
    assert!(refusal(root, "f.npy", b"\x93NUMPY").starts_with("f.npy holds features, not pictures"));
}

#[cfg(feature = "parquet")]
mod columns {
    use super::*;
    use ::parquet::basic::Compression;
    use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, FloatType, Int64Type};
    use ::parquet::file::metadata::KeyValue;
    use ::parquet::file::properties::WriterProperties;
    use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
    use ::parquet::schema::parser::parse_message_type;

    type Column<'a> = &'a dyn Fn(&mut SerializedColumnWriter<'_>);

    /// A file with row groups of the same columns.
    fn written(schema: &str, compression: Compression, groups: &[&[Column<'_>]]) -> Vec<u8> {
        let schema = parse_message_type(schema).unwrap().into();
        let properties = WriterProperties::builder().set_compression(compression).build().into();
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
        for columns in groups {
            let mut group = writer.next_row_group().unwrap();
            for fill in *columns {
                let mut column = group.next_column().unwrap().unwrap();
                fill(&mut column);
                column.close().unwrap();
            }
            group.close().unwrap();
        }
        writer.into_inner().unwrap()
    }

    fn texts(column: &mut SerializedColumnWriter<'_>, values: &[&[u8]], levels: &[i16]) {
        let values: Vec<ByteArray> = values.iter().map(|value| value.to_vec().into()).collect();
        column.typed::<ByteArrayType>().write_batch(&values, Some(levels), None).unwrap();
    }

    #[test]
    fn paths_names_and_points() {
        let folder = tempfile::tempdir().unwrap();
        let schema = "message m {
            optional binary path (STRING); required int64 id; required double other;
            optional group landmarks (LIST) { repeated group list { required float element; } } }";
        let numbers: Vec<f32> = POINTS.as_flattened().iter().map(|number| *number as f32).collect();
        let ten: Vec<i16> = [&[0][..], &[1; 9]].concat();
        let group: [Column<'_>; 4] = [
            &|column| texts(column, &[b"a.jpg", b"b.jpg"], &[1, 0, 1]),
            &|column| {
                column.typed::<Int64Type>().write_batch(&[7, 8, 9], None, None).unwrap();
            },
            &|column| {
                column.typed::<DoubleType>().write_batch(&[0.5; 3], None, None).unwrap();
            },
            &|column| {
                let levels = [&[2_i16; 10][..], &[0], &[2]].concat();
                let values = [&numbers[..], &[1.0]].concat();
                let repeated = [&ten[..], &[0], &[0]].concat();
                column.typed::<FloatType>().write_batch(&values, Some(&levels), Some(&repeated)).unwrap();
            },
        ];
        let file = written(schema, Compression::UNCOMPRESSED, &[&group, &group]);
        let items = items(folder.path(), "faces.parquet", &file);
        let group = [
            ("7", "a.jpg"),
            ("8", "the row has neither a path nor a picture"),
            ("9", "the landmarks are 1 numbers; wanted 10"),
        ];
        assert_told(folder.path(), &items, &[group, group].concat());
        assert_eq!(items[3].points.as_deref(), Some(&POINTS));
    }

    #[test]
    fn pictures() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let schema =
            "message m { optional group image { optional binary bytes; optional binary path (STRING); } }";
        let group: [Column<'_>; 2] =
            [&|column| texts(column, &[b"\x01\xff", b"\x03"], &[2, 2, 1, 0]), &|column| {
                texts(column, &[b"a.jpg", b"c.jpg"], &[2, 1, 2, 0])
            }];
        let file = written(schema, Compression::UNCOMPRESSED, &[&group]);
        assert_told(
            root,
            &items(root, "faces.parquet", &file),
            &[
                ("faces.parquet!/a.jpg", "[1, 255]"),
                ("faces.parquet#1", "[3]"),
                ("c.jpg", "c.jpg"),
                ("faces.parquet#3", "the row has neither a path nor a picture"),
            ],
        );
    }

    #[test]
    fn refused() {
        let folder = tempfile::tempdir().unwrap();
        let said = |file: &[u8]| refusal(folder.path(), "faces.parquet", file);
        let with = |schema: &str| said(&written(schema, Compression::UNCOMPRESSED, &[]));
        assert_eq!(
            with("message m { required int64 label; required binary file; }"),
            "faces.parquet, its schema: the columns are label, file; wanted a column 'path', or a column 'bytes' or \
             'image' with the picture itself"
        );
        assert_eq!(
            with("message m { required int64 path; }"),
            "faces.parquet, column 'path': it is INT64; wanted a string"
        );
        assert!(
            with("message m { required binary path; required float x1; }")
                .contains("the columns are path, x1")
        );
        assert!(said(b"no parquet").starts_with("faces.parquet, at its end: "));
        let column: Column<'_> = &|column| texts(column, &[b"a.jpg"], &[1]);
        let mut file =
            written("message m { optional binary path; }", Compression::UNCOMPRESSED, &[&[column]]);
        // The page's header and data, not the footer.
        file[4..24].fill(0xff);
        let path = folder.path().join("faces.parquet");
        fs::write(&path, file).unwrap();
        let all: Vec<_> = list(&[path], &SourceOptions::default()).unwrap().collect();
        assert!(matches!(&all[..], [Err(SourceError::Content { .. })]), "{all:?}");
    }

    #[test]
    fn features_are_no_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let mark = KeyValue::new("lightcnn.contract".into(), "{}".to_string());
        let properties = WriterProperties::builder().set_key_value_metadata(Some(vec![mark])).build();
        let schema = parse_message_type("message features { required binary path; }").unwrap();
        let writer = SerializedFileWriter::new(Vec::new(), schema.into(), properties.into()).unwrap();
        let said = refusal(folder.path(), "features.parquet", &writer.into_inner().unwrap());
        assert!(said.starts_with("features.parquet holds features, not pictures"), "{said}");
    }
}
