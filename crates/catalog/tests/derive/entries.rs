//! The entry comes from the doc comments and the attributes.

use crate::specs::*;
use relume_catalog::{Default, Described, Field, Kind, Literal, Type, reference_section};

#[test]
fn doc_comments_are_summary_details_and_example() {
    let entry = Mish::ENTRY;
    assert_eq!((entry.kind, entry.name), (Kind::Activation, "mish"));
    assert_eq!(entry.summary, "x times the tanh of its softplus");
    assert_eq!(
        entry.details,
        "f(x) = x tanh(ln(1 + e^x)). Misra, 2019.\n\nRange: about -0.309 and above."
    );
    assert_eq!(entry.example, "mish([-1, 2])\nmish(0)");
}

#[test]
fn fields_are_arguments_with_types_defaults_and_help() {
    let [units, bias, dropout, forget, label, init] = Dense::ENTRY.arguments else { panic!() };
    assert_eq!((units.name, units.ty, units.default), ("units", Type::COUNT, Default::Required));
    assert_eq!(units.help, "number of outputs");
    assert_eq!(bias.default, Default::Is(Literal::Boolean(true)));
    assert_eq!((dropout.ty, dropout.default), (Type::FRACTION, Default::Is(Literal::Number(0.0))));
    assert_eq!((forget.ty, forget.default), (Type::NON_NEGATIVE, Default::Absent));
    assert_eq!((label.ty, label.default), (Type::Text, Default::Is(Literal::Text(""))));
    assert_eq!(init.ty, Type::Spec(Kind::Initializer));
    assert_eq!(init.default, Default::Is(Literal::Spec("zeros")));
    assert_eq!(Dense::ENTRY.aliases, ["linear"]);
}

#[test]
fn one_struct_has_several_names_with_words_of_their_own() {
    assert_eq!(Conv1d::ENTRY.name, "conv1d");
    assert_eq!(Conv1d::ENTRY.aliases, ["convolution1d"]);
    assert!(Conv2d::ENTRY.aliases.is_empty());
    assert_eq!(Conv1d::ENTRY.summary, "Convolution over lines `[channels, length]`");
    assert_eq!(Conv2d::ENTRY.summary, "Convolution over images `[channels, height, width]`");
    assert_eq!(
        Conv2d::ENTRY.details,
        "Sequences are lines.\n\nA kernel moves over the sample.\n\nOutput sizes are those of PyTorch."
    );
    assert_eq!(Conv1d::ENTRY.example, "net = conv1d(4, 3)");
    assert_eq!(Conv1d::ENTRY.argument("kernel").unwrap().ty, Type::sizes(1, 1));
    assert_eq!(Conv2d::ENTRY.argument("kernel").unwrap().ty, Type::Pair { min: 1 });
    let padding = Conv2d::ENTRY.argument("padding").unwrap();
    assert_eq!(padding.default, Default::Is(Literal::Integer(0)));
    assert_eq!(
        padding.ty.to_string(),
        "a whole number or [height, width], each at least 0, or \"same\" or \"valid\""
    );
}

#[test]
fn choices_are_words_in_snake_case_or_under_a_name_of_their_own() {
    assert_eq!(AdjustLr::TYPE, Type::Choice(&["original", "match_rms_adamw", "bernstein"]));
    assert_eq!(AdjustLr::Spectral.word(), Some("bernstein"));
    assert_eq!(Padding::<2>::WORDS, ["same", "valid"]);
    assert_eq!(Padding::By([1, 2]).word(), None);
    assert_eq!(OneOrMany::<u64>::TYPE, Type::OneOf(&[Type::NATURAL, Type::List(&Type::NATURAL)]));
}

#[test]
fn shared_options_stand_among_the_arguments_where_their_field_stands() {
    let names: Vec<&str> = Adam::ENTRY.arguments.iter().map(|argument| argument.name).collect();
    assert_eq!(
        names,
        ["lr", "betas", "layers", "adjust", "steps", "fallback", "l1", "ema", "names"]
    );
    let betas = Adam::ENTRY.argument("betas").unwrap();
    assert_eq!(betas.ty, Type::List(&Type::FRACTION));
    assert_eq!(betas.default, Default::Is(Literal::Numbers(&[0.9, 0.999])));
    assert_eq!(Adam::ENTRY.argument("steps").unwrap().ty, Type::Integer { min: 0, max: 99 });
}

#[test]
fn the_reference_begins_its_sentences_with_capitals() {
    let page = reference_section(&Mish::ENTRY);
    assert!(
        page.starts_with("### mish\n\n`mish`\n\nX times the tanh of its softplus.\n"),
        "{page}"
    );
    assert!(!page.contains("rustdoc"), "{page}");
    let page = reference_section(&Dense::ENTRY);
    assert!(
        page.contains("| `bias` | true or false | `true` | whether a bias is added |"),
        "{page}"
    );
}

#[test]
fn a_table_holds_the_entries_of_its_structs() {
    let names: Vec<&str> = LayerSpec::ENTRIES.iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["dense", "conv1d", "conv2d", "flatten"]);
    let flatten = LayerSpec::from_arguments("flatten", vec![2.into()], vec![]).unwrap();
    assert_eq!(flatten.inner().inputs(), 2);
    assert!(LayerSpec::from(Flatten { from: 9 }).check().is_err());
    let adam = OptimizerSpec::from(Adam::new());
    assert_eq!(adam.inner().rate() + InitializerSpec::from(Zeros {}).inner().mean(), 1e-3);
}
