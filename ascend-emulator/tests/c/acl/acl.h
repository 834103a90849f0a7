/* Declarations of the ACL functions the test programs use, written from the published facts about the C interface. */
#ifndef ACL_H
#define ACL_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int aclError;
typedef void *aclrtContext;
typedef void *aclrtStream;
typedef void *aclrtEvent;
typedef struct aclmdlDesc aclmdlDesc;
typedef struct aclmdlDataset aclmdlDataset;
typedef struct aclDataBuffer aclDataBuffer;
typedef struct aclmdlConfigHandle aclmdlConfigHandle;
typedef struct aclmdlExecConfigHandle aclmdlExecConfigHandle;
typedef struct aclTensorDesc aclTensorDesc;
typedef struct aclrtExceptionInfo aclrtExceptionInfo;
typedef uint16_t aclFloat16;
typedef enum { ACL_DEVICE, ACL_HOST } aclrtRunMode;
typedef enum {
    ACL_MEMCPY_HOST_TO_HOST,
    ACL_MEMCPY_HOST_TO_DEVICE,
    ACL_MEMCPY_DEVICE_TO_HOST,
    ACL_MEMCPY_DEVICE_TO_DEVICE,
    ACL_MEMCPY_DEFAULT
} aclrtMemcpyKind;
typedef enum { ACL_MEM_MALLOC_HUGE_FIRST, ACL_MEM_MALLOC_HUGE_ONLY, ACL_MEM_MALLOC_NORMAL_ONLY } aclrtMemMallocPolicy;
typedef enum { ACL_DDR_MEM, ACL_HBM_MEM } aclrtMemAttr;
typedef enum { ACL_CALLBACK_NO_BLOCK, ACL_CALLBACK_BLOCK } aclrtCallbackBlockType;
typedef enum { ACL_DT_UNDEFINED = -1, ACL_FLOAT = 0, ACL_FLOAT16 = 1, ACL_INT32 = 3, ACL_UINT8 = 4, ACL_INT64 = 9 } aclDataType;
typedef enum { ACL_FORMAT_UNDEFINED = -1, ACL_FORMAT_NCHW = 0, ACL_FORMAT_NHWC = 1, ACL_FORMAT_ND = 2 } aclFormat;
typedef enum { ACL_STREAM_COMPLETE = 0, ACL_STREAM_NOT_READY = 1 } aclrtStreamStatus;
typedef enum { ACL_EVENT_RECORDED_NOT_READY = 0, ACL_EVENT_RECORDED_COMPLETE = 1 } aclrtEventRecordedStatus;
typedef enum { ACL_MDL_PRIORITY_INT32, ACL_MDL_LOAD_TYPE_SIZET, ACL_MDL_PATH_PTR } aclmdlConfigAttr;
typedef int aclmdlInputAippType;
typedef void (*aclrtCallback)(void *);
typedef void (*aclrtExceptionInfoCallback)(aclrtExceptionInfo *);

#define ACL_SUCCESS 0
#define ACL_DYNAMIC_TENSOR_NAME "ascend_mbatch_shape_data"
#define ACL_EVENT_SYNC 0x1u
#define ACL_EVENT_TIME_LINE 0x8u

typedef struct { char name[128]; size_t dimCount; int64_t dims[128]; } aclmdlIODims;
typedef struct { size_t batchCount; uint64_t batch[128]; } aclmdlBatch;
typedef struct { size_t hwCount; uint64_t hw[128][2]; } aclmdlHW;

aclError aclInit(const char *);
aclError aclFinalize(void);
aclError aclrtGetVersion(int32_t *, int32_t *, int32_t *);
const char *aclGetRecentErrMsg(void);
const char *aclrtGetSocName(void);

aclError aclrtGetDeviceCount(uint32_t *);
aclError aclrtSetDevice(int32_t);
aclError aclrtResetDevice(int32_t);
aclError aclrtGetDevice(int32_t *);
aclError aclrtGetRunMode(aclrtRunMode *);
aclError aclrtSynchronizeDevice(void);

