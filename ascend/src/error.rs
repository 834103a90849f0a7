//! What can go wrong, said in full: the call, the code and its meaning, the device, the sizes, ACL's own words.

use std::fmt;
use std::path::PathBuf;

use ascend_sys::{Class, Code, LoadError, Version};

/// A failure of this layer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No usable ACL library.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// ACL refused or failed a call.
    #[error(transparent)]
    Call(Box<CallError>),
    /// A function that gives a value instead of a code gave none.
    #[error(
        "{call} gave nothing on device {device}{}{}; close what is open and try again",
        after(", ", .about), after("; ACL says: ", .words)
    )]
    NoAnswer {
        /// The function.
        call: &'static str,
        /// The device.
        device: i32,
        /// What it was asked, such as `input 0 of model.om`; may be empty.
        about: String,
        /// ACL's own message; may be empty.
        words: String,
    },
    /// The installed ACL has no such function.
    #[error("{call} is not in the installed ACL {version}; update CANN")]
    Unsupported {
        /// The function.
        call: &'static str,
        /// Version of the installed ACL.
        version: Version,
    },
    /// The process forked after ACL was opened. ACL's threads and handles do not live on in the child.
    #[error(
        "process {now} was forked from process {opened_in}, which had opened ACL; start workers as new processes \
         (spawn), or fork before opening ACL"
    )]
    Forked {
        /// The process that opened ACL.
        opened_in: u32,
        /// This process.
        now: u32,
    },
    /// There is no device of this number.
    #[error(
        "no device {device}: ACL sees {count}; check `npu-smi info`, the rights on /dev/davinci* and \
         ASCEND_RT_VISIBLE_DEVICES"
    )]
    NoDevice {
        /// The number asked for.
        device: i32,
        /// How many devices there are.
        count: u32,
    },
    /// Something was closed that others still use. It ends when the last of them does.
    #[error("the {what} is still used by {users} others and ends with them")]
    StillInUse {
        /// What was to be closed.
        what: &'static str,
        /// How many hold it.
        users: usize,
    },
    /// A buffer is too small.
    #[error("{what}: {needed} bytes are needed, {available} are there")]
    Size {
        /// Which buffer, of what operation.
        what: &'static str,
        /// Bytes needed.
        needed: usize,
        /// Bytes there.
        available: usize,
    },
    /// The model was not compiled for this batch size.
    #[error("batch size {asked} is not one the model was compiled for; choose one of {compiled:?}")]
    Batch {
        /// The size asked for.
        asked: u64,
        /// The sizes compiled.
        compiled: Vec<u64>,
    },
    /// The model has no such input or output.
    #[error("the model has no {what} {index}: it has {count}")]
    NoTensor {
        /// `input` or `output`.
        what: &'static str,
        /// The index asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A slot was given to a model it was not made for.
    #[error("this slot was made for another load of the model; make one slot for each")]
    ForeignSlot,
    /// An object was used with one of another context.
    #[error("{call}: the objects belong to different contexts")]
    ForeignContext {
        /// The operation.
        call: &'static str,
    },
    /// An earlier failure took the stream.
    #[error("the stream is lost since an earlier failure: {because}")]
    StreamLost {
        /// The earlier failure.
        because: String,
    },
    /// The device was lost before.
    #[error(
        "device {device} is lost since an earlier failure: {because}; close all that uses it, then open it again"
    )]
    DeviceLost {
        /// Its number.
        device: i32,
        /// The earlier failure.
        because: String,
    },
    /// The model cannot be run by this layer.
    #[error("{model}: {why}")]
    Unsuitable {
        /// File or other origin of the model.
        model: String,
        /// What it is that is not supported, and what to do.
        why: String,
    },
    /// A path that C cannot take.
    #[error("{}: the path holds a zero byte", path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },
}

/// A call that ACL refused or failed.
#[derive(Debug)]
pub struct CallError {
    /// The C function.
    pub call: &'static str,
    /// What it returned.
    pub code: Code,
    /// The device of the object it was called for.
    pub device: Option<i32>,
    /// What it was called with, such as `67108864 bytes`; may be empty.
    pub about: String,
    /// ACL's own message of this thread; may be empty.
    pub words: String,
}

