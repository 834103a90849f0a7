//! The AIPP configuration file: protobuf text with one `aipp_op { key: value ... }`.

use super::refusal::{Refusal, refusal};
use crate::aipp::{Aipp, RGB888_U8, YUV400_U8};
use std::collections::BTreeMap;

/// Keys that real configurations may have and the emulator has no arithmetic for; they must be off.
const UNSUPPORTED: [&str; 9] = [
    "csc_switch",
    "ax_swap_switch",
    "single_line_mode",
    "resize",
    "padding",
    "rotation",
    "raw_rgbir_to_f16_n",
    "support_rotation",
    "dynamic_switch",
];

/// Keys that only matter together with one of [`UNSUPPORTED`].
const IDLE: [&str; 12] = [
    "resize_output_w",
    "resize_output_h",
    "left_padding_size",
    "right_padding_size",
    "top_padding_size",
    "bottom_padding_size",
    "padding_value",
    "cpadding_value",
    "max_src_image_size",
    "matrix_r",
    "input_bias_",
    "output_bias_",
];

fn wrong(reason: impl std::fmt::Display) -> Refusal {
    refusal("E10001", format!("Value for parameter [--insert_op_conf] is invalid. Reason: {reason}"))
}

/// Reads a configuration; width and height it leaves out are those of the network's input, `network`.
pub fn parse(text: &str, network: (i64, i64)) -> Result<Aipp, Refusal> {
    let mut values = fields(text)?;
    let mut take = |key: &str| values.remove(key);
    match take("aipp_mode").as_deref() {
        Some("static") => {}
        Some("dynamic") => return Err(wrong("aipp_mode dynamic is beyond the emulator")),
        other => return Err(wrong(format!("aipp_mode is {other:?}; choose static or dynamic"))),
    }
    let format = match take("input_format").as_deref() {
        Some("YUV400_U8") => YUV400_U8,
        Some("RGB888_U8") => RGB888_U8,
        Some(other) => return Err(wrong(format!("input_format {other} is beyond the emulator"))),
        None => return Err(wrong("input_format is missing")),
    };
    if let Some(rank) = take("related_input_rank").filter(|rank| rank != "0") {
        return Err(wrong(format!("related_input_rank {rank}: the emulator preprocesses input 0 only")));
    }
    let mut aipp = Aipp { format, ..Aipp::default() };
    aipp.swap = switch("rbuv_swap_switch", take("rbuv_swap_switch"))?;
    let width = integer("src_image_size_w", take("src_image_size_w"), 0..=4096)?;
    let height = integer("src_image_size_h", take("src_image_size_h"), 0..=4096)?;
    if width == 1 {
        return Err(wrong("src_image_size_w is 1; choose 0 or 2 to 4096"));
    }
    let crop = switch("crop", take("crop"))?;
    let left = integer("load_start_pos_w", take("load_start_pos_w"), 0..=4095)?;
    let top = integer("load_start_pos_h", take("load_start_pos_h"), 0..=4095)?;
    let crop_width = integer("crop_size_w", take("crop_size_w"), 0..=4096)?;
    let crop_height = integer("crop_size_h", take("crop_size_h"), 0..=4096)?;
    if crop && (width == 0 || height == 0) {
        return Err(wrong("crop needs src_image_size_w and src_image_size_h"));
    }
    aipp.width = if width == 0 { network.0 } else { width };
    aipp.height = if height == 0 { network.1 } else { height };
    if crop {
        let or = |size: i64, network: i64| if size == 0 { network } else { size };
        aipp.crop = Some([left, top, or(crop_width, network.0), or(crop_height, network.1)]);
    }
    for channel in 0..4 {
        let key = format!("mean_chn_{channel}");
        aipp.mean[channel] = integer(&key, take(&key), 0..=255)?;
        let key = format!("min_chn_{channel}");
        aipp.min[channel] = number(&key, take(&key), 0.0, 0.0..=255.0)?;
        let key = format!("var_reci_chn_{channel}");
        aipp.scale[channel] = number(&key, take(&key), 1.0, -65504.0..=65504.0)?;
    }
    for key in UNSUPPORTED {
        if switch(key, take(key))? {
            return Err(wrong(format!("{key} is beyond the emulator")));
        }
    }
    values.retain(|key, _| !IDLE.iter().any(|idle| key.starts_with(idle)));
    if let Some(key) = values.keys().next() {
        return Err(wrong(format!("there is no field named {key}")));
    }
    fits(&aipp, network)?;
    Ok(aipp)
}

fn fits(aipp: &Aipp, network: (i64, i64)) -> Result<(), Refusal> {
    if let Some([left, top, width, height]) = aipp.crop
        && (left + width > aipp.width || top + height > aipp.height)
    {
        return Err(wrong("the crop reaches beyond the source image"));
    }
    if aipp.output() != network {
        let ((w, h), (nw, nh)) = (aipp.output(), network);
        return Err(wrong(format!("its output is {w} x {h}, the network's input {nw} x {nh}")));
    }
    Ok(())
}

