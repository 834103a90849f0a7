// Made by `cargo run -p ascend-sys --features bindgen --example regenerate`. Not edited by hand.

pub const ACL_MAX_DIM_CNT: u32 = 128;
pub const ACL_MAX_TENSOR_NAME_LEN: u32 = 128;
pub const ACL_MAX_BATCH_NUM: u32 = 128;
pub const ACL_MAX_HW_NUM: u32 = 128;
pub const ACL_MAX_SHAPE_COUNT: u32 = 128;
pub const ACL_DIM_ENDPOINTS: u32 = 2;
pub const ACL_PKG_VERSION_MAX_SIZE: u32 = 128;
pub const ACL_PKG_VERSION_PARTS_MAX_SIZE: u32 = 64;
pub const ACL_INVALID_NODE_INDEX: u32 = 4294967295;
pub const ACL_DYNAMIC_TENSOR_NAME: &[u8; 25] = b"ascend_mbatch_shape_data\0";
pub const ACL_DYNAMIC_AIPP_NAME: &[u8; 25] = b"ascend_dynamic_aipp_data\0";
pub const ACL_EVENT_SYNC: u32 = 1;
pub const ACL_EVENT_CAPTURE_STREAM_PROGRESS: u32 = 2;
pub const ACL_EVENT_TIME_LINE: u32 = 8;
pub const ACL_STREAM_FAST_LAUNCH: u32 = 1;
pub const ACL_STREAM_FAST_SYNC: u32 = 2;
pub const ACL_CONTINUE_ON_FAILURE: u32 = 0;
pub const ACL_STOP_ON_FAILURE: u32 = 1;
pub const ACL_MDL_LOAD_FROM_FILE: u32 = 1;
pub const ACL_MDL_LOAD_FROM_FILE_WITH_MEM: u32 = 2;
pub const ACL_MDL_LOAD_FROM_MEM: u32 = 3;
pub const ACL_MDL_LOAD_FROM_MEM_WITH_MEM: u32 = 4;
pub type aclError = ::std::os::raw::c_int;
pub type aclrtContext = *mut ::std::os::raw::c_void;
pub type aclrtStream = *mut ::std::os::raw::c_void;
pub type aclrtEvent = *mut ::std::os::raw::c_void;
#[repr(C)]
#[derive(Debug)]
pub struct aclDataBuffer {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct aclTensorDesc {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct aclmdlDataset {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct aclmdlDesc {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct aclmdlConfigHandle {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct aclmdlExecConfigHandle {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct aclAippExtendInfo {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug)]
pub struct aclrtUtilizationExtendInfo {
    _unused: [u8; 0],
}
pub const ACL_DEVICE: aclrtRunMode = 0;
pub const ACL_HOST: aclrtRunMode = 1;
pub type aclrtRunMode = ::std::os::raw::c_uint;
pub const ACL_MEMCPY_HOST_TO_HOST: aclrtMemcpyKind = 0;
pub const ACL_MEMCPY_HOST_TO_DEVICE: aclrtMemcpyKind = 1;
pub const ACL_MEMCPY_DEVICE_TO_HOST: aclrtMemcpyKind = 2;
pub const ACL_MEMCPY_DEVICE_TO_DEVICE: aclrtMemcpyKind = 3;
pub const ACL_MEMCPY_DEFAULT: aclrtMemcpyKind = 4;
pub type aclrtMemcpyKind = ::std::os::raw::c_uint;
pub const ACL_MEM_MALLOC_HUGE_FIRST: aclrtMemMallocPolicy = 0;
pub const ACL_MEM_MALLOC_HUGE_ONLY: aclrtMemMallocPolicy = 1;
pub const ACL_MEM_MALLOC_NORMAL_ONLY: aclrtMemMallocPolicy = 2;
pub type aclrtMemMallocPolicy = ::std::os::raw::c_uint;
pub const ACL_HOST_REGISTER_MAPPED: aclrtHostRegisterType = 0;
pub type aclrtHostRegisterType = ::std::os::raw::c_uint;
pub const ACL_DDR_MEM: aclrtMemAttr = 0;
pub const ACL_HBM_MEM: aclrtMemAttr = 1;
pub const ACL_DDR_MEM_HUGE: aclrtMemAttr = 2;
pub const ACL_DDR_MEM_NORMAL: aclrtMemAttr = 3;
pub const ACL_HBM_MEM_HUGE: aclrtMemAttr = 4;
pub const ACL_HBM_MEM_NORMAL: aclrtMemAttr = 5;
pub type aclrtMemAttr = ::std::os::raw::c_uint;
pub const ACL_STREAM_STATUS_COMPLETE: aclrtStreamStatus = 0;
pub const ACL_STREAM_STATUS_NOT_READY: aclrtStreamStatus = 1;
pub const ACL_STREAM_STATUS_RESERVED: aclrtStreamStatus = 65535;
pub type aclrtStreamStatus = ::std::os::raw::c_uint;
pub const ACL_EVENT_RECORDED_STATUS_NOT_READY: aclrtEventRecordedStatus = 0;
pub const ACL_EVENT_RECORDED_STATUS_COMPLETE: aclrtEventRecordedStatus = 1;
pub type aclrtEventRecordedStatus = ::std::os::raw::c_uint;
pub const ACL_EVENT_STATUS_COMPLETE: aclrtEventStatus = 0;
pub const ACL_EVENT_STATUS_NOT_READY: aclrtEventStatus = 1;
pub const ACL_EVENT_STATUS_RESERVED: aclrtEventStatus = 2;
pub type aclrtEventStatus = ::std::os::raw::c_uint;
pub const ACL_CALLBACK_NO_BLOCK: aclrtCallbackBlockType = 0;
pub const ACL_CALLBACK_BLOCK: aclrtCallbackBlockType = 1;
pub type aclrtCallbackBlockType = ::std::os::raw::c_uint;
pub const ACL_RT_DEVICE_STATUS_NORMAL: aclrtDeviceStatus = 0;
pub const ACL_RT_DEVICE_STATUS_ABNORMAL: aclrtDeviceStatus = 1;
pub const ACL_RT_DEVICE_STATUS_END: aclrtDeviceStatus = 65535;
pub type aclrtDeviceStatus = ::std::os::raw::c_uint;
pub const ACL_MEM_LOCATION_TYPE_HOST: aclrtMemLocationType = 0;
pub const ACL_MEM_LOCATION_TYPE_DEVICE: aclrtMemLocationType = 1;
pub const ACL_MEM_LOCATION_TYPE_UNREGISTERED: aclrtMemLocationType = 2;
pub type aclrtMemLocationType = ::std::os::raw::c_uint;
pub const ACL_DT_UNDEFINED: aclDataType = -1;
pub const ACL_FLOAT: aclDataType = 0;
pub const ACL_FLOAT16: aclDataType = 1;
pub const ACL_INT8: aclDataType = 2;
pub const ACL_INT32: aclDataType = 3;
pub const ACL_UINT8: aclDataType = 4;
pub const ACL_INT16: aclDataType = 6;
pub const ACL_UINT16: aclDataType = 7;
pub const ACL_UINT32: aclDataType = 8;
pub const ACL_INT64: aclDataType = 9;
pub const ACL_UINT64: aclDataType = 10;
pub const ACL_DOUBLE: aclDataType = 11;
pub const ACL_BOOL: aclDataType = 12;
pub const ACL_STRING: aclDataType = 13;
pub const ACL_COMPLEX64: aclDataType = 16;
pub const ACL_COMPLEX128: aclDataType = 17;
pub const ACL_BF16: aclDataType = 27;
pub const ACL_INT4: aclDataType = 29;
pub const ACL_UINT1: aclDataType = 30;
pub const ACL_COMPLEX32: aclDataType = 33;
pub type aclDataType = ::std::os::raw::c_int;
pub const ACL_FORMAT_UNDEFINED: aclFormat = -1;
pub const ACL_FORMAT_NCHW: aclFormat = 0;
pub const ACL_FORMAT_NHWC: aclFormat = 1;
pub const ACL_FORMAT_ND: aclFormat = 2;
pub const ACL_FORMAT_NC1HWC0: aclFormat = 3;
pub const ACL_FORMAT_FRACTAL_Z: aclFormat = 4;
pub const ACL_FORMAT_NC1HWC0_C04: aclFormat = 12;
pub const ACL_FORMAT_HWCN: aclFormat = 16;
pub const ACL_FORMAT_NDHWC: aclFormat = 27;
pub const ACL_FORMAT_FRACTAL_NZ: aclFormat = 29;
pub const ACL_FORMAT_NCDHW: aclFormat = 30;
pub const ACL_FORMAT_NDC1HWC0: aclFormat = 32;
pub const ACL_FRACTAL_Z_3D: aclFormat = 33;
pub const ACL_FORMAT_NC: aclFormat = 35;
pub const ACL_FORMAT_NCL: aclFormat = 47;
pub type aclFormat = ::std::os::raw::c_int;
pub const ACL_YUV420SP_U8: aclAippInputFormat = 1;
pub const ACL_XRGB8888_U8: aclAippInputFormat = 2;
pub const ACL_RGB888_U8: aclAippInputFormat = 3;
pub const ACL_YUV400_U8: aclAippInputFormat = 4;
pub const ACL_NC1HWC0DI_FP16: aclAippInputFormat = 5;
pub const ACL_NC1HWC0DI_S8: aclAippInputFormat = 6;
pub const ACL_ARGB8888_U8: aclAippInputFormat = 7;
pub const ACL_YUYV_U8: aclAippInputFormat = 8;
pub const ACL_YUV422SP_U8: aclAippInputFormat = 9;
pub const ACL_AYUV444_U8: aclAippInputFormat = 10;
pub const ACL_RAW10: aclAippInputFormat = 11;
pub const ACL_RAW12: aclAippInputFormat = 12;
pub const ACL_RAW16: aclAippInputFormat = 13;
pub const ACL_RAW24: aclAippInputFormat = 14;
pub const ACL_AIPP_RESERVED: aclAippInputFormat = 65535;
pub type aclAippInputFormat = ::std::os::raw::c_uint;
pub const ACL_DATA_WITHOUT_AIPP: aclmdlInputAippType = 0;
pub const ACL_DATA_WITH_STATIC_AIPP: aclmdlInputAippType = 1;
pub const ACL_DATA_WITH_DYNAMIC_AIPP: aclmdlInputAippType = 2;
pub const ACL_DYNAMIC_AIPP_NODE: aclmdlInputAippType = 3;
pub type aclmdlInputAippType = ::std::os::raw::c_uint;
pub const ACL_MDL_PRIORITY_INT32: aclmdlConfigAttr = 0;
pub const ACL_MDL_LOAD_TYPE_SIZET: aclmdlConfigAttr = 1;
pub const ACL_MDL_PATH_PTR: aclmdlConfigAttr = 2;
pub const ACL_MDL_MEM_ADDR_PTR: aclmdlConfigAttr = 3;
pub const ACL_MDL_MEM_SIZET: aclmdlConfigAttr = 4;
pub const ACL_MDL_WEIGHT_ADDR_PTR: aclmdlConfigAttr = 5;
pub const ACL_MDL_WEIGHT_SIZET: aclmdlConfigAttr = 6;
pub const ACL_MDL_WORKSPACE_ADDR_PTR: aclmdlConfigAttr = 7;
pub const ACL_MDL_WORKSPACE_SIZET: aclmdlConfigAttr = 8;
pub type aclmdlConfigAttr = ::std::os::raw::c_uint;
pub const ACL_MDL_STREAM_SYNC_TIMEOUT: aclmdlExecConfigAttr = 0;
pub const ACL_MDL_EVENT_SYNC_TIMEOUT: aclmdlExecConfigAttr = 1;
pub const ACL_MDL_WORK_ADDR_PTR: aclmdlExecConfigAttr = 2;
pub const ACL_MDL_WORK_SIZET: aclmdlExecConfigAttr = 3;
pub type aclmdlExecConfigAttr = ::std::os::raw::c_uint;
pub const ACL_PKG_NAME_CANN: aclCANNPackageName = 0;
pub const ACL_PKG_NAME_RUNTIME: aclCANNPackageName = 1;
pub const ACL_PKG_NAME_COMPILER: aclCANNPackageName = 2;
pub const ACL_PKG_NAME_HCCL: aclCANNPackageName = 3;
pub const ACL_PKG_NAME_TOOLKIT: aclCANNPackageName = 4;
pub const ACL_PKG_NAME_OPP: aclCANNPackageName = 5;
pub const ACL_PKG_NAME_OPP_KERNEL: aclCANNPackageName = 6;
pub const ACL_PKG_NAME_DRIVER: aclCANNPackageName = 7;
pub type aclCANNPackageName = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug)]
pub struct aclmdlIODims {
    pub name: [::std::os::raw::c_char; 128usize],
    pub dimCount: usize,
    pub dims: [i64; 128usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of aclmdlIODims"][::std::mem::size_of::<aclmdlIODims>() - 1160usize];
    ["Alignment of aclmdlIODims"][::std::mem::align_of::<aclmdlIODims>() - 8usize];
    ["Offset of field: aclmdlIODims::name"][::std::mem::offset_of!(aclmdlIODims, name) - 0usize];
    ["Offset of field: aclmdlIODims::dimCount"][::std::mem::offset_of!(aclmdlIODims, dimCount) - 128usize];
    ["Offset of field: aclmdlIODims::dims"][::std::mem::offset_of!(aclmdlIODims, dims) - 136usize];
};
#[repr(C)]
#[derive(Debug)]
pub struct aclmdlBatch {
    pub batchCount: usize,
    pub batch: [u64; 128usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of aclmdlBatch"][::std::mem::size_of::<aclmdlBatch>() - 1032usize];
    ["Alignment of aclmdlBatch"][::std::mem::align_of::<aclmdlBatch>() - 8usize];
    ["Offset of field: aclmdlBatch::batchCount"][::std::mem::offset_of!(aclmdlBatch, batchCount) - 0usize];
    ["Offset of field: aclmdlBatch::batch"][::std::mem::offset_of!(aclmdlBatch, batch) - 8usize];
};
#[repr(C)]
#[derive(Debug)]
pub struct aclmdlHW {
    pub hwCount: usize,
    pub hw: [[u64; 2usize]; 128usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of aclmdlHW"][::std::mem::size_of::<aclmdlHW>() - 2056usize];
    ["Alignment of aclmdlHW"][::std::mem::align_of::<aclmdlHW>() - 8usize];
    ["Offset of field: aclmdlHW::hwCount"][::std::mem::offset_of!(aclmdlHW, hwCount) - 0usize];
    ["Offset of field: aclmdlHW::hw"][::std::mem::offset_of!(aclmdlHW, hw) - 8usize];
};
#[repr(C)]
#[derive(Debug)]
pub struct aclmdlIODimsRange {
    pub rangeCount: usize,
    pub range: [[i64; 2usize]; 128usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of aclmdlIODimsRange"][::std::mem::size_of::<aclmdlIODimsRange>() - 2056usize];
    ["Alignment of aclmdlIODimsRange"][::std::mem::align_of::<aclmdlIODimsRange>() - 8usize];
    ["Offset of field: aclmdlIODimsRange::rangeCount"]
        [::std::mem::offset_of!(aclmdlIODimsRange, rangeCount) - 0usize];
    ["Offset of field: aclmdlIODimsRange::range"][::std::mem::offset_of!(aclmdlIODimsRange, range) - 8usize];
};
#[repr(C)]
#[derive(Debug)]
pub struct aclAippDims {
    pub srcDims: aclmdlIODims,
    pub srcSize: usize,
    pub aippOutdims: aclmdlIODims,
    pub aippOutSize: usize,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of aclAippDims"][::std::mem::size_of::<aclAippDims>() - 2336usize];
    ["Alignment of aclAippDims"][::std::mem::align_of::<aclAippDims>() - 8usize];
    ["Offset of field: aclAippDims::srcDims"][::std::mem::offset_of!(aclAippDims, srcDims) - 0usize];
    ["Offset of field: aclAippDims::srcSize"][::std::mem::offset_of!(aclAippDims, srcSize) - 1160usize];
    ["Offset of field: aclAippDims::aippOutdims"]
        [::std::mem::offset_of!(aclAippDims, aippOutdims) - 1168usize];
    ["Offset of field: aclAippDims::aippOutSize"]
        [::std::mem::offset_of!(aclAippDims, aippOutSize) - 2328usize];
};
#[repr(C)]
#[derive(Debug)]
pub struct aclAippInfo {
    pub inputFormat: aclAippInputFormat,
    pub srcImageSizeW: i32,
    pub srcImageSizeH: i32,
    pub cropSwitch: i8,
    pub loadStartPosW: i32,
    pub loadStartPosH: i32,
    pub cropSizeW: i32,
    pub cropSizeH: i32,
    pub resizeSwitch: i8,
    pub resizeOutputW: i32,
    pub resizeOutputH: i32,
    pub paddingSwitch: i8,
    pub leftPaddingSize: i32,
    pub rightPaddingSize: i32,
    pub topPaddingSize: i32,
    pub bottomPaddingSize: i32,
    pub cscSwitch: i8,
    pub rbuvSwapSwitch: i8,
    pub axSwapSwitch: i8,
    pub singleLineMode: i8,
    pub matrixR0C0: i32,
    pub matrixR0C1: i32,
    pub matrixR0C2: i32,
    pub matrixR1C0: i32,
    pub matrixR1C1: i32,
    pub matrixR1C2: i32,
    pub matrixR2C0: i32,
    pub matrixR2C1: i32,
    pub matrixR2C2: i32,
    pub outputBias0: i32,
    pub outputBias1: i32,
    pub outputBias2: i32,
    pub inputBias0: i32,
    pub inputBias1: i32,
    pub inputBias2: i32,
    pub meanChn0: i32,
    pub meanChn1: i32,
    pub meanChn2: i32,
    pub meanChn3: i32,
    pub minChn0: f32,
    pub minChn1: f32,
    pub minChn2: f32,
    pub minChn3: f32,
    pub varReciChn0: f32,
    pub varReciChn1: f32,
    pub varReciChn2: f32,
    pub varReciChn3: f32,
    pub srcFormat: aclFormat,
    pub srcDatatype: aclDataType,
    pub srcDimNum: usize,
    pub shapeCount: usize,
    pub outDims: [aclAippDims; 128usize],
    pub aippExtend: *mut aclAippExtendInfo,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of aclAippInfo"][::std::mem::size_of::<aclAippInfo>() - 299216usize];
    ["Alignment of aclAippInfo"][::std::mem::align_of::<aclAippInfo>() - 8usize];
    ["Offset of field: aclAippInfo::inputFormat"][::std::mem::offset_of!(aclAippInfo, inputFormat) - 0usize];
    ["Offset of field: aclAippInfo::srcImageSizeW"]
        [::std::mem::offset_of!(aclAippInfo, srcImageSizeW) - 4usize];
    ["Offset of field: aclAippInfo::srcImageSizeH"]
        [::std::mem::offset_of!(aclAippInfo, srcImageSizeH) - 8usize];
    ["Offset of field: aclAippInfo::cropSwitch"][::std::mem::offset_of!(aclAippInfo, cropSwitch) - 12usize];
    ["Offset of field: aclAippInfo::loadStartPosW"]
        [::std::mem::offset_of!(aclAippInfo, loadStartPosW) - 16usize];
    ["Offset of field: aclAippInfo::loadStartPosH"]
        [::std::mem::offset_of!(aclAippInfo, loadStartPosH) - 20usize];
    ["Offset of field: aclAippInfo::cropSizeW"][::std::mem::offset_of!(aclAippInfo, cropSizeW) - 24usize];
    ["Offset of field: aclAippInfo::cropSizeH"][::std::mem::offset_of!(aclAippInfo, cropSizeH) - 28usize];
    ["Offset of field: aclAippInfo::resizeSwitch"]
        [::std::mem::offset_of!(aclAippInfo, resizeSwitch) - 32usize];
    ["Offset of field: aclAippInfo::resizeOutputW"]
        [::std::mem::offset_of!(aclAippInfo, resizeOutputW) - 36usize];
    ["Offset of field: aclAippInfo::resizeOutputH"]
        [::std::mem::offset_of!(aclAippInfo, resizeOutputH) - 40usize];
    ["Offset of field: aclAippInfo::paddingSwitch"]
        [::std::mem::offset_of!(aclAippInfo, paddingSwitch) - 44usize];
    ["Offset of field: aclAippInfo::leftPaddingSize"]
        [::std::mem::offset_of!(aclAippInfo, leftPaddingSize) - 48usize];
    ["Offset of field: aclAippInfo::rightPaddingSize"]
        [::std::mem::offset_of!(aclAippInfo, rightPaddingSize) - 52usize];
    ["Offset of field: aclAippInfo::topPaddingSize"]
        [::std::mem::offset_of!(aclAippInfo, topPaddingSize) - 56usize];
    ["Offset of field: aclAippInfo::bottomPaddingSize"]
        [::std::mem::offset_of!(aclAippInfo, bottomPaddingSize) - 60usize];
    ["Offset of field: aclAippInfo::cscSwitch"][::std::mem::offset_of!(aclAippInfo, cscSwitch) - 64usize];
    ["Offset of field: aclAippInfo::rbuvSwapSwitch"]
        [::std::mem::offset_of!(aclAippInfo, rbuvSwapSwitch) - 65usize];
    ["Offset of field: aclAippInfo::axSwapSwitch"]
        [::std::mem::offset_of!(aclAippInfo, axSwapSwitch) - 66usize];
    ["Offset of field: aclAippInfo::singleLineMode"]
        [::std::mem::offset_of!(aclAippInfo, singleLineMode) - 67usize];
    ["Offset of field: aclAippInfo::matrixR0C0"][::std::mem::offset_of!(aclAippInfo, matrixR0C0) - 68usize];
    ["Offset of field: aclAippInfo::matrixR0C1"][::std::mem::offset_of!(aclAippInfo, matrixR0C1) - 72usize];
    ["Offset of field: aclAippInfo::matrixR0C2"][::std::mem::offset_of!(aclAippInfo, matrixR0C2) - 76usize];
    ["Offset of field: aclAippInfo::matrixR1C0"][::std::mem::offset_of!(aclAippInfo, matrixR1C0) - 80usize];
    ["Offset of field: aclAippInfo::matrixR1C1"][::std::mem::offset_of!(aclAippInfo, matrixR1C1) - 84usize];
    ["Offset of field: aclAippInfo::matrixR1C2"][::std::mem::offset_of!(aclAippInfo, matrixR1C2) - 88usize];
    ["Offset of field: aclAippInfo::matrixR2C0"][::std::mem::offset_of!(aclAippInfo, matrixR2C0) - 92usize];
    ["Offset of field: aclAippInfo::matrixR2C1"][::std::mem::offset_of!(aclAippInfo, matrixR2C1) - 96usize];
    ["Offset of field: aclAippInfo::matrixR2C2"][::std::mem::offset_of!(aclAippInfo, matrixR2C2) - 100usize];
    ["Offset of field: aclAippInfo::outputBias0"]
        [::std::mem::offset_of!(aclAippInfo, outputBias0) - 104usize];
    ["Offset of field: aclAippInfo::outputBias1"]
        [::std::mem::offset_of!(aclAippInfo, outputBias1) - 108usize];
    ["Offset of field: aclAippInfo::outputBias2"]
        [::std::mem::offset_of!(aclAippInfo, outputBias2) - 112usize];
    ["Offset of field: aclAippInfo::inputBias0"][::std::mem::offset_of!(aclAippInfo, inputBias0) - 116usize];
    ["Offset of field: aclAippInfo::inputBias1"][::std::mem::offset_of!(aclAippInfo, inputBias1) - 120usize];
    ["Offset of field: aclAippInfo::inputBias2"][::std::mem::offset_of!(aclAippInfo, inputBias2) - 124usize];
    ["Offset of field: aclAippInfo::meanChn0"][::std::mem::offset_of!(aclAippInfo, meanChn0) - 128usize];
    ["Offset of field: aclAippInfo::meanChn1"][::std::mem::offset_of!(aclAippInfo, meanChn1) - 132usize];
    ["Offset of field: aclAippInfo::meanChn2"][::std::mem::offset_of!(aclAippInfo, meanChn2) - 136usize];
    ["Offset of field: aclAippInfo::meanChn3"][::std::mem::offset_of!(aclAippInfo, meanChn3) - 140usize];
    ["Offset of field: aclAippInfo::minChn0"][::std::mem::offset_of!(aclAippInfo, minChn0) - 144usize];
    ["Offset of field: aclAippInfo::minChn1"][::std::mem::offset_of!(aclAippInfo, minChn1) - 148usize];
    ["Offset of field: aclAippInfo::minChn2"][::std::mem::offset_of!(aclAippInfo, minChn2) - 152usize];
    ["Offset of field: aclAippInfo::minChn3"][::std::mem::offset_of!(aclAippInfo, minChn3) - 156usize];
    ["Offset of field: aclAippInfo::varReciChn0"]
        [::std::mem::offset_of!(aclAippInfo, varReciChn0) - 160usize];
    ["Offset of field: aclAippInfo::varReciChn1"]
        [::std::mem::offset_of!(aclAippInfo, varReciChn1) - 164usize];
    ["Offset of field: aclAippInfo::varReciChn2"]
        [::std::mem::offset_of!(aclAippInfo, varReciChn2) - 168usize];
    ["Offset of field: aclAippInfo::varReciChn3"]
        [::std::mem::offset_of!(aclAippInfo, varReciChn3) - 172usize];
    ["Offset of field: aclAippInfo::srcFormat"][::std::mem::offset_of!(aclAippInfo, srcFormat) - 176usize];
    ["Offset of field: aclAippInfo::srcDatatype"]
        [::std::mem::offset_of!(aclAippInfo, srcDatatype) - 180usize];
    ["Offset of field: aclAippInfo::srcDimNum"][::std::mem::offset_of!(aclAippInfo, srcDimNum) - 184usize];
    ["Offset of field: aclAippInfo::shapeCount"][::std::mem::offset_of!(aclAippInfo, shapeCount) - 192usize];
    ["Offset of field: aclAippInfo::outDims"][::std::mem::offset_of!(aclAippInfo, outDims) - 200usize];
    ["Offset of field: aclAippInfo::aippExtend"]
        [::std::mem::offset_of!(aclAippInfo, aippExtend) - 299208usize];
};
#[repr(C)]
#[derive(Debug)]
pub struct aclrtUtilizationInfo {
    pub cubeUtilization: i32,
    pub vectorUtilization: i32,
    pub aicpuUtilization: i32,
    pub memoryUtilization: i32,
    pub utilizationExtend: *mut aclrtUtilizationExtendInfo,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of aclrtUtilizationInfo"][::std::mem::size_of::<aclrtUtilizationInfo>() - 24usize];
    ["Alignment of aclrtUtilizationInfo"][::std::mem::align_of::<aclrtUtilizationInfo>() - 8usize];
    ["Offset of field: aclrtUtilizationInfo::cubeUtilization"]
        [::std::mem::offset_of!(aclrtUtilizationInfo, cubeUtilization) - 0usize];
    ["Offset of field: aclrtUtilizationInfo::vectorUtilization"]
        [::std::mem::offset_of!(aclrtUtilizationInfo, vectorUtilization) - 4usize];
    ["Offset of field: aclrtUtilizationInfo::aicpuUtilization"]
        [::std::mem::offset_of!(aclrtUtilizationInfo, aicpuUtilization) - 8usize];
    ["Offset of field: aclrtUtilizationInfo::memoryUtilization"]
        [::std::mem::offset_of!(aclrtUtilizationInfo, memoryUtilization) - 12usize];
    ["Offset of field: aclrtUtilizationInfo::utilizationExtend"]
        [::std::mem::offset_of!(aclrtUtilizationInfo, utilizationExtend) - 16usize];
};
#[repr(C)]
#[derive(Debug)]
pub struct aclrtMemLocation {
    pub id: u32,
    pub type_: aclrtMemLocationType,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of aclrtMemLocation"][::std::mem::size_of::<aclrtMemLocation>() - 8usize];
    ["Alignment of aclrtMemLocation"][::std::mem::align_of::<aclrtMemLocation>() - 4usize];
    ["Offset of field: aclrtMemLocation::id"][::std::mem::offset_of!(aclrtMemLocation, id) - 0usize];
    ["Offset of field: aclrtMemLocation::type_"][::std::mem::offset_of!(aclrtMemLocation, type_) - 4usize];
};
#[repr(C)]
#[derive(Debug)]
pub struct aclrtPtrAttributes {
    pub location: aclrtMemLocation,
    pub pageSize: u32,
    pub rsv: [u32; 4usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of aclrtPtrAttributes"][::std::mem::size_of::<aclrtPtrAttributes>() - 28usize];
    ["Alignment of aclrtPtrAttributes"][::std::mem::align_of::<aclrtPtrAttributes>() - 4usize];
    ["Offset of field: aclrtPtrAttributes::location"]
        [::std::mem::offset_of!(aclrtPtrAttributes, location) - 0usize];
    ["Offset of field: aclrtPtrAttributes::pageSize"]
        [::std::mem::offset_of!(aclrtPtrAttributes, pageSize) - 8usize];
    ["Offset of field: aclrtPtrAttributes::rsv"][::std::mem::offset_of!(aclrtPtrAttributes, rsv) - 12usize];
};
#[repr(C)]
#[derive(Debug)]
pub struct aclCANNPackageVersion {
    pub version: [::std::os::raw::c_char; 128usize],
    pub majorVersion: [::std::os::raw::c_char; 64usize],
    pub minorVersion: [::std::os::raw::c_char; 64usize],
    pub releaseVersion: [::std::os::raw::c_char; 64usize],
    pub patchVersion: [::std::os::raw::c_char; 64usize],
    pub reserved: [::std::os::raw::c_char; 128usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of aclCANNPackageVersion"][::std::mem::size_of::<aclCANNPackageVersion>() - 512usize];
    ["Alignment of aclCANNPackageVersion"][::std::mem::align_of::<aclCANNPackageVersion>() - 1usize];
    ["Offset of field: aclCANNPackageVersion::version"]
        [::std::mem::offset_of!(aclCANNPackageVersion, version) - 0usize];
    ["Offset of field: aclCANNPackageVersion::majorVersion"]
        [::std::mem::offset_of!(aclCANNPackageVersion, majorVersion) - 128usize];
    ["Offset of field: aclCANNPackageVersion::minorVersion"]
        [::std::mem::offset_of!(aclCANNPackageVersion, minorVersion) - 192usize];
    ["Offset of field: aclCANNPackageVersion::releaseVersion"]
        [::std::mem::offset_of!(aclCANNPackageVersion, releaseVersion) - 256usize];
    ["Offset of field: aclCANNPackageVersion::patchVersion"]
        [::std::mem::offset_of!(aclCANNPackageVersion, patchVersion) - 320usize];
    ["Offset of field: aclCANNPackageVersion::reserved"]
        [::std::mem::offset_of!(aclCANNPackageVersion, reserved) - 384usize];
};
pub type aclrtCallback = ::std::option::Option<unsafe extern "C" fn(userData: *mut ::std::os::raw::c_void)>;
pub type aclrtHostFunc = ::std::option::Option<unsafe extern "C" fn(args: *mut ::std::os::raw::c_void)>;
unsafe extern "C" {
    pub fn aclInit(configPath: *const ::std::os::raw::c_char) -> aclError;
}
unsafe extern "C" {
    pub fn aclFinalize() -> aclError;
}
unsafe extern "C" {
    pub fn aclFinalizeReference(refCount: *mut u64) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtGetVersion(major: *mut i32, minor: *mut i32, patch: *mut i32) -> aclError;
}
unsafe extern "C" {
    pub fn aclsysGetCANNVersion(name: aclCANNPackageName, version: *mut aclCANNPackageVersion) -> aclError;
}
unsafe extern "C" {
    pub fn aclsysGetVersionStr(
        package: *mut ::std::os::raw::c_char,
        version: *mut ::std::os::raw::c_char,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclGetRecentErrMsg() -> *const ::std::os::raw::c_char;
}
unsafe extern "C" {
    pub fn aclrtGetSocName() -> *const ::std::os::raw::c_char;
}
unsafe extern "C" {
    pub fn aclrtGetDeviceCount(count: *mut u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSetDevice(device: i32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtResetDevice(device: i32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtResetDeviceForce(device: i32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtGetDevice(device: *mut i32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtGetRunMode(mode: *mut aclrtRunMode) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSynchronizeDevice() -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSynchronizeDeviceWithTimeout(milliseconds: i32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtQueryDeviceStatus(device: i32, status: *mut aclrtDeviceStatus) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtGetDeviceUtilizationRate(device: i32, rate: *mut aclrtUtilizationInfo) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtDeviceTaskAbort(device: i32, milliseconds: u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtCheckArchCompatibility(soc: *const ::std::os::raw::c_char, compatible: *mut i32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtCreateContext(context: *mut aclrtContext, device: i32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtDestroyContext(context: aclrtContext) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSetCurrentContext(context: aclrtContext) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtGetCurrentContext(context: *mut aclrtContext) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtCreateStream(stream: *mut aclrtStream) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtCreateStreamWithConfig(stream: *mut aclrtStream, priority: u32, flags: u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtDestroyStream(stream: aclrtStream) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtDestroyStreamForce(stream: aclrtStream) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSynchronizeStream(stream: aclrtStream) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSynchronizeStreamWithTimeout(stream: aclrtStream, milliseconds: i32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtStreamQuery(stream: aclrtStream, status: *mut aclrtStreamStatus) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtStreamAbort(stream: aclrtStream) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSetStreamFailureMode(stream: aclrtStream, mode: u64) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtStreamWaitEvent(stream: aclrtStream, event: aclrtEvent) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSetOpExecuteTimeOut(seconds: u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSetOpWaitTimeout(seconds: u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtGetStreamAvailableNum(count: *mut u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtCreateEvent(event: *mut aclrtEvent) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtCreateEventWithFlag(event: *mut aclrtEvent, flags: u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtCreateEventExWithFlag(event: *mut aclrtEvent, flags: u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtDestroyEvent(event: aclrtEvent) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtRecordEvent(event: aclrtEvent, stream: aclrtStream) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtResetEvent(event: aclrtEvent, stream: aclrtStream) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtQueryEventStatus(event: aclrtEvent, status: *mut aclrtEventRecordedStatus) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtQueryEvent(event: aclrtEvent, status: *mut aclrtEventStatus) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSynchronizeEvent(event: aclrtEvent) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSynchronizeEventWithTimeout(event: aclrtEvent, milliseconds: i32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtEventElapsedTime(milliseconds: *mut f32, start: aclrtEvent, end: aclrtEvent) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtMalloc(
        address: *mut *mut ::std::os::raw::c_void,
        size: usize,
        policy: aclrtMemMallocPolicy,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtMallocAlign32(
        address: *mut *mut ::std::os::raw::c_void,
        size: usize,
        policy: aclrtMemMallocPolicy,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtFree(address: *mut ::std::os::raw::c_void) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtFreeWithDevSync(address: *mut ::std::os::raw::c_void) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtMallocHost(address: *mut *mut ::std::os::raw::c_void, size: usize) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtFreeHost(address: *mut ::std::os::raw::c_void) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtHostRegister(
        address: *mut ::std::os::raw::c_void,
        size: u64,
        type_: aclrtHostRegisterType,
        device: *mut *mut ::std::os::raw::c_void,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtMemcpy(
        to: *mut ::std::os::raw::c_void,
        capacity: usize,
        from: *const ::std::os::raw::c_void,
        count: usize,
        kind: aclrtMemcpyKind,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtMemcpyAsync(
        to: *mut ::std::os::raw::c_void,
        capacity: usize,
        from: *const ::std::os::raw::c_void,
        count: usize,
        kind: aclrtMemcpyKind,
        stream: aclrtStream,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtMemcpy2d(
        to: *mut ::std::os::raw::c_void,
        toPitch: usize,
        from: *const ::std::os::raw::c_void,
        fromPitch: usize,
        width: usize,
        height: usize,
        kind: aclrtMemcpyKind,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtMemset(
        address: *mut ::std::os::raw::c_void,
        capacity: usize,
        value: i32,
        count: usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtMemsetAsync(
        address: *mut ::std::os::raw::c_void,
        capacity: usize,
        value: i32,
        count: usize,
        stream: aclrtStream,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtGetMemInfo(kind: aclrtMemAttr, free: *mut usize, total: *mut usize) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtPointerGetAttributes(
        address: *const ::std::os::raw::c_void,
        attributes: *mut aclrtPtrAttributes,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtSubscribeReport(thread: u64, stream: aclrtStream) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtUnSubscribeReport(thread: u64, stream: aclrtStream) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtLaunchCallback(
        callback: aclrtCallback,
        data: *mut ::std::os::raw::c_void,
        block: aclrtCallbackBlockType,
        stream: aclrtStream,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtProcessReport(milliseconds: i32) -> aclError;
}
unsafe extern "C" {
    pub fn aclrtLaunchHostFunc(
        stream: aclrtStream,
        callback: aclrtHostFunc,
        data: *mut ::std::os::raw::c_void,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlQuerySize(
        path: *const ::std::os::raw::c_char,
        work: *mut usize,
        weights: *mut usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlQuerySizeFromMem(
        model: *const ::std::os::raw::c_void,
        size: usize,
        work: *mut usize,
        weights: *mut usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlLoadFromFile(path: *const ::std::os::raw::c_char, model: *mut u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlLoadFromMem(model: *const ::std::os::raw::c_void, size: usize, id: *mut u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlLoadFromFileWithMem(
        path: *const ::std::os::raw::c_char,
        model: *mut u32,
        work: *mut ::std::os::raw::c_void,
        workSize: usize,
        weights: *mut ::std::os::raw::c_void,
        weightsSize: usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlLoadFromMemWithMem(
        model: *const ::std::os::raw::c_void,
        size: usize,
        id: *mut u32,
        work: *mut ::std::os::raw::c_void,
        workSize: usize,
        weights: *mut ::std::os::raw::c_void,
        weightsSize: usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlCreateConfigHandle() -> *mut aclmdlConfigHandle;
}
unsafe extern "C" {
    pub fn aclmdlDestroyConfigHandle(config: *mut aclmdlConfigHandle) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlSetConfigOpt(
        config: *mut aclmdlConfigHandle,
        attribute: aclmdlConfigAttr,
        value: *const ::std::os::raw::c_void,
        size: usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlLoadWithConfig(config: *const aclmdlConfigHandle, model: *mut u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlUnload(model: u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlCreateDesc() -> *mut aclmdlDesc;
}
unsafe extern "C" {
    pub fn aclmdlDestroyDesc(desc: *mut aclmdlDesc) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetDesc(desc: *mut aclmdlDesc, model: u32) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetDescFromFile(desc: *mut aclmdlDesc, path: *const ::std::os::raw::c_char) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetDescFromMem(
        desc: *mut aclmdlDesc,
        model: *const ::std::os::raw::c_void,
        size: usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetNumInputs(desc: *mut aclmdlDesc) -> usize;
}
unsafe extern "C" {
    pub fn aclmdlGetNumOutputs(desc: *mut aclmdlDesc) -> usize;
}
unsafe extern "C" {
    pub fn aclmdlGetInputSizeByIndex(desc: *mut aclmdlDesc, index: usize) -> usize;
}
unsafe extern "C" {
    pub fn aclmdlGetOutputSizeByIndex(desc: *mut aclmdlDesc, index: usize) -> usize;
}
unsafe extern "C" {
    pub fn aclmdlGetInputDims(desc: *const aclmdlDesc, index: usize, dims: *mut aclmdlIODims) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetInputDimsV2(desc: *const aclmdlDesc, index: usize, dims: *mut aclmdlIODims) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetOutputDims(desc: *const aclmdlDesc, index: usize, dims: *mut aclmdlIODims) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetCurOutputDims(desc: *const aclmdlDesc, index: usize, dims: *mut aclmdlIODims)
    -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetInputDimsRange(
        desc: *const aclmdlDesc,
        index: usize,
        range: *mut aclmdlIODimsRange,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetInputNameByIndex(desc: *const aclmdlDesc, index: usize) -> *const ::std::os::raw::c_char;
}
unsafe extern "C" {
    pub fn aclmdlGetOutputNameByIndex(desc: *const aclmdlDesc, index: usize)
    -> *const ::std::os::raw::c_char;
}
unsafe extern "C" {
    pub fn aclmdlGetInputFormat(desc: *const aclmdlDesc, index: usize) -> aclFormat;
}
unsafe extern "C" {
    pub fn aclmdlGetOutputFormat(desc: *const aclmdlDesc, index: usize) -> aclFormat;
}
unsafe extern "C" {
    pub fn aclmdlGetInputDataType(desc: *const aclmdlDesc, index: usize) -> aclDataType;
}
unsafe extern "C" {
    pub fn aclmdlGetOutputDataType(desc: *const aclmdlDesc, index: usize) -> aclDataType;
}
unsafe extern "C" {
    pub fn aclmdlGetInputIndexByName(
        desc: *const aclmdlDesc,
        name: *const ::std::os::raw::c_char,
        index: *mut usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetOutputIndexByName(
        desc: *const aclmdlDesc,
        name: *const ::std::os::raw::c_char,
        index: *mut usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetTensorRealName(
        desc: *const aclmdlDesc,
        name: *const ::std::os::raw::c_char,
    ) -> *const ::std::os::raw::c_char;
}
unsafe extern "C" {
    pub fn aclmdlGetOpAttr(
        desc: *mut aclmdlDesc,
        op: *const ::std::os::raw::c_char,
        attribute: *const ::std::os::raw::c_char,
    ) -> *const ::std::os::raw::c_char;
}
unsafe extern "C" {
    pub fn aclmdlGetDynamicBatch(desc: *const aclmdlDesc, batch: *mut aclmdlBatch) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetDynamicHW(desc: *const aclmdlDesc, index: usize, sizes: *mut aclmdlHW) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetInputDynamicGearCount(
        desc: *const aclmdlDesc,
        index: usize,
        count: *mut usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetInputDynamicDims(
        desc: *const aclmdlDesc,
        index: usize,
        dims: *mut aclmdlIODims,
        count: usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetAippType(
        model: u32,
        index: usize,
        type_: *mut aclmdlInputAippType,
        attached: *mut usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetFirstAippInfo(model: u32, index: usize, info: *mut aclAippInfo) -> aclError;
}
unsafe extern "C" {
    pub fn aclCreateDataBuffer(address: *mut ::std::os::raw::c_void, size: usize) -> *mut aclDataBuffer;
}
unsafe extern "C" {
    pub fn aclDestroyDataBuffer(buffer: *const aclDataBuffer) -> aclError;
}
unsafe extern "C" {
    pub fn aclUpdateDataBuffer(
        buffer: *mut aclDataBuffer,
        address: *mut ::std::os::raw::c_void,
        size: usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclGetDataBufferAddr(buffer: *const aclDataBuffer) -> *mut ::std::os::raw::c_void;
}
unsafe extern "C" {
    pub fn aclGetDataBufferSize(buffer: *const aclDataBuffer) -> u32;
}
unsafe extern "C" {
    pub fn aclGetDataBufferSizeV2(buffer: *const aclDataBuffer) -> usize;
}
unsafe extern "C" {
    pub fn aclmdlCreateDataset() -> *mut aclmdlDataset;
}
unsafe extern "C" {
    pub fn aclmdlDestroyDataset(dataset: *const aclmdlDataset) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlAddDatasetBuffer(dataset: *mut aclmdlDataset, buffer: *mut aclDataBuffer) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetDatasetNumBuffers(dataset: *const aclmdlDataset) -> usize;
}
unsafe extern "C" {
    pub fn aclmdlGetDatasetBuffer(dataset: *const aclmdlDataset, index: usize) -> *mut aclDataBuffer;
}
unsafe extern "C" {
    pub fn aclmdlSetDatasetTensorDesc(
        dataset: *mut aclmdlDataset,
        desc: *mut aclTensorDesc,
        index: usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlGetDatasetTensorDesc(dataset: *const aclmdlDataset, index: usize) -> *mut aclTensorDesc;
}
unsafe extern "C" {
    pub fn aclmdlSetDynamicBatchSize(
        model: u32,
        inputs: *mut aclmdlDataset,
        index: usize,
        batch: u64,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlSetDynamicHWSize(
        model: u32,
        inputs: *mut aclmdlDataset,
        index: usize,
        height: u64,
        width: u64,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlSetInputDynamicDims(
        model: u32,
        inputs: *mut aclmdlDataset,
        index: usize,
        dims: *const aclmdlIODims,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlExecute(model: u32, inputs: *const aclmdlDataset, outputs: *mut aclmdlDataset) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlExecuteAsync(
        model: u32,
        inputs: *const aclmdlDataset,
        outputs: *mut aclmdlDataset,
        stream: aclrtStream,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlCreateExecConfigHandle() -> *mut aclmdlExecConfigHandle;
}
unsafe extern "C" {
    pub fn aclmdlDestroyExecConfigHandle(config: *const aclmdlExecConfigHandle) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlSetExecConfigOpt(
        config: *mut aclmdlExecConfigHandle,
        attribute: aclmdlExecConfigAttr,
        value: *const ::std::os::raw::c_void,
        size: usize,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlExecuteV2(
        model: u32,
        inputs: *const aclmdlDataset,
        outputs: *mut aclmdlDataset,
        stream: aclrtStream,
        config: *const aclmdlExecConfigHandle,
    ) -> aclError;
}
unsafe extern "C" {
    pub fn aclmdlExecuteAsyncV2(
        model: u32,
        inputs: *const aclmdlDataset,
        outputs: *mut aclmdlDataset,
        stream: aclrtStream,
        config: *const aclmdlExecConfigHandle,
    ) -> aclError;
}
