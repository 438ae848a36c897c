//! The grammar on the language's page is the parser's: statements that are derived from it at random are read, and
//! texts that it does not have are refused.

use proptest::prelude::*;
use relume_repl::syntax::parse;
use relume_repl::{Output, Session, Source, verbs};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The right side of a rule.
#[derive(Debug)]
enum Node {
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Optional(Box<Node>),
    Repeated(Box<Node>),
    Text(String),
    Rule(String),
    /// No blank stands here.
    Glue,
}

/// The rules of the page by their names.
struct Grammar(BTreeMap<String, Node>);

/// The pieces of the notation: words, signs, and texts in quotes.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => rest[1..].find('"').expect("the end of a text") + 2,
            c if c.is_alphabetic() => {
                rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        pieces.push(rest[..end].to_string());
        rest = rest[end..].trim_start();
    }
    pieces
}

/// Choices up to a closing sign, which is taken.
fn choices(pieces: &mut std::slice::Iter<'_, String>, close: &str) -> Node {
    let (mut all, mut sequence) = (Vec::new(), Vec::new());
    loop {
        let piece = pieces.next().unwrap_or_else(|| panic!("`{close}` is missing")).as_str();
        match piece {
            piece if piece == close => {
                all.push(Node::Sequence(sequence));
                return Node::Choice(all);
            }
            "|" => all.push(Node::Sequence(std::mem::take(&mut sequence))),
            "[" => sequence.push(Node::Optional(Box::new(choices(pieces, "]")))),
            "{" => sequence.push(Node::Repeated(Box::new(choices(pieces, "}")))),
            "(" => sequence.push(choices(pieces, ")")),
            "~" => sequence.push(Node::Glue),
            text if text.starts_with('"') => {
                sequence.push(Node::Text(text.trim_matches('"').to_string()))
            }
            rule => sequence.push(Node::Rule(rule.to_string())),
        }
    }
}

impl Grammar {
    fn of_the_page() -> Self {
        let page = include_str!("../../../docs/language.md");
        let block = page.split("```ebnf\n").nth(1).and_then(|rest| rest.split("```").next());
        let pieces = pieces(block.expect("the grammar"));
        let mut rest = pieces.iter();
        let mut rules = BTreeMap::new();
        while let Some(name) = rest.next() {
            assert_eq!(rest.next().map(String::as_str), Some("="), "after {name}");
            rules.insert(name.clone(), choices(&mut rest, ";"));
        }
        Grammar(rules)
    }
}

/// Derives texts from the grammar by a row of random numbers.
struct Derivation<'a> {
    grammar: &'a Grammar,
    picks: &'a [u8],
    at: usize,
    /// How deep rules may go; then the shortest choices are taken.
    depth: usize,
    /// Words that may not stand where the text is put.
    forbidden: &'a [&'a str],
    names: usize,
    /// Names to choose from; new ones if there are none.
    known: &'a [&'a str],
    templates: usize,
    is_glued: bool,
    text: String,
}

