//! Data types and 16-bit floats.

use half::f16;

#[unsafe(no_mangle)]
pub extern "C" fn aclDataTypeSize(data_type: i32) -> usize {
    crate::network::type_size(data_type)
}

/// The vendor's conversion: it takes the largest exponent for an ordinary one, so infinity becomes 65536 and
/// the default NaN 98304.
#[unsafe(no_mangle)]
pub extern "C" fn aclFloat16ToFloat(value: u16) -> f32 {
    let half = f16::from_bits(value);
    if half.is_finite() {
        return half.to_f32();
    }
    let magnitude = 65536.0 * (1.0 + f32::from(value & 0x3FF) / 1024.0);
    if value & 0x8000 == 0 { magnitude } else { -magnitude }
}

#[unsafe(no_mangle)]
pub extern "C" fn aclFloatToFloat16(value: f32) -> u16 {
    f16::from_f32(value).to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_convert_as_the_vendor_does() {
        assert_eq!(aclFloat16ToFloat(0x1C04), 1028.0 / 262_144.0);
        assert_eq!(aclFloat16ToFloat(0x7C00), 65536.0);
        assert_eq!(aclFloat16ToFloat(0x7E00), 98304.0);
        assert_eq!(aclFloatToFloat16(1.0), 0x3C00);
        assert_eq!([0, 1, 9, 13, 17, -1, 27].map(|kind| aclDataTypeSize(kind)), [4, 2, 8, 0, 16, 0, 2]);
    }
}
