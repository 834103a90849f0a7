//! Copying bytes, and seeing whether they changed.

use crate::memory::Region;

/// Copies `from` to `to`, of equal length, at once.
pub fn copy(from: &Region, to: &mut Region) {
    // SAFETY: both regions are as long as `from.length` (the caller made them so) and lie in live memory; they
    // may overlap, which `copy` allows.
    unsafe { std::ptr::copy(from.view as *const u8, to.view as *mut u8, from.length) };
}

/// A quick sum of bytes, to see whether they changed.
pub fn fingerprint(bytes: &[u8]) -> u64 {
    let mut lanes = [0_u64; 4];
    let mut blocks = bytes.chunks_exact(32);
    for block in &mut blocks {
        for (lane, word) in lanes.iter_mut().zip(block.chunks_exact(8)) {
            let word =
                u64::from_le_bytes([word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]]);
            *lane = (*lane ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        }
    }
    let rest = crate::timing::hash(blocks.remainder());
    lanes.into_iter().fold(rest, |sum, lane| (sum ^ lane).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_byte_changes_the_fingerprint() {
        let bytes: Vec<u8> = (0..100).collect();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x80;
            assert_ne!(fingerprint(&bytes), fingerprint(&changed), "{at}");
        }
    }
}
