//! The habits, by where they come from. Their order counts: the first that fits is applied.

mod keras;
mod layers;
mod notation;
mod pandas;
mod prompt;
mod python;
mod pytorch;

use super::rule::Rule;

/// What a person needs to know who hands inputs and targets to a function.
const PARTS: &str = "inputs and targets stand together in a data set, such as digits() or csv(\"file.csv\", \
    target=\"y\")";

/// All habits.
pub(super) fn rules() -> impl Iterator<Item = &'static Rule> {
    let all = [
        prompt::RULES,
        notation::RULES,
        pandas::RULES,
        pytorch::RULES,
        keras::RULES,
        layers::RULES,
        python::RULES,
    ];
    all.into_iter().flatten()
}
