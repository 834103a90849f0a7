//! Rates as they are typed.

/// `0.1%` or `0.001`: a share, 0.0..=1.0.
pub fn rate(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.strip_suffix('%') {
        Some(percent) => (percent.trim_end(), 100.0),
        None => (text, 1.0),
    };
    match number.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&(number / unit)) => Ok(number / unit),
        _ => Err("a rate is written 0.1% or 0.001".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn rates_are_shares_or_percent() {
        assert_eq!(rate("0.1%"), Ok(0.001));
        assert_eq!(rate("0"), Ok(0.0));
        assert_eq!(rate("95 %"), Ok(0.95));
        for text in ["", "%", "101%", "1.5", "-1", "NaN"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
