//! What the compiler does not take, with the real tool's numbers.

use std::fmt;

/// A refusal with the number the real tool gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Such as `E10001`.
    pub number: &'static str,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.number, self.text)
    }
}

/// Refuses the value of a parameter.
pub fn invalid(parameter: &str, value: &str, reason: &str) -> Refusal {
    let text = format!("Value [{value}] for parameter [--{parameter}] is invalid. Reason: {reason}");
    Refusal { number: "E10001", text }
}

/// A refusal with this number.
pub fn refusal(number: &'static str, text: impl Into<String>) -> Refusal {
    Refusal { number, text: text.into() }
}
