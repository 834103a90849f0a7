//! The reader of offline models on a file that `atc` wrote.

use crate::shared;
use lightcnn::om::{OmKind, inspect};

#[test]
fn a_real_model_of_2020() {
    let summary = inspect(&shared("data/ascend-om/a3c_pong_model.om")).unwrap();
    assert_eq!((summary.kind, summary.file_bytes), (OmKind::Offline, 378_955));
    let header = summary.header.as_ref().unwrap();
    assert_eq!((header.version, header.platform_version.as_str()), (0x1000_0000, "1.11.z.0"));
    let names: Vec<&str> = summary.models[0].iter().map(|partition| partition.name).collect();
    assert_eq!(names, ["MODEL_DEF", "WEIGHTS_DATA", "TBE_KERNELS", "TASK_INFO"]);
    assert_eq!(summary.attributes["atc_version"], "1.75.22.0.220");
    assert_eq!(summary.soc_version, None);
    assert_eq!((summary.work_bytes, summary.weight_bytes), (Some(90_624), Some(320_000)));
    assert_eq!((summary.inputs.len(), summary.outputs.len()), (1, 1));
    let input = &summary.inputs[0];
    assert_eq!((input.name.as_str(), input.dims.as_slice()), ("s", &[1, 42, 42, 1][..]));
    assert_eq!((input.data_type.name(), input.bytes), (Some("FLOAT"), 4 * 42 * 42));
    let output = &summary.outputs[0];
    assert_eq!((output.name.as_str(), output.dims.as_slice()), ("out_a:0", &[1][..]));
    assert_eq!((output.data_type.name(), output.bytes), (Some("INT32"), 4));
    assert!(summary.gears.is_empty() && summary.aipp.is_none() && summary.notes.is_empty());
}
