//! What statements do, by what they print. The expected texts are calculated by hand, or are what Python prints.

mod common;

use common::{check, printed};
use relume_repl::{ExitCode, Output, Session, Source};

/// The message of a text that fails, and the place that its carets mark.
fn refused(text: &str) -> (String, String) {
    let mut session = Session::new(Output::captured().0);
    let failure = session.run(text, &Source::Pipe).expect_err(text);
    let span = failure.diagnostic.span.expect("a place");
    (failure.diagnostic.message, span.of(text).to_string())
}

fn check_refused(cases: &[(&str, &str, &str)]) {
    for (text, message, place) in cases {
        let (found, marked) = refused(text);
        assert!(found.contains(message), "{text}: {found}");
        assert_eq!(marked, *place, "{text}: {found}");
    }
}

#[test]
fn the_first_condition_that_holds_decides() {
    check(&[
        ("x = 3; if x > 2 { print \"large\" } else { print \"small\" }", "large"),
        (
            "x = 1\nif x > 2 {\n  print 1\n}\nelse if x > 0 {\n  print 2\n}\nelse {\n  print 3\n}",
            "2",
        ),
        ("if(1 > 2) { print 1 } else if 2 > 1 and not (1 == 2) { print 2 }", "2"),
        ("if false { 1 }", ""),
        ("if [1, 2] == [1, 2] { print \"same\" }", "same"),
        ("if sum([1, 2]) == 3 { print \"three\" }", "three"),
    ]);
    check_refused(&[
        ("if 3 { 1 }", "wants a condition, not a number", "3"),
        ("if [1, 2] > 1 { 1 }", "2 truth values are not one condition", "[1, 2] > 1"),
        ("while \"a\" { 1 }", "wants a condition, not a string", "\"a\""),
    ]);
}

#[test]
fn loops_end_go_on_and_take_items_apart() {
    check(&[
        ("i = 0; while i < 3 { i += 1; print i }", "1\n2\n3"),
        ("for i in 0..9 { if i == 2 { continue }; if i > 3 { break }; print i }", "0\n1\n3"),
        ("for i in 0..2 { for j in 0..9 { if j == 1 { break }; print i j } }", "0 0\n1 0"),
        ("for name, value in (lr=0.1, batch=32) { print name value }", "lr 0.1\nbatch 32"),
        ("for a, b in [[1, 2], [3, 4]] { print a b }", "1 2\n3 4"),
        ("for x in [\"a\", \"b\"] { print x }", "a\nb"),
        ("for row in [[1, 2], [3, 4]] { print row }", "[1, 2]\n[3, 4]"),
        ("for lr in [0.1, 0.01] { print lr }", "0.1\n0.01"),
        ("for i in 0..10^13 { if i > 2 { break }; print i }", "0\n1\n2"),
    ]);
    check_refused(&[
        ("for a, b in [[1, 2, 3]] { a }", "2 names for 3 values", "[[1, 2, 3]]"),
        ("for i in 3 { i }", "not a number", "3"),
    ]);
}

#[test]
fn results_in_loops_say_what_the_names_stand_for() {
    check(&[
        ("for lr in [0.1, 0.2] { lr * 2 }", "lr = 0.1\n0.2\nlr = 0.2\n0.4"),
        ("for i in 0..2 { i; i + 1 }", "i = 0\n0\n1\ni = 1\n1\n2"),
        (
            "for lr in [0.1] { for batch in [8, 16] { batch } }",
            "lr = 0.1, batch = 8\n8\nlr = 0.1, batch = 16\n16",
        ),
        ("for i in 0..1000 { x = i }", ""),
        ("f(x) = { for i in 0..x { y = i }; y }; f(3)", "2"),
    ]);
    let (mut output, captured) = Output::captured();
    output.json = Some(relume_repl::JsonOutput::default());
    Session::new(output).run("for lr in [0.1] { 1; print 2 }", &Source::Pipe).expect("a loop");
    assert_eq!(
        captured.results(),
        "{\"version\":1,\"type\":\"number\",\"value\":1,\"for\":{\"lr\":0.1}}\n\
         {\"version\":1,\"type\":\"print\",\"print\":\"2\",\"values\":[2],\"for\":{\"lr\":0.1}}\n"
    );
}

