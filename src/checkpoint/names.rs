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

/// Whether `name` is an optimizer's state of a parameter: `<slot>.<parameter>`, beside `<parameter>` itself.
///
/// MindSpore's optimizers write `accum.`, `stat.`, `moments.`, `moment1.` and others; the rule needs no list.
pub(super) fn is_state(name: &str, is_in_file: impl Fn(&str) -> bool) -> bool {
    name.split_once('.').is_some_and(|(_, parameter)| is_head(parameter) || is_in_file(parameter))
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
    fn state_stands_beside_its_parameter() {
        let in_file = |name: &str| name == "features.0.filter.weight";
        assert!(is_state("moments.features.0.filter.weight", in_file));
        assert!(is_state("accum.fc2.weight", in_file));
        assert!(!is_state("features.0.filter.weight", in_file));
        assert!(!is_state("backbone.features.0.filter.bias", in_file));
    }
}
