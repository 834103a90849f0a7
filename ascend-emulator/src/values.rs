//! Tensors between the bytes that programs have and the four types that `rten` computes with.

use half::f16;
use rten::{DataType, Value, ValueType};
use rten_tensor::{AsView, Tensor};

/// Numbers of any type.
enum Numbers {
    Floats(Vec<f64>),
    Integers(Vec<i128>),
}

/// The values in `bytes`, of the type `acl` (an `aclDataType`), as a tensor of the type `wanted`.
///
/// # Errors
/// If the type is unknown, the number of bytes is not that of the shape, or an integer needs more than 32 bits.
pub fn from_bytes(wanted: DataType, acl: i32, shape: &[usize], bytes: &[u8]) -> Result<Value, String> {
    let needed = shape.iter().product::<usize>() * crate::onnx::type_size(acl);
    if needed != bytes.len() {
        return Err(format!("shape {shape:?} takes {needed} bytes, there are {}", bytes.len()));
    }
    let numbers = numbers(acl, bytes)?;
    Ok(match wanted {
        DataType::Float => Value::FloatTensor(Tensor::from_data(
            shape,
            match numbers {
                Numbers::Floats(values) => values.into_iter().map(|v| v as f32).collect::<Vec<_>>(),
                Numbers::Integers(values) => values.into_iter().map(|v| v as f32).collect(),
            },
        )),
        DataType::Int32 => Value::Int32Tensor(Tensor::from_data(shape, integers::<i32>(numbers)?)),
        DataType::Int8 => Value::Int8Tensor(Tensor::from_data(shape, integers::<i8>(numbers)?)),
        DataType::UInt8 => Value::UInt8Tensor(Tensor::from_data(shape, integers::<u8>(numbers)?)),
        other => return Err(format!("the type {other} cannot be fed")),
    })
}

/// Integers that fit; floats are not taken for integers.
fn integers<T: TryFrom<i128>>(numbers: Numbers) -> Result<Vec<T>, String> {
    let Numbers::Integers(values) = numbers else {
        return Err("floats were given where the model takes integers".to_string());
    };
    let one = |value: i128| {
        let bits = 8 * size_of::<T>();
        T::try_from(value).map_err(|_| format!("{value} does not fit the {bits} bits that are computed with"))
    };
    values.into_iter().map(one).collect()
}

fn numbers(acl: i32, bytes: &[u8]) -> Result<Numbers, String> {
    fn each<const N: usize, T>(bytes: &[u8], of: impl Fn([u8; N]) -> T) -> Vec<T> {
        bytes.as_chunks::<N>().0.iter().map(|bytes| of(*bytes)).collect()
    }
    use Numbers::{Floats, Integers};
    Ok(match acl {
        0 => Floats(each(bytes, |b| f32::from_le_bytes(b).into())),
        1 => Floats(each(bytes, |b| f16::from_le_bytes(b).to_f64())),
        11 => Floats(each(bytes, f64::from_le_bytes)),
        2 => Integers(each(bytes, |b| i8::from_le_bytes(b).into())),
        3 => Integers(each(bytes, |b| i32::from_le_bytes(b).into())),
        4 => Integers(each(bytes, |b| u8::from_le_bytes(b).into())),
        6 => Integers(each(bytes, |b| i16::from_le_bytes(b).into())),
        7 => Integers(each(bytes, |b| u16::from_le_bytes(b).into())),
        8 => Integers(each(bytes, |b| u32::from_le_bytes(b).into())),
        9 => Integers(each(bytes, |b| i64::from_le_bytes(b).into())),
        10 => Integers(each(bytes, |b| u64::from_le_bytes(b).into())),
        12 => Integers(each(bytes, |[b]| i128::from(b != 0))),
        _ => return Err(format!("type {acl} is unknown")),
    })
}

/// Floats rounded to 16 bits; other values as they are.
pub fn rounded(value: Value) -> Value {
    match value {
        Value::FloatTensor(tensor) => Value::FloatTensor(tensor.map(|v| f16::from_f32(*v).to_f32())),
        other => other,
    }
}

/// The `aclDataType` of an output that the model does not declare. Integers of 32 bits stand for other types too, so
/// theirs is not known.
pub fn undeclared(kind: Option<ValueType>) -> Option<i32> {
    match kind {
        Some(ValueType::Tensor(DataType::Float)) => Some(0),
        Some(ValueType::Tensor(DataType::Int8)) => Some(2),
        Some(ValueType::Tensor(DataType::UInt8)) => Some(4),
        _ => None,
    }
}

/// The bytes of an output as values of the type `acl`.
///
/// # Errors
/// If the type is unknown, or an integer does not fit it.
pub fn to_bytes(value: &Value, acl: i32) -> Result<Vec<u8>, String> {
    match value {
        Value::FloatTensor(tensor) => write(tensor.iter().map(|v| Number::Float(*v)), acl),
        Value::Int32Tensor(tensor) => write(tensor.iter().map(|v| Number::Integer(*v)), acl),
        Value::Int8Tensor(tensor) => write(tensor.iter().map(|v| Number::Integer((*v).into())), acl),
        Value::UInt8Tensor(tensor) => write(tensor.iter().map(|v| Number::Integer((*v).into())), acl),
        Value::Sequence(_) => Err("an output is a sequence, not a tensor".to_string()),
        _ => Err("an output has an unknown type".to_string()),
    }
}

#[derive(Clone, Copy)]
enum Number {
    Float(f32),
    Integer(i32),
}

fn write(numbers: impl Iterator<Item = Number>, acl: i32) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for number in numbers {
        let (float, integer) = match number {
            Number::Float(value) => (value, None),
            Number::Integer(value) => (value as f32, Some(value)),
        };
        match (acl, integer) {
            (0, _) => bytes.extend(float.to_le_bytes()),
            (1, _) => bytes.extend(f16::from_f32(float).to_le_bytes()),
            (11, None) => bytes.extend(f64::from(float).to_le_bytes()),
            (11, Some(value)) => bytes.extend(f64::from(value).to_le_bytes()),
            (12, Some(value)) => bytes.push(u8::from(value != 0)),
            (_, None) => return Err(format!("an output of floats cannot be given out as type {acl}")),
            (_, Some(value)) => {
                let fits = |fits: bool| {
                    fits.then_some(()).ok_or_else(|| format!("{value} does not fit an output of type {acl}"))
                };
                match acl {
                    2 => fits(i8::try_from(value).is_ok())?,
                    4 => fits(u8::try_from(value).is_ok())?,
                    6 => fits(i16::try_from(value).is_ok())?,
                    7 => fits(u16::try_from(value).is_ok())?,
                    8 | 10 => fits(value >= 0)?,
                    3 | 9 => {}
                    _ => return Err(format!("type {acl} is unknown")),
                }
                bytes.extend(&i64::from(value).to_le_bytes()[..crate::onnx::type_size(acl)]);
            }
        }
    }
    Ok(bytes)
}
