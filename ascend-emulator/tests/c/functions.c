/* Functions beyond the usual flow, each with what it must answer; exits 0 if all do. */
#include "acl/acl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPECT(call, wanted)                                                                       \
    do {                                                                                           \
        long got_ = (long)(call);                                                                  \
        if (got_ != (long)(wanted)) {                                                              \
            const char *why_ = aclGetRecentErrMsg();                                               \
            fprintf(stderr, "line %d: %s = %ld: %s\n", __LINE__, #call, got_, why_ ? why_ : "-");  \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)
#define OK(call) EXPECT(call, 0)

static uint32_t told;

static void on_exception(aclrtExceptionInfo *info) { told = aclrtGetErrorCodeFromExceptionInfo(info); }

/* An event makes a second stream see the first one's results, and the host after it. */
static void events(void) {
    aclrtStream one, two;
    aclrtEvent event, untimed;
    aclrtEventRecordedStatus status;
    void *device, *host;
    float ms;
    OK(aclrtCreateStream(&one));
    OK(aclrtCreateStream(&two));
    OK(aclrtCreateEvent(&event));
    OK(aclrtCreateEventWithFlag(&untimed, ACL_EVENT_SYNC));
    OK(aclrtQueryEventStatus(event, &status));
    EXPECT(status, ACL_EVENT_RECORDED_NOT_READY);
    OK(aclrtMalloc(&device, 64, 0));
    OK(aclrtMallocHost(&host, 64));
    OK(aclrtMemsetAsync(device, 64, 5, 64, one));
    OK(aclrtMemcpyAsync(host, 64, device, 64, ACL_MEMCPY_DEVICE_TO_HOST, one));
    OK(aclrtRecordEvent(event, one));
    OK(aclrtStreamWaitEvent(two, event));
    OK(aclrtRecordEvent(untimed, two));
    EXPECT(*(unsigned char *)host, 255);
    OK(aclrtSynchronizeStream(two));
    EXPECT(*(unsigned char *)host, 5);
    OK(aclrtQueryEventStatus(event, &status));
    EXPECT(status, ACL_EVENT_RECORDED_COMPLETE);
    EXPECT(aclrtEventElapsedTime(&ms, event, untimed), 107006);
    OK(aclrtDestroyEvent(event));
    OK(aclrtDestroyEvent(untimed));
    OK(aclrtDestroyStream(one));
    OK(aclrtDestroyStream(two));
    OK(aclrtFree(device));
    OK(aclrtFreeHost(host));
}

static void memory(void) {
    unsigned char picture[6][10], back[6][8];
    size_t before, after, total;
    void *device;
    OK(aclrtGetMemInfo(ACL_DDR_MEM, &before, &total));
    OK(aclrtMalloc(&device, 6 * 8, 0));
    OK(aclrtGetMemInfo(ACL_HBM_MEM, &after, &total));
    EXPECT(before - after, 128);
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 10; x++) picture[y][x] = 10 * y + x;
    OK(aclrtMemcpy2d(device, 8, picture, 10, 8, 6, ACL_MEMCPY_HOST_TO_DEVICE));
    OK(aclrtMemcpy(back, sizeof back, device, sizeof back, ACL_MEMCPY_DEVICE_TO_HOST));
    EXPECT(back[5][7], 57);
    EXPECT(aclrtMemcpy2d(device, 8, picture, 10, 9, 6, ACL_MEMCPY_HOST_TO_DEVICE), 100000);
    OK(aclrtMemset(device, 48, 7, 48));
    OK(aclrtMemcpy(back, 48, device, 48, ACL_MEMCPY_DEFAULT));
    EXPECT(back[0][0], 7);
    OK(aclrtFree(device));
}

static void models(void) {
    char bytes[65536];
    uint32_t id;
    size_t index, size;
    void *memory[4];
    aclmdlIODims dims;
    FILE *file = fopen("gray.om", "rb");
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    OK(aclmdlLoadFromMem(bytes, length, &id));
    memset(bytes, 0, sizeof bytes);
    aclmdlDesc *desc = aclmdlCreateDesc();
    EXPECT(aclmdlGetNumInputs(desc), 0);
    OK(aclmdlGetDescFromFile(desc, "gray.om"));
    EXPECT(aclmdlGetNumInputs(desc), 2);
    OK(aclmdlGetDesc(desc, id));
    EXPECT(aclmdlGetNumOutputs(desc), 2);
    OK(aclmdlGetInputIndexByName(desc, "data", &index));
    EXPECT(index, 0);
    OK(aclmdlGetInputDimsV2(desc, 0, &dims));
    EXPECT(dims.dims[3], 1);
    char *info = calloc(1, 299216);
    OK(aclmdlGetFirstAippInfo(id, 0, info));
    EXPECT(*(int *)info, 4);
    EXPECT(*(int *)(info + 4), 4);
    free(info);

    aclmdlDataset *in = aclmdlCreateDataset(), *out = aclmdlCreateDataset();
    aclDataBuffer *buffers[4];
    for (int i = 0; i < 4; i++) {
        size = i < 2 ? aclmdlGetInputSizeByIndex(desc, i) : aclmdlGetOutputSizeByIndex(desc, i - 2);
        OK(aclrtMalloc(&memory[i], size, 0));
        /* The last output is left to the library. */
        buffers[i] = aclCreateDataBuffer(i == 3 ? NULL : memory[i], i == 3 ? 0 : size);
        OK(aclmdlAddDatasetBuffer(i < 2 ? in : out, buffers[i]));
    }
    OK(aclrtMemset(memory[0], 64, 9, 64));
    OK(aclmdlSetDynamicBatchSize(id, in, 1, 2));
    OK(aclmdlGetCurOutputDims(desc, 1, &dims));
    EXPECT(dims.dims[0], 2);
    OK(aclmdlGetOutputDims(desc, 1, &dims));
    EXPECT(dims.dims[0], 4);
    OK(aclmdlExecute(id, in, out));
    EXPECT(aclGetDataBufferSizeV2(buffers[3]), 24);
    OK(aclrtFree(aclGetDataBufferAddr(buffers[3])));
    OK(aclUpdateDataBuffer(buffers[3], NULL, 0));

    /* A hanging execution is given up after 100 ms; the model works afterwards. */
    aclmdlExecConfigHandle *limit = aclmdlCreateExecConfigHandle();
    int ms = 100;
    OK(aclmdlSetExecConfigOpt(limit, 0, &ms, sizeof ms));
    OK(aclUpdateDataBuffer(buffers[3], memory[3], size));
    EXPECT(aclmdlExecuteV2(id, in, out, NULL, limit), 507046);
    OK(aclmdlExecuteV2(id, in, out, NULL, limit));
    OK(aclmdlDestroyExecConfigHandle(limit));
    OK(aclmdlDestroyDataset(in));
    OK(aclmdlDestroyDataset(out));
    for (int i = 0; i < 4; i++) {
        OK(aclrtFree(memory[i]));
        OK(aclDestroyDataBuffer(buffers[i]));
    }
    OK(aclmdlDestroyDesc(desc));
    OK(aclmdlUnload(id));
}

/* What fails on a stream is told to the callback, and the stream works on afterwards. */
static void exceptions(void) {
    aclrtStream stream;
    void *device, *host;
    OK(aclrtSetExceptionInfoCallback(on_exception));
    OK(aclrtCreateStream(&stream));
    OK(aclrtMalloc(&device, 64, 0));
    OK(aclrtMallocHost(&host, 64));
    OK(aclrtMemcpyAsync(device, 64, host, 64, ACL_MEMCPY_HOST_TO_DEVICE, stream));
    EXPECT(aclrtSynchronizeStream(stream), 507052);
    usleep(50000);
    EXPECT(told, 507052);
    OK(aclrtMemcpyAsync(device, 64, host, 64, ACL_MEMCPY_HOST_TO_DEVICE, stream));
    OK(aclrtSynchronizeStream(stream));
    OK(aclrtDestroyStream(stream));
    OK(aclrtFree(device));
    OK(aclrtFreeHost(host));
}

int main(void) {
    int32_t major, minor, patch;
    OK(aclrtGetVersion(&major, &minor, &patch));
    EXPECT(major * 1000 + minor, 1008);
    OK(aclInit("acl.json"));
    OK(aclrtSetDevice(0));
    events();
    memory();
    models();
    exceptions();
    int64_t shape[] = {2, 3, 4};
    aclTensorDesc *tensor = aclCreateTensorDesc(ACL_FLOAT16, 3, shape, ACL_FORMAT_ND);
    EXPECT(aclGetTensorDescSize(tensor), 48);
    aclDestroyTensorDesc(tensor);
    EXPECT(aclDataTypeSize(ACL_INT64), 8);
    EXPECT(aclFloat16ToFloat(0x3C00), 1);
    OK(aclrtResetDevice(0));
    OK(aclFinalize());
    return 0;
}
