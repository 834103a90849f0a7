//! What to compile a network for, and the arguments of `atc` that say so.

use crate::error::ErrorKind;
use crate::network::{INPUT_NAME, Input, Network, SIDE};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// What a network is compiled for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The network.
    pub network: Network,
    /// The chip.
    pub soc: Soc,
    /// Images per call.
    pub batch: BatchSizes,
    /// Arithmetic on the device.
    pub precision: PrecisionMode,
    /// Whether the device scales bytes to `0.0..=1.0`, so that pictures are copied as bytes.
    pub aipp: bool,
}

/// Chip names in CANN 8.1's platform configuration.
const KNOWN_SOCS: [&str; 26] = [
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
];

/// A chip by the name that `atc` and ACL use, such as `Ascend310P3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soc(String);

impl Soc {
    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether the name is one we know; newer chips have names we do not.
    pub fn is_known(&self) -> bool {
        KNOWN_SOCS.contains(&self.name())
    }
}

impl fmt::Display for Soc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name that cannot be a chip's.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{name}' is no chip name; {advice}")]
pub struct BadSoc {
    /// The name.
    pub name: String,
    /// What to give instead.
    pub advice: String,
}

impl BadSoc {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl FromStr for Soc {
    type Err = BadSoc;

    fn from_str(name: &str) -> Result<Soc, BadSoc> {
        let tail = name.strip_prefix("Ascend").unwrap_or_default();
        let well_formed = tail.starts_with(|first: char| first.is_ascii_digit())
            && tail.len() <= 26
            && tail.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let family = matches!(tail, "310P" | "310B" | "910");
        if well_formed && !family {
            return Ok(Soc(name.to_string()));
        }
        let wanted = name.to_ascii_lowercase();
        let wanted = wanted.trim_start_matches("ascend");
        let alike: Vec<&str> = KNOWN_SOCS
            .into_iter()
            .filter(|known| !wanted.is_empty() && known.to_ascii_lowercase()[6..].starts_with(wanted))
            .collect();
        let advice = if alike.is_empty() {
            "it is 'Ascend' and the Name column of npu-smi info, such as Ascend310P3".to_string()
        } else {
            format!("choose {}", alike.join(", "))
        };
        Err(BadSoc { name: name.to_string(), advice })
    }
}

/// Images per call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchSizes {
    /// Always so many.
    Fixed(NonZeroU32),
    /// One of these per call ("gears"): 2 to 100 sizes, ascending.
    Gears(Vec<u32>),
}

/// Most gears that `atc` takes.
pub const MOST_GEARS: usize = 100;
/// Largest batch that `atc`'s documentation recommends.
pub const LARGEST_BATCH: u32 = 2048;

/// Batch sizes that `atc` would refuse.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadGears {
    /// None at all.
    #[error("no batch size is given; give one, or 2 to {MOST_GEARS} such as 1,4,8,16,32")]
    None,
    /// Too many.
    #[error("{0} batch sizes; atc takes at most {MOST_GEARS}, and 3 to 6 are usual")]
    TooMany(usize),
    /// Zero or too large.
    #[error("batch size {0}; choose from 1 to {LARGEST_BATCH}")]
    OutOfRange(u32),
    /// The same size twice.
    #[error("batch size {0} is given twice")]
    Duplicate(u32),
}

impl BadGears {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl BatchSizes {
    /// A fixed batch for one size, gears for several, in any order.
    ///
    /// # Errors
    /// [`BadGears`] for sizes that `atc` would refuse.
    pub fn new(sizes: &[u32]) -> Result<BatchSizes, BadGears> {
        let mut sizes = sizes.to_vec();
        sizes.sort_unstable();
        if sizes.len() > MOST_GEARS {
            return Err(BadGears::TooMany(sizes.len()));
        }
        if let Some(size) = sizes.iter().find(|size| !(1..=LARGEST_BATCH).contains(*size)) {
            return Err(BadGears::OutOfRange(*size));
        }
        if let Some(pair) = sizes.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(BadGears::Duplicate(pair[0]));
        }
        match *sizes.as_slice() {
            [] => Err(BadGears::None),
            [size] => NonZeroU32::new(size).map(BatchSizes::Fixed).ok_or(BadGears::OutOfRange(size)),
            _ => Ok(BatchSizes::Gears(sizes)),
        }
    }

    /// All sizes, ascending.
    pub fn sizes(&self) -> Vec<u32> {
        match self {
            BatchSizes::Fixed(size) => vec![size.get()],
            BatchSizes::Gears(sizes) => sizes.clone(),
        }
    }

    /// The largest size.
    pub fn largest(&self) -> u32 {
        self.sizes().into_iter().max().unwrap_or(1)
    }
}

