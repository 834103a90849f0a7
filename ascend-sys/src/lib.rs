//! Raw bindings to ACL, the C interface of Ascend NPUs (`libascendcl.so`), opened at run time and never linked:
//! one program runs with and without CANN installed.
//!
//! - [`Acl::open`] finds the library and says, if it cannot, every place it looked at and what was wrong there;
//! - [`Functions`] is the table of its functions;
//! - [`Code`] knows the status codes: name, meaning in the call that returned it, advice, and what may still be used
//!   afterwards;
//! - [`DataType`] and [`Format`] know the types of elements and the orders of dimensions.
//!
//! No policy and no safe wrapper lives here. Function names, types and constants are those of the C headers.

#[allow(missing_docs, non_camel_case_types, non_snake_case, clippy::all)]
pub mod bindings;
mod calls;
mod codes;
mod loader;
mod table;
mod types;

pub use codes::{Class, Code, Known};
pub use loader::{Acl, Attempt, LoadError, Problem, Search, Version};
pub use table::Functions;
pub use types::{DataType, Format};
