/* A whole inference program in the manner of the vendor's samples.
 *
 * inference MODEL IN OUT WAY BATCH
 *   IN holds samples one behind the other; they run BATCH at a time (the last batch is padded with zero bytes), OUT
 *   receives the rows of every output, output by output for each batch. WAY is sync, async or callback.
 */
#include "acl/acl.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(call)                                                                              \
    do {                                                                                         \
        aclError rc_ = (call);                                                                   \
        if (rc_ != ACL_SUCCESS) {                                                                \
            const char *why_ = aclGetRecentErrMsg();                                             \
            fprintf(stderr, "%s = %d: %s\n", #call, rc_, why_ ? why_ : "(no message)");          \
            exit(1);                                                                             \
        }                                                                                        \
    } while (0)

enum { MOST = 8 };

static volatile int stop_reports, called_back;
static aclrtContext context;

static void *report_thread(void *unused) {
    (void)unused;
    CHECK(aclrtSetCurrentContext(context));
    while (!stop_reports) {
        aclError rc = aclrtProcessReport(50);
        if (rc != ACL_SUCCESS && rc != 507012 && rc != 107012) {
            fprintf(stderr, "aclrtProcessReport = %d\n", rc);
            exit(1);
        }
    }
    return NULL;
}

struct result {
    unsigned char *host;
    size_t size;
    FILE *out;
};

static void on_done(void *data) {
    struct result *result = data;
    fwrite(result->host, 1, result->size, result->out);
    called_back++;
}

static aclmdlDataset *dataset(void **device, const size_t *size, size_t count) {
    aclmdlDataset *set = aclmdlCreateDataset();
    for (size_t i = 0; i < count; i++) {
        CHECK(aclrtMalloc(&device[i], size[i], ACL_MEM_MALLOC_HUGE_FIRST));
        aclDataBuffer *buffer = aclCreateDataBuffer(device[i], size[i]);
        CHECK(aclmdlAddDatasetBuffer(set, buffer));
    }
    return set;
}

static void drop(aclmdlDataset *set) {
    for (size_t i = 0; i < aclmdlGetDatasetNumBuffers(set); i++) {
        aclDataBuffer *buffer = aclmdlGetDatasetBuffer(set, i);
        CHECK(aclrtFree(aclGetDataBufferAddr(buffer)));
        CHECK(aclDestroyDataBuffer(buffer));
    }
    CHECK(aclmdlDestroyDataset(set));
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    const char *way = argv[4];
    size_t batch = strtoul(argv[5], NULL, 10);
    int sync = !strcmp(way, "sync"), callback = !strcmp(way, "callback");

    CHECK(aclInit(NULL));
    uint32_t devices = 0;
    CHECK(aclrtGetDeviceCount(&devices));
    int device = (int)devices - 1;
    CHECK(aclrtSetDevice(device));
    CHECK(aclrtCreateContext(&context, device));
    aclrtStream stream;
    CHECK(aclrtCreateStream(&stream));
    aclrtRunMode mode;
    CHECK(aclrtGetRunMode(&mode));

    uint32_t model;
    CHECK(aclmdlLoadFromFile(argv[1], &model));
    aclmdlDesc *desc = aclmdlCreateDesc();
    CHECK(aclmdlGetDesc(desc, model));
    size_t inputs = aclmdlGetNumInputs(desc), outputs = aclmdlGetNumOutputs(desc);
    size_t in_size[MOST], out_size[MOST];
    void *in_device[MOST], *out_device[MOST];
    for (size_t i = 0; i < inputs; i++) {
        aclmdlIODims dims;
        CHECK(aclmdlGetInputDims(desc, i, &dims));
        in_size[i] = aclmdlGetInputSizeByIndex(desc, i);
        printf("input %zu %s type %d format %d size %zu dims", i, aclmdlGetInputNameByIndex(desc, i),
               aclmdlGetInputDataType(desc, i), aclmdlGetInputFormat(desc, i), in_size[i]);
        for (size_t d = 0; d < dims.dimCount; d++) printf(" %lld", (long long)dims.dims[d]);
        printf("\n");
    }
    for (size_t i = 0; i < outputs; i++) {
        aclmdlIODims dims;
        CHECK(aclmdlGetOutputDims(desc, i, &dims));
        out_size[i] = aclmdlGetOutputSizeByIndex(desc, i);
        printf("output %zu %s type %d size %zu dims", i, aclmdlGetOutputNameByIndex(desc, i),
               aclmdlGetOutputDataType(desc, i), out_size[i]);
        for (size_t d = 0; d < dims.dimCount; d++) printf(" %lld", (long long)dims.dims[d]);
        printf("\n");
    }
    aclmdlBatch gears;
    CHECK(aclmdlGetDynamicBatch(desc, &gears));
    aclmdlHW hw;
    CHECK(aclmdlGetDynamicHW(desc, 0, &hw));
    size_t count = 9, largest = batch, dynamic = 0;
    CHECK(aclmdlGetInputDynamicGearCount(desc, 0, &count));
    if (hw.hwCount || count) return 3;
    for (size_t i = 0; i < gears.batchCount; i++)
        if (i == 0 || gears.batch[i] > largest) largest = gears.batch[i];
    if (gears.batchCount) CHECK(aclmdlGetInputIndexByName(desc, ACL_DYNAMIC_TENSOR_NAME, &dynamic));
    int aipp;
    size_t attached;
    CHECK(aclmdlGetAippType(model, 0, &aipp, &attached));
    printf("gears %zu aipp %d runmode %d soc %s\n", gears.batchCount, aipp, mode, aclrtGetSocName());

    aclmdlDataset *in = dataset(in_device, in_size, inputs), *out = dataset(out_device, out_size, outputs);
    size_t sample = in_size[0] / largest;
    unsigned char *host_in, *host_out[MOST];
    CHECK(aclrtMallocHost((void **)&host_in, in_size[0]));
    for (size_t i = 0; i < outputs; i++) CHECK(aclrtMallocHost((void **)&host_out[i], out_size[i]));

    FILE *from = fopen(argv[2], "rb"), *to = fopen(argv[3], "wb");
    if (!from || !to) return 4;
    pthread_t reporter;
    if (callback) {
        pthread_create(&reporter, NULL, report_thread, NULL);
        CHECK(aclrtSubscribeReport((uint64_t)reporter, stream));
    }
    int launched = 0;
    aclrtEvent begun, ended;
    CHECK(aclrtCreateEvent(&begun));
    CHECK(aclrtCreateEvent(&ended));
    CHECK(aclrtRecordEvent(begun, stream));
    for (;;) {
        memset(host_in, 0, in_size[0]);
        size_t got = fread(host_in, 1, sample * batch, from);
        if (got == 0) break;
        if (gears.batchCount) CHECK(aclmdlSetDynamicBatchSize(model, in, dynamic, batch));
        struct result results[MOST];
        if (sync) {
            CHECK(aclrtMemcpy(in_device[0], in_size[0], host_in, sample * batch, ACL_MEMCPY_HOST_TO_DEVICE));
            CHECK(aclmdlExecute(model, in, out));
        } else {
            CHECK(aclrtMemcpyAsync(in_device[0], in_size[0], host_in, sample * batch, ACL_MEMCPY_HOST_TO_DEVICE,
                                   stream));
            CHECK(aclmdlExecuteAsync(model, in, out, stream));
        }
        for (size_t i = 0; i < outputs; i++) {
            size_t bytes = out_size[i] / largest * batch;
            results[i] = (struct result){host_out[i], bytes, to};
            if (sync) {
                CHECK(aclrtMemcpy(host_out[i], out_size[i], out_device[i], bytes, ACL_MEMCPY_DEVICE_TO_HOST));
            } else {
                CHECK(aclrtMemcpyAsync(host_out[i], out_size[i], out_device[i], bytes, ACL_MEMCPY_DEVICE_TO_HOST,
                                       stream));
            }
            if (callback) {
                CHECK(aclrtLaunchCallback(on_done, &results[i], ACL_CALLBACK_BLOCK, stream));
                launched++;
            }
        }
        if (!sync) CHECK(aclrtSynchronizeStreamWithTimeout(stream, 60000));
        if (!callback)
            for (size_t i = 0; i < outputs; i++) fwrite(results[i].host, 1, results[i].size, to);
    }
    CHECK(aclrtRecordEvent(ended, stream));
    CHECK(aclrtSynchronizeEvent(ended));
    float ms = -1;
    CHECK(aclrtEventElapsedTime(&ms, begun, ended));
    if (ms < 0 || called_back != launched) return 5;
    if (callback) {
        CHECK(aclrtUnSubscribeReport((uint64_t)reporter, stream));
        stop_reports = 1;
        pthread_join(reporter, NULL);
    }
    fclose(from);
    fclose(to);

    CHECK(aclrtDestroyEvent(begun));
    CHECK(aclrtDestroyEvent(ended));
    CHECK(aclrtFreeHost(host_in));
    for (size_t i = 0; i < outputs; i++) CHECK(aclrtFreeHost(host_out[i]));
    drop(in);
    drop(out);
    CHECK(aclmdlDestroyDesc(desc));
    CHECK(aclmdlUnload(model));
    CHECK(aclrtDestroyStream(stream));
    CHECK(aclrtDestroyContext(context));
    CHECK(aclrtResetDevice(device));
    CHECK(aclFinalize());
    printf("done\n");
    return 0;
}
