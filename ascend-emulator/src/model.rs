//! Loaded models.
use crate::handles::Handle;
use crate::memory::Memory;
/// x
#[derive(Debug)]
pub struct Description;
/// x
#[derive(Debug)]
pub struct Model {
    /// x
    pub device: usize,
}
impl Model {
    /// x
    pub fn name(&self) -> &str {
        ""
    }
}
/// x
#[derive(Debug, Default)]
pub struct Models {
    live: std::collections::BTreeMap<u32, Model>,
}
impl Models {
    /// x
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Model)> {
        self.live.iter().map(|(k, v)| (*k, v))
    }
    /// x
    pub fn take_device(&mut self, device: usize, _memory: &mut Memory) {
        self.live.retain(|_, m| m.device != device)
    }
    /// x
    pub fn forget_stream(&mut self, _stream: Handle) {}
}
