//! Classes of words in patterns, and the names by which other libraries know what the tables have.

use super::pattern::are_pairs;
use super::scan::{items, pieces};
use crate::tables::{self, KINDS};
use relume_catalog::{Kind, Type};

/// What patterns ask of the session.
pub(super) trait Known {
    /// Whether a name is defined.
    fn is_defined(&self, name: &str) -> bool;
    /// Whether a name stands for a list that is not a tensor.
    fn is_list(&self, name: &str) -> bool;
    /// Whether a name stands for a data set or a part of one.
    fn is_data(&self, name: &str) -> bool;
}

/// Names of other libraries that differ in more than capitals and underscores.
const SPELLINGS: [(&str, &str); 34] = [
    ("mseloss", "mse"),
    ("meansquarederror", "mse"),
    ("l1loss", "mae"),
    ("meanabsoluteerror", "mae"),
    ("crossentropyloss", "cross_entropy"),
    ("categoricalcrossentropy", "cross_entropy"),
    ("sparsecategoricalcrossentropy", "cross_entropy"),
    ("binarycrossentropy", "bce"),
    ("bceloss", "bce"),
    ("bcewithlogitsloss", "bce_with_logits"),
    ("nllloss", "nll"),
    ("smoothl1loss", "smooth_l1"),
    ("huberloss", "huber"),
    ("kldivloss", "kl_div"),
    ("ctcloss", "ctc"),
    ("maxpooling1d", "maxpool1d"),
    ("maxpooling2d", "maxpool2d"),
    ("maxpooling3d", "maxpool3d"),
    ("averagepooling1d", "avgpool1d"),
    ("averagepooling2d", "avgpool2d"),
    ("averagepooling3d", "avgpool3d"),
    ("globalaveragepooling1d", "globalavgpool1d"),
    ("globalaveragepooling2d", "globalavgpool"),
    ("globalmaxpooling1d", "globalmaxpool1d"),
    ("globalmaxpooling2d", "globalmaxpool"),
    ("batchnormalization", "batchnorm"),
    ("layernormalization", "layernorm"),
    ("instancenorm2d", "instancenorm"),
    ("transformerencoderlayer", "transformer_encoder"),
    ("transformerdecoderlayer", "transformer_decoder"),
    ("conv2dtranspose", "conv_transpose2d"),
    ("zeropadding2d", "pad2d"),
    ("embeddingbag", "embedding_bag"),
    ("fullyconnected", "dense"),
];

/// The name in the tables of what another library calls by this word; none if it is the table's own word.
pub(super) fn foreign(word: &str) -> Option<&'static str> {
    let plain = word.to_lowercase().replace('_', "");
    if is_name(word) {
        return None;
    }
    let own = SPELLINGS.iter().find(|(foreign, _)| *foreign == plain).map(|(_, own)| *own);
    own.or_else(|| {
        let entries = KINDS.iter().flat_map(|&kind| tables::entries(kind));
        let mut names = entries.flat_map(|entry| entry.aliases.iter().copied().chain([entry.name]));
        names.find(|name| name.replace('_', "") == plain)
    })
}

/// The table's name of a word in any spelling.
pub(super) fn canonical(word: &str) -> String {
    let name = foreign(word).unwrap_or(word);
    let entry = KINDS.iter().find_map(|&kind| tables::find(kind, name));
    entry.map_or(name, |entry| entry.name).to_string()
}

const CONVOLUTIONS: [&str; 6] =
    ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"];

