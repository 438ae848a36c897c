//! Strings, records, lists, indexing and comparison, by what they print. The expected texts are what Python and NumPy
//! print, in the language's own form.

mod common;

use common::{check, printed};
use relume_repl::{Output, Session, Source};

/// Texts that fail, a part of the message, and the help.
fn check_refused(cases: &[(&str, &str, &str)]) {
    for (text, message, help) in cases {
        let mut session = Session::new(Output::captured().0);
        let diagnostic = session.run(text, &Source::Pipe).expect_err(text).diagnostic;
        assert!(diagnostic.message.contains(message), "{text}: {}", diagnostic.message);
        let found = diagnostic.help.unwrap_or_default();
        assert!(found.contains(help), "{text}: {found}");
    }
}

#[test]
fn strings_are_joined_compared_and_picked_from() {
    check(&[
        ("\"a\" + 'b'", "ab"),
        ("'-' * 3", "---"),
        ("print \"abc\" < \"abd\" \"a\" == 'a' \"a\" != \"a\"", "true true false"),
        (
            "print \"hello\"[0] \"hello\"[-1] \"hello\"[1..3] \"hello\"[..-1] \"hello\"[::2]",
            "h o el hell hlo",
        ),
        ("print \"ell\" in \"hello\" \"x\" not in \"hello\"", "true true"),
        ("'a\"b' + \"\\n\" + 'c'", "a\"b\nc"),
        ("pattern = \"{label}_{index}\"; pattern", "{label}_{index}"),
    ]);
    check_refused(&[
        ("x = 3; \"lr \" + x", "3 cannot be joined to a string", "write: f\"lr {x}\""),
        ("x = 3; \"a\" + x + \"b\"", "cannot be joined", "write: f\"a{x}\""),
        ("x = 3; x + \" of {n}\"", "cannot be joined to 3", "write: f\"{x} of {{n}}\""),
        ("\"a\" - \"b\"", "`-` is not defined for a string and a string", ""),
        ("\"abc\"[3]", "there are 3 items, counted from 0", ""),
        ("\"a\" < 3", "a string and 3 cannot be compared", ""),
        ("3 in \"abc\"", "3 cannot be in a string", ""),
    ]);
}

#[test]
fn f_strings_fill_in_values() {
    check(&[
        ("lr = 0.1; f\"lr {lr}\"", "lr 0.1"),
        ("f'{1 + 1} {\"a\" + \"b\"} {[1, 2][0]}'", "2 ab 1"),
        (
            "f\"{{}} {0.98765:.1%} {1234567:,} {3.14159:.3} {2:.2f} [{5:>4}] [{\"a\":<3}]\"",
            "{} 98.8% 1,234,567 3.14 2.00 [   5] [a  ]",
        ),
        ("x = [1, 2]; f\"{x}, {sum(x):.1f}\"", "[1, 2], 3.0"),
        ("f\"{f\"{1}\"}\"", "1"),
        ("f(x) = x; f(\"a\")", "a"),
    ]);
    check_refused(&[
        ("f\"{1", "brace is never closed", "}"),
        ("f\"{}\"", "something is missing", ""),
        ("f\"}\"", "no brace is open", "}}"),
        ("f\"{1:q}\"", "`:q` is no format", ".3"),
        ("f\"{nothere}\"", "there is no `nothere`", ""),
        ("f\"{[1, 2]:.3}\"", "this format is one of numbers", ""),
    ]);
}

#[test]
fn records_hold_values_by_name() {
    check(&[
        (
            "o = (lr=0.1, batch=32); print o.lr o[\"batch\"] \"lr\" in o \"x\" in o",
            "0.1 32 true false",
        ),
        ("o = (a=1, b=\"c\"); o", "(a=1, b=\"c\")"),
        ("a = (x=1); b = (**a, y=2); b", "(x=1, y=2)"),
        ("print (a=1) == (a=1) (a=1) == (a=2) (a=1, b=2) == (b=2, a=1)", "true false true"),
        ("o = (lr=0.5); adam(**o)", "adam(0.5)"),
        ("f(x, y) = x - y; o = (y=1, x=5); f(**o)", "4"),
        ("o = (axis=0); sum([[1, 2], [3, 4]], **o)", "[4, 6]"),
    ]);
    check_refused(&[
        ("o = (lr=1); o.rate", "a record has no `rate`", "lr"),
        ("o = (lr=1); o.l", "a record has no `l`", "did you mean `lr`?"),
        ("f(x) = x; f(**3)", "followed by the name of a record", "give it a name"),
        ("x = 3; f(a) = a; f(**x)", "`**` wants a record, not a number", "(lr=0.1"),
        ("o = (bogus=1); adam(**o)", "adam has no argument `bogus`", ""),
        ("(a=1, 2)", "each field of a record has a name", ""),
    ]);
}

#[test]
fn a_record_is_spread_into_a_command() {
    let (output, captured) = Output::captured();
    let mut session = Session::new(output);
    let text = "o = (epochs=1, batch=64, optimizer=sgd(0.1))\nd = iris\nn = dense(3)\ntrain n on d **o\nprint \
        n.history";
    session.run(text, &Source::Pipe).expect("a training");
    let shown = captured.results();
    assert!(
        shown
            .lines()
            .last()
            .is_some_and(|line| line.starts_with("1  ") || line.trim_start().starts_with('1')),
        "{shown}"
    );
    assert!(shown.trim_end().ends_with("0.1"), "{shown}");
}

