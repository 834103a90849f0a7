//! Colours, and the dashes that go with them.

/// Colours that differ for colour-blind readers too, and in gray (Okabe and Ito, *Color Universal Design*, 2008).
pub const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];

/// Dashes that tell lines apart where colours are lost in print.
pub const DASHES: [&str; 7] = ["", "8 3", "2 2", "8 3 2 3", "5 2", "12 3", "1 3"];

/// Lines of the axes, and of their grid.
pub(super) const FRAME: &str = "#444444";
pub(super) const GRID: &str = "#d9d9d9";
pub(super) const FINE_GRID: &str = "#efefef";

/// The colour of texts. A page that holds the document may give texts, lines of this kind and the ground colours of its
/// own, by their classes.
pub(super) const INK: &str = "#222222";

/// The class of a line of this colour, as an attribute.
pub(super) fn class(colour: &str) -> &'static str {
    match colour {
        FRAME => " class=\"frame\"",
        GRID | FINE_GRID => " class=\"grid\"",
        colour if colour == COLOURS[6] => " class=\"black\"",
        _ => "",
    }
}
