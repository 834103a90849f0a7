//! Choices from a seed.

/// How many random runs a test makes: `usual`, unless LIGHTCNN_SEEDS names another number.
pub fn seeds(usual: u64) -> u64 {
    std::env::var("LIGHTCNN_SEEDS").map_or(usual, |text| text.parse().expect("LIGHTCNN_SEEDS is a number"))
}

/// A generator of choices: splitmix64.
pub struct Choices(pub u64);

impl Choices {
    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit.max(1)
    }
}
