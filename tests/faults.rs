//! A standard output that is full or closed, odd texts, files that cannot be written, and the sandbox.
#![cfg(unix)]

#[path = "common/run.rs"]
mod program;

use program::run;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn relume() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relume"));
    command.args(["--threads", "1"]).stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

/// What the program says on standard error, and its exit code.
fn said(output: &Output) -> (String, i32) {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("panicked"), "{text}");
    (text, output.status.code().expect("an exit code"))
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| entry.expect("an entry").file_name();
    let mut names: Vec<String> =
        entries.map(|entry| name(entry).into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

const NETWORK: &str = "m = input(3) -> dense(2)\n";

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_an_error_and_what_is_saved_is_saved() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = format!("{NETWORK}print(1)\nprint(2)\nsave m to \"m.rlm\"\nprint(3)");
    for extra in [&[][..], &["--json"], &["--keep-going"]] {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let mut command = relume();
        command.args(extra).arg("-c").arg(&script).current_dir(folder.path()).stdout(full);
        let output = command.output().expect("runs");
        let (text, code) = said(&output);
        assert_eq!(code, 1, "{extra:?}: {text}");
        assert_eq!(text.matches("standard output cannot be written to").count(), 1, "{text}");
        assert!(text.contains("No space left"), "{text}");
        fs::remove_file(folder.path().join("m.rlm")).expect("it was saved");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn whatever_prints_says_that_standard_output_is_full() {
    for argument in ["--reference", "--help", "--version"] {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let output = relume().arg(argument).stdout(full).output().expect("runs");
        let (text, code) = said(&output);
        assert_eq!(code, 1, "{argument}: {text}");
        assert!(text.contains("No space left"), "{argument}: {text}");
    }
}

/// Runs the program with a reader that takes one line and goes.
fn with_a_short_reader(arguments: &[&str], folder: &Path) -> (String, i32) {
    let mut command = relume();
    let mut child = command
        .args(arguments)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut first = [0; 1];
    child.stdout.take().expect("output").read_exact(&mut first).expect("a byte");
    said(&child.wait_with_output().expect("the program ends"))
}

#[test]
fn a_reader_that_goes_ends_the_program_quietly_and_skips_no_save() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = "for i in 1..20000 { print(i) }";
    let saving = format!("{NETWORK}{lines}\nsave m to \"m.rlm\"");
    assert_eq!(with_a_short_reader(&["-c", &saving], folder.path()), (String::new(), 0));
    assert_eq!(names(folder.path()), ["m.rlm"]);
    // Nothing is written: a loop without an end has no use.
    let endless = "i = 0\nwhile true { print(i); i = i + 1 }";
    assert_eq!(with_a_short_reader(&["-c", endless], folder.path()), (String::new(), 0));
    for argument in ["--reference", "--help"] {
        assert_eq!(with_a_short_reader(&[argument], folder.path()), (String::new(), 0));
    }
}

#[test]
fn what_cannot_be_written_leaves_no_file_and_keeps_the_old_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "m = dense(2000) -> dense(10)\ntrain m on digits epochs=1\n\
                  save m to \"old.rlm\"\n\
                  save m to \"new.rlm\"\nplot m.history.loss to \"new.svg\"\npredict m on digits to \"new.csv\"\n\
                  save session to \"new.relume\"\nprint(\"still here\")";
    fs::write(folder.path().join("old.rlm"), "old").expect("written");
    fs::write(folder.path().join("script.relume"), script).expect("written");
    // A limit of 1 KiB for each file: the signal SIGXFSZ would end a program that does not know it.
    let output = Command::new("bash")
        .arg("-c")
        .arg(format!(
            "ulimit -f 1; exec {} --threads 1 --keep-going script.relume",
            env!("CARGO_BIN_EXE_relume")
        ))
        .current_dir(folder.path())
        .output()
        .expect("bash");
    let (text, code) = said(&output);
    assert_eq!(code, 1, "{text}");
    assert!(text.matches("File too large").count() >= 3, "{text}");
    assert!(text.contains("ulimit -f"), "{text}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("still here"), "{text}");
    let names = names(folder.path());
    assert!(names.iter().all(|name| !name.ends_with(".tmp")), "{names:?}");
    for name in &names {
        let length = fs::metadata(folder.path().join(name)).expect("a file").len();
        assert!(length > 0, "{name} is empty");
    }
    assert!(!names.contains(&"new.rlm".to_string()), "{names:?}");
    assert_eq!(fs::read(folder.path().join("old.rlm")).expect("a file"), b"old");
}

#[test]
fn a_save_that_is_killed_leaves_the_old_or_the_new_file_and_the_next_one_cleans_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.rlm");
    let script = "m = input(300) -> dense(3000) -> dense(300)\nsave m to \"m.rlm\"\nprint(\"saved\")\n\
                  for i in 1..1000 { save m to \"m.rlm\" }";
    let runs: u64 =
        std::env::var("RELUME_KILLS").map_or(12, |count| count.parse().expect("a number"));
    let mut left = 0;
    for i in 0..runs {
        let mut command = relume();
        let mut child = command
            .args(["-c", script])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(child.stdout.as_mut().expect("output"));
        let saved = output.lines().map_while(Result::ok).any(|line| line.starts_with("saved"));
        assert!(saved, "it saves once");
        std::thread::sleep(std::time::Duration::from_micros(i * 7919 % 60_000));
        child.kill().expect("killed");
        child.wait().expect("ended");
        left += names(folder.path()).iter().filter(|name| name.ends_with(".tmp")).count();
        let load = format!("m = load(\"{}\")\nprint(m(ones([1, 300])).shape)", path.display());
        let (text, code) = run(&[], &load, folder.path());
        assert_eq!(code, 0, "after kill {i}: {text}");
    }
    let (text, code) = run(&[], &format!("{NETWORK}save m to \"m.rlm\""), folder.path());
    assert_eq!((names(folder.path()), code), (vec!["m.rlm".to_string()], 0), "{text}");
    println!("{runs} kills left {left} temporary files, all of which were removed");
}

