//! What a tensor's name says about it.

use std::fmt;

/// A name without the `module.` that PyTorch's DataParallel puts before it.
pub(super) fn plain(name: &str) -> &str {
    name.strip_prefix("module.").unwrap_or(name)
}

/// Whether `name` is one of the classifier head's.
pub(super) fn is_head(name: &str) -> bool {
    matches!(name, "fc2.weight" | "fc2.bias")
}

/// Whether the keys and names in `path` are those of an optimizer's state: `optimizer.state`, `optimizer_states.0`, and
/// MindSpore's `moments`.
pub(super) fn is_optimizers(path: &str) -> bool {
    words(path).any(|word| {
        matches!(
            word.as_str(),
            "opt" | "optim" | "optimizer" | "optimizers" | "moments" | "moment1" | "moment2" | "accum"
        )
    })
}

/// Whether the keys and names in `path` are those of averaged weights: `model_ema`, `ema_state_dict`, `modelEMA`.
pub(super) fn is_average(path: &str) -> bool {
    words(path).any(|word| matches!(word.as_str(), "ema" | "swa" | "shadow" | "averaged"))
}

/// The words of a path in lower case: `modelEma.state_dict` has `model`, `ema`, `state` and `dict`.
fn words(path: &str) -> impl Iterator<Item = String> {
    path.split(|c: char| !c.is_ascii_alphanumeric()).flat_map(|part| {
        let mut words = vec![String::new()];
        let mut was_lower = false;
        for c in part.chars() {
            if c.is_ascii_uppercase() && was_lower {
                words.push(String::new());
            }
            was_lower = c.is_ascii_lowercase();
            if let Some(word) = words.last_mut() {
                word.push(c.to_ascii_lowercase());
            }
        }
        words
    })
}

/// Whether `name` is one of the statistics that batch normalization keeps.
pub(super) fn is_statistic(name: &str) -> bool {
    let last = name.rsplit_once('.').map_or(name, |(_, last)| last);
    matches!(last, "moving_mean" | "moving_variance" | "running_mean" | "running_var")
}

/// What is left of `name` below the keys and names `root`: all of it below the empty root.
pub(super) fn below<'n>(name: &'n str, root: &str) -> Option<&'n str> {
    if root.is_empty() { Some(name) } else { name.strip_prefix(root)?.strip_prefix('.') }
}

/// `name` below `root`.
pub(super) fn join(root: &str, name: &str) -> String {
    if root.is_empty() { name.to_string() } else { format!("{root}.{name}") }
}

/// Whether `name` ends as the parameters of a layer do, in MindSpore's words or PyTorch's.
///
/// `learning_rate`, `global_step`, `epoch_num` and their like have no layer before them.
pub(super) fn is_of_a_layer(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, last)| {
        matches!(
            last,
            "weight"
                | "bias"
                | "gamma"
                | "beta"
                | "moving_mean"
                | "moving_variance"
                | "running_mean"
                | "running_var"
        )
    })
}

/// The part of `name` before the first dot.
pub(super) fn first_part(name: &str) -> &str {
    name.split_once('.').map_or(name, |(first, _)| first)
}

/// A name from a file as text that is safe to show on a terminal: quoted, control characters escaped.
pub(super) struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.escape_debug())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_module_is_stripped() {
        assert_eq!(plain("module.fc.weight"), "fc.weight");
        assert_eq!(plain("module.module.fc.weight"), "module.fc.weight");
        assert_eq!(plain("submodule.fc.weight"), "submodule.fc.weight");
    }

    #[test]
    fn words_of_a_path() {
        for path in ["ema", "model_ema", "ema_state_dict", "modelEMA.conv", "trainer.modelEma"] {
            assert!(is_average(path), "{path}");
        }
        for path in ["", "schema", "cinema.model", "emanuel", "model"] {
            assert!(!is_average(path), "{path}");
        }
        assert!(is_optimizers("optimizer_states.0.state") && !is_optimizers("optimal"));
    }

    #[test]
    fn a_root_ends_at_a_dot() {
        assert_eq!(below("a.b.c", "a.b"), Some("c"));
        assert_eq!(below("a.bc", "a.b"), None);
        assert_eq!(below("a.b", "a.b"), None);
        assert_eq!(below("a.b", ""), Some("a.b"));
        assert_eq!((join("", "b"), join("a", "b")), ("b".to_string(), "a.b".to_string()));
    }
}