#[test]
fn functions_take_defaults_and_names_and_give_their_last_value() {
    check(&[
        ("f(x, y=2) = x ^ y; print f(3) f(2, 3) f(2, y=4) f(y=1, x=7)", "9 8 16 7"),
        ("f(x) = {\n  y = x + 1\n  y * 2\n}\nf(3)", "8"),
        ("f(x, y=x + 1) = [x, y]; f(1)", "[1, 2]"),
        ("f(n) = { if n <= 1 { 1 } else { n * f(n - 1) } }; f(10)", "3628800"),
        ("f(x) = { for i in 0..10 { if i > x { return i } } }; f(4)", "5"),
        ("f(x) = { if x < 0 { return -1 }; 1 }; print f(-3) f(3)", "-1 1"),
        ("f() = { print \"here\" }; f()", "here"),
        ("f(g, x) = g(g(x)); double(x) = 2 * x; f(double, 3)", "12"),
        ("f(x) = { try { [1, 2] + x } else { 0 } }; print f(1) f([1, 2, 3])", "[2, 3] 0"),
        ("a = 1; f() = { a = 2; a }; print f() a", "2 1"),
        ("a = 1; f() = a + 1; a = 5; f()", "6"),
        ("f(x) = x\nf", "f(x) = x"),
    ]);
    check_refused(&[
        ("f(x) = x; f()", "f needs `x`", "f()"),
        ("f(x) = x; f(1, 2)", "takes at most 1 argument", "2"),
        ("f(x) = x; f(1, x=2)", "given `x` twice", "x"),
        ("f(rate) = 1; f(rat=2)", "no parameter `rat`", "rat"),
        ("f() = { print 1 }; x = f()", "gives no value", "f()"),
        ("f(x) = x + nothere; f(1)", "there is no `nothere`", "nothere"),
        ("f(x) = { y = 2; x }; f(1); y", "there is no `y`", "y"),
    ]);
}

#[test]
fn functions_that_never_end_are_refused_before_the_stack_is_used_up() {
    let run = |text: String| {
        let deep = move || {
            let mut session = Session::new(Output::captured().0);
            let failure = session.run(&text, &Source::Pipe).expect_err(&text);
            assert!(failure.diagnostic.message.contains("too deeply"), "{:?}", failure.diagnostic);
            session.run("assert 1 + 1 == 2", &Source::Pipe).expect("it goes on");
        };
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(deep);
        thread.expect("a thread").join().expect("no overflow");
    };
    run("f(x) = f(x + 1); f(1)".to_string());
    run("f(x) = g(x); g(x) = { return 1 + f(x) }; f(1)".to_string());
    run("f(x) = { if x > 0 { for i in 0..2 { while true { time y = [f(x + 1)] } } } }; f(1)"
        .to_string());
    let (open, close) = ("[".repeat(90), "]".repeat(90));
    run(format!("f(x) = {open}f(x), \"a\"{close}; f(1)"));
    run(format!("f(x) = {{ {}f(x) {}}}; f(1)", "if true { ".repeat(45), "} ".repeat(45)));
    // While a recursion that people write is deep enough.
    let (output, captured) = Output::captured();
    let text = "f(n) = { if n == 0 { 0 } else { n + f(n - 1) } }; f(40)";
    Session::new(output).run(text, &Source::Pipe).expect("a sum");
    assert_eq!(captured.results(), "820\n");
}

#[test]
fn a_failure_in_a_function_shows_its_place_and_the_call() {
    let mut session = Session::new(Output::captured().0);
    let (output, captured) = Output::captured();
    session.run("f(x) = x + z", &Source::Prompt).expect("a definition");
    let mut shown = Session::new(output);
    std::mem::swap(&mut session, &mut shown);
    let failure = shown.run("1 + f(2)", &Source::Prompt).expect_err("no z");
    session.report(&failure, "1 + f(2)", &Source::Prompt);
    assert_eq!(
        captured.remarks(),
        "error: there is no `z`\n  |  f(x) = x + z\n  |             ^\nin f, called here\n  |  1 + f(2)\n  |      \
        ^^^^\n\
         help: define it first: z = ...\n"
    );
}

