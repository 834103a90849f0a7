//! The status codes of ACL: a number, and what is known about it.

use std::fmt;

/// A status of ACL. Any number is possible: newer libraries return codes nobody here has heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub i32);

/// What may still be used after a failure, and whether trying again makes sense.
///
/// The class is a judgement from the code's documented meaning; the vendor publishes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Not a failure: the call did what was asked, or there was nothing to do.
    Ignorable,
    /// Something is short for now. The same call may succeed after waiting, or after freeing memory.
    Retryable,
    /// The call or the surroundings are wrong, and will be wrong again.
    Programming,
    /// The work on this stream is lost: give up the stream, its context and the loaded model, and make new ones.
    StreamFatal,
    /// The device is suspect: reset it or restart the process, and give its work to another.
    DeviceFatal,
}

/// What is known about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The number.
    pub code: Code,
    /// Its name in the C headers.
    pub name: &'static str,
    /// What happened, in a few words.
    pub meaning: &'static str,
    /// What to do about it.
    pub advice: &'static str,
    /// What may still be used.
    pub class: Class,
}

impl Code {
    /// `ACL_SUCCESS`.
    pub const SUCCESS: Self = Self(0);
    /// `ACL_ERROR_INVALID_PARAM`; also "no input of this name".
    pub const INVALID_PARAM: Self = Self(100_000);
    /// `ACL_ERROR_REPEAT_INITIALIZE`: somebody else in the process called `aclInit` before.
    pub const REPEAT_INITIALIZE: Self = Self(100_002);
    /// `ACL_ERROR_REPEAT_FINALIZE`.
    pub const REPEAT_FINALIZE: Self = Self(100_037);
    /// `ACL_ERROR_COMPILING_STUB_MODE`: what every function of a build-time stub library returns.
    pub const COMPILING_STUB_MODE: Self = Self(100_039);
    /// `ACL_ERROR_RT_STREAM_ABORT`: the stream was aborted, as asked.
    pub const STREAM_ABORT: Self = Self(107_023);
    /// `ACL_ERROR_GE_FAILURE`: any failure of the graph engine that has no code of its own.
    pub const GE_FAILURE: Self = Self(500_002);
    /// `ACL_ERROR_RT_STREAM_NOT_COMPLETE`.
    pub const STREAM_NOT_COMPLETE: Self = Self(507_004);
    /// `ACL_ERROR_RT_STREAM_SYNC_TIMEOUT`: the time given to a wait is over; the work still runs.
    pub const STREAM_SYNC_TIMEOUT: Self = Self(507_046);
    /// `ACL_ERROR_RT_EVENT_SYNC_TIMEOUT`: as above, waiting for an event.
    pub const EVENT_SYNC_TIMEOUT: Self = Self(507_047);

    /// Whether the call succeeded.
    pub fn is_success(self) -> bool {
        self == Self::SUCCESS
    }

    /// Whether a wait ended because its time was over, with the work still running.
    pub fn is_timeout(self) -> bool {
        self == Self::STREAM_SYNC_TIMEOUT || self == Self::EVENT_SYNC_TIMEOUT
    }

    /// What is known about this code, whatever call returned it; [`Code::known_in`] knows more.
    pub fn known(self) -> Option<&'static Known> {
        KNOWN.binary_search_by_key(&self, |known| known.code).ok().map(|at| &KNOWN[at])
    }

    /// What may still be used after this code. For an unknown code this follows the number's family: 1xxxxx the
    /// caller's mistake, 2xxxxx and 3xxxxx resources, everything else an internal or device failure.
    pub fn class(self) -> Class {
        if let Some(known) = self.known() {
            return known.class;
        }
        match self.0 / 100_000 {
            0 if self.0 == 0 => Class::Ignorable,
            1 => Class::Programming,
            2 | 3 => Class::Retryable,
            _ => Class::StreamFatal,
        }
    }

    /// All known codes, in order.
    pub fn all_known() -> &'static [Known] {
        KNOWN
    }
}

