/* One wrong use of ACL per case: misuse CASE prints the codes of its calls, one per line. */
#include "acl/acl.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOW(call) printf("%s\n", (show(call), #call))
static void show(long code) { printf("%ld ", code); }

static aclrtStream stream;
static uint32_t model;
static aclmdlDesc *desc;
static void *in_memory, *gear_memory, *logits, *features;
static aclDataBuffer *in_buffer, *gear_buffer, *out_buffer[2];
static aclmdlDataset *in, *out;

static void start(void) {
    if (aclInit(NULL) || aclrtSetDevice(0) || aclrtCreateStream(&stream)) abort();
}

static void load(void) {
    start();
    if (aclmdlLoadFromFile("float.om", &model)) abort();
    desc = aclmdlCreateDesc();
    if (aclmdlGetDesc(desc, model)) abort();
    if (aclrtMalloc(&in_memory, 256, 0) || aclrtMalloc(&gear_memory, 4, 0)) abort();
    if (aclrtMalloc(&logits, 32, 0) || aclrtMalloc(&features, 48, 0)) abort();
    in_buffer = aclCreateDataBuffer(in_memory, 256);
    gear_buffer = aclCreateDataBuffer(gear_memory, 4);
    out_buffer[0] = aclCreateDataBuffer(logits, 32);
    out_buffer[1] = aclCreateDataBuffer(features, 48);
    in = aclmdlCreateDataset();
    out = aclmdlCreateDataset();
    aclmdlAddDatasetBuffer(in, in_buffer);
    aclmdlAddDatasetBuffer(in, gear_buffer);
    aclmdlAddDatasetBuffer(out, out_buffer[0]);
    aclmdlAddDatasetBuffer(out, out_buffer[1]);
    if (aclrtMemset(in_memory, 256, 0, 256)) abort();
}

static void *elsewhere(void *what) {
    void *pointer;
    uint32_t id;
    size_t free_bytes, total;
    int device;
    switch (*(int *)what) {
    case 9:
        SHOW(aclrtGetDevice(&device));
        SHOW(aclrtMalloc(&pointer, 8, 0));
        SHOW(aclrtMallocHost(&pointer, 8));
        SHOW(aclrtCreateStream(&pointer));
        SHOW(aclrtCreateEvent(&pointer));
        SHOW(aclrtMemcpy(&id, 4, &device, 4, ACL_MEMCPY_HOST_TO_HOST));
        SHOW(aclrtMemset(&id, 4, 0, 4));
        SHOW(aclrtGetMemInfo(ACL_DDR_MEM, &free_bytes, &total));
        SHOW(aclmdlLoadFromFile("float.om", &id));
        break;
    case 43:
        SHOW(aclrtSetDevice(0));
        SHOW(aclmdlExecute(model, in, out));
        SHOW(aclrtResetDevice(0));
        break;
    case 51:
        SHOW(aclrtProcessReport(10));
        break;
    case 53:
        SHOW(aclrtSetDevice(0));
        pause();
        break;
    }
    return NULL;
}

static void in_thread(int what) {
    pthread_t thread;
    pthread_create(&thread, NULL, elsewhere, &what);
    pthread_join(thread, NULL);
}

static void nothing(void *unused) { (void)unused; }

