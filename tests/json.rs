//! docs/json.md shows what the program prints. `UPDATE_PAGES=1 cargo test --test json` writes its examples anew.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/json.md");

/// The lines that the program prints for statements with options.
fn printed(options: &str, statements: &str, folder: &Path) -> Vec<String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_relume"))
        .args(options.split_whitespace())
        .args(["--threads", "2", "--keep-going"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("input").write_all(statements.as_bytes()).expect("statements");
    let output = child.wait_with_output().expect("the program ends");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_string).collect()
}

/// An example: what is typed, and the lines that it is shown to print.
struct Example<'a> {
    options: &'a str,
    statements: String,
    shown: Vec<&'a str>,
    /// The text between the last statement and the end of the block.
    answer: &'a str,
}

/// The blocks of the page that begin with the program's name.
fn examples(page: &str) -> Vec<Example<'_>> {
    let blocks = page.split("```\n").skip(1).step_by(2);
    let example = |block| {
        let (head, rest): (&str, &str) = str::split_once(block, '\n')?;
        let options = head.strip_prefix("$ relume ")?;
        let mut statements = String::new();
        let mut answer = rest;
        while let Some(line) = answer.strip_prefix("> ") {
            let (statement, after) = line.split_once('\n')?;
            statements += &format!("{statement}\n");
            answer = after;
        }
        Some(Example { options, statements, shown: answer.lines().collect(), answer })
    };
    blocks.filter_map(example).collect()
}

/// A line without what differs from run to run, its numbers with four digits: the last ones depend on the processor.
fn comparable(line: &str) -> String {
    let mut value: serde_json::Value =
        serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
    round(&mut value);
    value.to_string()
}

fn round(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Number(n) => {
            let x = n.as_f64().expect("a number");
            *value = format!("{x:.4}").into();
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(round),
        serde_json::Value::Object(fields) => {
            if fields.get("what").is_some_and(|what| what == "seconds") {
                *value = "a time".into();
                return;
            }
            for (name, field) in fields {
                match name.as_str() {
                    "samples_per_second" | "seconds_left" | "seconds" | "step_seconds" => {
                        *field = "a time".into();
                    }
                    "host" | "cpu" | "os" => *field = "a machine".into(),
                    "forward" | "backward" | "share" | "gigaflops" | "step" | "data"
                    | "optimizer"
                        if field.is_f64() || field.is_null() =>
                    {
                        *field = "measured".into();
                    }
                    _ => round(field),
                }
            }
        }
        serde_json::Value::String(text) if has_moment(text) => *text = "a moment".to_string(),
        _ => {}
    }
}

/// Whether a text holds a date and a time, as the names of runs do: `2026-11-30T16`.
fn has_moment(text: &str) -> bool {
    let form = |c: char| if c.is_ascii_digit() { '0' } else { c };
    text.chars().map(form).collect::<String>().contains("0000-00-00T00")
}

#[test]
fn every_example_of_the_page_is_what_the_program_prints() {
    let page = std::fs::read_to_string(PAGE).expect("the page");
    let folder = tempfile::tempdir().expect("a folder");
    let mut written = page.clone();
    let examples = examples(&page);
    assert!(examples.len() >= 6, "only {} examples", examples.len());
    for example in &examples {
        let printed = printed(example.options, &example.statements, folder.path());
        if std::env::var_os("UPDATE_PAGES").is_some() {
            let last = example.statements.lines().last().expect("a statement");
            let old = format!("> {last}\n{}```", example.answer);
            let lines: String = printed.iter().map(|line| format!("{line}\n")).collect();
            written = written.replacen(&old, &format!("> {last}\n{lines}```"), 1);
            continue;
        }
        let [shown, printed] =
            [&example.shown[..], &printed.iter().map(String::as_str).collect::<Vec<_>>()]
                .map(|lines| lines.iter().map(|line| comparable(line)).collect::<Vec<_>>());
        assert_eq!(shown, printed, "{}", example.statements);
    }
    if written != page {
        std::fs::write(PAGE, written).expect("the page");
    }
}

/// Every type of object that the page lists has an example, and every example's type is listed.
#[test]
fn every_type_of_object_is_described() {
    let page = std::fs::read_to_string(PAGE).expect("the page");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let mut listed: Vec<String> = rows.map(|(name, _)| name.to_string()).collect();
    let types = examples(&page).into_iter().flat_map(|example| example.shown).map(|line| {
        let object: serde_json::Value = serde_json::from_str(line).expect("an object");
        assert_eq!(object["version"], 1, "{line}");
        object["type"].as_str().expect("a type").to_string()
    });
    let mut shown: Vec<String> = types.collect();
    for names in [&mut listed, &mut shown] {
        names.sort();
        names.dedup();
    }
    assert_eq!(listed, shown);
}

#[test]
fn help_alone_gives_the_names_of_all_kinds() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = printed("--json", "help\nhelp layers\n", folder.path());
    let objects: Vec<serde_json::Value> =
        lines.iter().map(|line| serde_json::from_str(line).expect("an object")).collect();
    let [overview, layers] = &objects[..] else { panic!("{lines:?}") };
    assert_eq!((&overview["type"], &layers["type"]), (&"overview".into(), &"entries".into()));
    let has = |list: &serde_json::Value, name: &str| {
        list.as_array().expect("a list").iter().any(|item| item == name || item["name"] == name)
    };
    assert!(has(&overview["commands"], "train") && has(&overview["kinds"][1]["names"], "dense"));
    assert!(has(&layers["entries"], "conv2d") && layers["kind"] == "layer");
}
