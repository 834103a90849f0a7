//! The functions of ACL as a table of pointers, filled once when a library is opened.
//!
//! `required` functions exist in every library from CANN 5.0 (2021) to 9; a library without one of them is not
//! opened. `optional` ones came later, or only tools call them: ask whether the field is `Some`, never for a
//! version number.

use std::ffi::{CStr, c_char, c_void};

use crate::bindings::*;

macro_rules! functions {
    ($($need:ident $name:ident($($arg:ident: $type:ty),* $(,)?) -> $ret:ty;)*) => {
        /// Pointers to the functions of an opened library, under their C names.
        ///
        /// The signatures are those of `include/acl_functions.h`; what each function asks of its caller is said in
        /// the reference of CANN, and is the caller's to keep: every one is `unsafe`.
        #[derive(Clone, Copy)]
        #[allow(non_snake_case)]
        pub struct Functions {
            $(
                #[doc = concat!("`", stringify!($name), "`, ", stringify!($need), ".")]
                pub $name: functions!(@field $need unsafe extern "C" fn($($type),*) -> $ret),
            )*
        }

        // The signatures above are those bindgen read from the header, or this does not compile.
        $(const _: unsafe extern "C" fn($($type),*) -> $ret = $name;)*

        impl Functions {
            /// Fills the table from `find`, which gives the address of a symbol.
            ///
            /// # Errors
            /// The names of all required functions that `find` does not know.
            ///
            /// # Safety
            /// Each address `find` gives must be that of the ACL function of this name, and stay callable for as
            /// long as the table or a copy of it is used.
            pub(crate) unsafe fn resolve(
                mut find: impl FnMut(&CStr) -> Option<*mut c_void>,
            ) -> Result<Self, Vec<&'static str>> {
                let mut missing = Vec::new();
                $(
                    let found = find(functions!(@symbol $name)).map(|address| {
                        // SAFETY: the caller vouches that the address is that of this function, whose signature
                        // is the one named here; a function pointer and a data pointer have one size on Linux.
                        unsafe {
                            std::mem::transmute::<*mut c_void, unsafe extern "C" fn($($type),*) -> $ret>(address)
                        }
                    });
                    #[allow(non_snake_case)]
                    let $name = functions!(@check $need missing $name found);
                )*
                if !missing.is_empty() {
                    return Err(missing);
                }
                Ok(Self { $($name: functions!(@value $need missing $name),)* })
            }

            /// Names of the optional functions this library does not have.
            pub fn absent(&self) -> Vec<&'static str> {
                let mut absent = Vec::new();
                $(functions!(@absent $need self absent $name);)*
                absent
            }
        }
    };
    (@symbol $name:ident) => {
        const {
            match CStr::from_bytes_with_nul(concat!(stringify!($name), "\0").as_bytes()) {
                Ok(name) => name,
                Err(_) => panic!("an identifier holds no NUL"),
            }
        }
    };
    (@field required $type:ty) => { $type };
    (@field optional $type:ty) => { Option<$type> };
    (@check required $missing:ident $name:ident $found:ident) => {{
        if $found.is_none() {
            $missing.push(stringify!($name));
        }
        $found
    }};
    (@check optional $missing:ident $name:ident $found:ident) => { $found };
    (@value required $missing:ident $name:ident) => {
        match $name {
            Some(function) => function,
            None => return Err($missing),
        }
    };
    (@value optional $missing:ident $name:ident) => { $name };
    (@absent required $self:ident $absent:ident $name:ident) => {};
    (@absent optional $self:ident $absent:ident $name:ident) => {
        if $self.$name.is_none() {
            $absent.push(stringify!($name));
        }
    };
}

