//! Choices from a seed.

/// How many random runs a test makes: `usual`, unless LIGHTCNN_SEEDS names another number.
pub fn seeds(usual: u64) -> u64 {
    number("LIGHTCNN_SEEDS").unwrap_or(usual)
}

/// How many records or fields a hostile file has: a tenth of what the limits are made for, unless LIGHTCNN_FIELDS names
/// another number.
pub fn fields() -> usize {
    number("LIGHTCNN_FIELDS").map_or(5_000_000, |fields| fields.try_into().expect("LIGHTCNN_FIELDS fits"))
}

/// A variable that is a number, or nothing if it is not set.
pub fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{variable} is {text}: {error}")))
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