aclError aclrtCreateContext(aclrtContext *, int32_t);
aclError aclrtDestroyContext(aclrtContext);
aclError aclrtSetCurrentContext(aclrtContext);
aclError aclrtGetCurrentContext(aclrtContext *);

aclError aclrtCreateStream(aclrtStream *);
aclError aclrtDestroyStream(aclrtStream);
aclError aclrtDestroyStreamForce(aclrtStream);
aclError aclrtSynchronizeStream(aclrtStream);
aclError aclrtSynchronizeStreamWithTimeout(aclrtStream, int32_t);
aclError aclrtStreamQuery(aclrtStream, aclrtStreamStatus *);
aclError aclrtStreamAbort(aclrtStream);
aclError aclrtStreamWaitEvent(aclrtStream, aclrtEvent);
aclError aclrtSetOpExecuteTimeOut(uint32_t);

aclError aclrtCreateEvent(aclrtEvent *);
aclError aclrtCreateEventWithFlag(aclrtEvent *, uint32_t);
aclError aclrtDestroyEvent(aclrtEvent);
aclError aclrtRecordEvent(aclrtEvent, aclrtStream);
aclError aclrtQueryEventStatus(aclrtEvent, aclrtEventRecordedStatus *);
aclError aclrtSynchronizeEvent(aclrtEvent);
aclError aclrtEventElapsedTime(float *, aclrtEvent, aclrtEvent);

aclError aclrtMalloc(void **, size_t, aclrtMemMallocPolicy);
aclError aclrtFree(void *);
aclError aclrtMallocHost(void **, size_t);
aclError aclrtFreeHost(void *);
aclError aclrtMemcpy(void *, size_t, const void *, size_t, aclrtMemcpyKind);
aclError aclrtMemcpyAsync(void *, size_t, const void *, size_t, aclrtMemcpyKind, aclrtStream);
aclError aclrtMemcpy2d(void *, size_t, const void *, size_t, size_t, size_t, aclrtMemcpyKind);
aclError aclrtMemset(void *, size_t, int32_t, size_t);
aclError aclrtMemsetAsync(void *, size_t, int32_t, size_t, aclrtStream);
aclError aclrtGetMemInfo(aclrtMemAttr, size_t *, size_t *);

aclError aclrtSubscribeReport(uint64_t, aclrtStream);
aclError aclrtUnSubscribeReport(uint64_t, aclrtStream);
aclError aclrtLaunchCallback(aclrtCallback, void *, aclrtCallbackBlockType, aclrtStream);
aclError aclrtProcessReport(int32_t);
aclError aclrtSetExceptionInfoCallback(aclrtExceptionInfoCallback);
uint32_t aclrtGetErrorCodeFromExceptionInfo(const aclrtExceptionInfo *);

aclError aclmdlQuerySize(const char *, size_t *, size_t *);
aclError aclmdlLoadFromFile(const char *, uint32_t *);
aclError aclmdlLoadFromMem(const void *, size_t, uint32_t *);
aclError aclmdlLoadFromFileWithMem(const char *, uint32_t *, void *, size_t, void *, size_t);
aclmdlConfigHandle *aclmdlCreateConfigHandle(void);
aclError aclmdlDestroyConfigHandle(aclmdlConfigHandle *);
aclError aclmdlSetConfigOpt(aclmdlConfigHandle *, aclmdlConfigAttr, const void *, size_t);
aclError aclmdlLoadWithConfig(const aclmdlConfigHandle *, uint32_t *);
aclError aclmdlUnload(uint32_t);