/// Arithmetic on the device: `--precision_mode`. From the most to the least exact, by CANN's documentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrecisionMode {
    /// float32 where the device can.
    ForceFp32,
    /// The types of the exported network.
    MustKeepOriginDtype,
    /// float32 where float16 is not supported.
    AllowFp32ToFp16,
    /// Chosen operator by operator.
    AllowMixPrecision,
    /// float16 throughout: `atc`'s own choice, and the fastest.
    #[default]
    ForceFp16,
}

impl PrecisionMode {
    /// Every choice.
    pub const ALL: [PrecisionMode; 5] = [
        PrecisionMode::ForceFp32,
        PrecisionMode::MustKeepOriginDtype,
        PrecisionMode::AllowFp32ToFp16,
        PrecisionMode::AllowMixPrecision,
        PrecisionMode::ForceFp16,
    ];

    /// The value of `--precision_mode`.
    pub fn name(self) -> &'static str {
        match self {
            PrecisionMode::ForceFp32 => "force_fp32",
            PrecisionMode::MustKeepOriginDtype => "must_keep_origin_dtype",
            PrecisionMode::AllowFp32ToFp16 => "allow_fp32_to_fp16",
            PrecisionMode::AllowMixPrecision => "allow_mix_precision",
            PrecisionMode::ForceFp16 => "force_fp16",
        }
    }
}

/// A word that is no precision.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "'{0}' is no precision; choose force_fp16, allow_mix_precision, allow_fp32_to_fp16, must_keep_origin_dtype or force_fp32"
)]
pub struct UnknownPrecisionMode(pub String);

impl FromStr for PrecisionMode {
    type Err = UnknownPrecisionMode;

    fn from_str(name: &str) -> Result<PrecisionMode, UnknownPrecisionMode> {
        let found = PrecisionMode::ALL.into_iter().find(|precision| precision.name() == name);
        found.ok_or_else(|| UnknownPrecisionMode(name.to_string()))
    }
}

impl Plan {
    /// The arguments of `atc`, with file names relative to the folder it runs in (see [`super::compile()`]).
    pub fn arguments(&self) -> Vec<String> {
        let name = self.network.name();
        let channels = self.network.input().channels();
        let (first, gears) = match &self.batch {
            BatchSizes::Fixed(size) => (size.to_string(), None),
            BatchSizes::Gears(sizes) => {
                let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
                ("-1".to_string(), Some(format!("--dynamic_batch_size={}", sizes.join(","))))
            }
        };
        let mut arguments = vec![
            "--mode=0".to_string(),
            "--framework=5".to_string(),
            format!("--model={}", self.onnx_file()),
            format!("--output={name}"),
            format!("--soc_version={}", self.soc),
            "--input_format=NCHW".to_string(),
            format!("--input_shape={INPUT_NAME}:{first},{channels},{SIDE},{SIDE}"),
        ];
        arguments.extend(gears);
        if self.aipp {
            arguments.push(format!("--insert_op_conf={AIPP_FILE}"));
        }
        arguments.extend([
            format!("--precision_mode={}", self.precision.name()),
            "--output_type=FP32".to_string(),
            "--enable_small_channel=1".to_string(),
            "--log=error".to_string(),
        ]);
        arguments
    }

    /// The name under which `atc` finds the ONNX file.
    pub fn onnx_file(&self) -> String {
        format!("{}.onnx", self.network.name())
    }

    /// The AIPP configuration: bytes in, `pixel / 255` out, nothing else.
    ///
    /// Gray is one byte per pixel; v4 takes packed blue, green, red, in the order of its planes. There is no
    /// colour conversion, no crop and no resize. Source: CANN's AIPP configuration template; the device
    /// computes `(pixel - mean - min) * var_reci` in float16.
    pub fn aipp_config(&self) -> String {
        let (format, channels) = match self.network.input() {
            Input::Gray => ("YUV400_U8", 1),
            Input::Bgr => ("RGB888_U8", 3),
        };
        let mut text = format!(
            "aipp_op {{\n  aipp_mode: static\n  input_format: {format}\n  src_image_size_w: {SIDE}\n  \
             src_image_size_h: {SIDE}\n  crop: false\n  csc_switch: false\n"
        );
        if self.network.input() == Input::Bgr {
            text.push_str("  rbuv_swap_switch: false\n");
        }
        for key in ["mean_chn_{}: 0", "min_chn_{}: 0.0", "var_reci_chn_{}: 0.00392156862745098"] {
            for channel in 0..channels {
                text.push_str(&format!("  {}\n", key.replace("{}", &channel.to_string())));
            }
        }
        text.push_str("}\n");
        text
    }

    /// Bytes of one picture as they are copied to the device.
    pub fn picture_bytes(&self) -> u64 {
        let bytes_per_value = if self.aipp { 1 } else { 4 };
        (self.network.input().channels() * SIDE * SIDE * bytes_per_value) as u64
    }
}