/// CRC-32 as zip and PNG have it.
fn crc32(bytes: &[u8]) -> u32 {
    let shifted = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), shifted))
}

#[test]
fn a_file_of_a_newer_minor_version_is_loaded_and_told_of_once_and_of_a_major_one_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (text, code) = run(&[], &format!("{NETWORK}save m to \"m.rlm\""), folder.path());
    assert_eq!(code, 0, "{text}");
    let mut bytes = fs::read(folder.path().join("m.rlm")).expect("a file");
    let mut of_version = |name: &str, major: u8, minor: u8| {
        (bytes[8], bytes[10]) = (major, minor);
        let checksum = crc32(&bytes[..44]);
        bytes[44..48].copy_from_slice(&checksum.to_le_bytes());
        fs::write(folder.path().join(name), &bytes).expect("written");
    };
    of_version("minor.rlm", 2, 7);
    of_version("major.rlm", 9, 0);
    let load = "n = load(\"minor.rlm\")\nsave n to \"again.rlm\"\nn = load(\"again.rlm\")\nload(\"major.rlm\")";
    let (text, code) = run(&[], load, folder.path());
    assert_eq!(code, 1, "{text}");
    let told = "minor.rlm has format version 2.7, which a newer Relume wrote; all of it is known\n";
    assert_eq!(text.matches("newer").count(), 1, "{text}");
    assert!(text.contains(told), "{text}");
    assert!(
        text.contains("has format version 9, but this Relume knows versions up to 3"),
        "{text}"
    );
    assert!(text.contains("help: update relume"), "{text}");
}

#[test]
fn scripts_of_other_systems_run_and_what_is_no_text_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("written");
    write("bom.relume", b"\xEF\xBB\xBFprint(1)\r\nprint(2)\rprint(3)");
    write("nul.relume", b"print(1)\nprint(\0)");
    write("latin.relume", b"print(1)\nprint(\"caf\xE9\")");
    let program = |name: &str| {
        let output = relume().arg(name).current_dir(folder.path()).output().expect("runs");
        (String::from_utf8_lossy(&output.stdout).into_owned(), said(&output))
    };
    assert_eq!(program("bom.relume"), ("1\n2\n3\n".to_string(), (String::new(), 0)));
    let (printed, (text, code)) = program("nul.relume");
    assert!(text.contains("line 2 holds a NUL byte") && printed.is_empty() && code == 1, "{text}");
    let (_, (text, code)) = program("latin.relume");
    assert!(text.contains("line 2 is not UTF-8: it holds the byte 0xE9") && code == 1, "{text}");
    let (text, _) =
        run(&["--keep-going"], "run \"bom.relume\"\nrun \"latin.relume\"", folder.path());
    assert!(text.contains("1\n2\n3\n") && text.contains("line 2 is not UTF-8"), "{text}");
}

#[test]
fn names_and_lines_of_any_length_are_shortened_in_messages() {
    let name = "x".repeat(300_000);
    let numbers = "1, ".repeat(3_000_000);
    for script in [
        name.clone(),
        format!("{name} = 1\nprint({name} + \"a\")"),
        format!("dense({name}=3)"),
        format!("a = [{numbers}"),
        format!("save m to \"{name}\""),
        "(".repeat(1_000_000),
        "[".repeat(100_000),
        "-".repeat(1_000_000) + "1",
        "1 -> ".repeat(200_000) + "1",
    ] {
        let (text, code) = run(&[], &script, Path::new("."));
        let begin: String = script.chars().take(20).collect();
        assert_ne!(code, 0, "{begin}");
        assert!(text.contains("error") && text.len() < 5000, "{begin}: {} bytes", text.len());
    }
    let (text, code) = run(&[], &format!("a = [{numbers}1]\nprint(sum(a))"), Path::new("."));
    assert_eq!((text.as_str(), code), ("3000001\n", 0));
}