/// Keys and values of the one `aipp_op`.
fn fields(text: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let tokens = tokens(text)?;
    let mut rest = tokens.iter().map(String::as_str);
    let opened = rest.next() == Some("aipp_op") && {
        let brace = rest.next();
        brace == Some("{") || brace == Some(":") && rest.next() == Some("{")
    };
    if !opened {
        return Err(wrong("it does not begin with aipp_op {"));
    }
    let mut fields = BTreeMap::new();
    loop {
        let key = match rest.next() {
            Some("}") => break,
            Some(key) => key,
            None => return Err(wrong("aipp_op is not closed")),
        };
        let (Some(":"), Some(value)) = (rest.next(), rest.next()) else {
            return Err(wrong(format!("{key} has no value")));
        };
        if ["{", "}", ":"].contains(&value) {
            return Err(wrong(format!("{key} has no value")));
        }
        if fields.insert(key.to_string(), value.to_string()).is_some() {
            return Err(wrong(format!("{key} stands twice")));
        }
    }
    match rest.next() {
        None => Ok(fields),
        Some("aipp_op") => Err(wrong("the emulator takes one aipp_op")),
        Some(token) => Err(wrong(format!("{token} follows aipp_op"))),
    }
}

fn tokens(text: &str) -> Result<Vec<String>, Refusal> {
    let mut tokens: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or("");
        let mut word = String::new();
        for character in line.chars().chain([' ']) {
            let part = character.is_ascii_alphanumeric() || "_.+-\"".contains(character);
            if part {
                word.push(character);
                continue;
            }
            if !word.is_empty() {
                tokens.push(std::mem::take(&mut word));
            }
            match character {
                '{' | '}' | ':' => tokens.push(character.to_string()),
                ',' | ';' => {}
                space if space.is_whitespace() => {}
                other => return Err(wrong(format!("'{other}' does not belong there"))),
            }
        }
    }
    Ok(tokens)
}

fn switch(key: &str, value: Option<String>) -> Result<bool, Refusal> {
    match value.as_deref() {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(other) => Err(wrong(format!("{key} is {other}; choose true or false"))),
    }
}

fn integer(key: &str, value: Option<String>, range: std::ops::RangeInclusive<i64>) -> Result<i64, Refusal> {
    let Some(text) = value else { return Ok(0) };
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| wrong(format!("{key} is {text}; choose {} to {}", range.start(), range.end())))
}

fn number(
    key: &str,
    value: Option<String>,
    default: f32,
    range: std::ops::RangeInclusive<f32>,
) -> Result<f32, Refusal> {
    let Some(text) = value else { return Ok(default) };
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| wrong(format!("{key} is {text}; choose {} to {}", range.start(), range.end())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRAY: &str = "aipp_op {
  aipp_mode: static
  input_format: YUV400_U8
  src_image_size_w: 128
  src_image_size_h: 128
  crop: false
  csc_switch: false
  mean_chn_0: 0
  min_chn_0: 0.0
  var_reci_chn_0: 0.00392156862745098  # 1/255
}
";

    #[test]
    fn the_gray_configuration_is_understood() {
        let aipp = parse(GRAY, (128, 128)).unwrap();
        assert_eq!((aipp.format, aipp.width, aipp.height, aipp.crop), (YUV400_U8, 128, 128, None));
        assert_eq!(aipp.scale[0], 1.0 / 255.0);
        assert_eq!(parse(&GRAY.replace("src_image_size_w: 128", ""), (128, 128)).unwrap().width, 128);
    }

    #[test]
    fn mistakes_are_refused_with_the_field_in_the_text() {
        for (from, to, says) in [
            ("crop: false", "crop: maybe", "crop"),
            ("crop: false", "crop: false\ncrop: false", "twice"),
            ("mean_chn_0: 0", "mean_chn_0: 300", "mean_chn_0"),
            ("var_reci", "variance", "variance_chn_0"),
            ("csc_switch: false", "csc_switch: true", "csc_switch"),
            ("YUV400_U8", "YUV420SP_U8", "YUV420SP_U8"),
            ("aipp_mode: static", "", "aipp_mode"),
            ("src_image_size_w: 128", "src_image_size_w: 64", "64 x 128"),
            ("aipp_op {", "aipp {", "aipp_op"),
            ("crop: false", "crop false", "crop"),
        ] {
            let refusal = parse(&GRAY.replace(from, to), (128, 128)).unwrap_err();
            assert!(refusal.text.contains(says), "{from} -> {to}: {refusal}");
        }
    }

    #[test]
    fn a_crop_takes_part_of_a_larger_image() {
        let text = GRAY
            .replace("src_image_size_w: 128", "src_image_size_w: 192")
            .replace("crop: false", "crop: true\nload_start_pos_w: 8\ncrop_size_w: 128\ncrop_size_h: 128");
        assert_eq!(parse(&text, (128, 128)).unwrap().crop, Some([8, 0, 128, 128]));
        assert!(parse(&text.replace("_w: 8", "_w: 80"), (128, 128)).is_err());
    }
}
