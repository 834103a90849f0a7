//! The command line: what was typed, and whether it holds together.

use super::flags::{self, CHIPS, CHOICES, EXCLUSIVE};
use super::refusal::{Refusal, invalid, refusal};
use std::collections::BTreeMap;

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    values: BTreeMap<String, String>,
    /// The command, for the model's records.
    pub command: String,
}

impl Arguments {
    /// Splits `--name=value` and `--name value`.
    ///
    /// # Errors
    /// The line the real tool prints for a parameter it does not know.
    pub fn parse(arguments: &[String]) -> Result<Arguments, String> {
        let mut parsed =
            Arguments { command: format!("atc {}", arguments.join(" ")), ..Arguments::default() };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let Some(flag) = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-')) else {
                return Err(format!("ERROR: '{argument}' is no command line flag"));
            };
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value.to_string())),
                None => (flag, None),
            };
            if !flags::known(name) {
                return Err(format!("ERROR: unknown command line flag '{name}'"));
            }
            let Some(value) = value.or_else(|| rest.next().cloned()) else {
                return Err(format!("ERROR: flag '--{name}' is missing its argument"));
            };
            parsed.values.insert(name.to_string(), value);
        }
        Ok(parsed)
    }

    /// A parameter's value, if given and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The value of a parameter that must be given.
    pub fn need(&self, name: &str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| refusal("E10004", format!("Value for [--{name}] is empty.")))
    }

    /// Checks everything that can be checked without opening a file.
    pub fn check(&self) -> Result<(), Refusal> {
        match self.get("mode").unwrap_or("0") {
            "0" => {}
            mode @ ("1" | "3" | "5" | "6" | "30") => {
                return Err(invalid("mode", mode, "the emulator's atc only compiles (mode 0)"));
            }
            mode => {
                return Err(invalid("mode", mode, "The value must be selected from [0, 1, 3, 5, 6, 30]."));
            }
        }
        match self.need("framework")? {
            "5" => {}
            framework @ ("0" | "1" | "3") => {
                return Err(invalid(
                    "framework",
                    framework,
                    "the emulator's atc only reads ONNX (framework 5)",
                ));
            }
            framework => {
                return Err(refusal(
                    "E10007",
                    format!(
                        "Value [{framework}] for parameter [--framework] is not supported. The value must be selected from [0(Caffe), 1(MindSpore), 3(TensorFlow), 5(ONNX)]."
                    ),
                ));
            }
        }
        self.need("model")?;
        self.need("output")?;
        let soc = self.need("soc_version")?;
        if !CHIPS.contains(&soc) {
            return Err(invalid("soc_version", soc, "The value is not a known chip (see npu-smi info)."));
        }
        for &(one, other) in EXCLUSIVE {
            if self.get(one).is_some() && self.get(other).is_some() {
                return Err(refusal("E10009", format!("[--{one}, --{other}] are mutually exclusive.")));
            }
        }
        let switches = flags::SWITCHES.iter().map(|&name| (name, &["0", "1"][..]));
        for (name, choices) in CHOICES.iter().copied().chain(switches) {
            if let Some(value) = self.get(name).filter(|value| !choices.contains(value)) {
                return Err(invalid(name, value, &format!("The value must be selected from {choices:?}.")));
            }
        }
        for name in flags::LAYOUTS {
            let Some(list) = self.get(name) else { continue };
            match list.split(',').find(|part| *part != "false") {
                None => {}
                Some("true") => {
                    return Err(invalid(name, list, "the emulator's models have no NC1HWC0 tensors"));
                }
                Some(_) => return Err(invalid(name, list, "The value must be a list of true and false.")),
            }
        }
        if let Some(format) = self.get("input_format").filter(|format| !["NCHW", "ND"].contains(format)) {
            return Err(invalid("input_format", format, "An ONNX model takes NCHW or ND."));
        }
        for name in ["dynamic_image_size", "dynamic_dims", "input_shape_range"] {
            if let Some(value) = self.get(name) {
                return Err(invalid(name, value, "the emulator's models can only be dynamic in their batch"));
            }
        }
        for name in flags::REFUSED {
            if let Some(value) = self.get(name) {
                return Err(invalid(name, value, "the emulator's atc only compiles ONNX models (mode 0)"));
            }
        }
        Ok(())
    }

    /// `--input_shape`: names and dimensions.
    pub fn shapes(&self) -> Result<Vec<(String, Vec<i64>)>, Refusal> {
        let Some(text) = self.get("input_shape") else { return Ok(Vec::new()) };
        let wrong = |reason: &str| {
            refusal(
                "E10002",
                format!(
                    "Value [{text}] for parameter [--input_shape] is invalid. Reason: {reason} The value must be formatted as [\"input_name1:n1,c1,h1,w1;input_name2:n2,c2,h2,w2\"]."
                ),
            )
        };
        let mut shapes = Vec::new();
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let (name, dims) = part.rsplit_once(':').ok_or_else(|| wrong("A shape has no name."))?;
            let dims: Vec<i64> = dims
                .split(',')
                .map(|dim| dim.trim().parse().map_err(|_| wrong("A dimension is no number.")))
                .collect::<Result<_, _>>()?;
            if name.trim().is_empty() || dims.is_empty() {
                return Err(wrong("A shape has no name or no dimensions."));
            }
            if dims.iter().any(|dim| *dim == 0 || *dim < -1) {
                return Err(refusal(
                    "E10012",
                    format!("Dimension of {name} in [--input_shape] is less than 1."),
                ));
            }
            if shapes.iter().any(|(known, _)| known == name.trim()) {
                return Err(wrong("A name stands twice."));
            }
            shapes.push((name.trim().to_string(), dims));
        }
        Ok(shapes)
    }

    /// `--dynamic_batch_size`: batch sizes as they are written; none if the batch is fixed.
    pub fn gears(&self) -> Result<Vec<u64>, Refusal> {
        let Some(text) = self.get("dynamic_batch_size") else { return Ok(Vec::new()) };
        let mut gears: Vec<u64> = Vec::new();
        for part in text.split(',') {
            let gear = part.trim().parse().ok().filter(|gear| *gear > 0).ok_or_else(|| {
                refusal("E10038", format!("dynamic_batch_size [{part}] must be a positive number."))
            })?;
            if gears.contains(&gear) {
                return Err(refusal("E10039", format!("dynamic_batch_size [{gear}] is a duplicate.")));
            }
            gears.push(gear);
        }
        match gears.len() {
            0 | 1 => Err(refusal(
                "E10035",
                format!("[--dynamic_batch_size] has {} gears, at least 2 are needed.", gears.len()),
            )),
            2..=100 => Ok(gears),
            count => Err(refusal(
                "E10036",
                format!("[--dynamic_batch_size] has {count} gears, at most 100 are allowed."),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(extra: &[&str]) -> Arguments {
        let base = ["--framework=5", "--model=a.onnx", "--output", "a", "--soc_version=Ascend310P3"];
        let all: Vec<String> = base.iter().chain(extra).map(|text| (*text).to_string()).collect();
        Arguments::parse(&all).unwrap()
    }

    #[test]
    fn good_lines_pass() {
        let line =
            arguments(&["--input_shape=data:-1,1,128,128", "--dynamic_batch_size=1,2,4", "--log=error"]);
        assert_eq!(line.check(), Ok(()));
        let more = ["--deterministic=1", "--is_input_adjust_hw_layout=false,false", "--mdl_bank_path=x"];
        assert_eq!(arguments(&more).check(), Ok(()));
        assert_eq!(line.get("output"), Some("a"));
        assert_eq!(line.shapes().unwrap(), [("data".to_string(), vec![-1, 1, 128, 128])]);
        assert_eq!(line.gears().unwrap(), [1, 2, 4]);
    }

    #[test]
    fn bad_lines_have_the_real_numbers() {
        let number = |extra: &[&str]| {
            let line = arguments(extra);
            line.check().and(line.shapes().map(drop)).and(line.gears().map(drop)).unwrap_err().number
        };
        assert_eq!(number(&["--soc_version=Ascend999"]), "E10001");
        assert_eq!(number(&["--soc_version="]), "E10004");
        assert_eq!(number(&["--framework=9"]), "E10007");
        assert_eq!(number(&["--framework=1"]), "E10001");
        assert_eq!(number(&["--log=loud"]), "E10001");
        assert_eq!(number(&["--precision_mode=fp16"]), "E10001");
        assert_eq!(number(&["--deterministic=2"]), "E10001");
        assert_eq!(number(&["--is_output_adjust_hw_layout=false,true"]), "E10001");
        assert_eq!(number(&["--singleop=x.json"]), "E10001");
        assert_eq!(number(&["--dynamic_batch_size=1,2", "--dynamic_dims=1"]), "E10009");
        assert_eq!(number(&["--input_shape=1,1,2"]), "E10002");
        assert_eq!(number(&["--input_shape=data:0,1"]), "E10012");
        assert_eq!(number(&["--dynamic_batch_size=4"]), "E10035");
        assert_eq!(number(&["--dynamic_batch_size=1,0"]), "E10038");
        assert_eq!(number(&["--dynamic_batch_size=2,2"]), "E10039");
        let many: Vec<String> = (1..=101).map(|gear| gear.to_string()).collect();
        assert_eq!(number(&[&format!("--dynamic_batch_size={}", many.join(","))]), "E10036");
        let unknown = Arguments::parse(&["--colour=red".to_string()]).unwrap_err();
        assert!(unknown.contains("'colour'"), "{unknown}");
    }
}
