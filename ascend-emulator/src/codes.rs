//! The `ACL_ERROR_*` codes the emulator returns. Names and values are those of the vendor's `acl_base_rt.h`,
//! `rt_error_codes.h` and `ge_error_codes.h`.

#![allow(missing_docs, reason = "the names are the vendor's and say what the codes mean")]
pub const SUCCESS: i32 = 0;
pub const INVALID_PARAM: i32 = 100_000;
pub const UNINITIALIZE: i32 = 100_001;
pub const REPEAT_INITIALIZE: i32 = 100_002;
pub const INVALID_FILE: i32 = 100_003;
pub const PARSE_FILE: i32 = 100_006;
pub const REPEAT_FINALIZE: i32 = 100_037;
pub const COMPILING_STUB_MODE: i32 = 100_039;

pub const RT_PARAM_INVALID: i32 = 107_000;
pub const RT_INVALID_DEVICEID: i32 = 107_001;
pub const RT_CONTEXT_NULL: i32 = 107_002;
pub const RT_STREAM_CONTEXT: i32 = 107_003;
pub const RT_MODEL_CONTEXT: i32 = 107_004;
pub const RT_EVENT_TIMESTAMP_INVALID: i32 = 107_006;
pub const RT_EVENT_TIMESTAMP_REVERSAL: i32 = 107_007;
pub const RT_STREAM_SUBSCRIBE: i32 = 107_011;
pub const RT_THREAD_SUBSCRIBE: i32 = 107_012;
pub const RT_STREAM_NO_CB_REG: i32 = 107_015;
pub const RT_INVALID_HANDLE: i32 = 107_017;
pub const RT_WAIT_TIMEOUT: i32 = 107_019;
pub const RT_STREAM_ABORT: i32 = 107_023;
pub const RT_MODEL_RUNNING: i32 = 107_037;

pub const GE_PARAM_INVALID: i32 = 145_000;
pub const GE_EXEC_NOT_INIT: i32 = 145_001;
pub const GE_EXEC_MODEL_PATH_INVALID: i32 = 145_002;
pub const GE_EXEC_MODEL_ID_INVALID: i32 = 145_003;
pub const GE_EXEC_MODEL_DATA_SIZE_INVALID: i32 = 145_006;
pub const GE_DYNAMIC_INPUT_ADDR_INVALID: i32 = 145_011;
pub const GE_DYNAMIC_INPUT_LENGTH_INVALID: i32 = 145_012;
pub const GE_DYNAMIC_BATCH_SIZE_INVALID: i32 = 145_013;
pub const GE_AIPP_NOT_EXIST: i32 = 145_015;

pub const API_NOT_SUPPORT: i32 = 200_001;
pub const RT_FEATURE_NOT_SUPPORT: i32 = 207_000;
pub const RT_MEMORY_ALLOCATION: i32 = 207_001;
pub const RT_NO_DEVICE: i32 = 207_004;
pub const RT_NO_STREAM_RESOURCE: i32 = 207_008;
pub const GE_MEMORY_ALLOCATION: i32 = 245_000;
pub const STORAGE_OVER_LIMIT: i32 = 300_000;

pub const INTERNAL_ERROR: i32 = 500_000;
pub const GE_FAILURE: i32 = 500_002;
pub const RT_CONTEXT_RELEASE_ERROR: i32 = 507_007;
pub const RT_MODEL_EXECUTE: i32 = 507_011;
pub const RT_REPORT_TIMEOUT: i32 = 507_012;
pub const RT_AICORE_TIMEOUT: i32 = 507_014;
pub const RT_AICORE_EXCEPTION: i32 = 507_015;
pub const RT_STREAM_SYNC_TIMEOUT: i32 = 507_046;
pub const RT_EVENT_SYNC_TIMEOUT: i32 = 507_047;
pub const RT_DRV_INTERNAL_ERROR: i32 = 507_899;
pub const RT_SOCKET_CLOSE: i32 = 507_901;
pub const GE_EXEC_LOAD_WEIGHT_PARTITION_FAILED: i32 = 545_003;
pub const GE_EXEC_LOAD_TASK_PARTITION_FAILED: i32 = 545_004;
