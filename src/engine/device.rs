//! Where a model is to run.

use crate::error::ErrorKind;
use std::fmt;
use std::str::FromStr;

/// Where a model is to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// On all Ascend devices of this machine if that can work, else on the CPU, saying why.
    #[default]
    Auto,
    /// On the CPU.
    Cpu,
    /// On these Ascend devices, by number, all there are if none is named, and nowhere else.
    Ascend(Vec<i32>),
}

/// A word that names no device.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is no device; choose auto, cpu, ascend, or ascend with numbers such as ascend:0,1, each once")]
pub struct UnknownDevice(pub String);

impl UnknownDevice {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl FromStr for Device {
    type Err = UnknownDevice;

    fn from_str(text: &str) -> Result<Device, UnknownDevice> {
        let unknown = || UnknownDevice(text.to_string());
        match text {
            "auto" => return Ok(Device::Auto),
            "cpu" => return Ok(Device::Cpu),
            "ascend" => return Ok(Device::Ascend(Vec::new())),
            _ => {}
        }
        let numbers = text.strip_prefix("ascend:").ok_or_else(unknown)?;
        let mut devices = Vec::new();
        for number in numbers.split(',') {
            let device = number.parse::<u16>().map_err(|_| unknown())?;
            if devices.contains(&i32::from(device)) {
                return Err(unknown());
            }
            devices.push(i32::from(device));
        }
        Ok(Device::Ascend(devices))
    }
}

impl TryFrom<&str> for Device {
    type Error = UnknownDevice;

    fn try_from(text: &str) -> Result<Device, UnknownDevice> {
        text.parse()
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Auto => f.write_str("auto"),
            Device::Cpu => f.write_str("cpu"),
            Device::Ascend(devices) if devices.is_empty() => f.write_str("ascend"),
            Device::Ascend(devices) => {
                let numbers: Vec<String> = devices.iter().map(i32::to_string).collect();
                write!(f, "ascend:{}", numbers.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_choices_are_one() {
        for text in ["auto", "cpu", "ascend", "ascend:0", "ascend:3,1"] {
            assert_eq!(text.parse::<Device>().unwrap().to_string(), text);
        }
        for text in ["", "npu", "ascend:", "ascend:0,", "ascend:-1", "ascend:1,1", "cpu:0"] {
            assert_eq!(text.parse::<Device>(), Err(UnknownDevice(text.to_string())));
        }
    }
}
