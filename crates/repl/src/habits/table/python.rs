//! Habits of Python and of the languages of C's family.

use crate::habits::rule::{Rule, line, part, start};

const BLOCK: &str = "a block stands in braces";
const NONE: &str = "None is no value: an option that is not wanted is left out, or given as None";
const FUNCTION: &str = "a function is defined in a line of its own, and passed by its name";
const RECORD: &str =
    "values by name are a record: options.lr reads one, f(**options) hands them to a call";
const RANGE: &str = "a range is 0..3, or 0..10 by steps: arange(0, 10, 2)";

pub(super) const RULES: &[Rule] = &[
    line("$W = $a if $c else $b", &["if $c { $W = $a } else { $W = $b }"])
        .says("`if` stands at the beginning of a statement"),
    line("$W = ($*p) => $*e", &["$W($*p) = $*e"]).says("a function is defined by its name"),
    line("$*c and print($*a)", &["if $*c { print($*a) }"]),
    line("del $W1, $W2", &["delete $W1 $W2"]),
    part("isinstance($*a)", &[]).note("`vars` lists the names with what they are"),
    part("True", &["true"]),
    part("False", &["false"]),
    part("$V is not None", &[]).says("the language has no `is`").note(NONE),
    part("$V is None", &[]).says("the language has no `is`").note(NONE),
    part("$V1 is not $V2:value", &["$V1 != $V2"]).says("the language has no `is`"),
    part("$V1 is $V2:value", &["$V1 == $V2"]).says("the language has no `is`"),
    part("None", &[]).note(NONE),
    part("null", &[]).note(NONE),
    // Blocks, in braces already.
    part("} elif $*c {", &["} else if $*c {"]),
    part("elif $*c {", &["else if $*c {"])
        .says("`elif` is `else if`")
        .note("it begins in the line of the closing brace: } else if x > 2 {"),
    start("else if $*c:", &[])
        .note("it begins in the line of the closing brace: } else if x > 2 {"),
    start("else:", &[])
        .says("this `else` has no `if` and no `try`")
        .note("it begins in the line of the closing brace: } else {"),
    part("except $*x as $W {", &["else $W {"])
        .note("`try` is followed by `else`, with a name for the message"),
    part("except $*x {", &["else {"])
        .note("`try` is followed by `else`, with a name for the message"),
    line("try {$%b}", &["try { $%b } else error { print error }"])
        .note("`try` is followed by `else`, with a name for the message"),
    start("except $*r", &[])
        .says("`try` is followed by `else`, not by `except`")
        .note("try { ... } else error { print error }"),
    start("finally $*r", &[])
        .says("the language has no `finally`")
        .note("write what is always done after the block of `else`"),
    start("class $W($*p) {$%b}", &["$W = dense(128) -> relu -> dense(10)"])
        .says("the language has no classes")
        .note("a network is a value: layers joined with `->`"),
    start("class $W {$%b}", &["$W = dense(128) -> relu -> dense(10)"])
        .says("the language has no classes")
        .note("a network is a value: layers joined with `->`"),
    start("class $W$*r", &["$W = dense(128) -> relu -> dense(10)"])
        .says("the language has no classes")
        .note("a network is a value: layers joined with `->`"),
    line("def $W($*p) = $*e", &["$W($*p) = $*e"]).says("a function is defined without `def`"),
    start("def $W($*p) -> $*t {$%b}", &["$W($*p) = { $%b }"])
        .says("a function is defined without `def`")
        .note(BLOCK),
    start("def $W($*p) {$%b}", &["$W($*p) = { $%b }"])
        .says("a function is defined without `def`")
        .note(BLOCK),
    start("def $W($*p)", &["$W($*p) = { return 0 }"])
        .says("a function is defined without `def`")
        .note(BLOCK),
    start("function $W($*p) {$%b}", &["$W($*p) = { $%b }"])
        .says("a function is defined without `function`"),
    start("fn $W($*p) {$%b}", &["$W($*p) = { $%b }"]).says("a function is defined without `fn`"),
    start("with $*a as $*b {$%c}", &["$%c"]).says("the language has no `with`"),
    start("pass", &["print \"here\""]),
    // Loops.
    part("for $i, $v in enumerate($x) {$%b}", &["for $i in 0..len($x) { $v = $x[$i]; $%b }"])
        .says("the language has no `enumerate`"),
    part(
        "for $a, $b in zip($x, $y) {$%c}",
        &["for i in 0..len($x) { $a = $x[i]; $b = $y[i]; $%c }"],
    )
    .says("the language has no `zip`"),
    part("enumerate($x)", &["0..len($x)"])
        .says("the language has no `enumerate`")
        .note("for i in 0..len(x) { print i x[i] }"),
    part("zip($x, $y)", &["stack($x, $y, axis=1)"])
        .says("the language has no `zip`")
        .note("for i in 0..len(x) { print x[i] y[i] }"),
    line("for ($W = $a; $W < $b; $*s) {$%c}", &["for $W in $a..$b { $%c }"])
        .says("`for` goes through a range or a list"),
    line("for ($W = $a; $W <= $b; $*s) {$%c}", &["for $W in $a..$b + 1 { $%c }"])
        .says("`for` goes through a range or a list"),
    line("for ($W = $a; $W < $b; $*s)", &["for $W in $a..$b { print $W }"])
        .says("`for` goes through a range or a list"),
    line("for (int $W = $a; $W < $b; $*s) {$%c}", &["for $W in $a..$b { $%c }"])
        .says("`for` goes through a range or a list"),
    start("for ($W = $*r", &["for $W in 0..10 { print $W }"])
        .says("`for` goes through a range or a list"),
    part("range($a, $b, $s)", &["arange($a, $b, $s)"]).note(RANGE),
    part("range($a, $b)", &["$a..$b"]).note(RANGE),
    part("range($n)", &["0..$n"]).note(RANGE),
    part("xrange($n)", &["0..$n"]).note(RANGE),
    line("$W=[$*e for $V in $*x if $*c]", &["$W = []; for $V in $*x { if $*c { $W += [$*e] } }"])
        .says("a list is filled by a loop"),
    line("$W=[$*e for $V in $*x]", &["$W = []; for $V in $*x { $W += [$*e] }"])
        .says("a list is filled by a loop"),
    line("[$*e for $V in $*x if $*c]", &["xs = []; for $V in $*x { if $*c { xs += [$*e] } }; xs"])
        .says("a list is filled by a loop"),
    line("[$*e for $V in $*x]", &["xs = []; for $V in $*x { xs += [$*e] }; xs"])
        .says("a list is filled by a loop"),
    // Functions.
    line("$W = lambda $*p: $*e", &["$W($*p) = $*e"]).says("the language has no `lambda`"),
    line("lambda $*p: $*e", &["f($*p) = $*e"]).says("the language has no `lambda`").note(FUNCTION),
    part("lambda $*p: $*e", &[])
        .says("the language has no `lambda`")
        .note("define it before: f(x) = x ^ 2; a function is passed by its name"),
    line("$W:short -> $*a $W $*b", &["f($W) = $*a $W $*b"]).note(FUNCTION),
    line("$W:short -> $W2:short", &["f($W) = $W ^ 2"])
        .note("`->` joins layers; a function is defined in a line of its own"),
    start("assert $c, $*m", &["assert $c"]).note("an assertion that fails shows both sides"),
    start("raise $*r", &[]).note("`assert CONDITION` stops where a condition does not hold"),
    // Strings and numbers.
    part("$S + str($x)", &["f\"$S~inner{$x}\""]),
    part("$S + $V:other", &["f\"$S~inner{$V}\""])
        .when("joined")
        .note("an f-string fills values in"),
    part("$V:other + $S", &["f\"{$V}$S~inner\""])
        .when("joined")
        .note("an f-string fills values in"),
    part("str($x)", &["f\"{$x}\""]).note("an f-string fills values in"),
    part("int($x)", &["trunc($x)"]),
    part("float($x)", &["$x"]).note("all numbers are floating-point numbers"),
    part("bool($x)", &["$x != 0"]),
    part("list($x)", &["$x"]),
    part("tuple($x)", &["$x"]),
    part("dict($*a)", &["($*a)"]).note(RECORD),
    part("set($x)", &["unique($x)"]),
    part("sorted($x)", &["sort($x).values"]),
    part("reversed($x)", &["flip($x)"]),
    part("type($x)", &["vars"]).note("`vars` lists the names with what they are"),
    part("printf($*a)", &["print($*a)"]),
    // Lists and records.
    line("$V:list.append($x)", &["$V += [$x]"]),
    line("$V.append($x)", &["$V = concat($V, [$x])"])
        .note("a list of numbers is a tensor; other lists are joined by +="),
    line("$V.extend($x)", &["$V = concat($V, $x)"]),
    part("$V.items()", &["$V"])
        .note("a loop takes a record's names and values: for name, value in options { ... }"),
    part("$V.keys()", &["$V"])
        .note("a loop takes a record's names and values: for name, value in options { ... }"),
    part("$V.values()", &["$V"])
        .note("a loop takes a record's names and values: for name, value in options { ... }"),
    part("{$*p:pairs}", &["($*p~record)"]).says("braces hold statements").note(RECORD),
    part("($a, $*b)", &["[$a, $*b]"]).says("a tuple is a list, in square brackets"),
];
