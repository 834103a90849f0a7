//! How much a file may ask for. A real LightCNN file stays a hundred times below every limit; a hostile one
//! meets the limit before it meets the machine's.
//!
//! Payloads have no limit here: they are never copied before their shape was checked against the network and
//! their length against the file, so they cannot ask for more memory than twice the file (float16 to float32).

/// Tensors in one file; LightCNN-29 has 61, with an optimizer's state about 200.
pub const MAX_TENSORS: usize = 1 << 16;

/// Complete sets of weights in one file; with averaged copies and snapshots it has a few.
pub const MAX_SETS: usize = 256;

/// Records of a MindSpore file: one a tensor, more only for tensors above 512 MiB.
pub const MAX_RECORDS: usize = 1 << 16;

/// Dimensions of a tensor; weights have at most 4.
pub const MAX_RANK: usize = 8;

/// Bytes of a tensor's name.
pub const MAX_NAME: usize = 1024;

/// Bytes of a safetensors header; LightCNN's is about 3 KB.
pub const MAX_HEADER: u64 = 8 << 20;

/// Instructions of one pickle. A tensor takes about 40, and every other bound on a pickle's memory follows
/// from this one: no instruction makes more than one value.
pub const MAX_INSTRUCTIONS: usize = 1 << 19;

/// Values that wait on a pickle's stack.
pub const MAX_STACK: usize = 1 << 18;

/// Values that a pickle remembers to use again.
pub const MAX_MEMO: usize = 1 << 18;

/// How deep in a pickle's containers tensors are looked for; a checkpoint needs 5.
pub const MAX_DEPTH: usize = 64;

/// Items of a pickle's containers that are looked at, each time that a shared container is met.
pub const MAX_VISITS: usize = 1 << 22;

/// Bytes of a metadata value that are shown.
pub const MAX_SHOWN: usize = 256;
