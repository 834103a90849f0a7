//! Why a call did not succeed: the code it returns and the text `aclGetRecentErrMsg` hands out.

/// A refused call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {text}")]
pub struct Failure {
    /// An ACL error code.
    pub code: i32,
    /// What was wrong, with values.
    pub text: String,
}

/// Outcome of the work behind an ACL function.
pub type Outcome<T = ()> = Result<T, Failure>;

/// A refusal with `code`, explained by `text`.
pub fn failure(code: i32, text: impl Into<String>) -> Failure {
    Failure { code, text: text.into() }
}