functions! {
    // Process.
    required aclInit(configPath: *const c_char) -> aclError;
    required aclFinalize() -> aclError;
    optional aclFinalizeReference(refCount: *mut u64) -> aclError;
    required aclrtGetVersion(major: *mut i32, minor: *mut i32, patch: *mut i32) -> aclError;
    optional aclsysGetCANNVersion(name: aclCANNPackageName, version: *mut aclCANNPackageVersion) -> aclError;
    optional aclsysGetVersionStr(package: *mut c_char, version: *mut c_char) -> aclError;
    required aclGetRecentErrMsg() -> *const c_char;
    required aclrtGetSocName() -> *const c_char;

    // Device.
    required aclrtGetDeviceCount(count: *mut u32) -> aclError;
    required aclrtSetDevice(device: i32) -> aclError;
    required aclrtResetDevice(device: i32) -> aclError;
    optional aclrtResetDeviceForce(device: i32) -> aclError;
    required aclrtGetDevice(device: *mut i32) -> aclError;
    required aclrtGetRunMode(mode: *mut aclrtRunMode) -> aclError;
    optional aclrtSynchronizeDevice() -> aclError;
    optional aclrtSynchronizeDeviceWithTimeout(milliseconds: i32) -> aclError;
    optional aclrtQueryDeviceStatus(device: i32, status: *mut aclrtDeviceStatus) -> aclError;
    optional aclrtGetDeviceUtilizationRate(device: i32, rate: *mut aclrtUtilizationInfo) -> aclError;
    optional aclrtDeviceTaskAbort(device: i32, milliseconds: u32) -> aclError;
    optional aclrtCheckArchCompatibility(soc: *const c_char, compatible: *mut i32) -> aclError;

    // Context.
    required aclrtCreateContext(context: *mut aclrtContext, device: i32) -> aclError;
    required aclrtDestroyContext(context: aclrtContext) -> aclError;
    required aclrtSetCurrentContext(context: aclrtContext) -> aclError;
    required aclrtGetCurrentContext(context: *mut aclrtContext) -> aclError;

    // Stream.
    required aclrtCreateStream(stream: *mut aclrtStream) -> aclError;
    optional aclrtCreateStreamWithConfig(stream: *mut aclrtStream, priority: u32, flags: u32) -> aclError;
    required aclrtDestroyStream(stream: aclrtStream) -> aclError;
    optional aclrtDestroyStreamForce(stream: aclrtStream) -> aclError;
    required aclrtSynchronizeStream(stream: aclrtStream) -> aclError;
    optional aclrtSynchronizeStreamWithTimeout(stream: aclrtStream, milliseconds: i32) -> aclError;
    optional aclrtStreamQuery(stream: aclrtStream, status: *mut aclrtStreamStatus) -> aclError;
    optional aclrtStreamAbort(stream: aclrtStream) -> aclError;
    optional aclrtSetStreamFailureMode(stream: aclrtStream, mode: u64) -> aclError;
    optional aclrtStreamWaitEvent(stream: aclrtStream, event: aclrtEvent) -> aclError;
    optional aclrtSetOpExecuteTimeOut(seconds: u32) -> aclError;
    optional aclrtSetOpWaitTimeout(seconds: u32) -> aclError;
    optional aclrtGetStreamAvailableNum(count: *mut u32) -> aclError;

    // Event.
    optional aclrtCreateEvent(event: *mut aclrtEvent) -> aclError;
    optional aclrtCreateEventWithFlag(event: *mut aclrtEvent, flags: u32) -> aclError;
    optional aclrtCreateEventExWithFlag(event: *mut aclrtEvent, flags: u32) -> aclError;
    optional aclrtDestroyEvent(event: aclrtEvent) -> aclError;
    optional aclrtRecordEvent(event: aclrtEvent, stream: aclrtStream) -> aclError;
    optional aclrtResetEvent(event: aclrtEvent, stream: aclrtStream) -> aclError;
    optional aclrtQueryEventStatus(event: aclrtEvent, status: *mut aclrtEventRecordedStatus) -> aclError;
    optional aclrtQueryEvent(event: aclrtEvent, status: *mut aclrtEventStatus) -> aclError;
    optional aclrtSynchronizeEvent(event: aclrtEvent) -> aclError;
    optional aclrtSynchronizeEventWithTimeout(event: aclrtEvent, milliseconds: i32) -> aclError;
    optional aclrtEventElapsedTime(milliseconds: *mut f32, start: aclrtEvent, end: aclrtEvent) -> aclError;

    // Memory.
    required aclrtMalloc(address: *mut *mut c_void, size: usize, policy: aclrtMemMallocPolicy) -> aclError;
    optional aclrtMallocAlign32(
        address: *mut *mut c_void,
        size: usize,
        policy: aclrtMemMallocPolicy,
    ) -> aclError;
    required aclrtFree(address: *mut c_void) -> aclError;
    optional aclrtFreeWithDevSync(address: *mut c_void) -> aclError;
    required aclrtMallocHost(address: *mut *mut c_void, size: usize) -> aclError;
    required aclrtFreeHost(address: *mut c_void) -> aclError;
    optional aclrtHostRegister(
        address: *mut c_void,
        size: u64,
        type_: aclrtHostRegisterType,
        device: *mut *mut c_void,
    ) -> aclError;
    required aclrtMemcpy(
        to: *mut c_void,
        capacity: usize,
        from: *const c_void,
        count: usize,
        kind: aclrtMemcpyKind,
    ) -> aclError;
    required aclrtMemcpyAsync(
        to: *mut c_void,
        capacity: usize,
        from: *const c_void,
        count: usize,
        kind: aclrtMemcpyKind,
        stream: aclrtStream,
    ) -> aclError;
    optional aclrtMemcpy2d(
        to: *mut c_void,
        toPitch: usize,
        from: *const c_void,
        fromPitch: usize,
        width: usize,
        height: usize,
        kind: aclrtMemcpyKind,
    ) -> aclError;
    optional aclrtMemset(address: *mut c_void, capacity: usize, value: i32, count: usize) -> aclError;
    optional aclrtMemsetAsync(
        address: *mut c_void,
        capacity: usize,
        value: i32,
        count: usize,
        stream: aclrtStream,
    ) -> aclError;
    optional aclrtGetMemInfo(kind: aclrtMemAttr, free: *mut usize, total: *mut usize) -> aclError;
    optional aclrtPointerGetAttributes(
        address: *const c_void,
        attributes: *mut aclrtPtrAttributes,
    ) -> aclError;

    // Callbacks on the host.
    optional aclrtSubscribeReport(thread: u64, stream: aclrtStream) -> aclError;
    optional aclrtUnSubscribeReport(thread: u64, stream: aclrtStream) -> aclError;
    optional aclrtLaunchCallback(
        callback: aclrtCallback,
        data: *mut c_void,
        block: aclrtCallbackBlockType,
        stream: aclrtStream,
    ) -> aclError;
    optional aclrtProcessReport(milliseconds: i32) -> aclError;
    optional aclrtLaunchHostFunc(stream: aclrtStream, callback: aclrtHostFunc, data: *mut c_void) -> aclError;

    // Model: load, unload, size.
    optional aclmdlQuerySize(path: *const c_char, work: *mut usize, weights: *mut usize) -> aclError;
    optional aclmdlQuerySizeFromMem(
        model: *const c_void,
        size: usize,
        work: *mut usize,
        weights: *mut usize,
    ) -> aclError;
    required aclmdlLoadFromFile(path: *const c_char, model: *mut u32) -> aclError;
    required aclmdlLoadFromMem(model: *const c_void, size: usize, id: *mut u32) -> aclError;
    optional aclmdlLoadFromFileWithMem(
        path: *const c_char,
        model: *mut u32,
        work: *mut c_void,
        workSize: usize,
        weights: *mut c_void,
        weightsSize: usize,
    ) -> aclError;
    optional aclmdlLoadFromMemWithMem(
        model: *const c_void,
        size: usize,
        id: *mut u32,
        work: *mut c_void,
        workSize: usize,
        weights: *mut c_void,
        weightsSize: usize,
    ) -> aclError;
    optional aclmdlCreateConfigHandle() -> *mut aclmdlConfigHandle;
    optional aclmdlDestroyConfigHandle(config: *mut aclmdlConfigHandle) -> aclError;
    optional aclmdlSetConfigOpt(
        config: *mut aclmdlConfigHandle,
        attribute: aclmdlConfigAttr,
        value: *const c_void,
        size: usize,
    ) -> aclError;
    optional aclmdlLoadWithConfig(config: *const aclmdlConfigHandle, model: *mut u32) -> aclError;
    required aclmdlUnload(model: u32) -> aclError;

    // Model: description.
    required aclmdlCreateDesc() -> *mut aclmdlDesc;
    required aclmdlDestroyDesc(desc: *mut aclmdlDesc) -> aclError;
    required aclmdlGetDesc(desc: *mut aclmdlDesc, model: u32) -> aclError;
    optional aclmdlGetDescFromFile(desc: *mut aclmdlDesc, path: *const c_char) -> aclError;
    optional aclmdlGetDescFromMem(desc: *mut aclmdlDesc, model: *const c_void, size: usize) -> aclError;
    required aclmdlGetNumInputs(desc: *mut aclmdlDesc) -> usize;
    required aclmdlGetNumOutputs(desc: *mut aclmdlDesc) -> usize;
    required aclmdlGetInputSizeByIndex(desc: *mut aclmdlDesc, index: usize) -> usize;
    required aclmdlGetOutputSizeByIndex(desc: *mut aclmdlDesc, index: usize) -> usize;
    required aclmdlGetInputDims(desc: *const aclmdlDesc, index: usize, dims: *mut aclmdlIODims) -> aclError;
    required aclmdlGetInputDimsV2(desc: *const aclmdlDesc, index: usize, dims: *mut aclmdlIODims) -> aclError;
    required aclmdlGetOutputDims(desc: *const aclmdlDesc, index: usize, dims: *mut aclmdlIODims) -> aclError;
    optional aclmdlGetCurOutputDims(
        desc: *const aclmdlDesc,
        index: usize,
        dims: *mut aclmdlIODims,
    ) -> aclError;
    optional aclmdlGetInputDimsRange(
        desc: *const aclmdlDesc,
        index: usize,
        range: *mut aclmdlIODimsRange,
    ) -> aclError;
    required aclmdlGetInputNameByIndex(desc: *const aclmdlDesc, index: usize) -> *const c_char;
    required aclmdlGetOutputNameByIndex(desc: *const aclmdlDesc, index: usize) -> *const c_char;
    required aclmdlGetInputFormat(desc: *const aclmdlDesc, index: usize) -> aclFormat;
    required aclmdlGetOutputFormat(desc: *const aclmdlDesc, index: usize) -> aclFormat;
    required aclmdlGetInputDataType(desc: *const aclmdlDesc, index: usize) -> aclDataType;
    required aclmdlGetOutputDataType(desc: *const aclmdlDesc, index: usize) -> aclDataType;
    required aclmdlGetInputIndexByName(
        desc: *const aclmdlDesc,
        name: *const c_char,
        index: *mut usize,
    ) -> aclError;
    optional aclmdlGetOutputIndexByName(
        desc: *const aclmdlDesc,
        name: *const c_char,
        index: *mut usize,
    ) -> aclError;
    optional aclmdlGetTensorRealName(desc: *const aclmdlDesc, name: *const c_char) -> *const c_char;
    optional aclmdlGetOpAttr(
        desc: *mut aclmdlDesc,
        op: *const c_char,
        attribute: *const c_char,
    ) -> *const c_char;
    required aclmdlGetDynamicBatch(desc: *const aclmdlDesc, batch: *mut aclmdlBatch) -> aclError;
    optional aclmdlGetDynamicHW(desc: *const aclmdlDesc, index: usize, sizes: *mut aclmdlHW) -> aclError;
    optional aclmdlGetInputDynamicGearCount(
        desc: *const aclmdlDesc,
        index: usize,
        count: *mut usize,
    ) -> aclError;
    optional aclmdlGetInputDynamicDims(
        desc: *const aclmdlDesc,
        index: usize,
        dims: *mut aclmdlIODims,
        count: usize,
    ) -> aclError;
    optional aclmdlGetAippType(
        model: u32,
        index: usize,
        type_: *mut aclmdlInputAippType,
        attached: *mut usize,
    ) -> aclError;
    optional aclmdlGetFirstAippInfo(model: u32, index: usize, info: *mut aclAippInfo) -> aclError;

    // Data buffers, datasets, execution.
    required aclCreateDataBuffer(address: *mut c_void, size: usize) -> *mut aclDataBuffer;
    required aclDestroyDataBuffer(buffer: *const aclDataBuffer) -> aclError;
    optional aclUpdateDataBuffer(buffer: *mut aclDataBuffer, address: *mut c_void, size: usize) -> aclError;
    required aclGetDataBufferAddr(buffer: *const aclDataBuffer) -> *mut c_void;
    optional aclGetDataBufferSize(buffer: *const aclDataBuffer) -> u32;
    required aclGetDataBufferSizeV2(buffer: *const aclDataBuffer) -> usize;
    required aclmdlCreateDataset() -> *mut aclmdlDataset;
    required aclmdlDestroyDataset(dataset: *const aclmdlDataset) -> aclError;
    required aclmdlAddDatasetBuffer(dataset: *mut aclmdlDataset, buffer: *mut aclDataBuffer) -> aclError;
    optional aclmdlGetDatasetNumBuffers(dataset: *const aclmdlDataset) -> usize;
    optional aclmdlGetDatasetBuffer(dataset: *const aclmdlDataset, index: usize) -> *mut aclDataBuffer;
    optional aclmdlSetDatasetTensorDesc(
        dataset: *mut aclmdlDataset,
        desc: *mut aclTensorDesc,
        index: usize,
    ) -> aclError;
    optional aclmdlGetDatasetTensorDesc(dataset: *const aclmdlDataset, index: usize) -> *mut aclTensorDesc;
    required aclmdlSetDynamicBatchSize(
        model: u32,
        inputs: *mut aclmdlDataset,
        index: usize,
        batch: u64,
    ) -> aclError;
    optional aclmdlSetDynamicHWSize(
        model: u32,
        inputs: *mut aclmdlDataset,
        index: usize,
        height: u64,
        width: u64,
    ) -> aclError;
    optional aclmdlSetInputDynamicDims(
        model: u32,
        inputs: *mut aclmdlDataset,
        index: usize,
        dims: *const aclmdlIODims,
    ) -> aclError;
    required aclmdlExecute(model: u32, inputs: *const aclmdlDataset, outputs: *mut aclmdlDataset) -> aclError;
    required aclmdlExecuteAsync(
        model: u32,
        inputs: *const aclmdlDataset,
        outputs: *mut aclmdlDataset,
        stream: aclrtStream,
    ) -> aclError;
    optional aclmdlCreateExecConfigHandle() -> *mut aclmdlExecConfigHandle;
    optional aclmdlDestroyExecConfigHandle(config: *const aclmdlExecConfigHandle) -> aclError;
    optional aclmdlSetExecConfigOpt(
        config: *mut aclmdlExecConfigHandle,
        attribute: aclmdlExecConfigAttr,
        value: *const c_void,
        size: usize,
    ) -> aclError;
    optional aclmdlExecuteV2(
        model: u32,
        inputs: *const aclmdlDataset,
        outputs: *mut aclmdlDataset,
        stream: aclrtStream,
        config: *const aclmdlExecConfigHandle,
    ) -> aclError;
    optional aclmdlExecuteAsyncV2(
        model: u32,
        inputs: *const aclmdlDataset,
        outputs: *mut aclmdlDataset,
        stream: aclrtStream,
        config: *const aclmdlExecConfigHandle,
    ) -> aclError;
}