#[test]
fn files_that_run_files_are_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    for i in 0..30 {
        let text = format!("run \"{}.relume\"", i + 1);
        fs::write(folder.path().join(format!("{i}.relume")), text).expect("written");
    }
    let (text, code) = run(&[], "run \"0.relume\"", folder.path());
    assert!(text.contains("files run files more than 16 deep") && code == 1, "{text}");
}

/// Everything of the language that reads a file or a folder.
const READING: [&str; 25] = [
    "load(\"PATH/net.rlm\")",
    "run \"PATH/script.relume\"",
    "csv(\"PATH/table.csv\", target=\"y\")",
    "csv(\"PATH/t*.csv\", target=\"y\")",
    "csv(\"in/table.csv\", target=\"y\", test_path=\"PATH/table.csv\")",
    "libsvm(\"PATH/table.csv\")",
    "libsvm(\"in/table.svm\", test_path=\"PATH/table.csv\")",
    "numpy(\"PATH/x.npz\")",
    "numpy(\"PATH/x.npy\", targets=\"PATH/x.npy\")",
    "images(\"PATH/images\")",
    "images(\"in/images\", labels=\"../../PATH/table.csv\")",
    "images(\"in/images\", labels=\"names.csv\", size=8)",
    "images(\"in/images\", masks=\"PATH/images\")",
    "texts(\"PATH/images\")",
    "texts(\"PATH/table.csv\", target=\"y\")",
    "sounds(\"PATH/images\")",
    "sounds(\"PATH/table.csv\")",
    "librispeech(\"PATH/images\")",
    "idx(\"PATH/images\")",
    "idx(\"PATH/x.npy\", labels=\"PATH/x.npy\")",
    "cifar(\"PATH/images\")",
    "tagged(\"PATH/tokens.jsonl\")",
    "tagged(\"in/tokens.jsonl\", test_path=\"PATH/tokens.jsonl\")",
    "runs folder=\"PATH/images\"",
    "wordvectors reader on words from \"PATH/table.csv\"",
];

/// Everything of the language that writes a file.
const WRITING: [&str; 12] = [
    "inspect m on digits to \"PATH/out.json\"",
    "save m to \"PATH/out.rlm\"",
    "save session to \"PATH/out.relume\"",
    "plot m.history.loss to \"PATH/out.svg\"",
    "predict m on digits to \"PATH/out.csv\"",
    "transcript to \"PATH/out.log\"",
    "profile m on digits steps=1 to \"PATH/out.json\"",
    "report m on digits sections=[\"network\"] to \"PATH/out.html\"",
    "explain m on digits.test[0] to \"PATH/out.svg\"",
    "train m on digits epochs=1 checkpoint=\"PATH/out.rlm\"",
    "train m on digits epochs=1 tensorboard=\"PATH/tb\"",
    "set runs=\"PATH/runs\"",
];

/// The entries of the reference that have one of these arguments.
fn with_argument(pages: &[&str], arguments: &[&str]) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference");
    let mut found = Vec::new();
    for page in pages {
        let text = fs::read_to_string(folder.join(page)).expect("a page of the reference");
        for entry in text.split("\n### ").skip(1) {
            // What `from` and `to` name may be a number, too.
            let has = |name: &&str| {
                let head = format!("| `{name}` |");
                entry.lines().any(|line| line.starts_with(&head) && line.contains("a string"))
            };
            if arguments.iter().any(has) {
                found.push(entry.lines().next().expect("a name").to_string());
            }
        }
    }
    found
}

#[test]
fn the_tables_of_paths_have_every_command_and_source() {
    let pages = ["data.md", "commands.md", "functions.md"];
    let is_in = |table: &[&str], name: &str| table.iter().any(|line| line.starts_with(name));
    for name in with_argument(
        &pages,
        &["path", "file", "from", "labels", "masks", "test_path", "validation_path"],
    ) {
        assert!(is_in(&READING, &name), "{name} reads a path: it belongs in the table");
    }
    for name in with_argument(&["commands.md"], &["to"]).iter().filter(|name| *name != "rename") {
        assert!(is_in(&WRITING, name), "{name} writes to a path: it belongs in the table");
    }
}