impl Derivation<'_> {
    fn pick(&mut self, below: usize) -> usize {
        let pick = self.picks.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(pick) % below
    }

    fn push(&mut self, piece: &str) {
        if !self.is_glued && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.is_glued = false;
        self.text += piece;
    }

    fn is_allowed(&self, node: &Node) -> bool {
        match node {
            Node::Sequence(nodes) => nodes.iter().all(|node| self.is_allowed(node)),
            Node::Text(text) => !self.forbidden.contains(&text.as_str()),
            Node::Rule(rule) if rule == "leave" => self.forbidden.is_empty(),
            Node::Rule(rule) if rule == "command" => self.known.is_empty(),
            Node::Rule(rule) if rule == "template" => self.templates < 2,
            _ => true,
        }
    }

    fn derive(&mut self, node: &Node) {
        match node {
            Node::Sequence(nodes) => nodes.iter().for_each(|node| self.derive(node)),
            Node::Choice(nodes) => {
                let mut fitting: Vec<&Node> =
                    nodes.iter().filter(|node| self.is_allowed(node)).collect();
                if self.depth == 0 {
                    fitting.sort_by_key(|node| self.cost(node, 12));
                    fitting.truncate(1);
                }
                let at = self.pick(fitting.len());
                self.derive(fitting[at]);
            }
            Node::Optional(node) => {
                if self.depth > 0 && self.pick(2) == 1 {
                    self.derive(node);
                }
            }
            Node::Repeated(node) => {
                let times = if self.depth > 0 { self.pick(3) } else { 0 };
                (0..times).for_each(|_| self.derive(node));
            }
            Node::Text(text) => self.push(&text.clone()),
            Node::Glue => self.is_glued = true,
            Node::Rule(rule) => self.rule(rule),
        }
    }

    /// How many rules a node needs at least, as far as that matters.
    fn cost(&self, node: &Node, limit: usize) -> usize {
        match node {
            _ if limit == 0 => 100,
            Node::Sequence(nodes) => nodes.iter().map(|node| self.cost(node, limit)).sum(),
            Node::Choice(nodes) => nodes
                .iter()
                .filter(|node| self.is_allowed(node))
                .map(|node| self.cost(node, limit))
                .min()
                .unwrap_or(100),
            Node::Optional(_) | Node::Repeated(_) | Node::Glue => 0,
            Node::Text(_) => 1,
            Node::Rule(rule) => match self.grammar.0.get(rule) {
                Some(node) => 1 + self.cost(node, limit - 1),
                None => 1,
            },
        }
    }

    fn rule(&mut self, rule: &str) {
        if let Some(node) = self.grammar.0.get(rule) {
            let outer = self.depth;
            self.depth = self.depth.saturating_sub(1);
            self.templates += usize::from(rule == "template");
            self.derive(node);
            self.templates -= usize::from(rule == "template");
            self.depth = outer;
            return;
        }
        match rule {
            "NAME" if !self.known.is_empty() => {
                let name = self.known[self.pick(self.known.len())];
                self.push(name);
            }
            "NAME" => {
                self.names += 1;
                self.push(&format!("n{}", self.names));
            }
            "NUMBER" => {
                let number = ["0", "1.5", "2e-3", "1_000", ".5"][self.pick(5)];
                self.push(number);
            }
            "STRING" => {
                let string = ["\"a b\"", "'c'", "\"{d}\"", "\"\\n\""][self.pick(4)];
                self.push(string);
            }
            "VERB" => {
                let verb = ["train", "save", "set", "vars", "delete", "predict"][self.pick(6)];
                self.push(verb);
            }
            "NEWLINE" => {
                self.push("\n");
                self.is_glued = true;
            }
            "QUOTE" => self.push("\""),
            "TEXT" => {
                self.is_glued = true;
                self.push("text {{}} ");
            }
            "FORMAT" => {
                let format = [":.3", ":,", ":>8.1%"][self.pick(3)];
                self.push(format);
            }
            other => panic!("the grammar has no rule `{other}`"),
        }
    }
}

fn derived(rule: &str, picks: &[u8], forbidden: &[&str], known: &[&str]) -> String {
    let grammar = Grammar::of_the_page();
    let mut derivation = Derivation {
        grammar: &grammar,
        picks,
        at: 0,
        depth: 24,
        forbidden,
        names: 0,
        known,
        templates: 0,
        is_glued: false,
        text: String::new(),
    };
    derivation.rule(rule);
    derivation.text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_the_grammar_derives_is_read(picks in prop::collection::vec(any::<u8>(), 10..120)) {
        let leaves = ["break", "continue", "return"];
        let text = derived("text", &picks, &leaves, &[]);
        prop_assert!(parse(&text, &verbs()).is_ok(), "{text}\n{:?}", parse(&text, &verbs()));
        let statement = derived("statement", &picks, &[], &[]);
        let inside = format!("f() = {{\nwhile true {{\n{statement}\n}}\n}}");
        prop_assert!(parse(&inside, &verbs()).is_ok(), "{inside}\n{:?}", parse(&inside, &verbs()));
    }
}

/// What the names of a derived statement stand for.
const DEFINED: &str = "x = [[1, 2], [3, 4]]; v = [1, 2, 3]; s = \"abc\"; xs = [1, \"a\", [2]]; o = (lr=0.1, xs=[1]); \
                       f(x, y=2) = x + y; m = v > 1; r = 0..5; n = input(3) -> dense(2)";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever it does, it ends, at the latest when it is interrupted.
    #[test]
    fn no_statement_of_the_grammar_crashes_the_session(
        picks in prop::collection::vec(any::<u8>(), 10..120)
    ) {
        let known = ["x", "v", "s", "xs", "o", "f", "m", "r", "n", "lr", "sum", "relu", "grad"];
        let statement = derived("statement", &picks, &[], &known);
        let text = format!("{DEFINED}\nf() = {{\nfor i in 0..3 {{\n{statement}\n}}\n}}\nf()");
        let mut session = Session::new(Output::captured().0);
        let interrupt = session.interrupt();
        let (done, waits) = std::sync::mpsc::channel::<()>();
        let watch = std::thread::spawn(move || {
            if waits.recv_timeout(Duration::from_millis(500)).is_err() {
                interrupt.set();
            }
        });
        let began = Instant::now();
        // Most of them fail; none may panic.
        drop(session.run(&text, &Source::Pipe));
        drop(done);
        watch.join().expect("the thread");
        prop_assert!(began.elapsed() < Duration::from_secs(5), "{text}");
    }
}

