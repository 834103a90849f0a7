/* Functions that our own header does not declare, as other people's programs call them. `others` runs what works,
 * `others refused` what does not; exits 0 if all answer as they must. */
#include "acl/acl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t aclGetTensorDescDim(const aclTensorDesc *desc, size_t index);
const char *aclGetTensorDescName(aclTensorDesc *desc);
void aclSetTensorDescName(aclTensorDesc *desc, const char *name);
void aclAppLog(int level, const char *function, const char *file, uint32_t line, const char *format, ...);
aclError aclrtMemFlush(void *address, size_t size);
aclError aclrtMemInvalidate(void *address, size_t size);
aclError aclrtFreeHostWithDevSync(void *address);
aclError aclrtDeviceCanAccessPeer(int32_t *can, int32_t device, int32_t peer);

aclError aclprofInit(const char *path, size_t length);
void *aclprofCreateConfig(uint32_t *devices, uint32_t count, int metrics, const void *events, uint64_t types);
aclError aclprofStart(const void *config);
aclError aclprofStop(const void *config);
aclError aclprofDestroyConfig(const void *config);
aclError aclprofFinalize(void);
aclError aclmdlInitDump(void);
void *aclmdlCreateAIPP(uint64_t batch);
void *aclopCreateAttr(void);
void aclopDestroyAttr(const void *attribute);

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

static void working(void) {
    int64_t shape[] = {2, 3};
    aclTensorDesc *tensor = aclCreateTensorDesc(ACL_FLOAT, 2, shape, ACL_FORMAT_ND);
    EXPECT(aclGetTensorDescDim(tensor, 1), 3);
    EXPECT(aclGetTensorDescDim(tensor, 2), -1);
    EXPECT(aclGetTensorDescName(tensor)[0], 0);
    aclSetTensorDescName(tensor, "data");
    OK(strcmp(aclGetTensorDescName(tensor), "data"));
    aclDestroyTensorDesc(tensor);

    void *device, *host;
    OK(aclrtMalloc(&device, 100, ACL_MEM_MALLOC_NORMAL_ONLY));
    OK(aclrtMemFlush(device, 100));
    OK(aclrtMemInvalidate(device, 100));
    EXPECT(aclrtMemFlush(device, 4096), 107000);
    EXPECT(aclrtMemInvalidate(NULL, 100), 100000);
    OK(aclrtFree(device));
    OK(aclrtMallocHost(&host, 100));
    OK(aclrtFreeHostWithDevSync(host));

    int32_t can = 7;
    OK(aclrtDeviceCanAccessPeer(&can, 0, 1));
    OK(can);
    EXPECT(aclrtDeviceCanAccessPeer(&can, 0, 2), 107001);
    aclAppLog(3, "working", "others.c", 1, "error %d", 5);
    aclAppLog(1, "working", "others.c", 2, "unheard");
}

static void refused(void) {
    EXPECT(aclprofInit("/tmp", 4), 200001);
    const char *why = aclGetRecentErrMsg();
    EXPECT(why && strstr(why, "aclprofInit"), 1);
    EXPECT(aclprofCreateConfig(NULL, 0, 0xFF, NULL, 0), 0);
    EXPECT(aclprofStart(NULL), 200001);
    EXPECT(aclprofStop(NULL), 200001);
    EXPECT(aclprofDestroyConfig(NULL), 200001);
    EXPECT(aclprofFinalize(), 200001);
    EXPECT(aclmdlInitDump(), 200001);
    EXPECT(aclmdlCreateAIPP(1), 0);
    EXPECT(aclopCreateAttr(), 0);
    aclopDestroyAttr(NULL);
}

int main(int argc, char **argv) {
    (void)argv;
    OK(aclInit(NULL));
    OK(aclrtSetDevice(0));
    if (argc > 1)
        refused();
    else
        working();
    OK(aclrtResetDevice(0));
    OK(aclFinalize());
    return 0;
}
