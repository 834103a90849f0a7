//! Values of MATLAB variables.

use std::fmt;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Numbers, or truth values as 0 and 1.
    Numbers(Matrix),
    /// Characters.
    Text(Text),
    /// A cell array.
    Cells(Cells),
    /// A structure array.
    Struct(Struct),
    /// What is not read: sparse and complex matrices, objects, functions; in words.
    Other(&'static str),
}

/// A matrix of numbers, column after column.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Length of each dimension, at least two of them.
    pub dims: Vec<usize>,
    /// The numbers; the first index runs fastest.
    pub numbers: Numbers,
}

/// The numbers of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// `single`.
    F32(Vec<f32>),
    /// All other classes. Integers beyond 2^53 are rounded.
    F64(Vec<f64>),
}

/// Characters: a matrix, of which each row is a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Length of each dimension.
    pub dims: Vec<usize>,
    /// The characters, column after column.
    pub characters: Vec<char>,
}

/// A cell array.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    /// Length of each dimension.
    pub dims: Vec<usize>,
    /// The values, column after column.
    pub values: Vec<Value>,
}

/// A structure array.
#[derive(Clone, Debug, PartialEq)]
pub struct Struct {
    /// Length of each dimension.
    pub dims: Vec<usize>,
    /// Names of the fields, and for each the values of all elements.
    pub fields: Vec<(String, Vec<Value>)>,
}

impl Matrix {
    /// The numbers as float64, column after column.
    pub fn values(&self) -> impl Iterator<Item = f64> + '_ {
        let (single, double): (&[f32], &[f64]) = match &self.numbers {
            Numbers::F32(numbers) => (numbers, &[]),
            Numbers::F64(numbers) => (&[], numbers),
        };
        single.iter().map(|number| f64::from(*number)).chain(double.iter().copied())
    }
}

impl Text {
    /// The first line.
    pub fn line(&self) -> String {
        let rows = self.dims.first().copied().unwrap_or(0).max(1);
        self.characters.iter().step_by(rows).collect()
    }
}

impl fmt::Display for Value {
    /// What it is, for errors.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dims, what) = match self {
            Value::Numbers(matrix) => (&matrix.dims, "numbers"),
            Value::Text(text) => (&text.dims, "characters"),
            Value::Cells(cells) => (&cells.dims, "cells"),
            Value::Struct(all) => (&all.dims, "structures"),
            Value::Other(what) => return f.write_str(what),
        };
        let dims: Vec<String> = dims.iter().map(usize::to_string).collect();
        write!(f, "{} {what}", dims.join("×"))
    }
}