aclmdlDesc *aclmdlCreateDesc(void);
aclError aclmdlDestroyDesc(aclmdlDesc *);
aclError aclmdlGetDesc(aclmdlDesc *, uint32_t);
aclError aclmdlGetDescFromFile(aclmdlDesc *, const char *);
size_t aclmdlGetNumInputs(aclmdlDesc *);
size_t aclmdlGetNumOutputs(aclmdlDesc *);
size_t aclmdlGetInputSizeByIndex(aclmdlDesc *, size_t);
size_t aclmdlGetOutputSizeByIndex(aclmdlDesc *, size_t);
aclError aclmdlGetInputDims(const aclmdlDesc *, size_t, aclmdlIODims *);
aclError aclmdlGetInputDimsV2(const aclmdlDesc *, size_t, aclmdlIODims *);
aclError aclmdlGetOutputDims(const aclmdlDesc *, size_t, aclmdlIODims *);
aclError aclmdlGetCurOutputDims(const aclmdlDesc *, size_t, aclmdlIODims *);
const char *aclmdlGetInputNameByIndex(const aclmdlDesc *, size_t);
const char *aclmdlGetOutputNameByIndex(const aclmdlDesc *, size_t);
aclFormat aclmdlGetInputFormat(const aclmdlDesc *, size_t);
aclDataType aclmdlGetInputDataType(const aclmdlDesc *, size_t);
aclDataType aclmdlGetOutputDataType(const aclmdlDesc *, size_t);
aclError aclmdlGetInputIndexByName(const aclmdlDesc *, const char *, size_t *);
aclError aclmdlGetDynamicBatch(const aclmdlDesc *, aclmdlBatch *);
aclError aclmdlGetDynamicHW(const aclmdlDesc *, size_t, aclmdlHW *);
aclError aclmdlGetInputDynamicGearCount(const aclmdlDesc *, size_t, size_t *);
aclError aclmdlSetDynamicBatchSize(uint32_t, aclmdlDataset *, size_t, uint64_t);
aclError aclmdlGetAippType(uint32_t, size_t, aclmdlInputAippType *, size_t *);
aclError aclmdlGetFirstAippInfo(uint32_t, size_t, void *);

aclDataBuffer *aclCreateDataBuffer(void *, size_t);
aclError aclDestroyDataBuffer(const aclDataBuffer *);
aclError aclUpdateDataBuffer(aclDataBuffer *, void *, size_t);
void *aclGetDataBufferAddr(const aclDataBuffer *);
size_t aclGetDataBufferSizeV2(const aclDataBuffer *);
aclmdlDataset *aclmdlCreateDataset(void);
aclError aclmdlDestroyDataset(const aclmdlDataset *);
aclError aclmdlAddDatasetBuffer(aclmdlDataset *, aclDataBuffer *);
size_t aclmdlGetDatasetNumBuffers(const aclmdlDataset *);
aclDataBuffer *aclmdlGetDatasetBuffer(const aclmdlDataset *, size_t);
aclError aclmdlExecute(uint32_t, const aclmdlDataset *, aclmdlDataset *);
aclError aclmdlExecuteAsync(uint32_t, const aclmdlDataset *, aclmdlDataset *, aclrtStream);
aclmdlExecConfigHandle *aclmdlCreateExecConfigHandle(void);
aclError aclmdlDestroyExecConfigHandle(const aclmdlExecConfigHandle *);
aclError aclmdlSetExecConfigOpt(aclmdlExecConfigHandle *, int, const void *, size_t);
aclError aclmdlExecuteV2(uint32_t, const aclmdlDataset *, aclmdlDataset *, aclrtStream, const aclmdlExecConfigHandle *);

aclTensorDesc *aclCreateTensorDesc(aclDataType, int, const int64_t *, aclFormat);
void aclDestroyTensorDesc(const aclTensorDesc *);
size_t aclGetTensorDescSize(const aclTensorDesc *);
size_t aclDataTypeSize(aclDataType);
float aclFloat16ToFloat(aclFloat16);

#ifdef __cplusplus
}
#endif
#endif