#[test]
fn derivatives_pass_through_functions() {
    check(&[
        ("f(x) = x ^ 3; x = 2; grad(f(x), x)", "12"),
        ("f(x) = { y = x * x; if y > 1 { y } else { 0 * y } }; x = 3; grad(f(x), x)", "6"),
        ("f(v) = sum(v[1..] * 2); v = [1, 2, 3]; grad(f(v), v)", "[0, 2, 2]"),
        ("f(v) = { a, b = v; a * b }; v = [3, 4]; grad(f(v), v)", "[4, 3]"),
        ("f(v) = { t = 0; for x in [1, 2] { t += x * v }; t }; v = 5; grad(f(v), v)", "3"),
        ("x = [5, -5]; grad(sum(x % 3), x)", "[1, 1]"),
        ("x = [1, 2, 3]; grad(sum(x[[0, 0, 2]]), x)", "[2, 0, 1]"),
        ("f(v) = { w = [0, 0]; w[0] = v; w[1] = v * v; sum(w) }; v = 3; grad(f(v), v)", "7"),
        ("f(v) = { v[0] = 5; sum(v * v) }; v = [1, 2]; grad(f(v), v)", "[0, 4]"),
    ]);
}

#[test]
fn names_fields_and_items_are_given_values() {
    check(&[
        ("a, b = [1, 2]; print a b", "1 2"),
        ("a, b = (x=1, y=\"z\"); print a b", "1 z"),
        ("a, b = [[1, 2], [3, 4]]; print a b", "[1, 2] [3, 4]"),
        ("a = 1; b = 2; a, b = [b, a]; print a b", "2 1"),
        ("x = 7; x -= 2; x *= 3; x /= 5; x ^= 2; x %= 4; x", "1"),
        ("m = [[1, 2], [3, 4]]; m @= [[0, 1], [1, 0]]; m", "[[2, 1],\n [4, 3]]"),
        (
            "o = (lr=0.1); o.lr *= 2; o.batch = 8; o[\"name\"] = \"a\"; o",
            "(lr=0.2, batch=8, name=\"a\")",
        ),
        ("o = (inner=(a=1)); o.inner.a = 2; o", "(inner=(a=2))"),
        ("xs = [1, \"a\", 3]; xs[1] = \"b\"; xs[-1] += 1; xs", "[1, b, 4]"),
        ("x = [[1, 2], [3, 4]]; x[0, 1] = 9; x[1][0] = 8; x", "[[1, 9],\n [8, 4]]"),
        ("x = [1, 2, 3, 4]; x[x > 2] = 0; x[..1] += 5; x", "[6, 2, 0, 0]"),
        ("x = [[1, 2], [3, 4]]; x[:, 0] = [7, 8]; x", "[[7, 2],\n [8, 4]]"),
        ("xs = []; for i in 0..3 { xs += [i ^ 2] }; xs", "[0, 1, 4]"),
        ("a = [1, 2]; b = a; b[0] = 5; print a b", "[1, 2] [5, 2]"),
    ]);
    check_refused(&[
        ("a, b = [1, 2, 3]", "2 names for 3 values", "[1, 2, 3]"),
        ("y += 1", "there is no `y`", "y"),
        ("x = [1, 2]; x[2] = 5", "there are 2 items", "2"),
        ("x = 3; x.a = 1", "a number has no fields", "a"),
        ("x = 3; x[0] = 1", "a number has no items", "x[0]"),
        ("_ = 3", "last value", "_"),
    ]);
}

#[test]
fn failures_are_caught_but_neither_assertions_nor_interruptions() {
    check(&[
        ("try { x = [1] @ 3 } else { print \"failed\" }", "failed"),
        ("try { nothere } else error { print error }", "there is no `nothere`"),
        ("try { print 1 } else { print 2 }", "1"),
        ("for i in 0..3 { try { if i == 1 { break }; nothere } else { print i } }", "0"),
    ]);
    check_refused(&[("try { assert 1 == 2 } else { print 1 }", "does not hold", "1 == 2")]);
    let mut session = Session::new(Output::captured().0);
    session.interrupt().set();
    let failure =
        session.run("try { x = 1 } else { y = 2 }", &Source::Pipe).expect_err("interrupted");
    assert_eq!(failure.code, ExitCode::Interrupted);
}