/// `text` behind `lead`, or nothing.
fn after(lead: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{lead}{text}") }
}

impl Error {
    /// What may still be used after this failure.
    pub fn class(&self) -> Class {
        match self {
            Self::Call(error) => error.code.class(),
            Self::StreamLost { .. } => Class::StreamFatal,
            Self::DeviceLost { .. } => Class::DeviceFatal,
            Self::StillInUse { .. } | Self::NoAnswer { .. } => Class::Retryable,
            _ => Class::Programming,
        }
    }

    /// ACL's code, if ACL gave one.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Call(error) => Some(error.code),
            _ => None,
        }
    }

    /// Whether the time given was over, with the work still running.
    pub fn is_timeout(&self) -> bool {
        self.code().is_some_and(Code::is_timeout)
    }
}

impl CallError {
    /// What to do.
    pub fn advice(&self) -> &'static str {
        let words = self.words.to_ascii_lowercase();
        let names_the_chip = words.contains("socversion") || words.contains("soc version");
        if self.code == Code::GE_FAILURE && names_the_chip && self.call.starts_with("aclmdlLoad") {
            // Current libraries report a model for another chip with the code for everything else.
            return "the model was compiled for another chip: compile it with --soc_version of this device";
        }
        let known = self.code.known_in(self.call);
        known.map_or("read ACL's message and its logs in ~/ascend/log", |known| known.advice)
    }
}

impl std::error::Error for CallError {}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed with {}", self.call, self.code)?;
        if let Some(device) = self.device {
            write!(f, " on device {device}")?;
        }
        if !self.about.is_empty() {
            write!(f, ", {}", self.about)?;
        }
        if let Some(known) = self.code.known_in(self.call) {
            write!(f, ": {}", known.meaning)?;
        }
        if !self.words.is_empty() {
            write!(f, "; ACL says: {}", self.words)?;
        }
        write!(f, "; {}", self.advice())
    }
}

#[cfg(test)]
mod tests {
    use crate::*;

    fn error(code: i32, words: &str) -> Error {
        error_of("aclrtMalloc", code, words)
    }

    fn error_of(call: &'static str, code: i32, words: &str) -> Error {
        Error::Call(Box::new(CallError {
            call,
            code: Code(code),
            device: Some(3),
            about: "67108864 bytes".to_owned(),
            words: words.to_owned(),
        }))
    }

    #[test]
    fn a_failed_call_is_told_in_full() {
        assert_eq!(
            error(207_001, "EL0004: out of memory").to_string(),
            "aclrtMalloc failed with ACL_ERROR_RT_MEMORY_ALLOCATION (207001) on device 3, 67108864 bytes: out of \
             device memory; ACL says: EL0004: out of memory; use fewer streams or smaller gears, or stop other \
             users of the card"
        );
        assert_eq!(error(207_001, "").class(), Class::Retryable);
    }

    #[test]
    fn a_model_for_another_chip_is_known_by_acls_words() {
        let words = "E10001: Model soc version is not support in this device";
        let text = error_of("aclmdlLoadFromFile", 500_002, words).to_string();
        assert!(text.ends_with("compile it with --soc_version of this device"), "{text}");
        let text = error_of("aclInit", 500_002, "EE1001: the soc version cannot be read").to_string();
        assert!(!text.contains("--soc_version"), "{text}");
    }

    #[test]
    fn a_code_means_what_it_means_in_that_call() {
        let text = error_of("aclInit", 507_008, "").to_string();
        assert!(text.contains("no chip was found") && text.contains("/dev/davinci_manager"), "{text}");
        assert!(!text.contains("model"), "{text}");
        let text = error_of("aclmdlLoadFromMem", 507_008, "").to_string();
        assert!(text.contains("compiled for another chip"), "{text}");
    }

    #[test]
    fn an_unknown_code_is_still_printed() {
        assert!(error(199_999, "").to_string().contains("unknown code 199999"));
    }
}
