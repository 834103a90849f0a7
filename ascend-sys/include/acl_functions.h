/* Functions of the ACL C interface, one declaration to a line: `tests/acl/headers.rs` compiles each line after the
 * headers of an installed CANN, so that a signature which differs is an error of the C compiler. Which of them a
 * library must have is said in `src/table.rs`. Include a file with the types first. */

/* Process. */
aclError aclInit(const char *configPath);
aclError aclFinalize(void);
aclError aclFinalizeReference(uint64_t *refCount);
aclError aclrtGetVersion(int32_t *major, int32_t *minor, int32_t *patch);
aclError aclsysGetCANNVersion(aclCANNPackageName name, aclCANNPackageVersion *version);
aclError aclsysGetVersionStr(char *package, char *version);
const char *aclGetRecentErrMsg(void);
const char *aclrtGetSocName(void);

/* Device. */
aclError aclrtGetDeviceCount(uint32_t *count);
aclError aclrtSetDevice(int32_t device);
aclError aclrtResetDevice(int32_t device);
aclError aclrtResetDeviceForce(int32_t device);
aclError aclrtGetDevice(int32_t *device);
aclError aclrtGetRunMode(aclrtRunMode *mode);
aclError aclrtSynchronizeDevice(void);
aclError aclrtSynchronizeDeviceWithTimeout(int32_t milliseconds);
aclError aclrtQueryDeviceStatus(int32_t device, aclrtDeviceStatus *status);
aclError aclrtGetDeviceUtilizationRate(int32_t device, aclrtUtilizationInfo *rate);
aclError aclrtDeviceTaskAbort(int32_t device, uint32_t milliseconds);
aclError aclrtCheckArchCompatibility(const char *soc, int32_t *compatible);

/* Context. */
aclError aclrtCreateContext(aclrtContext *context, int32_t device);
aclError aclrtDestroyContext(aclrtContext context);
aclError aclrtSetCurrentContext(aclrtContext context);
aclError aclrtGetCurrentContext(aclrtContext *context);

/* Stream. */
aclError aclrtCreateStream(aclrtStream *stream);
aclError aclrtCreateStreamWithConfig(aclrtStream *stream, uint32_t priority, uint32_t flags);
aclError aclrtDestroyStream(aclrtStream stream);
aclError aclrtDestroyStreamForce(aclrtStream stream);
aclError aclrtSynchronizeStream(aclrtStream stream);
aclError aclrtSynchronizeStreamWithTimeout(aclrtStream stream, int32_t milliseconds);
aclError aclrtStreamQuery(aclrtStream stream, aclrtStreamStatus *status);
aclError aclrtStreamAbort(aclrtStream stream);
aclError aclrtSetStreamFailureMode(aclrtStream stream, uint64_t mode);
aclError aclrtStreamWaitEvent(aclrtStream stream, aclrtEvent event);
aclError aclrtSetOpExecuteTimeOut(uint32_t seconds);
aclError aclrtSetOpWaitTimeout(uint32_t seconds);
aclError aclrtGetStreamAvailableNum(uint32_t *count);

/* Event. */
aclError aclrtCreateEvent(aclrtEvent *event);
aclError aclrtCreateEventWithFlag(aclrtEvent *event, uint32_t flags);
aclError aclrtCreateEventExWithFlag(aclrtEvent *event, uint32_t flags);
aclError aclrtDestroyEvent(aclrtEvent event);
aclError aclrtRecordEvent(aclrtEvent event, aclrtStream stream);
aclError aclrtResetEvent(aclrtEvent event, aclrtStream stream);
aclError aclrtQueryEventStatus(aclrtEvent event, aclrtEventRecordedStatus *status);
aclError aclrtQueryEvent(aclrtEvent event, aclrtEventStatus *status);
aclError aclrtSynchronizeEvent(aclrtEvent event);
aclError aclrtSynchronizeEventWithTimeout(aclrtEvent event, int32_t milliseconds);
aclError aclrtEventElapsedTime(float *milliseconds, aclrtEvent start, aclrtEvent end);