#[test]
fn every_loop_can_be_interrupted() {
    for text in [
        "while true { }",
        "while true { x = 1 }",
        "f() = { while true { x = 1 } }; f()",
        "f(n) = { if n < 0 { 0 } else { f(n - 1) + f(n - 1) } }; f(60)",
        "for i in 0..10^15 { }",
    ] {
        let mut session = Session::new(Output::captured().0);
        let interrupt = session.interrupt();
        let waker = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(100));
            interrupt.set();
        });
        let failure = session.run(text, &Source::Pipe).expect_err(text);
        assert_eq!(failure.code, ExitCode::Interrupted, "{text}");
        waker.join().expect("the thread");
    }
}

#[test]
fn a_function_trains_its_own_network_and_those_of_the_session() {
    let text = "fit(net) = { train net on iris epochs=1; net }\nmore() = { train outer on iris epochs=1 }\n\
                a = dense(3); b = fit(a); outer = dense(3); more(); more()\n\
                print f\"{len_of(a)} {len_of(b)} {len_of(outer)}\"";
    let text = text.replace(
        "print f",
        "len_of(net) = { n = 0; for x in net.history.loss { n += 1 }; n }\nprint f",
    );
    let shown = printed(&text);
    assert_eq!(shown.lines().last(), Some("0 1 2"), "{shown}");
}

#[test]
fn long_lists_are_built_item_by_item() {
    check(&[(
        "xs = []; for i in 0..20000 { xs += [i] }; n = 0; for i in 0..2000 { n += xs[i] }; print n xs[-1]",
        "1999000 19999",
    )]);
}

/// Every verb is a name too, where a person defines it; the command is reached where the rest reads as one.
#[test]
fn every_verb_can_be_a_name() {
    for verb in relume_repl::verbs() {
        let text = format!(
            "{verb} = 3; print {verb}\n{verb}\n{verb} + 1\n{verb} += 2; print {verb}\n[{verb}, {verb} ^ 2]\nx = \
            (a={verb})\n\
             for {verb} in [7] {{ print {verb} }}\nf({verb}) = {verb} * 2\nprint f(4)"
        );
        assert_eq!(printed(&text), "3\n3\n4\n5\n[5, 25]\n7\n8", "{verb}");
    }
    let reached = [
        ("assert = 3; assert 1 == 1", ""),
        ("time = 3; time x = 2; print time", "3"),
        ("if = 3; if true { print if }", "3"),
        ("while = 3; while while > 1 { while -= 1 }; print while", "1"),
        ("for = 2; for i in 0..1 { print for }", "2"),
        ("break = 2; print break", "2"),
        ("try = 2; try { nothere } else { print try }", "2"),
        ("print = 2; print print", "2"),
        ("delete = 2; x = 1; delete x; delete", "2"),
        ("vars = 2; vars; delete vars", "2"),
        ("set = 2; set seed=3; set", "2"),
        ("train = 1; f(x) = x; help = 4; train; help", "1\n4"),
        ("summary = 2; n = input(2) -> dense(1); delete n; summary", "n: 2 -> 1 · 3 parameters\n2"),
    ];
    check(&reached);
    let mut session = Session::new(Output::captured().0);
    session.run("train = 3", &Source::Prompt).expect("a name");
    let failure = session.run("train net on d", &Source::Prompt).expect_err("the command");
    assert_eq!(failure.diagnostic.message, "there is no `net`");
}

#[test]
fn words_of_statements_stand_where_they_belong() {
    check_refused(&[
        ("break", "outside of a loop", "break"),
        ("f() = { continue }", "outside of a loop", "continue"),
        ("return 3", "outside of a function", "return"),
        ("else { 1 }", "no `if` and no `try`", "else"),
        ("if true { f(x) = 1 }", "outside of blocks", "f"),
        ("try { 1 }\nprint 2", "`else` is wanted here", "\n"),
        ("f(x, x) = 1", "two parameters `x`", "x"),
        ("f(x=1, y) = 1", "follow those without", "y"),
        ("f(3) = 1", "a parameter is a name", "3"),
        ("3 = x", "cannot be given a value", "3"),
        ("f(x)[0] = 1", "cannot be given a value", "f(x)"),
        ("a, b += 1", "only `=`", ","),
        ("a, b", "the line should end here", ","),
        ("and = 1", "a word of the language", "and"),
        ("if true print 1", "`{` is wanted here", "print"),
        ("while true", "`{` is wanted here", ""),
        ("print(1, sep=2)", "without names", "sep"),
        ("7 // 2", "the language has no `//`", "7 // 2"),
    ]);
}