#[test]
fn lists_are_joined_repeated_and_searched() {
    check(&[
        ("[1, \"a\"] + [2]", "[1, a, 2]"),
        ("[\"a\"] * 3", "[a, a, a]"),
        ("xs = [\"a\"]; xs += [\"b\"]; xs", "[a, b]"),
        (
            "print \"a\" in [\"a\"] 2 in [1, 2] 3 not in 0..3 [\"a\", 1] == [\"a\", 1]",
            "true true true true",
        ),
        (
            "xs = [\"a\", \"b\", \"c\", \"d\"]; print xs[-1] xs[1..3] xs[::2] xs[[0, 3]]",
            "d [b, c] [a, c] [a, d]",
        ),
        ("xs = []; xs += [1]; xs += [2]; print mean(xs) xs * 2", "1.5 [1, 2, 1, 2]"),
    ]);
    check_refused(&[
        ("xs = [\"a\"]; xs += 1", "cannot be joined", "xs + [x]"),
        ("xs = [\"a\"]; xs[0, 1]", "one axis", ""),
        ("[\"a\"] * 10^9", "too long", ""),
    ]);
}

/// The figures are NumPy's.
#[test]
fn tensors_are_indexed_as_in_numpy() {
    let x = "x = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]; ";
    for (index, expected) in [
        ("x[0, 1]", "2"),
        ("x[-1]", "[7, 8, 9]"),
        ("x[-1, -1]", "9"),
        ("x[:, 1]", "[2, 5, 8]"),
        ("x[0:2, 1:]", "[[2, 3],\n [5, 6]]"),
        ("x[..2, 0]", "[1, 4]"),
        ("x[1.., ..-1]", "[[4, 5],\n [7, 8]]"),
        ("x[::2, 0]", "[1, 7]"),
        ("x[::-1, 0]", "[7, 4, 1]"),
        ("x[[0, 2]]", "[[1, 2, 3],\n [7, 8, 9]]"),
        ("x[[0, 2], [1, 2]]", "[2, 9]"),
        ("x[x > 6]", "[7, 8, 9]"),
        ("x[x[:, 0] > 1, 2]", "[6, 9]"),
        ("x[0..2][1]", "[4, 5, 6]"),
        ("x[argmax([1, 5, 2])]", "[4, 5, 6]"),
        ("r = 1..3; x[r, 0]", "[4, 7]"),
        ("(5..9)[1]", "6"),
        ("(5..9)[1..3]", "6..8"),
    ] {
        assert_eq!(printed(&format!("{x}{index}")), expected, "{index}");
    }
    check_refused(&[
        ("x = [1, 2, 3]; x[3]", "there are 3 items, counted from 0", ""),
        ("x = [1, 2, 3]; x[-4]", "there are 3 items", ""),
        ("x = [1, 2, 3]; x[2..9]", "there are 3 items", ""),
        ("x = [[1, 2, 3]]; x[0, 5]", "there are 3 items", ""),
        ("x = [[1, 2, 3]]; x[0, 1, 2]", "1 x 3 has 2 axes", ""),
        ("x = [1, 2, 3]; x[\"a\"]", "the number of an item is wanted here, not a string", ""),
        ("x = [1, 2, 3]; x[0:2:0]", "a step is not 0", ""),
        ("x = [1, 2, 3]; x[[0, 7]]", "there are 3 items", ""),
        ("iris[-999]", "there are 150 items", ""),
    ]);
}

#[test]
fn tensors_are_compared_number_by_number() {
    check(&[
        ("[1, 2, 3] > 2", "[false, false, true]"),
        ("[1, 2] == [1, 3]", "[true, false]"),
        ("sum([1, 2, 3] > 1)", "2"),
        ("not [1, 2] > 1", "[true, false]"),
        ("print 1 < 2 sum([1]) == 1 0.1 == sum([0.1])", "true true true"),
        ("assert [1, 2] == [1, 2]; assert [1, 2] != [1, 3]; assert [0, 0] == 0", ""),
        ("assert not ([1, 2] == [1, 2, 3])", ""),
        ("assert dense(3) == dense(3)", ""),
    ]);
    check_refused(&[
        ("assert [1, 2] == [1, 3]", "does not hold", "the left side is [1, 2]"),
        ("assert [1, 2] > 1", "2 truth values are not one condition", "any(...)"),
        ("[1, 2] < [1, 2, 3]", "cannot combine 2 with 3", ""),
        ("true < 1", "cannot be compared", ""),
        ("(a=1) == 3", "cannot be compared", ""),
    ]);
}

/// Python's figures.
#[test]
fn the_rest_of_a_division_has_the_sign_of_the_divisor() {
    check(&[
        ("print 7 % 3 -7 % 3", "0"),
        ("print (7 % -3) (-7 % -3) 5.5 % 2", "-2 -1 1.5"),
        ("[5, -5] % 3", "[2, 1]"),
    ]);
}

#[test]
fn long_ranges_are_not_written_out() {
    let (mut output, captured) = Output::captured();
    output.json = Some(relume_repl::JsonOutput::default());
    let mut session = Session::new(output);
    session.run("x = 0..10^13; x; 0..3", &Source::Pipe).expect("a range");
    assert_eq!(
        captured.results(),
        "{\"version\":1,\"type\":\"range\",\"value\":{\"start\":0,\"end\":10000000000000}}\n\
         {\"version\":1,\"type\":\"range\",\"value\":{\"start\":0,\"end\":3}}\n"
    );
    check(&[("print (0..10^13)[10^12] 5 in 0..10^13", "1e12 true")]);
    check_refused(&[("(0..10^13) * 2", "a range of 10,000,000,000,000 numbers is too long", "")]);
}
