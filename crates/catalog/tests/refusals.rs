//! Public functions given wrong types, counts and names: they return errors with their place, and never panic.

use relume_catalog::{
    Argument, ArgumentError, Entry, Kind, Place, Problem, Type, Value, call_text, count_text,
    nearest, reference_section, sentence, usage, value_text,
};
use serde_json::json;

const ENTRY: Entry = Entry {
    kind: Kind::Layer,
    name: "thing",
    aliases: &["object"],
    summary: "a thing",
    details: "",
    arguments: &[
        Argument::new("count", Type::COUNT, "how many"),
        Argument::new("rate", Type::FRACTION, "how much").or_number(0.5),
        Argument::new("on", Type::Boolean, "whether").or_boolean(true),
        Argument::new("name", Type::Text, "which").optional(),
        Argument::new("mode", Type::Choice(&["mean", "max"]), "how").or_text("mean"),
        Argument::new("kernel", Type::Pair { min: 1 }, "size").or_integer(3),
        Argument::new("depth", Type::Triple { min: 0 }, "size").or_integer(0),
        Argument::new("betas", Type::List(&Type::REAL), "numbers").or_numbers(&[0.9, 0.99]),
        Argument::new("either", Type::OneOf(&[Type::Text, Type::NATURAL]), "two kinds").optional(),
        Argument::new("init", Type::Spec(Kind::Initializer), "start").or_spec("default"),
        Argument::new("body", Type::Network, "inside").optional(),
        Argument::new("any", Type::Anything, "anything").optional(),
    ],
    positional: usize::MAX,
    example: "thing(3)",
};

/// Values of every kind, odd ones among them.
fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(2.5),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(f64::MAX),
        json!(1e300),
        json!(""),
        json!("mean"),
        json!("\u{0}\n\"名"),
        json!([]),
        json!([1]),
        json!([1, 2]),
        json!([1, "a"]),
        json!([[1, 2], [3]]),
        json!([u64::MAX, 1]),
        json!({}),
        json!({ "dense": {} }),
        json!({ "dense": 3, "relu": null }),
        json!({ "layers": [] }),
    ]
}

fn named(name: &str, value: Value) -> Vec<(String, Value)> {
    vec![("count".to_string(), json!(1)), (name.to_string(), value)]
}

/// A value is accepted or refused with its place; an accepted one prints as text.
#[test]
fn every_value_for_every_argument_is_taken_or_refused_with_its_place() {
    for argument in &ENTRY.arguments[1..] {
        for value in values() {
            match ENTRY.check(vec![], named(argument.name, value.clone())) {
                Ok(checked) => {
                    assert_eq!(checked.len(), ENTRY.arguments.len());
                    assert!(call_text(&ENTRY, &checked).starts_with("thing("));
                    let again = ENTRY.complete(checked.clone()).expect("what was checked");
                    assert_eq!(again, checked, "{}", argument.name);
                }
                Err(error) => {
                    assert_eq!(error.place, Place::Named(1), "{}: {value}", argument.name);
                    let Problem::WrongValue { name, .. } = error.problem else { panic!("{error}") };
                    assert_eq!(name, argument.name);
                }
            }
        }
    }
}

#[test]
fn wrong_types_and_ranges_are_refused() {
    let wrong = [
        ("count", json!([0, -1, 2.5, "3", true, [], 1e300])),
        ("rate", json!([-0.1, 1.1, "half", true])),
        ("on", json!([0, 1, "true"])),
        ("name", json!([3, true, ["a"]])),
        ("mode", json!(["Mean", "", 3])),
        ("kernel", json!([0, [1, 2, 3], [1], [1, 0], [1.5, 2], 1_000_000_001, "3"])),
        ("depth", json!([-1, [1, 2], [[1, 2, 3]]])),
        ("betas", json!([0.9, ["a"], [[0.9]]])),
        ("either", json!([-1, 2.5, true])),
        ("init", json!([3, true, [1]])),
        ("body", json!(["dense", 3, [1]])),
    ];
    for (name, wrong) in wrong {
        for value in wrong.as_array().expect("a list") {
            let given = vec![(name.to_string(), value.clone())];
            let given = if name == "count" { given } else { named(name, value.clone()) };
            assert!(ENTRY.check(vec![], given).is_err(), "{name} = {value}");
        }
    }
}

#[test]
fn calls_with_wrong_arguments_are_refused_with_their_place() {
    let place = |positional: Vec<Value>, named: Vec<(&str, Value)>| {
        let named = named.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
        ENTRY.check(positional, named).unwrap_err().place
    };
    assert_eq!(place(vec![], vec![]), Place::Call);
    assert_eq!(place(vec![json!(1); 13], vec![]), Place::Positional(2));
    assert_eq!(place(vec![json!(1)], vec![("", json!(1))]), Place::Name(0));
    assert_eq!(place(vec![json!(1)], vec![("count", json!(1))]), Place::Name(0));
    assert_eq!(
        place(vec![json!(1)], vec![("on", json!(true)), ("on", json!(true))]),
        Place::Name(1)
    );
    let many = Entry { arguments: &ENTRY.arguments[..1], ..ENTRY };
    let error = many.check(vec![json!(1), json!(2)], vec![]).unwrap_err();
    assert_eq!((error.place, error.problem), (Place::Positional(1), Problem::TooMany { most: 1 }));
    let error = many.complete([("rate".to_string(), json!(1))].into_iter().collect()).unwrap_err();
    assert_eq!(error.place, Place::Call);
}

#[test]
fn names_of_all_sorts_are_looked_up_without_harm() {
    for name in ["", "名", "thing", "Thing", &"x".repeat(10_000)] {
        let error = ArgumentError::unknown_name(name, &[&ENTRY]);
        assert!(!error.to_string().is_empty());
        assert!(ArgumentError::unknown_name(name, &[]).help().is_none());
        assert_eq!(nearest(name, []), None);
        assert!(ENTRY.argument(name).is_none());
    }
    assert!(ENTRY.answers_to("object") && !ENTRY.answers_to(""));
}

#[test]
fn texts_are_made_of_anything() {
    for value in values() {
        assert!(value_text(&value).len() < 10_000);
        let record = [("count".to_string(), value), ("other".to_string(), json!(1))];
        assert!(call_text(&ENTRY, &record.into_iter().collect()).starts_with("thing"));
    }
    assert_eq!(call_text(&ENTRY, &Default::default()), "thing");
    assert_eq!(
        (count_text(0), count_text(usize::MAX)),
        ("0".into(), "18,446,744,073,709,551,615".into())
    );
    assert_eq!(sentence(""), "");
    let bare = Entry { arguments: &[], example: "", ..ENTRY };
    assert!(usage(&ENTRY).starts_with("thing(") && usage(&bare).starts_with("thing"));
    assert!(reference_section(&bare).contains("thing"));
}