/* Memory. */
aclError aclrtMalloc(void **address, size_t size, aclrtMemMallocPolicy policy);
aclError aclrtMallocAlign32(void **address, size_t size, aclrtMemMallocPolicy policy);
aclError aclrtFree(void *address);
aclError aclrtFreeWithDevSync(void *address);
aclError aclrtMallocHost(void **address, size_t size);
aclError aclrtFreeHost(void *address);
aclError aclrtHostRegister(void *address, uint64_t size, aclrtHostRegisterType type, void **device);
aclError aclrtMemcpy(void *to, size_t capacity, const void *from, size_t count, aclrtMemcpyKind kind);
aclError aclrtMemcpyAsync(void *to, size_t capacity, const void *from, size_t count, aclrtMemcpyKind kind, aclrtStream stream);
aclError aclrtMemcpy2d(void *to, size_t toPitch, const void *from, size_t fromPitch, size_t width, size_t height, aclrtMemcpyKind kind);
aclError aclrtMemset(void *address, size_t capacity, int32_t value, size_t count);
aclError aclrtMemsetAsync(void *address, size_t capacity, int32_t value, size_t count, aclrtStream stream);
aclError aclrtGetMemInfo(aclrtMemAttr kind, size_t *free, size_t *total);
aclError aclrtPointerGetAttributes(const void *address, aclrtPtrAttributes *attributes);

/* Callbacks on the host. */
aclError aclrtSubscribeReport(uint64_t thread, aclrtStream stream);
aclError aclrtUnSubscribeReport(uint64_t thread, aclrtStream stream);
aclError aclrtLaunchCallback(aclrtCallback callback, void *data, aclrtCallbackBlockType block, aclrtStream stream);
aclError aclrtProcessReport(int32_t milliseconds);
aclError aclrtLaunchHostFunc(aclrtStream stream, aclrtHostFunc callback, void *data);

/* Model: load, unload, size. */
aclError aclmdlQuerySize(const char *path, size_t *work, size_t *weights);
aclError aclmdlQuerySizeFromMem(const void *model, size_t size, size_t *work, size_t *weights);
aclError aclmdlLoadFromFile(const char *path, uint32_t *model);
aclError aclmdlLoadFromMem(const void *model, size_t size, uint32_t *id);
aclError aclmdlLoadFromFileWithMem(const char *path, uint32_t *model, void *work, size_t workSize, void *weights, size_t weightsSize);
aclError aclmdlLoadFromMemWithMem(const void *model, size_t size, uint32_t *id, void *work, size_t workSize, void *weights, size_t weightsSize);
aclmdlConfigHandle *aclmdlCreateConfigHandle(void);
aclError aclmdlDestroyConfigHandle(aclmdlConfigHandle *config);
aclError aclmdlSetConfigOpt(aclmdlConfigHandle *config, aclmdlConfigAttr attribute, const void *value, size_t size);
aclError aclmdlLoadWithConfig(const aclmdlConfigHandle *config, uint32_t *model);
aclError aclmdlUnload(uint32_t model);

