/* Worker threads as a batch tool has them: lanes MODEL DEVICES LANES BATCHES BATCH
 * Each lane has its own stream, load of the model and buffers. Prints batches per second of all lanes together. */
#include "acl/acl.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHECK(call)                                                \
    do {                                                           \
        aclError rc_ = (call);                                     \
        if (rc_ != ACL_SUCCESS) {                                  \
            fprintf(stderr, "%s = %d\n", #call, rc_);              \
            exit(1);                                               \
        }                                                          \
    } while (0)

static const char *path;
static long batches, batch;
static pthread_barrier_t ready;

static void *lane(void *device) {
    uint32_t model;
    aclrtStream stream;
    CHECK(aclrtSetDevice((int)(long)device));
    CHECK(aclrtCreateStream(&stream));
    CHECK(aclmdlLoadFromFile(path, &model));
    aclmdlDesc *desc = aclmdlCreateDesc();
    CHECK(aclmdlGetDesc(desc, model));
    aclmdlDataset *sets[2] = {aclmdlCreateDataset(), aclmdlCreateDataset()};
    void *memory[2][4], *in, *out;
    size_t count[2] = {aclmdlGetNumInputs(desc), aclmdlGetNumOutputs(desc)}, gear;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < count[side]; i++) {
            size_t size = side ? aclmdlGetOutputSizeByIndex(desc, i) : aclmdlGetInputSizeByIndex(desc, i);
            CHECK(aclrtMalloc(&memory[side][i], size, 0));
            CHECK(aclmdlAddDatasetBuffer(sets[side], aclCreateDataBuffer(memory[side][i], size)));
        }
    aclmdlBatch gears;
    CHECK(aclmdlGetDynamicBatch(desc, &gears));
    size_t largest = gears.batch[gears.batchCount - 1];
    size_t in_size = aclmdlGetInputSizeByIndex(desc, 0) / largest * batch;
    size_t out_size = aclmdlGetOutputSizeByIndex(desc, count[1] - 1) / largest * batch;
    CHECK(aclrtMallocHost(&in, in_size));
    CHECK(aclrtMallocHost(&out, out_size));
    memset(in, 1, in_size);
    CHECK(aclmdlGetInputIndexByName(desc, ACL_DYNAMIC_TENSOR_NAME, &gear));
    pthread_barrier_wait(&ready);
    for (long i = 0; i < batches; i++) {
        CHECK(aclmdlSetDynamicBatchSize(model, sets[0], gear, batch));
        CHECK(aclrtMemcpyAsync(memory[0][0], in_size, in, in_size, ACL_MEMCPY_HOST_TO_DEVICE, stream));
        CHECK(aclmdlExecuteAsync(model, sets[0], sets[1], stream));
        CHECK(aclrtMemcpyAsync(out, out_size, memory[1][count[1] - 1], out_size, ACL_MEMCPY_DEVICE_TO_HOST, stream));
        CHECK(aclrtSynchronizeStream(stream));
    }
    pthread_barrier_wait(&ready);
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < count[side]; i++) {
            CHECK(aclrtFree(memory[side][i]));
            CHECK(aclDestroyDataBuffer(aclmdlGetDatasetBuffer(sets[side], i)));
        }
        CHECK(aclmdlDestroyDataset(sets[side]));
    }
    CHECK(aclrtFreeHost(in));
    CHECK(aclrtFreeHost(out));
    CHECK(aclmdlDestroyDesc(desc));
    CHECK(aclmdlUnload(model));
    CHECK(aclrtDestroyStream(stream));
    CHECK(aclrtResetDevice((int)(long)device));
    return NULL;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    path = argv[1];
    long devices = atol(argv[2]), lanes = atol(argv[3]);
    batches = atol(argv[4]), batch = atol(argv[5]);
    pthread_t threads[256];
    CHECK(aclInit(NULL));
    pthread_barrier_init(&ready, NULL, devices * lanes + 1);
    for (long i = 0; i < devices * lanes; i++) pthread_create(&threads[i], NULL, lane, (void *)(i % devices));
    pthread_barrier_wait(&ready);
    double start = now();
    pthread_barrier_wait(&ready);
    double time = now() - start;
    for (long i = 0; i < devices * lanes; i++) pthread_join(threads[i], NULL);
    CHECK(aclFinalize());
    printf("%.1f\n", devices * lanes * batches / time);
    return 0;
}
