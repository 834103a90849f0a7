//! Pictures of the hardest pairs, as text that a page holds.

use lightcnn::file;
use lightcnn::image::{Preprocess, decode};
use lightcnn::network::Input;
use lightcnn::source::unescape;
use std::path::{Path, PathBuf};

/// Bytes a picture may have: as many as `extract` reads.
const LIMIT: u64 = 256 << 20;

/// The picture called `name`, looked for where its name says and in `folders`, as the network sees it with
/// `--preprocess eval`: gray, 128×128, a PNG as a data URI. Nothing if it is not there or none.
pub fn find(name: &str, folders: &[PathBuf]) -> Option<String> {
    let path = unescape(name)?;
    let bytes = places(&path, folders).iter().find_map(|place| file::read(place, LIMIT).ok())?;
    let picture = decode(&bytes, Input::Gray).ok()?;
    let face = Preprocess::Eval.face(&picture).ok()?;
    let mut png = Vec::new();
    face.write_png(&mut png).ok()?;
    Some(format!("data:image/png;base64,{}", base64(&png)))
}

/// Official lists and the files they name differ in their endings.
const ENDINGS: [&str; 3] = ["jpg", "bmp", "png"];

fn places(path: &Path, folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut places = vec![path.to_path_buf()];
    places.extend(folders.iter().map(|folder| folder.join(path)));
    // BLUFR's list has no folders, and LFW's files lie in that of their person: Name/Name_0001.jpg.
    let person = path.to_str().and_then(|name| name.rsplit_once('_')).map(|(person, _)| person);
    places.extend(
        person
            .into_iter()
            .flat_map(|person| folders.iter().map(move |folder| folder.join(person).join(path))),
    );
    let others = places.iter().flat_map(|place| ENDINGS.map(|ending| place.with_extension(ending)));
    let others: Vec<PathBuf> = others.collect();
    places.extend(others);
    places
}

/// As RFC 4648 has it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit <= three.len() { char::from(DIGITS[value as usize]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 4648, section 10.
    #[test]
    fn base64_is_that_of_the_rfc() {
        let examples = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (text, code) in examples {
            assert_eq!(base64(text.as_bytes()), code);
        }
        assert_eq!(base64(&[0xfb, 0xff]), "+/8=");
    }
}
