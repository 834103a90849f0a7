//! Sizes and offsets of the structs on 64-bit little-endian systems, as compiled with the vendor's headers. They
//! have not changed from CANN 5.0 to 9.

use std::mem::{offset_of, size_of};

use ascend_sys::bindings::*;

#[test]
fn structs_have_the_vendors_layout() {
    assert_eq!(size_of::<aclmdlIODims>(), 1160);
    assert_eq!(offset_of!(aclmdlIODims, name), 0);
    assert_eq!(offset_of!(aclmdlIODims, dimCount), 128);
    assert_eq!(offset_of!(aclmdlIODims, dims), 136);

    assert_eq!(size_of::<aclmdlBatch>(), 1032);
    assert_eq!(offset_of!(aclmdlBatch, batchCount), 0);
    assert_eq!(offset_of!(aclmdlBatch, batch), 8);

    assert_eq!(size_of::<aclmdlHW>(), 2056);
    assert_eq!(offset_of!(aclmdlHW, hw), 8);

    assert_eq!(size_of::<aclmdlIODimsRange>(), 2056);
    assert_eq!(offset_of!(aclmdlIODimsRange, range), 8);

    assert_eq!(size_of::<aclAippDims>(), 2336);
    assert_eq!(offset_of!(aclAippDims, srcSize), 1160);
    assert_eq!(offset_of!(aclAippDims, aippOutdims), 1168);
    assert_eq!(offset_of!(aclAippDims, aippOutSize), 2328);

    assert_eq!(size_of::<aclAippInfo>(), 299_216);
    assert_eq!(offset_of!(aclAippInfo, inputFormat), 0);
    assert_eq!(offset_of!(aclAippInfo, srcImageSizeW), 4);
    assert_eq!(offset_of!(aclAippInfo, srcImageSizeH), 8);
    assert_eq!(offset_of!(aclAippInfo, cropSwitch), 12);
    assert_eq!(offset_of!(aclAippInfo, meanChn0), 128);
    assert_eq!(offset_of!(aclAippInfo, minChn0), 144);
    assert_eq!(offset_of!(aclAippInfo, varReciChn0), 160);
    assert_eq!(offset_of!(aclAippInfo, srcFormat), 176);
    assert_eq!(offset_of!(aclAippInfo, srcDatatype), 180);
    assert_eq!(offset_of!(aclAippInfo, srcDimNum), 184);
    assert_eq!(offset_of!(aclAippInfo, shapeCount), 192);
    assert_eq!(offset_of!(aclAippInfo, outDims), 200);
    assert_eq!(offset_of!(aclAippInfo, aippExtend), 299_208);

    assert_eq!(size_of::<aclrtUtilizationInfo>(), 24);
    assert_eq!(offset_of!(aclrtUtilizationInfo, cubeUtilization), 0);
    assert_eq!(offset_of!(aclrtUtilizationInfo, utilizationExtend), 16);

    assert_eq!(size_of::<aclrtPtrAttributes>(), 28);
    assert_eq!(offset_of!(aclrtPtrAttributes, location), 0);
    assert_eq!(offset_of!(aclrtPtrAttributes, pageSize), 8);
    assert_eq!(offset_of!(aclrtPtrAttributes, rsv), 12);

    assert_eq!(size_of::<aclCANNPackageVersion>(), 512);
}

#[test]
fn enums_are_four_bytes_and_statuses_have_their_values() {
    assert_eq!(size_of::<aclrtRunMode>(), 4);
    assert_eq!(size_of::<aclDataType>(), 4);
    assert_eq!(size_of::<aclError>(), 4);
    assert_eq!((ACL_DEVICE, ACL_HOST), (0, 1));
    // The deprecated event status counts the other way round.
    assert_eq!((ACL_EVENT_RECORDED_STATUS_NOT_READY, ACL_EVENT_STATUS_NOT_READY), (0, 1));
    assert_eq!(ACL_DYNAMIC_TENSOR_NAME, b"ascend_mbatch_shape_data\0");
}