/// A folder `in` for the sandbox, with a link that leads out of it, and beside it `out`, whose files hold a secret.
fn inside_and_outside() -> tempfile::TempDir {
    let outer = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| fs::write(outer.path().join(path), text).expect("written");
    for folder in ["in", "out"] {
        fs::create_dir_all(outer.path().join(folder).join("images/a")).expect("made");
    }
    write("in/table.csv", "x,y\n1,2\n3,4\n5,6\n7,8\n");
    write("in/table.svm", "1 1:2\n0 1:3\n");
    write("in/tokens.jsonl", "{\"tokens\": [\"a\", \"b\"], \"tags\": [\"x\", \"y\"]}\n");
    write("in/words.csv", "text,y\na film,1\nno film,0\na play,1\nno play,0\n");
    write("in/script.relume", "print(\"hello\")");
    // A picture that can be read.
    let pixel =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/picture/gray.png"));
    fs::write(outer.path().join("in/images/a/1.png"), pixel.expect("a picture")).expect("written");
    // Rows of a table lead out of the folder, too.
    write(
        "in/images/names.csv",
        "file,label\n../../out/images/a/1.png,a\n../../out/images/a/2.png,b\n",
    );
    write("out/table.csv", "secret,y\nsecret,1\nmore,2\n");
    write("out/script.relume", "print(\"secret\")");
    for file in ["net.rlm", "x.npy", "x.npz", "images/a/1.png", "images/a/2.png"] {
        write(&format!("out/{file}"), "secret");
    }
    std::os::unix::fs::symlink("../out", outer.path().join("in/link")).expect("linked");
    outer
}

#[test]
fn a_sandbox_reads_below_its_folder_and_writes_nowhere() {
    let outer = inside_and_outside();
    let root = outer.path();
    let sandboxed = |script: &str| {
        let network = "m = dense(10)\ntrain m on digits epochs=1\nwords = texts(\"in/words.csv\", target=\"y\", \
                       test=0)\nreader = embedding(6, 4) -> pool_over_time(\"mean\") -> dense(2)";
        run(&["--sandbox", "in", "--keep-going"], &format!("{network}\n{script}"), root)
    };
    let before = [names(&root.join("in")), names(&root.join("out"))];
    for statement in READING {
        let mut places = vec!["out", "in/../out", "in/link", "in/images/../../out"];
        let absolute = root.join("out").display().to_string();
        places.push(&absolute);
        let script: Vec<String> = places.iter().map(|p| statement.replace("PATH", p)).collect();
        let (text, code) = sandboxed(&script.join("\n"));
        assert_eq!(code, 1, "{statement}: {text}");
        assert_eq!(text.matches("error: ").count(), places.len(), "{statement}: {text}");
        // What is only looked for is not there.
        let refusal = match statement {
            own if own.contains('*') => "no file matches this pattern",
            own if own.contains("names.csv") => "no column names files in",
            _ => "the sandbox allows reading below",
        };
        assert_eq!(text.matches(refusal).count(), places.len(), "{statement}: {text}");
        assert!(!text.contains("secret"), "{statement}: {text}");
    }
    for statement in WRITING {
        let places = ["out", "in", "in/link", "/tmp"];
        let script: Vec<String> = places.iter().map(|p| statement.replace("PATH", p)).collect();
        let (text, code) = sandboxed(&script.join("\n"));
        assert_eq!(code, 1, "{statement}: {text}");
        let refused = text.matches("the sandbox allows no writing").count();
        assert_eq!(refused, places.len(), "{statement}: {text}");
    }
    let (text, code) = sandboxed(
        "run \"in/script.relume\"\nt = csv(\"in/table.csv\", target=\"y\", test=0)\nprint(\"read\")",
    );
    assert!(text.contains("hello\n") && text.contains("read\n") && code == 0, "{text}");
    assert_eq!([names(&root.join("in")), names(&root.join("out"))], before);
    let (text, code) = run(&["--sandbox", "none"], "1", root);
    assert!(code == 1 && text.contains("the sandbox none"), "{text}");
}

#[test]
fn standard_error_that_is_closed_is_no_panic() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut child = relume()
        .args(["-c", "print(1)\nnonsense_name"])
        .stdout(Stdio::piped())
        .stderr(writer)
        .spawn()
        .expect("the program starts");
    let mut text = String::new();
    child.stdout.take().expect("output").read_to_string(&mut text).expect("UTF-8");
    assert_eq!(child.wait().expect("the program ends").code(), Some(1));
    assert_eq!(text, "1\n");
}

/// A line at the prompt that is no UTF-8 is left out, and the session goes on.
#[test]
fn invalid_bytes_on_standard_input_are_named() {
    let mut child = relume().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    let text = b"print(1)\nprint(\xFF)\n";
    child.stdin.take().expect("input").write_all(text).expect("written");
    let (text, code) = said(&child.wait_with_output().expect("the program ends"));
    assert!(text.contains("line 2 is not UTF-8") && code == 1, "{text}");
}