static void row(int number) {
    void *a = NULL, *b = NULL, *host = NULL;
    aclrtContext context, other;
    aclrtStream second;
    aclrtEvent event;
    uint32_t id;
    size_t size, work, weight;
    aclmdlIODims dims;
    _Alignas(64) char plain[256] = {0};
    switch (number) {
    case 1:
        SHOW(aclInit(NULL));
        SHOW(aclInit(NULL));
        SHOW(aclFinalize());
        break;
    case 2:
        SHOW(aclInit(NULL));
        SHOW(aclFinalize());
        SHOW(aclInit("other.json"));
        SHOW(aclInit(NULL));
        SHOW(aclInit("missing.json"));
        break;
    case 3:
        SHOW(aclInit(NULL));
        SHOW(aclFinalize());
        SHOW(aclFinalize());
        break;
    case 4: SHOW(aclFinalize()); break;
    case 5:
        SHOW(aclmdlLoadFromFile("float.om", &id));
        SHOW(aclmdlUnload(1));
        SHOW(aclInit(NULL));
        SHOW(aclFinalize());
        SHOW(aclmdlExecute(1, NULL, NULL));
        break;
    case 6:
        SHOW(aclrtSetDevice(0));
        SHOW(aclrtMalloc(&a, 8, 0));
        break;
    case 7:
        start();
        SHOW(aclrtSetDevice(7));
        SHOW(aclrtSetDevice(-1));
        break;
    case 8:
        SHOW(aclInit(NULL));
        SHOW(aclrtResetDevice(0));
        break;
    case 9:
        start();
        in_thread(9);
        break;
    case 10:
        start();
        SHOW(aclrtCreateContext(&context, 0));
        SHOW(aclrtDestroyContext(context));
        SHOW(aclrtSetCurrentContext(NULL));
        SHOW(aclrtSetCurrentContext(context));
        break;
    case 11:
        start();
        SHOW(aclrtGetCurrentContext(&context));
        SHOW(aclrtDestroyContext(context));
        break;
    case 12:
        start();
        SHOW(aclrtDestroyStream(NULL));
        SHOW(aclrtDestroyEvent(NULL));
        SHOW(aclrtDestroyContext(NULL));
        break;
    case 13:
        start();
        aclrtCreateEvent(&event);
        SHOW(aclrtDestroyStream(stream));
        SHOW(aclrtDestroyEvent(event));
        SHOW(aclrtSynchronizeStream(stream));
        SHOW(aclrtDestroyStream(stream));
        SHOW(aclrtRecordEvent(event, NULL));
        SHOW(aclrtDestroyEvent(event));
        break;
    case 14:
        load();
        aclrtCreateEvent(&event);
        aclrtMallocHost(&host, 64);
        aclrtGetCurrentContext(&context);
        SHOW(aclrtCreateContext(&other, 0));
        SHOW(aclrtMemcpyAsync(in_memory, 64, host, 64, ACL_MEMCPY_HOST_TO_DEVICE, stream));
        SHOW(aclmdlExecuteAsync(model, in, out, stream));
        SHOW(aclrtRecordEvent(event, stream));
        SHOW(aclrtDestroyStream(stream));
        SHOW(aclrtSynchronizeStream(stream));
        break;
    case 15:
        start();
        SHOW(aclrtSynchronizeStreamWithTimeout(stream, 0));
        SHOW(aclrtSynchronizeStreamWithTimeout(stream, -2));
        SHOW(aclrtSynchronizeStreamWithTimeout(stream, -1));
        break;
    case 16: {
        aclrtStreamStatus status = 77;
        load();
        SHOW(aclmdlExecuteAsync(model, in, out, stream));
        SHOW(aclrtSynchronizeStreamWithTimeout(stream, 50));
        SHOW(aclrtStreamQuery(stream, &status));
        show(status), printf("status\n");
        SHOW(aclrtStreamAbort(stream));
        SHOW(aclrtSynchronizeStream(stream));
        break;
    }
    case 17:
        load();
        SHOW(aclrtCreateStream(&second));
        SHOW(aclmdlExecuteAsync(model, in, out, stream));
        SHOW(aclrtDestroyStream(stream));
        SHOW(aclmdlExecuteAsync(model, in, out, second));
        SHOW(aclrtDestroyStreamForce(second));
        break;
    case 18:
        start();
        SHOW(aclrtMalloc(&a, 0, 0));
        SHOW(aclrtMalloc(NULL, 8, 0));
        break;
    case 19:
        start();
        SHOW(aclrtMalloc(&a, 48 << 20, 0));
        SHOW(aclrtMalloc(&b, 48 << 20, 0));
        SHOW(aclrtFree(a));
        SHOW(aclrtMalloc(&b, 48 << 20, 0));
        break;
    case 20:
        start();
        SHOW(aclrtMalloc(&a, 256, 0));
        SHOW(aclrtFree(NULL));
        SHOW(aclrtFree((char *)a + 64));
        SHOW(aclrtFree(plain));
        SHOW(aclrtFree(a));
        SHOW(aclrtFree(a));
        break;
    case 21:
        load();
        aclrtMallocHost(&host, 256);
        SHOW(aclrtMemcpyAsync(in_memory, 256, host, 256, ACL_MEMCPY_HOST_TO_DEVICE, stream));
        SHOW(aclrtFreeHost(host));
        SHOW(aclrtSynchronizeStream(stream));
        break;
    case 22:
        start();
        SHOW(aclrtMalloc(&a, 64, 0));
        SHOW(aclrtMemcpy(a, 64, plain, 65, ACL_MEMCPY_HOST_TO_DEVICE));
        break;
    case 23:
        start();
        SHOW(aclrtMalloc(&a, 64, 0));
        SHOW(aclrtMemcpy(a, 64, plain, 64, (aclrtMemcpyKind)99));
        break;
    case 24:
        start();
        SHOW(aclrtMalloc(&a, 64, 0));
        SHOW(aclrtMemcpy(a, 64, plain, 64, ACL_MEMCPY_DEVICE_TO_HOST));
        SHOW(aclrtMemcpy(a, 1024, plain, 200, ACL_MEMCPY_HOST_TO_DEVICE));
        break;
    case 25:
        start();
        SHOW(aclrtMalloc(&a, 64, 0));
        plain[0] = 5;
        SHOW(aclrtMemcpyAsync(a, 64, plain, 64, ACL_MEMCPY_HOST_TO_DEVICE, stream));
        plain[0] = 0;
        SHOW(aclrtMemcpy(plain, 64, a, 64, ACL_MEMCPY_DEVICE_TO_HOST));
        show(plain[0]), printf("first byte\n");
        break;
    case 26:
        start();
        SHOW(aclrtMalloc(&a, 256, 0));
        SHOW(aclrtMallocHost(&host, 256));
        SHOW(aclrtMemcpyAsync((char *)a + 8, 64, host, 64, ACL_MEMCPY_HOST_TO_DEVICE, stream));
        SHOW(aclrtSynchronizeStream(stream));
        break;
    case 27:
        start();
        SHOW(aclrtMalloc(&a, 64, 0));
        SHOW(aclrtMemcpy(a, 64, plain, 0, ACL_MEMCPY_HOST_TO_DEVICE));
        break;
    case 28:
        start();
        SHOW(aclrtMalloc(&a, 64, 0));
        SHOW(aclrtMallocHost(&host, 64));
        SHOW(aclrtMemset(a, 64, 3, 64));
        SHOW(aclrtMemcpyAsync(host, 64, a, 64, ACL_MEMCPY_DEVICE_TO_HOST, stream));
        usleep(100000);
        show(*(unsigned char *)host), printf("before\n");
        SHOW(aclrtSynchronizeStream(stream));
        show(*(unsigned char *)host), printf("after\n");
        break;
    case 29:
        start();
        SHOW(aclmdlLoadFromFile(NULL, &id));
        SHOW(aclmdlLoadFromFile("missing.om", &id));
        SHOW(aclmdlLoadFromFile("short.om", &id));
        SHOW(aclmdlLoadFromFile("magic.om", &id));
        SHOW(aclmdlLoadFromFile("long.om", &id));
        break;
    case 30:
        start();
        SHOW(aclmdlLoadFromFile("float.om", &id));
        printf("0 %s\n", aclGetRecentErrMsg());
        printf("0 %s\n", aclGetRecentErrMsg() ? "again" : "consumed");
        break;
    case 31:
        start();
        SHOW(aclmdlQuerySize("float.om", &work, &weight));
        SHOW(aclrtMalloc(&a, work, 0));
        SHOW(aclrtMalloc(&b, weight, 0));
        SHOW(aclmdlLoadFromFileWithMem("float.om", &id, a, work - 1, b, weight));
        SHOW(aclmdlLoadFromFileWithMem("float.om", &id, a, work, b, weight - 1));
        SHOW(aclmdlLoadFromFileWithMem("float.om", &id, a, work, b, weight));
        SHOW(aclmdlUnload(id));
        SHOW(aclrtFree(a));
        SHOW(aclrtFree(b));
        break;
    case 32:
        start();
        SHOW(aclmdlLoadFromFile("float.om", &id));
        break;
    case 33: {
        aclmdlConfigHandle *config;
        const char *path = "float.om";
        size_t kind = 1;
        start();
        config = aclmdlCreateConfigHandle();
        SHOW(aclmdlLoadWithConfig(config, &id));
        SHOW(aclmdlSetConfigOpt(config, ACL_MDL_LOAD_TYPE_SIZET, &kind, sizeof kind));
        SHOW(aclmdlLoadWithConfig(config, &id));
        SHOW(aclmdlSetConfigOpt(config, ACL_MDL_PATH_PTR, &path, sizeof path));
        SHOW(aclmdlLoadWithConfig(config, &id));
        SHOW(aclmdlUnload(id));
        SHOW(aclmdlDestroyConfigHandle(config));
        break;
    }
    case 34:
        load();
        SHOW(aclmdlGetDesc(desc, 99));
        SHOW(aclmdlExecute(99, in, out));
        SHOW(aclmdlSetDynamicBatchSize(99, in, 1, 2));
        SHOW(aclmdlUnload(99));
        SHOW(aclmdlUnload(model));
        SHOW(aclmdlUnload(model));
        break;
    case 35:
        load();
        SHOW(aclmdlGetInputDims(desc, 9, &dims));
        SHOW(aclmdlGetOutputDims(desc, 9, &dims));
        SHOW((long)aclmdlGetInputSizeByIndex(desc, 9));
        SHOW((long)aclmdlGetOutputDataType(desc, 9));
        SHOW((long)aclmdlGetInputFormat(desc, 9));
        SHOW((long)(size_t)aclmdlGetInputNameByIndex(desc, 9));
        break;
    case 36:
        load();
        SHOW(aclmdlGetInputIndexByName(desc, "nobody", &size));
        SHOW(aclmdlGetInputIndexByName(desc, ACL_DYNAMIC_TENSOR_NAME, &size));
        break;
    case 37:
        load();
        SHOW(aclmdlExecute(model, NULL, out));
        SHOW(aclmdlExecute(model, in, NULL));
        SHOW(aclUpdateDataBuffer(in_buffer, NULL, 0));
        SHOW(aclmdlExecute(model, in, out));
        break;
    case 38: {
        aclmdlDataset *one = aclmdlCreateDataset();
        load();
        aclmdlAddDatasetBuffer(one, in_buffer);
        SHOW(aclmdlExecute(model, one, out));
        SHOW(aclmdlExecuteAsync(model, one, out, stream));
        break;
    }
    case 39:
        load();
        SHOW(aclUpdateDataBuffer(in_buffer, in_memory, 100));
        SHOW(aclmdlExecute(model, in, out));
        SHOW(aclmdlSetDynamicBatchSize(model, in, 1, 1));
        SHOW(aclmdlExecute(model, in, out));
        SHOW(aclmdlSetDynamicBatchSize(model, in, 1, 4));
        SHOW(aclmdlExecute(model, in, out));
        break;
    case 40:
        load();
        SHOW(aclUpdateDataBuffer(in_buffer, in_memory, 200));
        SHOW(aclmdlExecute(model, in, out));
        break;
    case 41:
        load();
        SHOW(aclUpdateDataBuffer(in_buffer, plain, 256));
        SHOW(aclmdlExecuteAsync(model, in, out, stream));
        SHOW(aclrtSynchronizeStream(stream));
        SHOW(aclrtSynchronizeStream(stream));
        aclrtMalloc(&a, 256, 0);
        aclrtFree(a);
        SHOW(aclUpdateDataBuffer(in_buffer, a, 256));
        SHOW(aclmdlExecuteAsync(model, in, out, stream));
        SHOW(aclrtSynchronizeStream(stream));
        break;
    case 42:
        load();
        SHOW(aclmdlExecute(model, in, out));
        SHOW(aclmdlExecuteAsync(model, in, out, stream));
        break;
    case 43:
        load();
        SHOW(aclrtCreateStream(&second));
        SHOW(aclmdlExecuteAsync(model, in, out, stream));
        SHOW(aclmdlExecuteAsync(model, in, out, second));
        SHOW(aclrtSynchronizeStream(stream));
        SHOW(aclmdlExecuteAsync(model, in, out, second));
        SHOW(aclrtSynchronizeStream(second));
        break;
    case 44:
        load();
        SHOW(aclrtCreateContext(&other, 0));
        SHOW(aclmdlExecute(model, in, out));
        SHOW(aclmdlUnload(model));
        break;
    case 45:
        load();
        SHOW(aclmdlSetDynamicBatchSize(model, in, 1, 0));
        SHOW(aclmdlSetDynamicBatchSize(model, in, 1, 3));
        SHOW(aclmdlSetDynamicBatchSize(model, in, 9, 2));
        aclUpdateDataBuffer(gear_buffer, gear_memory, 2);
        SHOW(aclmdlSetDynamicBatchSize(model, in, 1, 2));
        aclUpdateDataBuffer(gear_buffer, NULL, 4);
        SHOW(aclmdlSetDynamicBatchSize(model, in, 1, 2));
        aclUpdateDataBuffer(gear_buffer, gear_memory, 4);
        SHOW(aclmdlLoadFromFile("fixed.om", &id));
        SHOW(aclmdlSetDynamicBatchSize(id, in, 1, 2));
        break;
    case 46:
        load();
        SHOW(aclmdlSetDynamicBatchSize(model, in, 1, 2));
        SHOW(aclmdlExecuteAsync(model, in, out, stream));
        SHOW(aclmdlSetDynamicBatchSize(model, in, 1, 1));
        SHOW(aclrtSynchronizeStream(stream));
        break;
    case 47:
        load();
        SHOW(aclmdlExecute(model, in, out));
        SHOW(aclmdlGetCurOutputDims(desc, 1, &dims));
        show(dims.dims[0]), printf("rows\n");
        break;
    case 48:
        load();
        SHOW(aclmdlExecuteAsync(model, in, out, stream));
        SHOW(aclmdlUnload(model));
        SHOW(aclrtSynchronizeStream(stream));
        SHOW(aclmdlUnload(model));
        break;
    case 49:
        load();
        SHOW(aclmdlExecuteAsync(model, in, out, stream));
        SHOW(aclmdlDestroyDataset(in));
        SHOW(aclDestroyDataBuffer(in_buffer));
        SHOW(aclrtSynchronizeStream(stream));
        SHOW(aclmdlDestroyDataset(in));
        SHOW(aclmdlDestroyDataset(in));
        SHOW(aclDestroyDataBuffer(in_buffer));
        SHOW(aclDestroyDataBuffer(in_buffer));
        SHOW(aclmdlDestroyDesc(desc));
        SHOW(aclmdlDestroyDesc(desc));
        break;
    case 50:
        load();
        SHOW(aclmdlGetFirstAippInfo(model, 0, calloc(1, 299216)));
        break;
    case 51:
        start();
        SHOW(aclrtProcessReport(0));
        SHOW(aclrtLaunchCallback(nothing, NULL, ACL_CALLBACK_NO_BLOCK, stream));
        in_thread(51);
        SHOW(aclrtSubscribeReport((uint64_t)pthread_self(), stream));
        SHOW(aclrtProcessReport(10));
        SHOW(aclrtUnSubscribeReport((uint64_t)pthread_self(), stream));
        break;
    case 52:
        load();
        SHOW(aclFinalize());
        break;
    case 53: {
        pthread_t thread;
        int what = 53;
        load();
        (void)thread, (void)what;
        aclrtGetCurrentContext(&context);
        SHOW(aclrtResetDevice(0));
        SHOW(aclrtMalloc(&a, 8, 0));
        SHOW(aclrtSynchronizeStream(stream));
        SHOW(aclrtSetCurrentContext(context));
        break;
    }
    case 54: {
        int status = 0;
        start();
        pid_t child = fork();
        if (child == 0) {
            SHOW(aclrtMalloc(&a, 8, 0));
            SHOW(aclInit(NULL));
            fflush(stdout);
            SHOW(aclFinalize());
            fflush(stdout);
            _exit(0);
        }
        waitpid(child, &status, 0);
        SHOW(WEXITSTATUS(status));
        break;
    }
    case 100: /* the host touches device memory */
        start();
        aclrtMalloc(&a, 64, 0);
        *(volatile char *)a = 1;
        break;
    case 101: /* the host writes behind pinned memory */
        start();
        aclrtMallocHost(&host, 64);
        ((volatile char *)host)[64] = 1;
        break;
    case 102: /* the host touches freed pinned memory */
        start();
        aclrtMallocHost(&host, 64);
        aclrtFreeHost(host);
        *(volatile char *)host = 1;
        break;
    case 103: /* the host changes a buffer before it was copied */
        start();
        aclrtMalloc(&a, 64, 0);
        aclrtMallocHost(&host, 64);
        memset(host, 0, 64);
        SHOW(aclrtMemcpyAsync(a, 64, host, 64, ACL_MEMCPY_HOST_TO_DEVICE, stream));
        memset(host, 9, 64);
        SHOW(aclrtSynchronizeStream(stream));
        break;
    case 106: /* a function launched on a stream that loses its report thread */
        start();
        SHOW(aclrtSubscribeReport((uint64_t)pthread_self(), stream));
        SHOW(aclrtLaunchCallback(nothing, NULL, ACL_CALLBACK_BLOCK, stream));
        usleep(100000); /* the stream has come to the function and waits */
        SHOW(aclrtUnSubscribeReport((uint64_t)pthread_self(), stream));
        SHOW(aclrtSynchronizeStream(stream));
        break;
    case 104: /* real-chip model */
        start();
        SHOW(aclmdlLoadFromFile("chip.om", &id));
        printf("0 %s\n", aclGetRecentErrMsg());
        break;
    case 105: /* a stub library */
        SHOW(aclInit(NULL));
        SHOW((long)(size_t)aclrtGetSocName());
        break;
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    row(atoi(argv[1]));
    return 0;
}