/// The name under which `atc` finds the AIPP configuration.
pub const AIPP_FILE: &str = "aipp.cfg";

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(network: Network, sizes: &[u32], aipp: bool) -> Plan {
        Plan {
            network,
            soc: "Ascend310P3".parse().unwrap(),
            batch: BatchSizes::new(sizes).unwrap(),
            precision: PrecisionMode::ForceFp16,
            aipp,
        }
    }

    /// The commands of CANN's documentation for a fixed batch and for gears.
    #[test]
    fn arguments_are_the_documented_ones() {
        let fixed = plan(Network::LightCnn9, &[8], false).arguments().join(" ");
        assert_eq!(
            fixed,
            "--mode=0 --framework=5 --model=lightcnn9.onnx --output=lightcnn9 --soc_version=Ascend310P3 \
             --input_format=NCHW --input_shape=data:8,1,128,128 --precision_mode=force_fp16 \
             --output_type=FP32 --enable_small_channel=1 --log=error"
        );
        let gears = plan(Network::LightCnnV4, &[8, 1, 4], true).arguments().join(" ");
        assert_eq!(
            gears,
            "--mode=0 --framework=5 --model=lightcnnv4.onnx --output=lightcnnv4 --soc_version=Ascend310P3 \
             --input_format=NCHW --input_shape=data:-1,3,128,128 --dynamic_batch_size=1,4,8 \
             --insert_op_conf=aipp.cfg --precision_mode=force_fp16 --output_type=FP32 \
             --enable_small_channel=1 --log=error"
        );
    }

    #[test]
    fn aipp_of_gray_and_bgr() {
        let gray = "aipp_op {\n  aipp_mode: static\n  input_format: YUV400_U8\n  src_image_size_w: 128\n  \
                    src_image_size_h: 128\n  crop: false\n  csc_switch: false\n  mean_chn_0: 0\n  \
                    min_chn_0: 0.0\n  var_reci_chn_0: 0.00392156862745098\n}\n";
        assert_eq!(plan(Network::LightCnn9, &[1], true).aipp_config(), gray);
        let bgr = plan(Network::LightCnnV4, &[1], true).aipp_config();
        assert!(bgr.contains("input_format: RGB888_U8\n") && bgr.contains("rbuv_swap_switch: false\n"));
        assert_eq!(bgr.matches("0.00392156862745098").count(), 3);
        assert_eq!(plan(Network::LightCnn9, &[1], true).picture_bytes(), 16_384);
        assert_eq!(plan(Network::LightCnn9, &[1], false).picture_bytes(), 65_536);
        assert_eq!(plan(Network::LightCnnV4, &[1], true).picture_bytes(), 49_152);
    }

    #[test]
    fn gears_are_sorted_and_checked() {
        assert_eq!(BatchSizes::new(&[32, 1, 8]), Ok(BatchSizes::Gears(vec![1, 8, 32])));
        assert_eq!(BatchSizes::new(&[8]).unwrap().sizes(), [8]);
        assert_eq!(BatchSizes::new(&[]), Err(BadGears::None));
        assert_eq!(BatchSizes::new(&[0]), Err(BadGears::OutOfRange(0)));
        assert_eq!(BatchSizes::new(&[1, 2049]), Err(BadGears::OutOfRange(2049)));
        assert_eq!(BatchSizes::new(&[4, 1, 4]), Err(BadGears::Duplicate(4)));
        let many: Vec<u32> = (1..=101).collect();
        assert_eq!(BatchSizes::new(&many), Err(BadGears::TooMany(101)));
        assert!(BatchSizes::new(&many[..100]).is_ok());
    }

    #[test]
    fn chip_names() {
        for name in KNOWN_SOCS {
            assert!(name.parse::<Soc>().unwrap().is_known());
        }
        let newer: Soc = "Ascend950PR_9599".parse().unwrap();
        assert!(!newer.is_known());
        for (name, advice) in [
            ("310p3", "choose Ascend310P3"),
            ("ascend310b", "choose Ascend310B1, Ascend310B2, Ascend310B3, Ascend310B4"),
            ("Ascend310P", "choose Ascend310P1, Ascend310P3, Ascend310P5, Ascend310P7"),
            ("", "it is 'Ascend' and the Name column of npu-smi info, such as Ascend310P3"),
            ("Ascend310 --x", "it is 'Ascend' and the Name column of npu-smi info, such as Ascend310P3"),
        ] {
            assert_eq!(name.parse::<Soc>().unwrap_err().advice, advice, "{name}");
        }
    }

    #[test]
    fn precisions_have_names() {
        for precision in PrecisionMode::ALL {
            assert_eq!(precision.name().parse(), Ok(precision));
            assert_eq!(serde_json::to_value(precision).unwrap(), precision.name());
        }
        assert!("fp16".parse::<PrecisionMode>().is_err());
    }
}
