//! Functions of the vendor's `acl.h` and `acl_prof.h` that the emulator cannot do: profiling, single operators,
//! kernels, graph capture, dynamic AIPP, bundles, queues, sharing between processes and the like. A program that
//! refers to one still links and starts; calling it is an error and stands in the report.
//!
//! They take no arguments here: a C caller's are left where they are.

use super::{Needs, call, value};
use crate::codes;
use crate::failure::{Outcome, failure};

fn refused<T>() -> Outcome<T> {
    Err(failure(codes::API_NOT_SUPPORT, "EH0001: the emulator cannot do this"))
}

macro_rules! unsupported {
    (codes: $($code:ident)* ; others: $($other:ident)*) => {
        $(#[unsafe(no_mangle)]
        pub extern "C" fn $code() -> i32 {
            call(stringify!($code), Needs::Nothing, refused)
        })*
        $(#[unsafe(no_mangle)]
        pub extern "C" fn $other() -> usize {
            value(stringify!($other), Needs::Nothing, 0, refused)
        })*
    };
}

// `others` return a pointer, a number or nothing: NULL and 0 are their failures.
unsupported! {
    codes:
        aclFinalizeCallbackRegister aclFinalizeCallbackUnRegister aclGetCannAttribute aclGetCannAttributeList
        aclGetTensorDescDimRange aclInitCallbackRegister aclInitCallbackUnRegister aclRecoverAllHcclTasks
        aclSetTensorConst aclSetTensorDynamicInput aclSetTensorFormat aclSetTensorOriginFormat
        aclSetTensorOriginShape aclSetTensorPlaceMent aclSetTensorShape aclSetTensorShapeRange
        aclSetTensorStorageFormat aclSetTensorStorageShape aclSetTensorValueRange aclTransTensorDescFormat
        acldumpRegCallback aclmdlBundleDestroyQueryInfo aclmdlBundleGetModelId aclmdlBundleGetModelNum
        aclmdlBundleGetQueryModelNum aclmdlBundleGetSize aclmdlBundleGetVarWeightSize aclmdlBundleInitFromFile
        aclmdlBundleInitFromMem aclmdlBundleLoadFromMem aclmdlBundleLoadModel aclmdlBundleLoadModelWithConfig
        aclmdlBundleLoadModelWithMem aclmdlBundleQueryInfoFromFile aclmdlBundleQueryInfoFromMem
        aclmdlBundleUnload aclmdlBundleUnloadModel aclmdlDestroyAIPP aclmdlFinalizeDump aclmdlGetAippDataSize
        aclmdlInitDump aclmdlLoadFromFileWithQ aclmdlLoadFromMemWithQ aclmdlQueryExeOMDesc aclmdlRIAbort
        aclmdlRIAddCondTask aclmdlRIBindStream aclmdlRIBuildBegin aclmdlRIBuildEnd aclmdlRICaptureBegin
        aclmdlRICaptureEnd aclmdlRICaptureGetInfo aclmdlRICaptureTaskGrpBegin aclmdlRICaptureTaskGrpEnd
        aclmdlRICaptureTaskUpdateBegin aclmdlRICaptureTaskUpdateEnd aclmdlRICaptureThreadExchangeMode
        aclmdlRICaptureToModelRIBegin aclmdlRICondHandleCreate aclmdlRICondHandleGetCondPtr
        aclmdlRIDebugJsonPrint aclmdlRIDebugPrint aclmdlRIDestroy aclmdlRIDestroyRegisterCallback
        aclmdlRIDestroyUnregisterCallback aclmdlRIEndTask aclmdlRIExecute aclmdlRIExecuteAsync aclmdlRIGetId
        aclmdlRIGetName aclmdlRIGetStreams aclmdlRIGetTasksByStream aclmdlRIKernelTaskGetAttribute
        aclmdlRISetName aclmdlRITaskDisable aclmdlRITaskGetParams aclmdlRITaskGetSeqId aclmdlRITaskGetType
        aclmdlRITaskSetParams aclmdlRIUnbindStream aclmdlRIUpdate aclmdlSetAIPPAxSwapSwitch
        aclmdlSetAIPPByInputIndex aclmdlSetAIPPCropParams aclmdlSetAIPPCscParams aclmdlSetAIPPDtcPixelMean
        aclmdlSetAIPPDtcPixelMin aclmdlSetAIPPInputFormat aclmdlSetAIPPPaddingParams aclmdlSetAIPPPixelVarReci
        aclmdlSetAIPPRbuvSwapSwitch aclmdlSetAIPPScfParams aclmdlSetAIPPSrcImageSize aclmdlSetDump
        aclmdlSetExternalWeightAddress aclmdlSetInputAIPP aclopCast aclopCreateHandle aclopCreateHandleForCast
        aclopCreateKernel aclopExecWithHandle aclopExecute aclopExecuteV2 aclopInferShape aclopLoad
        aclopRegisterCompileFunc aclopSetAttrBool aclopSetAttrDataType aclopSetAttrFloat aclopSetAttrInt
        aclopSetAttrListBool aclopSetAttrListDataType aclopSetAttrListFloat aclopSetAttrListInt
        aclopSetAttrListListInt aclopSetAttrListString aclopSetAttrString aclopSetKernelArgs
        aclopSetKernelWorkspaceSizes aclopSetMaxOpQueueNum aclopSetModelDir aclopStartDumpArgs aclopStopDumpArgs
        aclopUnregisterCompileFunc aclopUpdateParams aclprofDestroyConfig aclprofDestroySubscribeConfig
        aclprofFinalize aclprofGetOpDescSize aclprofGetOpName aclprofGetOpNameLen aclprofGetOpNum
        aclprofGetOpType aclprofGetOpTypeLen aclprofGetStepTimestamp aclprofInit aclprofMark aclprofMarkEx
        aclprofModelSubscribe aclprofModelUnSubscribe aclprofPop aclprofPush aclprofRangePop aclprofRangePushEx
        aclprofRangeStart aclprofRangeStop aclprofSetConfig aclprofSetStampTraceMessage aclprofStart aclprofStop
        aclrtActiveStream aclrtAllocBuf aclrtAllocatorDestroyDesc aclrtAllocatorGetByStream
        aclrtAllocatorRegister aclrtAllocatorSetAllocAdviseFuncToDesc aclrtAllocatorSetAllocFuncToDesc
        aclrtAllocatorSetFreeFuncToDesc aclrtAllocatorSetGetAddrFromBlockFuncToDesc aclrtAllocatorSetObjToDesc
        aclrtAllocatorUnregister aclrtAppendBufChain aclrtBinaryGetDevAddress aclrtBinaryGetFunction
        aclrtBinaryGetFunctionByEntry aclrtBinaryGetGlobal aclrtBinaryLoad aclrtBinaryLoadFromData
        aclrtBinaryLoadFromFile aclrtBinarySetExceptionCallback aclrtBinaryUnLoad aclrtCacheLastTaskExtendInfo
        aclrtCacheLastTaskOpInfo aclrtCheckMemType aclrtCmoAsync aclrtCmoAsyncWithBarrier aclrtCmoAsyncWithDesc
        aclrtCmoGetDescSize aclrtCmoSetDesc aclrtCmoWaitBarrier aclrtCntNotifyCreate aclrtCntNotifyDestroy
        aclrtCntNotifyGetId aclrtCntNotifyRecord aclrtCntNotifyReset aclrtCntNotifyWaitWithTimeout
        aclrtCopyBufRef aclrtCreateLabel aclrtCreateLabelList aclrtCreateNotify aclrtCreateStreamV2
        aclrtCtxGetCurrentDefaultStream aclrtCtxGetFloatOverflowAddr aclrtCtxGetSysParamOpt
        aclrtCtxSetSysParamOpt aclrtDestroyBinary aclrtDestroyGroupInfo aclrtDestroyLabel aclrtDestroyLabelList
        aclrtDestroyNotify aclrtDestroyStreamConfigHandle aclrtDeviceDisablePeerAccess
        aclrtDeviceEnablePeerAccess aclrtDeviceGetBareTgid aclrtDeviceGetHostAtomicCapabilities
        aclrtDeviceGetP2PAtomicCapabilities aclrtDeviceGetStreamPriorityRange aclrtDeviceGetUuid
        aclrtDevicePeerAccessStatus aclrtEventGetTimestamp aclrtFreeBuf aclrtFreePhysical
        aclrtFunctionGetAvailDynUbufPerBlock aclrtFunctionGetBinary aclrtFunctionGetParamCount
        aclrtFunctionGetParamInfo aclrtGetAllGroupInfo aclrtGetArgsFromExceptionInfo aclrtGetBufChainNum
        aclrtGetBufData aclrtGetBufDataLen aclrtGetBufFromChain aclrtGetBufUserData aclrtGetDeviceCapability
        aclrtGetDeviceResLimit aclrtGetDeviceSatMode aclrtGetDevicesTopo aclrtGetErrorVerbose
        aclrtGetEventAvailNum aclrtGetEventId aclrtGetFloatOverflowStatus aclrtGetFuncBySymbol
        aclrtGetFuncHandleFromExceptionInfo aclrtGetFunctionAddr aclrtGetFunctionAttribute aclrtGetFunctionName
        aclrtGetFunctionSize aclrtGetGroupCount aclrtGetGroupInfoDetail aclrtGetHardwareSyncAddr
        aclrtGetLogicDevIdByPhyDevId aclrtGetLogicDevIdByUserDevId aclrtGetMemUceInfo aclrtGetMemUsageInfo
        aclrtGetMemcpyDescSize aclrtGetNotifyId aclrtGetOpExecuteTimeout aclrtGetOpTimeOutInterval
        aclrtGetOverflowStatus aclrtGetPhyDevIdByLogicDevId aclrtGetPrimaryCtxState aclrtGetResInCurrentThread
        aclrtGetStreamAttribute aclrtGetStreamOverflowSwitch aclrtGetStreamResLimit aclrtGetSymbolAddress
        aclrtGetSymbolSize aclrtGetSysParamOpt aclrtGetThreadLastTaskId aclrtGetUserDevIdByLogicDevId
        aclrtHostGetDevicePointer aclrtHostMemMapCapabilities aclrtHostRegisterV2 aclrtHostUnregister
        aclrtIpcGetEventHandle aclrtIpcMemClose aclrtIpcMemGetExportKey aclrtIpcMemImportByKey
        aclrtIpcMemImportPidInterServer aclrtIpcMemSetAttr aclrtIpcMemSetImportPid aclrtIpcOpenEventHandle
        aclrtKernelArgsAppend aclrtKernelArgsAppendPlaceHolder aclrtKernelArgsFinalize
        aclrtKernelArgsGetHandleMemSize aclrtKernelArgsGetMemSize aclrtKernelArgsGetPlaceHolderBuffer
        aclrtKernelArgsInit aclrtKernelArgsInitByUserMem aclrtKernelArgsParaUpdate aclrtLaunchKernel
        aclrtLaunchKernelV2 aclrtLaunchKernelWithArgsArray aclrtLaunchKernelWithConfig
        aclrtLaunchKernelWithHostArgs aclrtMallocForTaskScheduler aclrtMallocHostWithCfg aclrtMallocPhysical
        aclrtMallocWithCfg aclrtMapMem aclrtMemAllocManaged aclrtMemExportToShareableHandle
        aclrtMemExportToShareableHandleV2 aclrtMemGetAccess aclrtMemGetAddressRange
        aclrtMemGetAllocationGranularity aclrtMemGetAllocationPropertiesFromHandle
        aclrtMemImportFromShareableHandle aclrtMemImportFromShareableHandleV2 aclrtMemManagedAdvise
        aclrtMemManagedGetAttr aclrtMemManagedGetAttrs aclrtMemManagedPrefetchAsync
        aclrtMemManagedPrefetchBatchAsync aclrtMemMapSelectedLink aclrtMemP2PMap aclrtMemRetainAllocationHandle
        aclrtMemSetAccess aclrtMemSetPidToShareableHandle aclrtMemSetPidToShareableHandleV2 aclrtMemUceRepair
        aclrtMemcpy2dAsync aclrtMemcpyAsyncWithCondition aclrtMemcpyAsyncWithDesc aclrtMemcpyAsyncWithOffset
        aclrtMemcpyBatch aclrtMemcpyBatchAsync aclrtMemcpyBatchAsyncV2 aclrtMemcpyBatchV2 aclrtMemcpyFromSymbol
        aclrtMemcpyFromSymbolAsync aclrtMemcpyToSymbol aclrtMemcpyToSymbolAsync aclrtMemsetD32
        aclrtMemsetD32Async aclrtNotifyBatchReset aclrtNotifyGetExportKey aclrtNotifyImportByKey
        aclrtNotifySetImportPid aclrtNotifySetImportPidInterServer aclrtNpuClearFloatOverFlowStatus
        aclrtNpuGetFloatOverFlowStatus aclrtPersistentTaskClean aclrtProcessHostFunc aclrtProfTrace
        aclrtQueryEventWaitStatus aclrtRandomNumAsync aclrtRecordNotify aclrtReduceAsync
        aclrtRegDeviceStateCallback aclrtRegStreamStateCallback aclrtRegisterCpuFunc aclrtReleaseMemAddress
        aclrtRepairError aclrtReserveMemAddress aclrtReserveMemAddressNoUCMemory aclrtResetDeviceResLimit
        aclrtResetFloatOverflowStatus aclrtResetOverflowStatus aclrtResetStreamResLimit aclrtSetBufDataLen
        aclrtSetBufUserData aclrtSetDeviceResLimit aclrtSetDeviceSatMode aclrtSetDeviceTaskAbortCallback
        aclrtSetGroup aclrtSetLabel aclrtSetMemcpyDesc aclrtSetOpExecuteTimeOutV2 aclrtSetOpExecuteTimeOutWithMs
        aclrtSetStreamAttribute aclrtSetStreamConfigOpt aclrtSetStreamOverflowSwitch aclrtSetStreamResLimit
        aclrtSetSysParamOpt aclrtSetTsDevice aclrtSnapShotCallbackRegister aclrtSnapShotCallbackUnregister
        aclrtSnapShotProcessBackup aclrtSnapShotProcessLock aclrtSnapShotProcessRestore
        aclrtSnapShotProcessUnlock aclrtStreamGetFlags aclrtStreamGetId aclrtStreamGetPriority aclrtStreamStop
        aclrtStreamWaitEventWithTimeout aclrtSubscribeHostFunc aclrtSwitchLabelByIndex aclrtSwitchStream
        aclrtTaskUpdateAsync aclrtUnSubscribeHostFunc aclrtUnmapMem aclrtUnuseStreamResInCurrentThread
        aclrtUseStreamResInCurrentThread aclrtValueWait aclrtValueWrite aclrtWaitAndResetNotify;
    others:
        acldumpGetPath acldumpUnregCallback aclmdlBundleCreateQueryInfo aclmdlCreateAIPP aclopCreateAttr
        aclopDestroyAttr aclopDestroyHandle aclprofCreateConfig aclprofCreateStamp aclprofCreateStepInfo
        aclprofCreateSubscribeConfig aclprofDestroyStamp aclprofDestroyStepInfo aclprofGetModelId
        aclprofGetOpAttriValue aclprofGetOpDuration aclprofGetOpEnd aclprofGetOpFlag aclprofGetOpStart
        aclprofStr2Id aclrtAllocatorCreateDesc aclrtCreateBinary aclrtCreateGroupInfo
        aclrtCreateStreamConfigHandle
}