/// `ACL_ERROR_RT_CONTEXT_NULL (107002)`, or `unknown code 107999`.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.known() {
            Some(known) => write!(f, "{} ({})", known.name, self.0),
            None => write!(f, "unknown code {}", self.0),
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ignorable => "harmless",
            Self::Retryable => "may succeed later",
            Self::Programming => "will fail again",
            Self::StreamFatal => "the stream's work is lost",
            Self::DeviceFatal => "the device is suspect",
        })
    }
}

macro_rules! known {
    ($($class:ident $code:literal $name:literal $meaning:literal $advice:literal;)*) => {
        &[$(Known {
            code: Code($code),
            name: concat!("ACL_ERROR_", $name),
            meaning: $meaning,
            advice: $advice,
            class: Class::$class,
        },)*]
    };
}

/// Sorted by code.
#[rustfmt::skip]
static KNOWN: &[Known] = known! {
    Programming 100_000 "INVALID_PARAM"
        "a null pointer or a value out of range"
        "check the arguments";
    Programming 100_001 "UNINITIALIZE"
        "ACL is not initialised"
        "call aclInit first, and nothing after aclFinalize";
    Ignorable 100_002 "REPEAT_INITIALIZE"
        "ACL was initialised before in this process"
        "go on; leave aclFinalize to whoever was first";
    Programming 100_003 "INVALID_FILE"
        "the configuration file cannot be read"
        "check the path given to aclInit";
    Programming 100_004 "WRITE_FILE"
        "a file could not be written"
        "check space and rights in the working and log folders";
    Programming 100_005 "INVALID_FILE_SIZE"
        "a file has a size that is not allowed"
        "check the file given";
    Programming 100_006 "PARSE_FILE"
        "the configuration file is not valid JSON"
        "correct the file given to aclInit";
    Programming 100_007 "FILE_MISSING_ATTR"
        "the configuration file lacks an attribute"
        "correct the file given to aclInit";
    Programming 100_008 "FILE_ATTR_INVALID"
        "the configuration file holds a wrong value"
        "correct the file given to aclInit";
    Programming 100_009 "INVALID_DUMP_CONFIG"
        "the dump configuration is wrong"
        "correct the dump section given to aclInit";
    Programming 100_010 "INVALID_PROFILING_CONFIG"
        "the profiling configuration is wrong"
        "correct the profiler section given to aclInit";
    Programming 100_011 "INVALID_MODEL_ID"
        "no model of this id is loaded"
        "use the id the load gave, before the unload";
    Programming 100_012 "DESERIALIZE_MODEL"
        "the model cannot be decoded"
        "compile the .om again for this CANN";
    Programming 100_013 "PARSE_MODEL"
        "the model cannot be parsed"
        "compile the .om again for this CANN";
    Programming 100_014 "READ_MODEL_FAILURE"
        "the model file cannot be read"
        "check path and rights of the .om";
    Programming 100_015 "MODEL_SIZE_INVALID"
        "the model has a size that is not allowed"
        "the .om is cut short or not an .om: copy or compile it again";
    Programming 100_016 "MODEL_MISSING_ATTR"
        "the model lacks an attribute"
        "compile the .om again for this CANN";
    Programming 100_017 "MODEL_INPUT_NOT_MATCH"
        "the inputs do not fit the model"
        "give as many buffers, and as large, as the description says";
    Programming 100_018 "MODEL_OUTPUT_NOT_MATCH"
        "the outputs do not fit the model"
        "give as many buffers, and as large, as the description says";
    Programming 100_019 "MODEL_NOT_DYNAMIC"
        "the model has one fixed shape"
        "do not set a batch size, or compile with --dynamic_batch_size";
    Programming 100_033 "REPEAT_SUBSCRIBE"
        "the stream's callbacks are subscribed already"
        "subscribe once";
    Programming 100_034 "STREAM_NOT_SUBSCRIBE"
        "the stream's callbacks are not subscribed"
        "subscribe a thread first";
    Programming 100_035 "THREAD_NOT_SUBSCRIBE"
        "the thread serves no stream's callbacks"
        "subscribe the thread first";
    Retryable 100_036 "WAIT_CALLBACK_TIMEOUT"
        "no callback came in time"
        "wait again";
    Ignorable 100_037 "REPEAT_FINALIZE"
        "ACL is finalised already"
        "nothing";
    Ignorable 100_038 "NOT_STATIC_AIPP"
        "the input has no static AIPP"
        "feed it as described";
    Programming 100_039 "COMPILING_STUB_MODE"
        "this library is a stub for building, it cannot run anything"
        "take devlib and stub folders out of LD_LIBRARY_PATH";
    Programming 100_042 "PROF_ALREADY_RUN"
        "profiling runs already"
        "stop it first";
    Programming 100_043 "PROF_NOT_RUN"
        "profiling does not run"
        "start it first";
    Programming 100_044 "DUMP_ALREADY_RUN"
        "dumping runs already"
        "stop it first";
    Programming 100_045 "DUMP_NOT_RUN"
        "dumping does not run"
        "start it first";
    Programming 107_000 "RT_PARAM_INVALID"
        "a wrong argument: pointer, size or timeout"
        "check the arguments";
    Programming 107_001 "RT_INVALID_DEVICEID"
        "no such device, or the driver is not loaded"
        "check npu-smi info and ASCEND_RT_VISIBLE_DEVICES";
    Programming 107_002 "RT_CONTEXT_NULL"
        "this thread has no current context"
        "set a device or a context on every thread that calls ACL";
    Programming 107_003 "RT_STREAM_CONTEXT"
        "the stream belongs to another context"
        "use the stream under the context that made it";
    Programming 107_004 "RT_MODEL_CONTEXT"
        "the model belongs to another context"
        "load, run and unload under one context";
    Programming 107_005 "RT_STREAM_MODEL"
        "the stream does not belong to the model"
        "use the model's stream";
    Programming 107_006 "RT_EVENT_TIMESTAMP_INVALID"
        "the event carries no time"
        "make it with ACL_EVENT_TIME_LINE and record it";
    Programming 107_007 "RT_EVENT_TIMESTAMP_REVERSAL"
        "the end event is earlier than the start"
        "swap the events";
    Programming 107_008 "RT_ADDR_UNALIGNED"
        "an address is not aligned as the copy needs"
        "use memory from aclrtMalloc and aclrtMallocHost, at multiples of 64 bytes";
    Programming 107_011 "RT_STREAM_SUBSCRIBE"
        "callbacks of this stream are registered the other way"
        "use one kind of callback on a stream";
    Programming 107_012 "RT_THREAD_SUBSCRIBE"
        "the thread serves no stream's callbacks"
        "subscribe the thread first";
    Programming 107_015 "RT_STREAM_NO_CB_REG"
        "the stream's callbacks are not registered"
        "subscribe a thread first";
    Programming 107_017 "RT_INVALID_HANDLE"
        "the handle was destroyed, or is not one"
        "use handles only while they live";
    Retryable 107_019 "RT_WAIT_TIMEOUT"
        "waiting took too long"
        "wait again";
    StreamFatal 107_020 "RT_TASK_TIMEOUT"
        "a task took too long"
        "give up the stream; repeated, suspect the device";
    StreamFatal 107_022 "RT_DEVICE_TASK_ABORT"
        "the device's tasks are being aborted"
        "give up the stream";
    StreamFatal 107_023 "RT_STREAM_ABORT"
        "the stream is being aborted"
        "give up the stream";
    Retryable 107_037 "RT_MODEL_RUNNING"
        "the model still runs"
        "synchronise its stream first";
    Programming 145_000 "GE_PARAM_INVALID"
        "the model's content or the number of its buffers is wrong"
        "give the whole .om, and one buffer for each input and output";
    Programming 145_001 "GE_EXEC_NOT_INIT"
        "a model call before aclInit or after aclFinalize"
        "initialise first";
    Programming 145_002 "GE_EXEC_MODEL_PATH_INVALID"
        "the model file is missing or unreadable"
        "check path and rights of the .om";
    Programming 145_003 "GE_EXEC_MODEL_ID_INVALID"
        "no model of this id is loaded"
        "use the id the load gave, before the unload";
    Programming 145_006 "GE_EXEC_MODEL_DATA_SIZE_INVALID"
        "the model file is cut short or not an .om"
        "copy or compile the .om again";
    Programming 145_007 "GE_EXEC_MODEL_ADDR_INVALID"
        "the model's address is wrong"
        "give the address of the whole .om";
    Programming 145_009 "GE_EXEC_LOAD_MODEL_REPEATED"
        "the model is loaded already"
        "load it once more under another name, or unload it";
    Programming 145_011 "GE_DYNAMIC_INPUT_ADDR_INVALID"
        "the batch-size input has no memory"
        "give ascend_mbatch_shape_data a device buffer";
    Programming 145_012 "GE_DYNAMIC_INPUT_LENGTH_INVALID"
        "the batch-size input is too short"
        "give ascend_mbatch_shape_data the size the description says";
    Programming 145_013 "GE_DYNAMIC_BATCH_SIZE_INVALID"
        "the batch size is none the model was compiled for"
        "use a size of aclmdlGetDynamicBatch";
    Programming 145_014 "GE_AIPP_BATCH_EMPTY"
        "the AIPP parameters have no batch"
        "give the AIPP batch";
    Ignorable 145_015 "GE_AIPP_NOT_EXIST"
        "the input has no AIPP"
        "feed it as described";
    Programming 145_016 "GE_AIPP_MODE_INVALID"
        "the AIPP mode does not fit"
        "static AIPP takes no parameters at run time";
    Programming 145_020 "GE_FORMAT_INVALID"
        "a tensor format is wrong"
        "follow the model's description";
    Programming 145_021 "GE_SHAPE_INVALID"
        "a tensor shape is wrong"
        "follow the model's description";
    Programming 145_022 "GE_DATATYPE_INVALID"
        "a tensor's data type is wrong"
        "follow the model's description";
    Programming 148_046 "PROF_REPEAT_SUBSCRIBE"
        "the model is being profiled already"
        "unsubscribe first";
    Programming 148_047 "PROF_API_CONFLICT"
        "two ways of profiling at once"
        "use one";
    Programming 148_049 "INVALID_OPP_PATH"
        "the operator package is not where ASCEND_OPP_PATH says"
        "source set_env.sh, or correct ASCEND_OPP_PATH";
    Programming 148_051 "RELATIVE_RESOURCE_NOT_CLEARED"
        "something still uses this"
        "release what depends on it first";
    Programming 148_053 "INVALID_BUNDLE_MODEL_ID"
        "no bundle of this id is loaded"
        "use the id the load gave";
    Retryable 200_000 "BAD_ALLOC"
        "the host is out of memory"
        "free host memory";
    Programming 200_001 "API_NOT_SUPPORT"
        "this library does not support the call"
        "update CANN";
    Programming 200_002 "INVALID_DEVICE"
        "the device is not usable"
        "check npu-smi info";
    Programming 200_003 "MEMORY_ADDRESS_UNALIGNED"
        "an address is not aligned"
        "use memory from aclrtMalloc";
    Programming 200_004 "RESOURCE_NOT_MATCH"
        "resources of different owners were mixed"
        "keep to one context";
    Programming 200_005 "INVALID_RESOURCE_HANDLE"
        "a handle is not valid"
        "use handles only while they live";
    Programming 200_006 "FEATURE_UNSUPPORTED"
        "this chip or CANN lacks the feature"
        "update CANN, or do without";
    Programming 200_007 "PROF_MODULES_UNSUPPORTED"
        "profiling of this part is not supported"
        "profile less";
    Programming 207_000 "RT_FEATURE_NOT_SUPPORT"
        "this chip or driver lacks the feature"
        "update driver and CANN, or do without";
    Retryable 207_001 "RT_MEMORY_ALLOCATION"
        "out of device memory"
        "use fewer streams or smaller gears, or stop other users of the card";
    Programming 207_002 "RT_MEMORY_FREE"
        "memory could not be freed"
        "free each address once";
    Ignorable 207_003 "RT_AICORE_OVER_FLOW"
        "a number overflowed on an AI core"
        "check the outputs for infinities";
    Programming 207_004 "RT_NO_DEVICE"
        "no device"
        "check npu-smi info, /dev/davinci* and ASCEND_RT_VISIBLE_DEVICES";
    Retryable 207_005 "RT_RESOURCE_ALLOC_FAIL"
        "a resource of the device is used up"
        "close streams and events, or stop other users of the card";
    Programming 207_006 "RT_NO_PERMISSION"
        "no right to do this"
        "run as a member of the group that owns /dev/davinci*";
    Retryable 207_007 "RT_NO_EVENT_RESOURCE"
        "no event is free"
        "destroy events";
    Retryable 207_008 "RT_NO_STREAM_RESOURCE"
        "no stream is free"
        "destroy streams";
    Retryable 207_009 "RT_NO_NOTIFY_RESOURCE"
        "no notify is free"
        "destroy notifies";
    Retryable 207_010 "RT_NO_MODEL_RESOURCE"
        "no model slot is free"
        "unload models";
    Ignorable 207_016 "RT_AIVEC_OVER_FLOW"
        "a number overflowed on a vector core"
        "check the outputs for infinities";
    Ignorable 207_017 "RT_OVER_FLOW"
        "a number overflowed"
        "check the outputs for infinities";
    Retryable 207_018 "RT_DEVICE_OOM"
        "out of device memory"
        "use fewer streams or smaller gears, or stop other users of the card";
    DeviceFatal 207_020 "RT_TIMEOUT"
        "the driver did not answer in time"
        "reset the device";
    Retryable 245_000 "GE_MEMORY_ALLOCATION"
        "out of device memory for the model"
        "use fewer loads of the model, or stop other users of the card";
    StreamFatal 245_001 "GE_MEMORY_OPERATE_FAILED"
        "a memory operation failed"
        "give up the model and load it again";
    StreamFatal 245_002 "GE_DEVICE_MEMORY_OPERATE_FAILED"
        "a device memory operation failed"
        "give up the model and load it again";
    Programming 300_000 "STORAGE_OVER_LIMIT"
        "a shape has more dimensions than 128"
        "check the model";
    StreamFatal 500_000 "INTERNAL_ERROR"
        "an internal error"
        "read ACL's message";
    StreamFatal 500_001 "FAILURE"
        "an unknown failure"
        "read ACL's message";
    Programming 500_002 "GE_FAILURE"
        "the graph engine refused"
        "read ACL's message";
    StreamFatal 500_003 "RT_FAILURE"
        "the runtime failed"
        "read ACL's message";
    DeviceFatal 500_004 "DRV_FAILURE"
        "the driver failed"
        "reset the device";
    Programming 500_005 "PROFILING_FAILURE"
        "profiling failed"
        "run without";
    StreamFatal 507_000 "RT_INTERNAL_ERROR"
        "an internal error of the runtime"
        "give up the stream";
    DeviceFatal 507_001 "RT_TS_ERROR"
        "the device's task scheduler failed"
        "reset the device";
    Retryable 507_002 "RT_STREAM_TASK_FULL"
        "the stream's queue is full"
        "synchronise, then go on";
    Ignorable 507_004 "RT_STREAM_NOT_COMPLETE"
        "the stream still works"
        "wait";
    Ignorable 507_005 "RT_END_OF_SEQUENCE"
        "the sequence ended"
        "nothing";
    Programming 507_007 "RT_CONTEXT_RELEASE_ERROR"
        "the context is gone"
        "use a context only while it and its device are open";
    Programming 507_008 "RT_SOC_VERSION"
        "the chip's version is wrong or cannot be told"
        "check that driver, firmware and CANN belong together";
    Programming 507_009 "RT_TASK_TYPE_NOT_SUPPORT"
        "the driver does not know a task"
        "update the driver, or use an older CANN";
    DeviceFatal 507_010 "RT_LOST_HEARTBEAT"
        "the device went silent"
        "reset the device";
    StreamFatal 507_011 "RT_MODEL_EXECUTE"
        "the model's run failed"
        "give up the stream; repeated, try a smaller batch";
    Ignorable 507_012 "RT_REPORT_TIMEOUT"
        "no callback came in time"
        "ask again";
    DeviceFatal 507_013 "RT_SYS_DMA"
        "the copy engine failed"
        "reset the device";
    StreamFatal 507_014 "RT_AICORE_TIMEOUT"
        "a kernel hung"
        "give up the stream; repeated, reset the device";
    StreamFatal 507_015 "RT_AICORE_EXCEPTION"
        "a kernel faulted, often by a wrong address"
        "give up the stream; repeated, reset the device";
    StreamFatal 507_016 "RT_AICORE_TRAP_EXCEPTION"
        "a kernel trapped"
        "give up the stream; repeated, reset the device";
    StreamFatal 507_017 "RT_AICPU_TIMEOUT"
        "a task on the device's CPU hung"
        "give up the stream";
    StreamFatal 507_018 "RT_AICPU_EXCEPTION"
        "a task on the device's CPU faulted"
        "give up the stream";
    Ignorable 507_023 "RT_MODEL_ABORT_NORMAL"
        "the model was ended, as asked"
        "nothing";
    DeviceFatal 507_033 "RT_DEV_SETUP_ERROR"
        "the device could not start"
        "check the container's device files, the operator package and other users; reset the card";
    StreamFatal 507_034 "RT_VECTOR_CORE_TIMEOUT"
        "a vector kernel hung"
        "give up the stream; repeated, reset the device";
    StreamFatal 507_035 "RT_VECTOR_CORE_EXCEPTION"
        "a vector kernel faulted"
        "give up the stream; repeated, reset the device";
    StreamFatal 507_036 "RT_VECTOR_CORE_TRAP_EXCEPTION"
        "a vector kernel trapped"
        "give up the stream; repeated, reset the device";
    StreamFatal 507_042 "RT_AICORE_TRAP_READ_OVERFLOW"
        "a kernel read beyond its memory"
        "check buffer sizes; give up the stream";
    StreamFatal 507_043 "RT_AICORE_TRAP_WRITE_OVERFLOW"
        "a kernel wrote beyond its memory"
        "check buffer sizes; give up the stream";
    StreamFatal 507_044 "RT_VECTOR_CORE_TRAP_READ_OVERFLOW"
        "a vector kernel read beyond its memory"
        "check buffer sizes; give up the stream";
    StreamFatal 507_045 "RT_VECTOR_CORE_TRAP_WRITE_OVERFLOW"
        "a vector kernel wrote beyond its memory"
        "check buffer sizes; give up the stream";
    StreamFatal 507_046 "RT_STREAM_SYNC_TIMEOUT"
        "the time given is over and the work still runs"
        "wait on, or abort the stream";
    StreamFatal 507_047 "RT_EVENT_SYNC_TIMEOUT"
        "the time given is over and the event has not happened"
        "wait on, or abort the stream";
    StreamFatal 507_048 "RT_FFTS_PLUS_TIMEOUT"
        "a task graph hung"
        "give up the stream; repeated, reset the device";
    StreamFatal 507_049 "RT_FFTS_PLUS_EXCEPTION"
        "a task graph faulted"
        "give up the stream; repeated, reset the device";
    StreamFatal 507_050 "RT_FFTS_PLUS_TRAP_EXCEPTION"
        "a task graph trapped"
        "give up the stream; repeated, reset the device";
    DeviceFatal 507_051 "RT_SEND_MSG"
        "a message to the device was lost"
        "reset the device";
    DeviceFatal 507_052 "RT_COPY_DATA"
        "a copy between host and device failed"
        "reset the device";
    DeviceFatal 507_053 "RT_DEVICE_MEM_ERROR"
        "device memory is damaged"
        "reset the device; repeated, have the card checked";
    DeviceFatal 507_054 "RT_HBM_MULTI_BIT_ECC_ERROR"
        "device memory has an error it cannot correct"
        "reset the device; repeated, have the card checked";
    DeviceFatal 507_055 "RT_SUSPECT_DEVICE_MEM_ERROR"
        "device memory is suspect"
        "reset the device; repeated, have the card checked";
    DeviceFatal 507_056 "RT_LINK_ERROR"
        "the link between devices failed"
        "reset the devices";
    DeviceFatal 507_057 "RT_SUSPECT_REMOTE_ERROR"
        "another device is suspect"
        "reset the devices";
    DeviceFatal 507_899 "RT_DRV_INTERNAL_ERROR"
        "an internal error of the driver"
        "reset the device or restart the process";
    StreamFatal 507_900 "RT_AICPU_INTERNAL_ERROR"
        "an internal error of the device's CPU"
        "give up the stream";
    DeviceFatal 507_901 "RT_SOCKET_CLOSE"
        "the connection to the device is gone"
        "reset the device: it was reset or fell off the bus";
    StreamFatal 545_000 "GE_INTERNAL_ERROR"
        "an internal error of the graph engine"
        "read ACL's message";
    Programming 545_001 "GE_LOAD_MODEL"
        "the model could not be loaded"
        "compile the .om again for this chip and CANN";
    Programming 545_002 "GE_EXEC_LOAD_MODEL_PARTITION_FAILED"
        "the .om lacks a part"
        "copy or compile the .om again";
    Programming 545_003 "GE_EXEC_LOAD_WEIGHT_PARTITION_FAILED"
        "the .om's weights are damaged"
        "copy or compile the .om again";
    Programming 545_004 "GE_EXEC_LOAD_TASK_PARTITION_FAILED"
        "the .om's task list is damaged"
        "copy or compile the .om again";
    Programming 545_005 "GE_EXEC_LOAD_KERNEL_PARTITION_FAILED"
        "the .om's kernels are damaged"
        "copy or compile the .om again";
    StreamFatal 545_006 "GE_EXEC_RELEASE_MODEL_DATA"
        "the model's data could not be released"
        "give up the context";
    StreamFatal 545_009 "GE_UNLOAD_MODEL"
        "the model could not be unloaded"
        "give up the context";
    StreamFatal 545_601 "GE_MODEL_EXECUTE_TIMEOUT"
        "the model's run took too long"
        "give up the stream; repeated, reset the device";
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_complete() {
        assert!(KNOWN.windows(2).all(|pair| pair[0].code < pair[1].code));
        for known in KNOWN {
            assert!(!known.meaning.is_empty() && !known.advice.is_empty(), "{}", known.name);
        }
    }

    #[test]
    fn known_codes_print_their_name() {
        assert_eq!(Code(107_002).to_string(), "ACL_ERROR_RT_CONTEXT_NULL (107002)");
        assert_eq!(Code(507_901).class(), Class::DeviceFatal);
        assert_eq!(Code::STREAM_SYNC_TIMEOUT.class(), Class::StreamFatal);
    }

    #[test]
    fn unknown_codes_are_classed_by_their_family() {
        for (code, class) in [
            (107_999, Class::Programming),
            (207_999, Class::Retryable),
            (300_001, Class::Retryable),
            (507_999, Class::StreamFatal),
            (545_999, Class::StreamFatal),
            (-1, Class::StreamFatal),
            (i32::MAX, Class::StreamFatal),
            (0, Class::Ignorable),
        ] {
            assert_eq!(Code(code).known(), None);
            assert_eq!(Code(code).class(), class, "{code}");
        }
        assert_eq!(Code(107_999).to_string(), "unknown code 107999");
    }
}