/// Whether a text is of a class.
pub(super) fn is_of(class: &str, text: &str, known: &dyn Known) -> bool {
    let bare = text.trim_matches(['"', '\'']);
    let name = || canonical(bare);
    let one_of = |names: &[&str]| names.contains(&name().as_str());
    let head = || text.split(['(', '.', '[']).next().unwrap_or_default().trim();
    match class {
        "conv" => one_of(&CONVOLUTIONS),
        "torchconv" => one_of(&CONVOLUTIONS) && !text.ends_with('D'),
        "weights" => one_of(&CONVOLUTIONS) || name() == "dense",
        "recurrent" => one_of(&["lstm", "gru", "rnn"]),
        "featurenorm" => one_of(&["batchnorm", "instancenorm"]),
        "transformer" => {
            one_of(&["multihead_attention", "transformer_encoder", "transformer_decoder"])
        }
        "activation" => tables::find(Kind::Activation, &name()).is_some(),
        "stage" => [Kind::Activation, Kind::Layer]
            .iter()
            .any(|&kind| tables::find(kind, &canonical(head())).is_some()),
        "function" => tables::find(Kind::Function, text).is_some(),
        "shouted" => is_choice(&bare.to_lowercase()) && bare.to_lowercase() != bare,
        "foreign" => foreign(bare).is_some(),
        "choice" => is_choice(bare) && !is_name(bare) && !matches!(bare, "true" | "false"),
        "optimizer" => tables::find(Kind::Optimizer, &name()).is_some(),
        "figure" => ["loss", "accuracy", "test_loss", "test_accuracy", "mae", "lr"].contains(&text),
        "helped" => Kind::ALL.iter().any(|&kind| tables::find(kind, &name()).is_some()),
        "defined" => known.is_defined(text),
        "undefined" => !known.is_defined(text),
        "list" => known.is_list(text),
        "data" => known.is_data(head()),
        "short" => text.len() <= 2 && !known.is_defined(text),
        "maker" => {
            ["zeros", "ones", "full", "eye", "arange", "linspace", "rand", "randn"].contains(&text)
        }
        "named" => items(text).iter().all(|item| is_named(item)),
        "other" => !text.trim_start_matches('f').starts_with(['"', '\'']),
        "operand" => !text.starts_with('('),
        "plain" => !is_of("stage", text, known),
        "value" => text != "None",
        "pairs" => are_pairs(text),
        "thousands" => text
            .split_once(',')
            .is_some_and(|(_, rest)| rest.split(',').all(|part| part.len() == 3)),
        "comma" => {
            text.split_once(',').is_some_and(|(_, rest)| !rest.contains(',')) && !text.contains('.')
        }
        "commas" => text.contains(','),
        "several" => text.contains(',') && (text.contains('.') || text.matches(',').count() > 1),
        "percent" => text.parse::<f64>().is_ok_and(|x| x > 1.0 && x <= 100.0 && x.fract() == 0.0),
        "hex" => hexadecimal(text).is_some(),
        "glued" => split_digits(text).is_some(),
        "openexponent" => text.strip_suffix(['e', 'E']).is_some_and(|x| x.parse::<f64>().is_ok()),
        "word" => text.chars().all(|c| c.is_alphanumeric() || c == '_'),
        _ => false,
    }
}

/// Whether an argument has a name.
fn is_named(argument: &str) -> bool {
    pieces(argument).get(1).is_some_and(|piece| piece.of(argument) == "=")
}

/// Whether the tables have something of this name.
fn is_name(word: &str) -> bool {
    Kind::ALL.iter().any(|&kind| tables::find(kind, word).is_some())
}

/// Whether an option of the tables has a word in quotes as one of its values.
fn is_choice(word: &str) -> bool {
    fn has(ty: &Type, word: &str) -> bool {
        match ty {
            Type::Choice(words) => words.contains(&word),
            Type::OneOf(types) => types.iter().any(|ty| has(ty, word)),
            Type::List(item) => has(item, word),
            _ => false,
        }
    }
    let kinds = KINDS.iter().chain(&[Kind::Command, Kind::Function]);
    let entries = kinds.flat_map(|&kind| tables::entries(kind));
    entries.flat_map(|entry| entry.arguments).any(|argument| has(&argument.ty, word))
}

/// The value of a number in another base, `0x1F`, `0b101`, `0o17`.
pub(super) fn hexadecimal(text: &str) -> Option<u64> {
    let text = text.to_lowercase().replace('_', "");
    [("0x", 16), ("0b", 2), ("0o", 8)]
        .into_iter()
        .find_map(|(prefix, base)| u64::from_str_radix(text.strip_prefix(prefix)?, base).ok())
}

/// Digits and the letters after them, as in `2net` and `2x`.
pub(super) fn split_digits(text: &str) -> Option<(&str, &str)> {
    let at = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, letters) = text.split_at(at);
    let is_name =
        letters.starts_with(|c: char| c.is_alphabetic() || c == '_') && !letters.contains('.');
    let is_number = text.parse::<f64>().is_ok() || hexadecimal(text).is_some() || letters == "e";
    (is_name && !is_number).then_some((digits, letters))
}