/* Model: description. */
aclmdlDesc *aclmdlCreateDesc(void);
aclError aclmdlDestroyDesc(aclmdlDesc *desc);
aclError aclmdlGetDesc(aclmdlDesc *desc, uint32_t model);
aclError aclmdlGetDescFromFile(aclmdlDesc *desc, const char *path);
aclError aclmdlGetDescFromMem(aclmdlDesc *desc, const void *model, size_t size);
size_t aclmdlGetNumInputs(aclmdlDesc *desc);
size_t aclmdlGetNumOutputs(aclmdlDesc *desc);
size_t aclmdlGetInputSizeByIndex(aclmdlDesc *desc, size_t index);
size_t aclmdlGetOutputSizeByIndex(aclmdlDesc *desc, size_t index);
aclError aclmdlGetInputDims(const aclmdlDesc *desc, size_t index, aclmdlIODims *dims);
aclError aclmdlGetInputDimsV2(const aclmdlDesc *desc, size_t index, aclmdlIODims *dims);
aclError aclmdlGetOutputDims(const aclmdlDesc *desc, size_t index, aclmdlIODims *dims);
aclError aclmdlGetCurOutputDims(const aclmdlDesc *desc, size_t index, aclmdlIODims *dims);
aclError aclmdlGetInputDimsRange(const aclmdlDesc *desc, size_t index, aclmdlIODimsRange *range);
const char *aclmdlGetInputNameByIndex(const aclmdlDesc *desc, size_t index);
const char *aclmdlGetOutputNameByIndex(const aclmdlDesc *desc, size_t index);
aclFormat aclmdlGetInputFormat(const aclmdlDesc *desc, size_t index);
aclFormat aclmdlGetOutputFormat(const aclmdlDesc *desc, size_t index);
aclDataType aclmdlGetInputDataType(const aclmdlDesc *desc, size_t index);
aclDataType aclmdlGetOutputDataType(const aclmdlDesc *desc, size_t index);
aclError aclmdlGetInputIndexByName(const aclmdlDesc *desc, const char *name, size_t *index);
aclError aclmdlGetOutputIndexByName(const aclmdlDesc *desc, const char *name, size_t *index);
const char *aclmdlGetTensorRealName(const aclmdlDesc *desc, const char *name);
const char *aclmdlGetOpAttr(aclmdlDesc *desc, const char *op, const char *attribute);
aclError aclmdlGetDynamicBatch(const aclmdlDesc *desc, aclmdlBatch *batch);
aclError aclmdlGetDynamicHW(const aclmdlDesc *desc, size_t index, aclmdlHW *sizes);
aclError aclmdlGetInputDynamicGearCount(const aclmdlDesc *desc, size_t index, size_t *count);
aclError aclmdlGetInputDynamicDims(const aclmdlDesc *desc, size_t index, aclmdlIODims *dims, size_t count);
aclError aclmdlGetAippType(uint32_t model, size_t index, aclmdlInputAippType *type, size_t *attached);
aclError aclmdlGetFirstAippInfo(uint32_t model, size_t index, aclAippInfo *info);

/* Data buffers, datasets, execution. */
aclDataBuffer *aclCreateDataBuffer(void *address, size_t size);
aclError aclDestroyDataBuffer(const aclDataBuffer *buffer);
aclError aclUpdateDataBuffer(aclDataBuffer *buffer, void *address, size_t size);
void *aclGetDataBufferAddr(const aclDataBuffer *buffer);
uint32_t aclGetDataBufferSize(const aclDataBuffer *buffer);
size_t aclGetDataBufferSizeV2(const aclDataBuffer *buffer);
aclmdlDataset *aclmdlCreateDataset(void);
aclError aclmdlDestroyDataset(const aclmdlDataset *dataset);
aclError aclmdlAddDatasetBuffer(aclmdlDataset *dataset, aclDataBuffer *buffer);
size_t aclmdlGetDatasetNumBuffers(const aclmdlDataset *dataset);
aclDataBuffer *aclmdlGetDatasetBuffer(const aclmdlDataset *dataset, size_t index);
aclError aclmdlSetDatasetTensorDesc(aclmdlDataset *dataset, aclTensorDesc *desc, size_t index);
aclTensorDesc *aclmdlGetDatasetTensorDesc(const aclmdlDataset *dataset, size_t index);
aclError aclmdlSetDynamicBatchSize(uint32_t model, aclmdlDataset *inputs, size_t index, uint64_t batch);
aclError aclmdlSetDynamicHWSize(uint32_t model, aclmdlDataset *inputs, size_t index, uint64_t height, uint64_t width);
aclError aclmdlSetInputDynamicDims(uint32_t model, aclmdlDataset *inputs, size_t index, const aclmdlIODims *dims);
aclError aclmdlExecute(uint32_t model, const aclmdlDataset *inputs, aclmdlDataset *outputs);
aclError aclmdlExecuteAsync(uint32_t model, const aclmdlDataset *inputs, aclmdlDataset *outputs, aclrtStream stream);
aclmdlExecConfigHandle *aclmdlCreateExecConfigHandle(void);
aclError aclmdlDestroyExecConfigHandle(const aclmdlExecConfigHandle *config);
aclError aclmdlSetExecConfigOpt(aclmdlExecConfigHandle *config, aclmdlExecConfigAttr attribute, const void *value, size_t size);
aclError aclmdlExecuteV2(uint32_t model, const aclmdlDataset *inputs, aclmdlDataset *outputs, aclrtStream stream, const aclmdlExecConfigHandle *config);
aclError aclmdlExecuteAsyncV2(uint32_t model, const aclmdlDataset *inputs, aclmdlDataset *outputs, aclrtStream stream, const aclmdlExecConfigHandle *config);
