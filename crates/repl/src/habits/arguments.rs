//! Names that arguments have in PyTorch, Keras and NumPy, where they mean one of ours and nothing else.

use relume_catalog::{Entry, Kind};

/// Names of functions' arguments elsewhere, and here. Of a layer `dim` counts the batch, and `axis` does not.
const OF_FUNCTIONS: [(&str, &str); 4] =
    [("dim", "axis"), ("dims", "axis"), ("keepdims", "keepdim"), ("input", "x")];

/// Names of commands' and optimizers' arguments elsewhere, and here.
const OF_OTHERS: [(&str, &str); 2] = [("learning_rate", "lr"), ("batch_size", "batch")];

/// The name that an argument has here.
pub(crate) fn own_name<'a>(entry: &Entry, name: &'a str) -> &'a str {
    let names = match entry.kind {
        Kind::Function => &OF_FUNCTIONS[..],
        _ => &OF_OTHERS,
    };
    let habit = names.iter().find(|(habit, own)| *habit == name && entry.argument(own).is_some());
    match habit {
        Some((_, own)) if entry.argument(name).is_none() => own,
        _ => name,
    }
}
