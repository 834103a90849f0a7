//! How much may be in a row group.

/// Bytes, unpacked, that the columns read may have in a row group: 1 GiB. Writers for pictures make some 100 MiB.
pub const GROUP_LIMIT: i64 = 1 << 30;

/// Rows in a row group with lists: as many as writers make by default.
pub const LIST_ROWS: i64 = 1 << 20;