/// For each rule, texts that it has, and texts that are near but that it does not have.
#[test]
fn each_rule_accepts_and_refuses_its_examples() {
    for (rule, accepted, refused) in [
        ("text", &["", ";;", "a; b", "a\n\nb"][..], &["a b", "}", "a; )"][..]),
        (
            "function",
            &["f() = 1", "f(x, y=2) = { x }", "f(x) =\n x"],
            &["f (x) = 1", "f(1) = 1", "f(x) = ", "f(x=1, y) = 2"],
        ),
        (
            "block",
            &["if a { }", "if a { b; c\nd }", "while a {\n\n}"],
            &["if a { b", "if a b", "{ a }", "if a { b c }"],
        ),
        (
            "assignment",
            &["a = 1", "a, b = c", "a.b[c].d = 1", "a[0, :] ^= 2"],
            &["a =", "a, = 1", "a() = ", "a, b += 1", "1 = a", "a = = 1"],
        ),
        (
            "command",
            &["train a on b c=1", "save a to \"b\"", "train a on b **c", "vars"],
            &["train a, b", "train a on", "train a c="],
        ),
        (
            "print",
            &["print", "print a \"b\" 1", "print(a, b)", "print (a)"],
            &["print a, b", "print(a=1)", "print(a"],
        ),
        (
            "if",
            &["if a { } else if b { } else { }", "if a { }\nelse { }", "if(a) { }"],
            &["if { }", "if a { } else b", "else { }", "if a { } else { } else { }"],
        ),
        (
            "for",
            &["for a in b { }", "for a, b in c { }"],
            &["for a { }", "for in b { }", "for a, in b { }", "for 1 in b { }"],
        ),
        (
            "try",
            &["try { } else { }", "try { }\nelse e { }"],
            &["try { }", "try { } else e", "try a else { }"],
        ),
        (
            "leave",
            &["while a { break }", "f() = { return }", "f() = { return 1 }"],
            &["break", "return 1", "f() = { break }"],
        ),
        ("expression", &["a -> b -> c", "not not a or b and c"], &["a ->", "-> a", "a or", "not"]),
        (
            "comparison",
            &["a < b", "a not in b", "a in b and c in d"],
            &["a < b < c", "a in", "a not b", "a in b in c"],
        ),
        ("range", &["0..3", "a + 1..b * 2"], &["0..", "..3", "0..1..2"]),
        (
            "sum",
            &["a + b - -c % d @ e", "2 ^ -3 ^ 4", "2 ** -3 ** a", "a**b"],
            &["a +", "* a", "a ^", "a **", "** b", "a * * b", "+a"],
        ),
        (
            "help",
            &["help", "help a", "help(a)", "help()"],
            &["help a b", "help(a", "help(", "help (", "help ->"],
        ),
        (
            "quit",
            &["quit", "q", ":q", ":exit", "quit()", "if a { :q }"],
            &[": q", ":q 1", ":a", "q(", ":", "q a", "a = :q"],
        ),
        (
            "value",
            &["a(b)[c].d", "a(b, c=d, **e.f,)", "a()"],
            &["a (b)", "a(b c)", "a(,)", "a.1", "a(**b())"],
        ),
        (
            "subscript",
            &["a[0, -1]", "a[:]", "a[1:2:3, ..2, 3..]", "a[b > 2]", "a[[0, 1]]", "a[..]"],
            &["a[]", "a[1, ]", "a[1 2]", "a[1..2..3]", "a[::::]"],
        ),
        (
            "template",
            &["f\"\"", "f'a{b}c{{d}}'", "f\"{a:.3}{f\"{b}\"}\""],
            &["f\"{}\"", "f\"{a\"", "f\"}\"", "f\"{a:z}\"", "f\"{a b}\""],
        ),
        ("list", &["[]", "[1, 2,]", "[[1], [2]]"], &["[1 2]", "[,]", "[1", "[1)"]),
        ("record", &["(a=1)", "(a=1, **b,)", "((a=1))"], &["(a=1, 2)", "()", "(a=)", "(1, 2)"]),
    ] {
        for text in accepted {
            assert!(parse(text, &verbs()).is_ok(), "{rule}: {text}: {:?}", parse(text, &verbs()));
        }
        for text in refused {
            assert!(parse(text, &verbs()).is_err(), "{rule}: {text}");
        }
    }
}
