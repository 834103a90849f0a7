use super::*;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

/// Writes elements in either byte order.
#[derive(Clone, Copy)]
struct Writer {
    big: bool,
}

impl Writer {
    fn word(self, value: u32) -> [u8; 4] {
        if self.big { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn element(self, kind: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = [self.word(kind), self.word(data.len() as u32)].concat();
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    }

    fn small(self, kind: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = self.word((data.len() as u32) << 16 | kind).to_vec();
        bytes.extend(data);
        bytes.resize(8, 0);
        bytes
    }

    fn words(self, values: &[u32]) -> Vec<u8> {
        values.iter().flat_map(|value| self.word(*value)).collect()
    }

    fn matrix(self, class: u32, dims: &[u32], name: &str, content: &[Vec<u8>]) -> Vec<u8> {
        let mut data = self.element(cursor::UINT32, &self.words(&[class, 0]));
        data.extend(self.element(cursor::INT32, &self.words(dims)));
        data.extend(if name.len() <= 4 && !name.is_empty() {
            self.small(cursor::INT8, name.as_bytes())
        } else {
            self.element(cursor::INT8, name.as_bytes())
        });
        content.iter().for_each(|part| data.extend(part));
        self.element(cursor::MATRIX, &data)
    }

    fn file(self, elements: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = b"MATLAB 5.0 MAT-file".to_vec();
        bytes.resize(124, b' ');
        bytes.extend(if self.big { [1, 0] } else { [0, 1] });
        bytes.extend(if self.big { b"MI" } else { b"IM" });
        elements.iter().for_each(|element| bytes.extend(element));
        bytes
    }
}

fn compressed(writer: Writer, element: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(element).unwrap();
    let data = encoder.finish().unwrap();
    let mut bytes = [writer.word(cursor::COMPRESSED), writer.word(data.len() as u32)].concat();
    bytes.extend(data);
    bytes
}

fn read_all(bytes: &[u8]) -> Result<MatFile, MatError> {
    read(bytes, &Limits { memory: 1 << 20, depth: 4 })
}

#[test]
fn every_kind_of_value_in_both_byte_orders_compressed_or_not() {
    for (big, is_compressed) in [(false, false), (true, false), (false, true), (true, true)] {
        let w = Writer { big };
        let singles: Vec<u8> = [1.5f32, -2.0].iter().flat_map(|v| w.word(v.to_bits())).collect();
        // A double matrix whose whole numbers are stored as bytes, as MATLAB does.
        let packed = w.matrix(6, &[2, 3], "packed", &[w.element(cursor::UINT8, &[1, 2, 3, 4, 5, 6])]);
        let single = w.matrix(7, &[1, 2], "s", &[w.element(cursor::SINGLE, &singles)]);
        let short =
            w.matrix(11, &[1, 1], "one", &[w.small(cursor::UINT16, &if big { [1, 2] } else { [2, 1] })]);
        let text = |name: &str, text: &str| {
            w.matrix(4, &[1, text.len() as u32], name, &[w.element(cursor::UTF8, text.as_bytes())])
        };
        let cells = w.matrix(1, &[2, 1], "cells", &[text("", "abc"), w.element(cursor::MATRIX, &[])]);
        let fields =
            [w.small(cursor::INT32, &w.word(8)), w.element(cursor::INT8, b"first\0\0\0b\0\0\0\0\0\0\0")];
        let record = [fields.concat(), text("", "x"), packed.clone()].concat();
        let record = w.matrix(2, &[1, 1], "record", &[record]);
        let sparse = w.matrix(5, &[3, 3], "sparse", &[]);
        let all = [packed, single, short, text("name", "José"), cells, record, sparse];
        let all: Vec<Vec<u8>> =
            all.into_iter().map(|v| if is_compressed { compressed(w, &v) } else { v }).collect();
        let file = read_all(&w.file(&all)).unwrap();
        let numbers = |name: &str| match file.get(name) {
            Some(Value::Numbers(matrix)) => (matrix.dims.clone(), matrix.values().collect::<Vec<_>>()),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(numbers("packed"), (vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
        assert_eq!(numbers("s"), (vec![1, 2], vec![1.5, -2.0]));
        assert_eq!(numbers("one"), (vec![1, 1], vec![258.0]));
        assert!(matches!(file.get("name"), Some(Value::Text(text)) if text.line() == "José"));
        let Some(Value::Cells(cells)) = file.get("cells") else { panic!() };
        assert!(matches!(&cells.values[0], Value::Text(text) if text.line() == "abc"));
        assert_eq!(cells.values[1].to_string(), "0×0 numbers");
        let Some(Value::Struct(record)) = file.get("record") else { panic!() };
        assert_eq!(record.fields[0].0, "first");
        assert_eq!(record.fields[1].1[0].to_string(), "2×3 numbers");
        assert_eq!(file.get("sparse"), Some(&Value::Other("a sparse matrix")));
        assert!(file.names().contains("cells (2×1 cells)"));
    }
}

#[test]
fn a_text_of_several_lines_is_read_along_its_rows() {
    let text = Text { dims: vec![2, 3], characters: "adbecf".chars().collect() };
    assert_eq!(text.line(), "abc");
}

#[test]
fn hostile_files_are_errors_and_cost_little() {
    let w = Writer { big: false };
    let named = |class, dims: &[u32], content: &[Vec<u8>]| w.file(&[w.matrix(class, dims, "v", content)]);
    let mut bomb = ZlibEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; 1 << 24]).unwrap();
    let bomb = bomb.finish().unwrap();
    let mut deep = w.matrix(6, &[0, 0], "", &[w.element(cursor::DOUBLE, &[])]);
    for _ in 0..6 {
        deep = w.matrix(1, &[1, 1], "", &[deep]);
    }
    let mut v73 = b"MATLAB 7.3 MAT-file".to_vec();
    v73.resize(512, b' ');
    v73.extend(HDF5);
    for (bytes, expected) in [
        (Vec::new(), "no MATLAB 5"),
        (v73, "version 7.3"),
        (HDF5.to_vec(), "version 7.3"),
        (w.file(&[vec![14, 0, 0]]), "8 bytes are promised, 3 are left"),
        (w.file(&[w.words(&[14, u32::MAX])]), "4294967295 bytes are promised"),
        (w.file(&[w.element(9, &[0; 8])]), "type 9, expected a variable"),
        (named(6, &[1 << 31, 2], &[]), "dimensions"),
        (named(6, &[65536, 65536, 65536, 65536], &[]), "too large"),
        (named(6, &[1000, 1000], &[w.element(cursor::DOUBLE, &[0; 8])]), "for 8 bytes of numbers of 8"),
        (named(1, &[1 << 30, 1], &[]), "cells cannot be in"),
        (named(1, &[1, 1], &[deep]), "too deep"),
        (
            named(2, &[1, 1], &[w.small(cursor::INT32, &w.word(0)), w.element(cursor::INT8, b"a")]),
            "field names",
        ),
        (w.file(&[[w.words(&[15, bomb.len() as u32]), bomb].concat()]), "more than 1048576 bytes"),
        (w.file(&[w.words(&[15, 0])]), "compressed data is damaged"),
    ] {
        let error = read_all(&bytes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}, expected {expected}");
    }
}
