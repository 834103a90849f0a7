//! What a file is, by its ending.

use std::path::Path;

/// What a file that is named as an input is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// By its content; so is everything with an ending that is not known.
    Picture,
    List,
    Csv,
    Jsonl,
    Parquet,
    Tar,
    Npy,
    /// Something of which it is known that no pictures are read from it.
    Other {
        what: &'static str,
        instead: &'static str,
    },
}

const COMPRESSED: Form =
    Form::Other { what: "it is compressed", instead: "unpack it first, and give what was in it" };
const ARCHIVE: Form = Form::Other {
    what: "an archive of this kind is not read",
    instead: "unpack it and give the folder, or pack it as .tar without compression",
};
const WEIGHTS: Form = Form::Other { what: "this is a model", instead: "give pictures, or a list of them" };
const FILM: Form =
    Form::Other { what: "this is a film", instead: "take pictures out of it, and give their folder" };

pub(super) fn form(path: &Path) -> Form {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let mut endings = name.rsplit('.');
    let last = endings.next().filter(|last| last.len() < name.len()).unwrap_or_default();
    match last {
        "txt" | "lst" => Form::List,
        "csv" => Form::Csv,
        "jsonl" | "ndjson" => Form::Jsonl,
        "parquet" => Form::Parquet,
        "tar" => Form::Tar,
        "npy" => Form::Npy,
        "tgz" | "tbz2" | "txz" | "zip" | "7z" | "rar" => ARCHIVE,
        "gz" | "bz2" | "xz" | "zst" if endings.next() == Some("tar") => ARCHIVE,
        "gz" | "bz2" | "xz" | "zst" | "lz4" | "br" => COMPRESSED,
        "json" => Form::Other {
            what: "JSON in one piece is not read",
            instead: "write one object a line, in a file ending in .jsonl",
        },
        "tsv" => Form::Other {
            what: "columns with tabs between them are not read",
            instead: "write commas between them, in a file ending in .csv",
        },
        "xls" | "xlsx" | "ods" => {
            Form::Other { what: "a table of this kind is not read", instead: "save it as .csv" }
        }
        "arrow" | "feather" | "ipc" | "orc" | "avro" => {
            Form::Other { what: "a table of this kind is not read", instead: "write it as .parquet" }
        }
        "ckpt" | "pth" | "pt" | "safetensors" | "onnx" | "om" => WEIGHTS,
        "mp4" | "avi" | "mov" | "mkv" | "webm" => FILM,
        _ => Form::Picture,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings() {
        let form = |name: &str| form(Path::new(name));
        for (name, expected) in [
            ("a/b.JPG", Form::Picture),
            ("photo", Form::Picture),
            ("tar", Form::Picture),
            (".tar", Form::Tar),
            ("a.heic", Form::Picture),
            ("a.TAR", Form::Tar),
            ("a.tar.gz", ARCHIVE),
            ("a.tgz", ARCHIVE),
            ("a.jsonl.gz", COMPRESSED),
            ("a.ndjson", Form::Jsonl),
            ("a.Csv", Form::Csv),
            ("x.pth", WEIGHTS),
        ] {
            assert_eq!(form(name), expected, "{name}");
        }
        assert!(matches!(form("a.json"), Form::Other { instead, .. } if instead.contains(".jsonl")));
        assert!(matches!(form("a.tsv"), Form::Other { instead, .. } if instead.contains(".csv")));
    }
}
