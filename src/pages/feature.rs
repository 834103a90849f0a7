//! Which column holds features, whoever wrote the file.

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor, Type};

/// The column called `feature`, a list of numbers with a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureColumn {
    /// Where it is among the columns of the file.
    pub column: usize,
    /// The definition level from which on a list has a value, be it null. One below it, the list is empty; lower, there
    /// is none.
    pub list_level: i16,
}

/// Whether a file has a column of features. Lists, large lists, lists of fixed size and Arrow's tensors are one and the
/// same here.
///
/// # Errors
/// What is in the way, if `feature` has numbers with a point in another form than a plain list.
pub fn feature_column(schema: &SchemaDescriptor) -> Result<Option<FeatureColumn>, String> {
    let of_feature =
        |column: &ColumnDescriptor| column.path().parts().first().is_some_and(|root| root == "feature");
    let leaves: Vec<usize> = (0..schema.num_columns()).filter(|at| of_feature(&schema.column(*at))).collect();
    let is_list = |at: &usize| schema.column(*at).max_rep_level() > 0 && is_float(&schema.column(*at));
    if !leaves.iter().any(is_list) {
        return Ok(None);
    }
    match leaves[..] {
        [column] if schema.column(column).max_rep_level() == 1 => {
            let list_level = list_level(schema.get_column_root(column));
            Ok(Some(FeatureColumn { column, list_level }))
        }
        [_] => Err("the column 'feature' has lists in lists, expected one list of numbers a row".to_string()),
        _ => {
            let parts: Vec<String> = leaves.iter().map(|at| schema.column(*at).path().string()).collect();
            Err(format!("'feature' is several columns ({}), expected one list of numbers", parts.join(", ")))
        }
    }
}

/// Whether values are float32, float64 or float16.
fn is_float(column: &ColumnDescriptor) -> bool {
    match column.physical_type() {
        Physical::FLOAT | Physical::DOUBLE => true,
        Physical::FIXED_LEN_BYTE_ARRAY => column.logical_type_ref() == Some(&LogicalType::Float16),
        _ => false,
    }
}

/// The definition level of what repeats below `root`.
fn list_level(root: &Type) -> i16 {
    let (mut at, mut level) = (root, 0);
    loop {
        match at.get_basic_info().repetition() {
            Repetition::REQUIRED => {}
            Repetition::OPTIONAL => level += 1,
            Repetition::REPEATED => return level + 1,
        }
        match at {
            Type::GroupType { fields, .. } => match fields.first() {
                Some(inner) => at = inner,
                None => return level,
            },
            Type::PrimitiveType { .. } => return level,
        }
    }
}
