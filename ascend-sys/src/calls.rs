//! What a code means in the call that returned it, where the call says more than the code alone.
//!
//! ACL uses few codes for many causes: 507008 ("the chip's version is wrong") is a model for another chip when a model
//! is loaded, and a machine on which no chip can be found when ACL starts.

use crate::codes::{Code, Known};

/// One code in the calls whose names begin alike.
struct InCall {
    /// How the names of the calls begin.
    call: &'static str,
    code: Code,
    meaning: &'static str,
    advice: &'static str,
}

const fn in_call(call: &'static str, code: i32, meaning: &'static str, advice: &'static str) -> InCall {
    InCall { call, code: Code(code), meaning, advice }
}

/// What a machine or a container needs.
const FIND_DEVICES: &str = "check npu-smi info; a container must be given /dev/davinci0 (one per card), \
     /dev/davinci_manager, /dev/devmm_svm, /dev/hisi_hdc and the driver";

/// What to do about a model that cannot be loaded.
const COMPILE_AGAIN: &str = "read ACL's message; the .om may be damaged, for another chip, or of a newer CANN: compile it \
     again for this device and CANN";

static IN_CALLS: &[InCall] = &[
    in_call(
        "aclInit",
        100_000,
        "the configuration differs from that of the first aclInit of this process",
        "let all libraries of the process give aclInit the same configuration",
    ),
    in_call("aclInit", 107_000, "the configuration cannot be read", "check the file given to aclInit"),
    in_call("aclInit", 500_000, "no chip was found: no driver, or no device", FIND_DEVICES),
    in_call("aclInit", 507_008, "no chip was found: no driver, or no device", FIND_DEVICES),
    in_call("aclrtGetDeviceCount", 507_008, "no chip was found: no driver, or no device", FIND_DEVICES),
    in_call(
        "aclrtGetDeviceCount",
        207_004,
        "no device, or ASCEND_RT_VISIBLE_DEVICES is no list of devices that are here",
        "check npu-smi info, /dev/davinci* and ASCEND_RT_VISIBLE_DEVICES",
    ),
    in_call("aclrtSetDevice", 507_008, "the chip of the device cannot be told", FIND_DEVICES),
    in_call(
        "aclrtResetDevice",
        507_007,
        "the device was reset more often than set",
        "reset a device once for each time it is set",
    ),
    in_call(
        "aclmdl",
        100_000,
        "a null pointer, a value out of range, or a name the model does not have",
        "check the arguments against the model's description",
    ),
    in_call("aclmdlLoad", 145_000, "the .om's content is wrong", "copy or compile the .om again"),
    in_call("aclmdlLoad", 500_002, "the graph engine refused the model", COMPILE_AGAIN),
    in_call(
        "aclmdlLoad",
        507_008,
        "the model was compiled for another chip",
        "compile it with --soc_version of this device",
    ),
    in_call(
        "aclmdlLoad",
        507_009,
        "the driver does not know a task of this model",
        "update the driver, or compile with an older CANN",
    ),
    in_call(
        "aclmdlExecute",
        145_000,
        "the number of buffers is not the model's",
        "give one buffer for each input and output, ascend_mbatch_shape_data included",
    ),
    in_call(
        "aclmdlExecute",
        500_002,
        "the graph engine refused the run: wrong sizes, or a run that failed",
        "read ACL's message",
    ),
];

impl Code {
    /// What is known about this code as the answer of the function `call`.
    ///
    /// ```
    /// # use ascend_sys::Code;
    /// let meaning = |call| Code(507_008).known_in(call).unwrap().meaning;
    /// assert_eq!(meaning("aclmdlLoadFromFile"), "the model was compiled for another chip");
    /// assert_eq!(meaning("aclInit"), "no chip was found: no driver, or no device");
    /// ```
    pub fn known_in(self, call: &str) -> Option<Known> {
        let known = *self.known()?;
        let row = IN_CALLS.iter().find(|row| row.code == self && call.starts_with(row.call));
        Some(row.map_or(known, |row| Known { meaning: row.meaning, advice: row.advice, ..known }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_of_a_known_code_and_found_once() {
        for (at, row) in IN_CALLS.iter().enumerate() {
            assert!(row.code.known().is_some(), "{}", row.code);
            assert!(!row.meaning.is_empty() && !row.advice.is_empty(), "{}", row.code);
            let before = IN_CALLS[..at].iter();
            let hidden = before.filter(|other| other.code == row.code && row.call.starts_with(other.call));
            assert_eq!(hidden.count(), 0, "{} in {}", row.code, row.call);
        }
    }

    /// A sentence about models belongs to calls about models.
    #[test]
    fn no_other_call_speaks_of_models() {
        for code in [100_000, 145_000, 500_002, 507_008, 507_009] {
            for call in ["aclInit", "aclrtSetDevice", "aclrtMalloc", "aclrtCreateStream", "aclrtMemcpyAsync"]
            {
                if code == 145_000 {
                    continue;
                }
                let known = Code(code).known_in(call).unwrap();
                let text = format!("{}; {}", known.meaning, known.advice);
                for word in ["another chip", "soc_version", "the model", ".om", "buffers"] {
                    assert!(!text.contains(word), "{call} {code}: {text}");
                }
            }
        }
    }

    #[test]
    fn calls_of_one_code_are_told_apart() {
        let meaning = |code: i32, call: &str| Code(code).known_in(call).unwrap().meaning;
        assert_eq!(meaning(145_000, "aclmdlLoadFromMem"), "the .om's content is wrong");
        assert_eq!(meaning(145_000, "aclmdlExecuteAsync"), "the number of buffers is not the model's");
        assert_eq!(meaning(207_001, "aclInit"), Code(207_001).known().unwrap().meaning);
        assert_eq!(Code(199_999).known_in("aclInit"), None);
    }
}
