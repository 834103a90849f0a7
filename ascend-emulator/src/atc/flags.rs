//! The parameters of the real tool and the values they take.

/// Parameters that decide something here.
pub const USED: &[&str] = &[
    "mode",
    "framework",
    "model",
    "output",
    "soc_version",
    "input_format",
    "input_shape",
    "dynamic_batch_size",
    "dynamic_image_size",
    "dynamic_dims",
    "input_shape_range",
    "insert_op_conf",
    "output_type",
    "input_fp16_nodes",
    "out_nodes",
];

/// Parameters for other work than compiling an ONNX model to an offline model, refused when they are given.
pub const REFUSED: &[&str] =
    &["build_config", "input_hint_shape", "json", "om", "raw_ge_options", "singleop"];

/// Switches, 0 or 1, that change nothing here.
pub const SWITCHES: &[&str] = &[
    "ac_parallel_enable",
    "atomic_clean_policy",
    "deterministic",
    "disable_reuse_memory",
    "display_model_info",
    "dump_mode",
    "enable_small_channel",
    "is_weight_clip",
    "quant_dumpable",
    "sparsity",
    "status_check",
    "tiling_schedule_optimize",
    "virtual_type",
];

/// Parameters with a fixed set of values that change nothing here.
pub const CHOICES: &[(&str, &[&str])] = &[
    ("log", &["debug", "info", "warning", "error", "null"]),
    (
        "precision_mode",
        &[
            "force_fp16",
            "allow_fp32_to_fp16",
            "must_keep_origin_dtype",
            "allow_mix_precision",
            "allow_mix_precision_fp16",
            "allow_mix_precision_bf16",
            "allow_fp32_to_bf16",
            "force_fp32",
            "cube_fp16in_fp32out",
        ],
    ),
    (
        "precision_mode_v2",
        &[
            "fp16",
            "origin",
            "cube_fp16in_fp32out",
            "mixed_float16",
            "mixed_bfloat16",
            "mixed_hif8",
            "cube_hif8",
        ],
    ),
    ("allow_hf32", &["true", "false"]),
    ("buffer_optimize", &["l2_optimize", "l1_optimize", "off_optimize"]),
    ("core_type", &["AiCore", "VectorCore"]),
    ("deterministic_level", &["0", "1", "2"]),
    ("enable_attr_compression", &["true", "false"]),
    ("enable_compress_weight", &["true", "false"]),
    ("enable_single_stream", &["true", "false"]),
    ("external_weight", &["0"]),
    ("jit_compile", &["0", "1", "2"]),
    ("oo_level", &["O1", "O3"]),
    ("op_compiler_cache_mode", &["enable", "disable", "force"]),
    ("op_debug_level", &["0", "1", "2", "3", "4"]),
    (
        "op_select_implmode",
        &["high_precision", "high_performance", "high_precision_for_all", "high_performance_for_all"],
    ),
    ("save_original_model", &["true", "false"]),
    ("shape_generalized_build_mode", &["shape_precise", "shape_generalized"]),
];

/// Parameters that take any text and change nothing here.
pub const IGNORED: &[&str] = &[
    "aicore_num",
    "auto_tune_mode",
    "check_report",
    "cluster_config",
    "compress_weight_conf",
    "compression_optimize_conf",
    "customize_dtypes",
    "debug_dir",
    "enable_scope_fusion_passes",
    "fusion_switch_file",
    "hccl_sub_comm_config",
    "host_env_cpu",
    "host_env_os",
    "keep_dtype",
    "mdl_bank_path",
    "modify_mixlist",
    "op_bank_path",
    "op_compiler_cache_dir",
    "op_debug_config",
    "op_name_map",
    "op_precision_mode",
    "optimization_switch",
    "optypelist_for_implmode",
    "static_model_ops_lower_limit",
    "weight",
];

/// Parameters with `true` or `false` for each input or output.
pub const LAYOUTS: &[&str] = &["is_input_adjust_hw_layout", "is_output_adjust_hw_layout"];

/// Whether the real tool knows the parameter.
pub fn known(name: &str) -> bool {
    [USED, REFUSED, SWITCHES, IGNORED, LAYOUTS].iter().any(|names| names.contains(&name))
        || CHOICES.iter().any(|(choice, _)| *choice == name)
}

/// Pairs that exclude each other.
pub const EXCLUSIVE: &[(&str, &str)] = &[
    ("dynamic_batch_size", "dynamic_image_size"),
    ("dynamic_batch_size", "dynamic_dims"),
    ("dynamic_batch_size", "input_shape_range"),
    ("dynamic_image_size", "dynamic_dims"),
    ("dynamic_image_size", "input_shape_range"),
    ("dynamic_dims", "input_shape_range"),
    ("insert_op_conf", "dynamic_dims"),
    ("precision_mode", "precision_mode_v2"),
    ("op_precision_mode", "op_select_implmode"),
];

/// Values of `--soc_version`; the vendor's platform configuration names these.
pub const CHIPS: &[&str] = &[
    "Ascend310",
    "Ascend310B1",
    "Ascend310B2",
    "Ascend310B3",
    "Ascend310B4",
    "Ascend310P1",
    "Ascend310P3",
    "Ascend310P5",
    "Ascend310P7",
    "Ascend910A",
    "Ascend910B",
    "Ascend910ProA",
    "Ascend910ProB",
    "Ascend910PremiumA",
    "Ascend910B1",
    "Ascend910B2",
    "Ascend910B2C",
    "Ascend910B3",
    "Ascend910B4",
    "Ascend910B4-1",
    "Ascend910_9362",
    "Ascend910_9372",
    "Ascend910_9381",
    "Ascend910_9382",
    "Ascend910_9391",
    "Ascend910_9392",
    "Ascend910",
];
