//! Which format the first bytes of a file announce.

use super::error::ContentError;
use std::fmt;

/// A checkpoint format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckpointFormat {
    /// MindSpore's protobuf `.ckpt`.
    MindSpore,
    /// safetensors, as MindSpore and Hugging Face write it.
    Safetensors,
    /// PyTorch's zip container (1.6 and later).
    TorchZip,
    /// PyTorch's earlier container: pickles, then raw storages.
    TorchLegacy,
}

impl fmt::Display for CheckpointFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CheckpointFormat::MindSpore => "MindSpore .ckpt",
            CheckpointFormat::Safetensors => "safetensors",
            CheckpointFormat::TorchZip => "PyTorch zip",
            CheckpointFormat::TorchLegacy => "PyTorch legacy",
        })
    }
}

impl CheckpointFormat {
    /// Recognises the format of a whole file by its content.
    ///
    /// # Errors
    /// Says what the file is, as far as its first bytes tell, if it is no checkpoint.
    pub fn recognise(bytes: &[u8]) -> Result<CheckpointFormat, ContentError> {
        if bytes.is_empty() {
            return Err(ContentError::Empty);
        }
        // Before MindSpore: the length of a safetensors header may start with the byte of a MindSpore record.
        if has_safetensors_start(bytes) {
            return Ok(CheckpointFormat::Safetensors);
        }
        if let Some(mode) = encryption(bytes) {
            return Err(ContentError::Encrypted { mode });
        }
        for kind in &FOREIGN {
            if (kind.is_it)(bytes) {
                return Err(ContentError::Foreign { what: kind.what, advice: kind.advice });
            }
        }
        match bytes {
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Ok(CheckpointFormat::TorchZip),
            [0x80, 2..=5, ..] => Ok(CheckpointFormat::TorchLegacy),
            [0x0a, ..] => Ok(CheckpointFormat::MindSpore),
            _ => {
                let start: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                Err(ContentError::Unknown { start: start.join(" ") })
            }
        }
    }
}

/// A header length below 2^40, then the brace that opens the header.
fn has_safetensors_start(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, _, _, _, 0, 0, 0, b'{', ..])
}

fn encryption(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xd8, 0x5e, 0x3a, 0x7f, ..] => Some("AES-GCM"),
        [0xd9, 0x5e, 0x3a, 0x7f, ..] => Some("AES-CBC"),
        [0xda, 0x5e, 0x3a, 0x7f, ..] => Some("SM4-CBC"),
        _ => None,
    }
}

/// A kind of file that is often taken for a checkpoint.
struct Foreign {
    is_it: fn(&[u8]) -> bool,
    what: &'static str,
    advice: &'static str,
}

const FOREIGN: [Foreign; 13] = [
    Foreign {
        is_it: |bytes| bytes.starts_with(b"\x89HDF\r\n\x1a\n"),
        what: "an HDF5 file",
        advice: "save the weights as safetensors",
    },
    Foreign {
        is_it: |bytes| bytes.starts_with(b"IMOD"),
        what: "an Ascend offline model (.om)",
        advice: "its weights are compiled in; give the checkpoint it was made from",
    },
    Foreign { is_it: is_onnx, what: "an ONNX model", advice: "give the checkpoint it was exported from" },
    Foreign { is_it: is_mindir, what: "a MindIR model", advice: "give the checkpoint it was exported from" },
    Foreign {
        is_it: |bytes| bytes.get(4..8) == Some(b"TFL3"),
        what: "a TensorFlow Lite model",
        advice: "give the checkpoint it was converted from",
    },
    Foreign {
        is_it: |bytes| bytes.starts_with(b"GGUF"),
        what: "a GGUF file",
        advice: "give the checkpoint it was converted from",
    },
    Foreign {
        is_it: |bytes| bytes.starts_with(b"\x93NUMPY"),
        what: "a NumPy array",
        advice: "save all weights by name as safetensors",
    },
    Foreign {
        is_it: |bytes| bytes.starts_with(&[0x1f, 0x8b]),
        what: "a gzip archive",
        advice: "unpack it first",
    },
    Foreign {
        is_it: |bytes| bytes.starts_with(b"7z\xbc\xaf\x27\x1c") || bytes.starts_with(b"Rar!"),
        what: "an archive (7z or RAR)",
        advice: "unpack it first",
    },
    Foreign {
        is_it: |bytes| bytes.get(257..262) == Some(b"ustar"),
        what: "a tar archive",
        advice: "unpack it first; if PyTorch before 0.1.10 wrote it, load and save it again there",
    },
    Foreign {
        is_it: |bytes| bytes.starts_with(b"version https://git-lfs"),
        what: "a Git LFS pointer",
        advice: "fetch the file itself with `git lfs pull`",
    },
    Foreign {
        is_it: is_web_page,
        what: "a web page",
        advice: "the download went wrong: open the address in a browser and save the file it offers",
    },
    Foreign {
        is_it: |bytes| bytes.starts_with(b"\x89PNG") || bytes.starts_with(&[0xff, 0xd8, 0xff]),
        what: "an image",
        advice: "give the images and the checkpoint in their own places",
    },
];

/// ONNX's `ModelProto` starts with `ir_version` (field 1, a small number), then the producer's name (field
/// 2), an opset (field 8) or the graph (field 7).
fn is_onnx(bytes: &[u8]) -> bool {
    matches!(bytes, [0x08, 1..=0x20, 0x12 | 0x3a | 0x42, ..])
}

/// MindIR's `ModelProto` starts with `ir_version` (field 1, a short text), then the producer's name.
fn is_mindir(bytes: &[u8]) -> bool {
    let [0x0a, length @ 0..=16, rest @ ..] = bytes else { return false };
    rest.get(usize::from(*length)..).is_some_and(|rest| rest.starts_with(b"\x12\x09MindSpore"))
}

fn is_web_page(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    [&b"<!doctype"[..], b"<html", b"<?xml"]
        .iter()
        .any(|start| text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        for (bytes, format) in [
            (&b"\x0a\xb1\x4b\x0a\x18features.0.filter.weight"[..], CheckpointFormat::MindSpore),
            (b"\x0a\x05\0\0\0\0\0\0{\"a\"", CheckpointFormat::Safetensors),
            (b"PK\x03\x04", CheckpointFormat::TorchZip),
            (b"\x80\x02\x8a\x0a\x6c\xfc", CheckpointFormat::TorchLegacy),
        ] {
            assert_eq!(CheckpointFormat::recognise(bytes).unwrap(), format);
        }
    }

    #[test]
    fn other_files_are_named() {
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b"\x89HDF\r\n\x1a\n\0\0", "HDF5"),
            (b"IMOD\x01\0", ".om"),
            (b"\x08\x08\x12\x07pytorch", "ONNX"),
            (b"\x0a\x050.1.0\x12\x09MindSpore", "MindIR"),
            (b"\xd8\x5e\x3a\x7f....", "AES-GCM"),
            (b"\xd9\x5e\x3a\x7f....", "AES-CBC"),
            (b"\xda\x5e\x3a\x7f....", "SM4-CBC"),
            (b"\n <!DOCTYPE html>", "web page"),
            (b"version https://git-lfs.github.com/spec/v1\n", "LFS"),
            (b"\x1f\x8b\x08", "gzip"),
            (&tar, "tar"),
            (b"\xff\xd8\xff\xe0", "image"),
            (b"hello, world", "68 65 6c 6c 6f"),
        ] {
            let message = CheckpointFormat::recognise(bytes).unwrap_err().to_string();
            assert!(message.contains(word), "{word}: {message}");
        }
    }
}
