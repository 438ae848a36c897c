//! The language's syntax: no text crashes it, and it can parse what it prints.

use proptest::prelude::*;
use relume_repl::syntax::{StatementKind, parse};
use relume_repl::{ExitCode, Output, Session, Source, Value, verbs};

fn value(text: &str) -> Value {
    let mut session = Session::new(Output::standard(false));
    session.value(text).unwrap_or_else(|failure| panic!("{text}: {:?}", failure.diagnostic))
}

fn parses(text: &str) -> bool {
    parse(text, &verbs()).is_ok()
}

/// The value of a network, printed.
fn printed(text: &str) -> String {
    match value(text) {
        Value::Network(model) => model.spec().to_string(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_printed_network_reads_back_as_itself() {
    for text in [
        "input(3, 32, 32) -> conv2d(16, [3, 5], padding=\"same\", dilation=[2, 1]) -> relu -> flatten -> dense(2)",
        "conv2d(8, 3, padding=[1, 2], groups=2, bias=false, init=orthogonal(gain=0.5)) -> maxpool2d(3, stride=2, \
        ceil_mode=true)",
        "(dense(8, init=he_normal) -> leaky_relu(slope=0.2) -> dropout(0.5)) * 3 -> dense(2, bias_init=zeros)",
        "input(20, 3) -> lstm(16, layers=2, dropout=0.1, bidirectional=true, output=\"last\") -> dense(2)",
        "input(12) -> encoder_decoder(embedding(9, 8, padding_idx=0, max_norm=1.5) -> transformer_encoder(2, \
        activation=gelu), embedding(9, 8) -> transformer_decoder(4, dim_feedforward=16, norm_first=true), source=5) -> \
        rnn(3, \
        nonlinearity=\"relu\") -> pool_over_time(\"last\")",
        "input(5) -> embedding_bag(9, 4, mode=\"max\", init=uniform(-0.1, 0.1)) -> dense(2)",
        "input(5, 8) -> masking(-1) -> learned_positions -> multihead_attention(2, causal=true, rotary=true) -> \
        lstm(3, forget_bias=1)",
        "residual(dense(4) -> batchnorm(momentum=0.3, affine=false) -> prelu(num_parameters=4)) -> concat(dense(3) -> \
        tanh, elu(alpha=2))",
        "input(3, 40) -> conv1d(8, 5, padding=\"same\", padding_mode=\"circular\") -> maxpool1d(2) -> \
        conv_transpose1d(4, 3, stride=2, output_padding=1) -> globalavgpool1d",
        "input(1, 8, 8, 8) -> conv3d(4, [1, 2, 3], padding=[0, 1, 1]) -> maxpool3d(2, stride=[1, 2, 2]) -> \
        conv_transpose3d(2, 2, stride=2) -> avgpool3d(2, divisor_override=3)",
        "conv_transpose2d(8, [3, 4], stride=2, padding=[1, 0], output_padding=1, groups=2, bias=false, dilation=2) -> \
        avgpool2d(3, count_include_pad=false) -> adaptive_maxpool2d([2, 3])",
        "upsample(scale_factor=[1.5, 2], mode=\"bilinear\", align_corners=true) -> pad2d([1, 2, 0, -1], value=0.5) -> \
        pixel_shuffle(2) -> pixel_unshuffle(2) -> upsample(7)",
        "input(12) -> reshape([3, -1]) -> permute([2, 1]) -> flatten(2) -> flatten(end=-2) -> pad1d(1, \
        mode=\"reflect\")",
        "layernorm([3, 4], bias=false) -> rmsnorm(4) -> groupnorm(3, affine=false) -> instancenorm(affine=true) -> \
        batchnorm(momentum=\"cumulative\")",
        "dropout2d(0.1) -> alpha_dropout -> gaussian_noise(0.05) -> globalmaxpool -> bilinear(4, left=dense(3) -> \
        tanh, right=dense(2), bias=false)",
        "chain(dense(4) -> relu) -> residual(dense(3), shortcut=dense(3)) -> concat(dense(2), chain(tanh), axis=-1) -> \
        (shared(dense(5), name=\"f\")) * 2 -> shared(relu)",
        "gelu(approximate=\"tanh\") -> softplus(beta=2, threshold=10) -> softmax(axis=-2)",
        "hardtanh(min_val=-2) -> relu6 -> threshold(threshold=-0.5, value=-1e-8) -> rrelu(upper=0.5) -> swish(beta=2, \
        trained=true) -> sin(omega=30)",
        "dense(48) -> glu -> swiglu(axis=1) -> geglu(approximate=\"tanh\") -> maxout(pieces=3) -> softmin -> \
        hardshrink(lambd=0) -> celu(alpha=0.3)",
    ] {
        let once = printed(text);
        assert_eq!(printed(&once), once, "{text}");
        let (Value::Network(a), Value::Network(b)) = (value(text), value(&once)) else { panic!() };
        assert_eq!(a.spec(), b.spec(), "{text}");
    }
}

#[test]
fn printed_optimizers_and_schedules_read_back_as_themselves() {
    let specified = |text: &str| match value(text) {
        Value::Spec(spec) => (spec.to_string(), spec.json()),
        other => panic!("{text}: {other:?}"),
    };
    for (text, shown) in [
        ("adam", "adam"),
        ("adam(0.01, amsgrad=true)", "adam(0.01, amsgrad=true)"),
        ("sgd(lr=0.1, l1=0.001, ema=0.99)", "sgd(0.1, l1=0.001, ema=0.99)"),
        (
            "adamw(groups=[group(\"vectors\", weight_decay=0), group(layers=[0, 2], lr=1e-4)])",
            "adamw(groups=[group(parameters=\"vectors\", weight_decay=0), group(layers=[0, 2], lr=0.0001)])",
        ),
        ("rprop(etas=[0.4, 1.3])", "rprop(etas=[0.4, 1.3])"),
        (
            "muon(adjust_lr_fn=\"match_rms_adamw\", fallback=lion)",
            "muon(adjust_lr_fn=\"match_rms_adamw\", fallback=lion(lr=0.0001, betas=[0.9, 0.99], weight_decay=0))",
        ),
        (
            "lbfgs(max_iter=5, line_search_fn=\"strong_wolfe\")",
            "lbfgs(max_iter=5, line_search_fn=\"strong_wolfe\")",
        ),
        ("multistep([3, 5], warmup=2)", "multistep([3, 5], warmup=2)"),
        ("onecycle(three_phase=true)", "onecycle(three_phase=true)"),
        ("noam(100, d_model=64)", "noam(100, d_model=64)"),
        (
            "plateau(monitor=\"test_metric\", mode=\"max\")",
            "plateau(\"max\", monitor=\"test_metric\")",
        ),
        (
            "sequential([polynomial, cosine_restarts(3)], [4])",
            "sequential([polynomial(total_iters=5, power=1, warmup=0), cosine_restarts(every=3, mult=1, floor=0, \
            warmup=0)], [4])",
        ),
        ("xavier_uniform(gain=\"tanh\")", "xavier_uniform(\"tanh\")"),
        (
            "he_normal(nonlinearity=\"leaky_relu\", a=0.2)",
            "he_normal(nonlinearity=\"leaky_relu\", a=0.2)",
        ),
        ("truncated_normal(a=-1)", "truncated_normal(a=-1)"),
    ] {
        let (once, spec) = specified(text);
        assert_eq!(once, shown, "{text}");
        assert_eq!(specified(&once), (once, spec), "{text}");
    }
}

#[test]
fn options_that_cannot_be_are_refused_where_they_stand() {
    for (text, place, message) in [
        ("adam(betas=[0.9, 1])", "", "betas must be below 1"),
        ("adam(lr=-1)", "-1", "wants a number of at least 0"),
        ("adam(ema=1)", "", "ema must be below 1"),
        ("sgd(nesterov=true)", "", "Nesterov's momentum needs a momentum"),
        ("rprop(etas=[1.2, 0.5])", "", "must be below 1"),
        ("sgd(groups=[group(\"*\", betas=[0.1, 0.2])])", "", "sgd has no `betas`"),
        ("sgd(groups=[group(lr=0.1)])", "", "say which parameters"),
        ("sgd(groups=[adam])", "adam", "there is no parameter group `adam`"),
        ("muon(fallback=lbfgs)", "", "cannot be the fallback"),
        ("muon(fallback=adam(l1=0.1))", "", "muon's own"),
        ("lbfgs(line_search_fn=\"armijo\")", "\"armijo\"", "strong_wolfe"),
        ("multistep([5, 3])", "", "milestones must rise"),
        ("sequential([cosine, step(2)], [])", "", "2 schedules need one milestone"),
        ("plateau(factor=1)", "", "factor must be below 1"),
        ("truncated_normal(a=2, b=1)", "", "must be below b"),
        ("sparse(1.5)", "1.5", "wants a number from 0 to 1"),
    ] {
        let mut session = Session::new(Output::standard(false));
        let failure = session.value(text).expect_err(text);
        let diagnostic = failure.diagnostic;
        assert!(diagnostic.message.contains(message), "{text}: {}", diagnostic.message);
        let span = diagnostic.span.expect("a place");
        let marked = &text[span.start..span.end];
        assert!(place.is_empty() || marked == place, "{text}: {marked}");
    }
}

#[test]
fn a_name_that_is_a_layer_and_a_function_is_what_its_arguments_make_it() {
    assert_eq!(printed("dense(4) -> reshape([2, 2])"), "dense(4) -> reshape([2, 2])");
    let Value::Tensor(tensor) = value("reshape([1, 2, 3, 4], [2, 2])") else { panic!() };
    assert_eq!(tensor.dims(), [2, 2]);
}

#[test]
fn layers_inside_of_layers_are_told_from_options() {
    let mut session = Session::new(Output::standard(false));
    for (text, part) in [
        ("residual(3)", "layers are wanted here, not a number"),
        ("residual(dense(3), shortcut=3)", "layers are wanted here, not a number"),
        ("concat(dense(3), axes=1)", "no argument `axes`"),
        ("concat(dense(3), axis=\"a\")", "concat's `axis` wants"),
        ("shared(dense(3), name=3)", "shared's `name` wants"),
    ] {
        let Err(failure) = session.value(text) else { panic!("{text}") };
        assert!(failure.diagnostic.message.contains(part), "{:?}", failure.diagnostic);
    }
}

#[test]
fn a_command_goes_on_behind_a_backslash() {
    let one_line = "train a on b epochs=2 loss=mse";
    for text in
        ["train a on b \\\n  epochs=2 loss=mse", "train a on b \\  \r\n epochs=2 \\\n loss=mse"]
    {
        let words = |text: &str| match parse(text, &verbs()).expect(text).remove(0).kind {
            StatementKind::Command { words, .. } => words.len(),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(words(text), words(one_line), "{text}");
    }
    assert!(!parses("train a on b \\ epochs=2"), "not at a line's end");
}

#[test]
fn an_option_in_a_line_of_its_own_is_no_silent_definition() {
    for lost in [
        "train a on b\n  epochs=2",
        "time train a on b\n  epochs=2",
        "train a on b\n\n  # remark\n  loss=mse",
        "for x in 0..2 {\n  train a on b\n    epochs=2\n}",
    ] {
        let error = parse(lost, &verbs()).expect_err(lost);
        assert!(error.help.expect(lost).contains('\\'), "{lost}");
    }
    for whole in [
        "train a on b\nepochs=2",
        "  train a on b\n  epochs=2",
        "train a on b; epochs=2",
        "x = 2\n  epochs = 3",
        "for x in 0..2 {\n  train a on b\n  y = 2\n}",
    ] {
        assert!(parses(whole), "{whole}");
    }
}

#[test]
fn the_wish_to_stop_is_granted_between_statements_and_forgotten() {
    let mut session = Session::new(Output::captured().0);
    session.run("x = 1", &Source::Pipe).expect("a definition");
    session.interrupt().set();
    let failure = session.run("x = 2", &Source::Pipe).expect_err("interrupted");
    assert_eq!(failure.code, ExitCode::Interrupted);
    session.run("assert x == 1; x = 3; assert x == 3", &Source::Pipe).expect("it goes on");
}

#[test]
fn expressions_that_would_exhaust_the_stack_are_refused() {
    let long = 200_000;
    for text in [
        vec!["1"; long].join("+"),
        vec!["2"; long].join("^"),
        "-".repeat(long) + "1",
        "not ".repeat(long) + "true",
        "a".to_string() + &".b".repeat(long),
        "f".to_string() + &"()".repeat(long),
        "(".repeat(long) + &")".repeat(long),
        "[".repeat(long) + &"]".repeat(long),
        "residual(".repeat(long) + "relu" + &")".repeat(long),
        "for i in 0..2 {".repeat(long) + &"}".repeat(long),
        "time ".repeat(long) + "1",
    ] {
        assert!(!parses(&text), "{}", &text[..40]);
    }
    // Long, but realistic texts are parsed.
    assert!(parses(&vec!["1"; 200].join(" + ")));
    assert!(parses(&format!("[{}]", vec!["-1"; 100_000].join(", "))));
    assert!(parses(&vec!["relu"; 10_000].join(" -> ")));
}

/// Pieces of the language, to be put together in any order.
const PIECES: &[&str] = &[
    "dense",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "->",
    "1",
    "0.5",
    "-",
    "+",
    "*",
    "^",
    "@",
    "=",
    "==",
    "..",
    ".",
    ",",
    "train",
    "\\",
    "on",
    "to",
    "for",
    "in",
    "x",
    "digits()",
    "\"",
    "\"a\"",
    "#",
    ";",
    "\n",
    " ",
    "relu",
    "residual",
    "help",
    "time",
    "assert",
    "not",
    "and",
    "1e99",
    "grad",
    "input",
    "é",
    "\u{1F980}",
    "set",
    "seed",
    "lstm",
    "conv2d",
    "if",
    "while",
    "else",
    "try",
    "print",
    "return",
    "break",
    ":",
    "**",
    "%",
    "+=",
    "'",
    "f\"",
    "(a=1)",
    " in ",
    "mean",
];

proptest! {
    #[test]
    fn no_text_crashes_the_parser(text in "\\PC{0,80}") {
        parses(&text);
    }

    #[test]
    fn no_mixture_of_the_languages_own_pieces_crashes_the_parser(
        picks in prop::collection::vec(0..PIECES.len(), 0..40)
    ) {
        let text: String = picks.iter().map(|&i| PIECES[i]).collect();
        parses(&text);
    }

    /// Without commands, which write files and take time: definitions and expressions.
    #[test]
    fn no_expression_crashes_the_session(
        picks in prop::collection::vec(0..PIECES.len(), 0..12)
    ) {
        let mut text: String = picks.iter().map(|&i| PIECES[i]).collect();
        text.retain(|c| c != '{' && c != '@');
        prop_assume!(!text.contains("set") && !text.contains("train"));
        let mut session = Session::new(Output::captured().0);
        drop(session.run(&format!("x = [1, 2]\ny = {text}"), &Source::Pipe));
    }

    #[test]
    fn numbers_are_shown_so_that_they_read_back(bits in any::<u32>()) {
        let x = f32::from_bits(bits);
        prop_assume!(x.is_finite());
        let (output, captured) = Output::captured();
        let mut session = Session::new(output);
        session.run(&format!("[{x:?}]"), &Source::Pipe).expect("a list of one number");
        let shown = captured.results();
        let number: f32 = shown.trim().trim_matches(['[', ']']).parse().expect("a number");
        // Eight digits are shown: what single precision has.
        let error = f64::from(number) - f64::from(x);
        prop_assert!(error.abs() <= 1e-7 * f64::from(x.abs()) + 1e-45, "{x:e} shown as {shown}");
    }
}

#[test]
fn a_session_runs_as_many_steps_as_it_is_given() {
    for (text, is_done) in [
        ("x = 1; x + 1", true),
        ("while true { }", false),
        ("for i in 0..1000000 { i }", false),
        ("f(n) = f(n); f(1)", false),
        ("try { while true { } } else { }", false),
    ] {
        let mut session = Session::new(Output::captured().0);
        session.steps_left = Some(50);
        let result = session.run(text, &Source::Prompt);
        let code = result.as_ref().err().map(|failure| failure.code);
        assert_eq!(result.is_ok(), is_done, "{text}");
        assert!(is_done || code == Some(ExitCode::Interrupted), "{text}: {code:?}");
    }
}
