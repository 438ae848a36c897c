//! The program as a process: files, pipes, `-c`, exit codes.

#[path = "common/folders.rs"]
mod folders;
#[path = "common/process.rs"]
mod process;

use folders::{data_folders, image_folder, sound_folder, text_folder};
use process::relume;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn example(name: &str) -> String {
    format!("{}/docs/examples/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_digits_example_runs_to_its_end() {
    let folder = folder();
    let output = relume(&[&example("digits.relume")], "", folder.path());
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).contains("360 samples"));
    assert!(folder.path().join("digits.rlm").exists());
}

/// The values are PyTorch's: torch.sigmoid(torch.tensor(5.)) and its gradient times [1, 2].
#[test]
fn derivatives_at_the_prompt_are_as_the_language_page_shows_them() {
    let session = "theta = [1, 2]\nx = [1, 2]\nrelu(dot(theta, x))\ngrad(relu(dot(theta, x)), theta)\n\
                   sigmoid(dot(theta, x))\ngrad(sigmoid(dot(theta, x)), theta)\n";
    let expected = "5\n[1, 2]\n0.9933072\n[0.0066480567, 0.013296113]\n";
    let folder = folder();
    let piped = relume(&[], session, folder.path());
    assert_eq!(out(&piped), expected, "{}", err(&piped));
    assert_eq!(out(&relume(&["-c", session], "", folder.path())), expected);
    let file = folder.path().join("grad.relume");
    std::fs::write(&file, session).expect("a file");
    assert_eq!(out(&relume(&[file.to_str().expect("UTF-8")], "", folder.path())), expected);
}

#[test]
fn a_mistake_in_a_file_stops_there_with_its_place_and_exit_code() {
    let folder = folder();
    let cases = [
        (
            "1 + 1\ntrian mlp on digits\n",
            2,
            "<stdin>:2:1: error: there is no command `trian`",
            "did you mean `train`?",
        ),
        ("x = [1, 2\n", 2, "<stdin>:1:5: error: this bracket is never closed", "close it with `]`"),
        ("y = nothere + 1\n", 1, "<stdin>:1:5: error: there is no `nothere`", "define it first"),
        (
            "n = dense(10, unitz=3)\n",
            1,
            "error: dense has no argument `unitz`",
            "did you mean `units`?",
        ),
        (
            "d = digits(); m = dense(8) -> relu -> dense(3)\ntrain m on d epochs=1\n",
            1,
            "error: the network gives 3 numbers",
            "end the network with dense(10)",
        ),
        (
            "assert 1 + 1 == 3\n",
            1,
            "error: the assertion does not hold",
            "the left side is 2, the right side 3",
        ),
        (
            "m = dense(4) -> tanh -> dense(2); d = blobs(); train m on d optimizer=adm(lr=1)\n",
            1,
            "there is no optimizer `adm`",
            "did you mean `adam`?",
        ),
    ];
    for (text, code, message, help) in cases {
        let output = relume(&[], text, folder.path());
        assert_eq!(output.status.code(), Some(code), "{text}: {}", err(&output));
        assert!(err(&output).contains(message), "{text}: {}", err(&output));
        assert!(err(&output).contains(help), "{text}: {}", err(&output));
        assert!(err(&output).contains('^'), "{text}: {}", err(&output));
    }
}

#[test]
fn a_wrong_network_is_refused_before_the_first_line_runs() {
    let folder = folder();
    let text = "\"first\"\ncnn = input(3, 32, 32) -> maxpool2d(2) -> dense(120)\n";
    let output = relume(&[], text, folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(out(&output), "");
    let expected = "<stdin>:2:43: error: dense(120) wants one row of features, but gets 3 x 16 x 16 from \
        maxpool2d(2)\n";
    assert!(err(&output).starts_with(expected), "{}", err(&output));
    assert!(
        err(&output).contains("help: put flatten before it: maxpool2d(2) -> flatten -> dense(120)")
    );
}

#[test]
fn keep_going_reports_every_mistake_and_runs_the_rest() {
    let folder = folder();
    let file = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file");
    };
    file("first.relume", "1\ncnn = input(3, 8, 8) -> maxpool2d(2) -> dense(12)\n2\nnothere\n");
    file("second.relume", "3\n");
    let output = relume(&["--keep-going", "first.relume", "second.relume"], "", folder.path());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(out(&output), "1\n2\n3\n");
    for place in
        ["first.relume:2:41: error: dense(12) wants", "first.relume:4:1: error: there is no"]
    {
        assert!(err(&output).contains(place), "{}", err(&output));
    }
}

#[test]
fn a_run_ends_in_the_same_bits_with_one_thread_and_with_two() {
    let folder = folder();
    let text = "d = digits(image=true)\n\
        net = conv2d(8, 3, padding=1) -> batchnorm -> relu -> maxpool2d(2) -> flatten -> dropout(0.3) -> dense(64) -> \
        relu -> dense(10)\n\
        train net on d epochs=2 batch=50\n";
    let save = |threads: &str, file: &str| {
        let text = format!("{text}save net to \"{file}\"\n");
        let output = relume(&["--threads", threads], &text, folder.path());
        assert!(output.status.success(), "{}", err(&output));
        std::fs::read(folder.path().join(file)).expect("a file")
    };
    assert!(save("1", "one.rlm") == save("2", "two.rlm"));
}

#[test]
fn a_run_taken_up_in_another_process_ends_in_the_same_bits() {
    let folder = folder();
    let start = "set seed=3\nd = digits()\nnet = dense(32, bias=false) -> batchnorm -> tanh -> dropout(0.2) -> \
        dense(10)\n";
    let run = |text: &str| {
        let output = relume(&[], text, folder.path());
        assert!(output.status.success(), "{}", err(&output));
    };
    run(&format!(
        "{start}train net on d epochs=3\ntrain net on d epochs=3\nsave net to \"straight.rlm\"\n"
    ));
    run(&format!("{start}train net on d epochs=3\nsave net to \"half.rlm\"\n"));
    run(
        "d = digits()\nnet = load(\"half.rlm\")\ntrain net on d epochs=3\nsave net to \"resumed.rlm\"\n",
    );
    let read = |file: &str| std::fs::read(folder.path().join(file)).expect("a file");
    assert!(read("straight.rlm") == read("resumed.rlm"));
}

#[test]
fn a_diverging_run_names_the_step_and_keeps_finite_weights() {
    let folder = folder();
    let text = "d = sine()\nnet = dense(8) -> relu -> dense(1)\ntrain net on d epochs=3 optimizer=sgd(lr=100000)\n";
    let output = relume(&[], text, folder.path());
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert!(err(&output).contains("training diverged at step"), "{}", err(&output));
    let text = format!("{text}assert norm(net.layers[0].weight) < 1e30\n");
    let output = relume(&["--keep-going"], &text, folder.path());
    assert!(!err(&output).contains("assertion"), "{}", err(&output));
}

#[test]
fn damaged_files_are_refused_and_the_network_stays() {
    let folder = folder();
    let path = folder.path().join("net.rlm");
    let made = relume(&[], "net = input(2) -> dense(2)\nsave net to \"net.rlm\"\n", folder.path());
    assert!(made.status.success(), "{}", err(&made));
    let whole = std::fs::read(&path).expect("a file");
    for at in (0..whole.len()).step_by(97) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&path, damaged).expect("a file");
        let output = relume(
            &["--keep-going"],
            "net = input(2) -> dense(2)\nnet = load(\"net.rlm\")\nnet\n",
            folder.path(),
        );
        assert_eq!(output.status.code(), Some(1), "byte {at}");
        assert!(out(&output).ends_with("2 -> 2 · 6 parameters\n"), "byte {at}: {}", out(&output));
    }
}

#[test]
fn nonsense_gets_an_error_and_no_crash() {
    let folder = folder();
    for text in [
        "((((",
        "= = =",
        "x[",
        "\"",
        "for",
        "help banana",
        "train",
        "train on",
        "1 -> 2",
        "dense(-1)",
        "set threads=0",
        "[[1],[2,3]]",
        "\u{0}",
        "a.b.c",
        "conv2d(1,1)(3)",
        "grad(1, 2)",
        "x = input(4)\nx([1,2,3])",
        "plot \"a\"",
        "save 1 to \"x\"",
        "run \"nowhere\"",
        "9..1",
        "[1,2][5]",
        "digits().test[99999]",
        "1/0",
        "-",
        "dense(10) * 1e9",
    ] {
        let output = relume(&[], text, folder.path());
        let code = output.status.code();
        assert!(matches!(code, Some(0..=2)), "{text}: {code:?} {}", err(&output));
        assert!(!err(&output).contains("panicked"), "{text}: {}", err(&output));
    }
}

#[test]
fn results_as_json_are_one_object_each() {
    let output = relume(&["--json", "-c", "1 + 1; relu([-1, 2]); d = iris()"], "", folder().path());
    let lines: Vec<serde_json::Value> =
        out(&output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["value"], 2);
    assert_eq!(lines[1]["value"], serde_json::json!([0.0, 2.0]));
}

#[test]
fn the_reference_pages_are_the_tables() {
    let folder = folder();
    assert!(relume(&["--reference", "pages"], "", folder.path()).status.success());
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference");
    let pages = |of: &Path| -> BTreeMap<String, String> {
        let entries =
            std::fs::read_dir(of).expect("a folder").map(|entry| entry.expect("an entry"));
        let page = |entry: std::fs::DirEntry| {
            let text = std::fs::read_to_string(entry.path()).expect("a page");
            (entry.file_name().to_string_lossy().into_owned(), text)
        };
        entries.map(page).collect()
    };
    let (made, kept) = (pages(&folder.path().join("pages")), pages(&kept));
    assert_eq!(made.keys().collect::<Vec<_>>(), kept.keys().collect::<Vec<_>>());
    for (file, page) in made {
        assert!(kept[&file] == page, "{file}: run cargo run -- --reference docs/reference");
    }
}

/// What each `predict` in a JSON output says of each of its samples: its class, or its transcript.
fn predictions(output: &Output, what: &str) -> Vec<Vec<String>> {
    let results = out(output);
    let said = results.lines().filter_map(|line| {
        let result: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let said = result.get("predictions")?.as_array().expect("a list").iter();
        Some(said.map(|one| one[what].as_str().expect("a string").to_string()).collect())
    });
    said.collect()
}

#[test]
fn a_loaded_network_takes_what_a_user_has() {
    let folder = folder();
    image_folder(&folder.path().join("photos"));
    text_folder(&folder.path().join("reviews"));
    sound_folder(&folder.path().join("recordings"));
    let train = "set seed=1\n\
        t = texts(\"reviews\", words=50, length=8)\n\
        text = embedding_bag(50, 8, padding_idx=0) -> dense(2)\n\
        train text on t epochs=20 optimizer=adam(lr=0.1)\n\
        s = sounds(\"recordings\", pattern=\"{label}_{index}\", features=13)\n\
        sound = masking -> gru(4, output=\"last\") -> dense(2)\n\
        train sound on s epochs=1\n\
        p = images(\"photos\", size=[8, 8])\n\
        picture = flatten -> dense(2)\n\
        train picture on p epochs=20 optimizer=adam(lr=0.01)\n\
        i = iris()\n\
        row = dense(3)\n\
        train row on i epochs=20 optimizer=adam(lr=0.1)\n\
        save text to \"text.rlm\"\nsave sound to \"sound.rlm\"\n\
        save picture to \"picture.rlm\"\nsave row to \"row.rlm\"\n";
    let output = relume(&[], train, folder.path());
    assert!(output.status.success(), "{}", err(&output));
    let predict = "text = load(\"text.rlm\")\npredict text on \"A fine film!\"\n\
        predict text on [\"dull\", \"well played\"]\n\
        row = load(\"row.rlm\")\npredict row on \"5.1, 3.5, 1.4, 0.2\"\n\
        picture = load(\"picture.rlm\")\npredict picture on \"photos/test/dark/0.png\"\n\
        sound = load(\"sound.rlm\")\npredict sound on \"recordings/one_0.flac\"\n";
    let output = relume(&["--json"], predict, folder.path());
    assert!(output.status.success(), "{}", err(&output));
    let said: Vec<String> =
        predictions(&output, "class").into_iter().map(|said| said.join(" ")).collect();
    assert_eq!(said[..4], ["good", "bad good", "setosa", "dark"], "{}", out(&output));
    assert!(["one", "two"].contains(&said[4].as_str()));
    for (given, message) in [
        ("row on \"5.1, tall\"", "column 2 holds \"tall\", which is not a number"),
        ("row on \"5.1\"", "samples of 4 features, not of 1 feature"),
        ("picture on \"nowhere.png\"", "nowhere.png"),
        ("picture on \"recordings/one_0.flac\"", "is not a JPEG, PNG, WebP, GIF, BMP or TIFF file"),
        (
            "sound on \"photos/test/dark/0.png\"",
            "is not a WAV, AIFF, FLAC, MP3, Ogg, M4A or AAC file",
        ),
        ("text on [\"fine\", 3]", "strings are wanted, not a number"),
        ("text on \" \"", "what is wanted is a text"),
        ("picture on \"\"", "what is wanted is the path of a picture"),
        ("picture on \"reviews\"", "no image is in this folder"),
    ] {
        let name = given.split(' ').next().expect("a name");
        let text = format!("{name} = load(\"{name}.rlm\")\npredict {given}\n");
        let output = relume(&[], &text, folder.path());
        assert_eq!(output.status.code(), Some(1), "{given}: {}", err(&output));
        assert!(err(&output).contains(message), "{given}: {}", err(&output));
    }
}

#[test]
fn an_embedding_begins_with_the_vectors_of_a_file() {
    let folder = folder();
    text_folder(&folder.path().join("reviews"));
    std::fs::write(folder.path().join("v.txt"), "film 0.5 -1.5\nnowhere 1 2\ndull 3 4\n")
        .expect("a file");
    let text = "t = texts(\"reviews\", words=50, length=8)\n\
        net = embedding(50, 2, padding_idx=0) -> pool_over_time -> dense(2)\n\
        wordvectors net on t from \"v.txt\" missing=\"zeros\" freeze=true\n\
        w = net.layers[0].weight\nsum(w)\nmax(w)\n\
        train net on t epochs=1\nassert net.layers[0].weight == w\n";
    // Nine words of both kinds of reviews, five numbers, padding and the unknown word.
    let text = text.replace("(50, 2", "(16, 2");
    let output = relume(&[], &text, folder.path());
    assert!(output.status.success(), "{}", err(&output));
    let said = out(&output);
    assert!(said.contains("has the vectors of 2 of 14 words, 2 numbers each"), "{said}");
    // 0.5 - 1.5 + 3 + 4, and zeros.
    assert!(said.contains("\n6\n4\n"), "{said}");
    for (size, problem) in [("(15, 2", "0.weight is 15 x 2, but"), ("(16, 3", "embedding(16, 2)")] {
        let output = relume(&[], &text.replace("(16, 2", size), folder.path());
        assert!(err(&output).contains(problem), "{}", err(&output));
    }
    let more = text.replace("(16, 2", "(50, 2").replace("sum(w)\nmax(w)", "w[5]");
    assert!(relume(&[], &more, folder.path()).status.success());
    let output =
        relume(&[], "d = iris()\nnet = dense(3)\nwordvectors net on d from \"v\"\n", folder.path());
    assert!(err(&output).contains("iris has no words"), "{}", err(&output));
}

#[test]
fn what_ctc_has_heard_is_spelled() {
    let folder = folder();
    sound_folder(&folder.path().join("recordings"));
    for name in ["two_0", "two_1", "two_2"] {
        let file = folder.path().join(format!("recordings/{name}.flac"));
        std::fs::remove_file(file).expect("removed");
    }
    let text = "set seed=1\n\
        s = sounds(\"recordings\", pattern=\"{label}_{index}\", features=13, join=[2, 2], hop=5)\n\
        net = masking -> lstm(8) -> dense(2) -> log_softmax\n\
        train net on s epochs=100 optimizer=adam(lr=0.02) loss=ctc\n\
        save net to \"net.rlm\"\nagain = load(\"net.rlm\")\n\
        predict again on s.test\npredict again on s.train[0..2]\n";
    let output = relume(&["--json"], text, folder.path());
    assert!(output.status.success(), "{}", err(&output));
    let said = predictions(&output, "transcript");
    assert_eq!(said, [vec!["one one"], vec!["one one", "one one"]], "{}", out(&output));
}

#[test]
fn outputs_that_are_no_probabilities_are_not_shown_as_such() {
    let text = "set seed=1\nd = blobs(classes=2, features=3)\nnet = dense(2)\n\
        train net on d epochs=2 loss=mse\npredict net on d.test[0]\n\
        net = dense(2) -> log_softmax\ntrain net on d epochs=2 loss=nll\npredict net on d.test[0]\n";
    let output = relume(&["--json"], text, folder().path());
    assert!(output.status.success(), "{}", err(&output));
    let said: Vec<serde_json::Value> = out(&output)
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .filter_map(|result| Some(result.get("predictions")?[0].clone()))
        .collect();
    assert!(said[0]["output"].is_number() && said[0].get("probability").is_none(), "{said:?}");
    // Of a single output too, the larger of a class's output and its complement decides which class is counted.
    let text = "set seed=1\nd = blobs(classes=2, features=3, noise=3)\nnet = dense(1)\n\
        train net on d epochs=20 optimizer=adam(lr=0.05) loss=mse\nevaluate net on d.test\npredict net on d.test\n";
    let output = relume(&[], text, folder().path());
    let shown = out(&output);
    let right = shown.lines().filter(|line| line.ends_with(" right")).count();
    let accuracy = format!("accuracy {:.2} %", right as f64 / 2.0);
    assert!((1..200).contains(&right) && shown.contains(&accuracy), "{right}: {shown}");
    // The likelier of two classes; its logarithm, which the network gives, is below 0.
    let probability = said[1]["probability"].as_f64().expect("a number");
    assert!((0.5..=1.0).contains(&probability), "{said:?}");
}

#[test]
fn predicted_numbers_stand_under_their_names() {
    let folder = folder();
    // price = 2 width + height, which a single layer learns.
    let rows = (0..40).map(|i| (i % 8, i / 8)).map(|(w, h)| format!("{w},{h},{}\n", 2 * w + h));
    let table = "width,height,price\n".to_string() + &rows.collect::<String>();
    std::fs::write(folder.path().join("prices.csv"), table).expect("a table");
    let text = "d = csv(\"prices.csv\", target=\"price\", task=\"numbers\")\nnet = dense(1)\n\
        train net on d epochs=200 optimizer=adam(lr=0.1)\nsave net to \"prices.rlm\"\n\
        again = load(\"prices.rlm\")\npredict again on \"3, 4\"\npredict again on d.test[0..2]\n";
    let shown = relume(&[], text, folder.path());
    assert!(shown.status.success(), "{}", err(&shown));
    let shown = out(&shown);
    let lines: Vec<&str> = shown.lines().collect();
    let [.., name, price, heads, first, second] = lines[..] else { panic!("{shown}") };
    assert_eq!(
        (name.trim(), heads.split_whitespace().collect::<Vec<_>>()),
        ("price", vec!["sample", "price", "true", "price"])
    );
    let close = |said: &str, truth: f64| {
        let said: f64 = said.trim().parse().expect("a number");
        assert!((said - truth).abs() < 0.01, "{said} for {truth}");
    };
    close(price, 10.0);
    for line in [first, second] {
        let cells: Vec<&str> = line.split_whitespace().collect();
        close(cells[1], cells[2].parse().expect("a number"));
    }
    let json = relume(
        &["--json", "-c", "net = load(\"prices.rlm\"); predict net on [\"3, 4\", \"0, 0\"]"],
        "",
        folder.path(),
    );
    let last = out(&json).lines().last().map(str::to_string).expect("a line");
    let last: serde_json::Value = serde_json::from_str(&last).expect("JSON");
    close(&last["predictions"][1]["price"].to_string(), 0.0);
}

#[test]
fn evaluate_gives_as_a_function_what_it_shows_as_a_command() {
    let text = "d = digits -> noise(0.5)\nnet = dense(10)\ntrain net on d epochs=2\n\
        evaluate net on d loss=hinge metrics=[f1] variants=3\n\
        r = evaluate(net, d, loss=hinge, metrics=[f1], variants=3)\nr.loss\nr.accuracy\nr.f1\n\
        evaluate(net, d.test).loss\n";
    let output = relume(&["--json"], text, folder().path());
    assert!(output.status.success(), "{}", err(&output));
    let shown: Vec<serde_json::Value> =
        out(&output).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let command = shown.iter().map(|line| &line["value"]).find(|value| value["variants"] == 3);
    let command = command.expect("the command's figures");
    let [.., loss, accuracy, f1, plain] = shown.as_slice() else { panic!("{shown:?}") };
    let number = |value: &serde_json::Value| value.as_f64().expect("a number") as f32;
    assert_eq!(number(&loss["value"]), number(&command["loss"]));
    assert_eq!(number(&accuracy["value"]), number(&command["metric_value"]));
    assert_eq!(number(&f1["value"]), number(&command["metrics"]["f1"]));
    assert_ne!(plain["value"], loss["value"]);
    for (text, message) in [
        ("n = dense(10)\nevaluate(n, digits, metric=[f1])", "metric"),
        ("n = dense(10)\nevaluate(n)", "needs `on`"),
        ("n = dense(10)\nevaluate(n, digits, variants=0)", "variants"),
        ("n = dense(10)\nevaluate(n, 3)", "data are wanted"),
    ] {
        let refused = relume(&[], text, folder().path());
        assert!(err(&refused).contains(message), "{text}: {}", err(&refused));
        assert_eq!(refused.status.code(), Some(1), "{text}");
    }
}

#[test]
fn images_of_a_folder_are_trained_on_through_augmentations() {
    let folder = folder();
    image_folder(&folder.path().join("photos"));
    let text = "d = images(\"photos\") -> randomcrop([9, 12], padding=2) -> randomflip\n\
        net = conv2d(4, 3) -> relu -> globalavgpool -> dense(2)\n\
        train net on d epochs=2\nevaluate net on d variants=3\ninspect net on d\npredict net on \
        d.test\nd.test[0].shape\n";
    let output = relume(&[], text, folder.path());
    assert!(output.status.success(), "{}", err(&output));
    let line = "d: 12 samples · input 3 x 9 x 12 · 2 classes · 8 train / 4 test\n  · trained on \
                through randomcrop([9, 12], padding=2) -> randomflip\n";
    assert!(out(&output).starts_with(line), "{}", out(&output));
    assert!(out(&output).ends_with("[3, 9, 12]\n"), "{}", out(&output));
    let variants = "on 4 samples, by the mean of 3 variants of each\n";
    assert!(out(&output).contains(variants), "{}", out(&output));
    let refusals = [
        (
            "n = flatten -> dense(10)\ntrain n on digits epochs=1\nevaluate n on digits variants=2",
            "nothing varies the samples of digits: its variants would all be the same",
        ),
        (
            "d = digits(image=true) -> relu",
            "an augmentation is expected after a data set, not a network",
        ),
        (
            "d = digits() -> randomflip",
            "randomflip varies images, and digits holds rows of numbers",
        ),
        (
            "d = digits(image=true) -> randomcrop(9)",
            "is larger than the image with its padding, 8 x 8",
        ),
        ("n = conv2d(4, 3) -> randomflip", "a layer is wanted here, not an augmentation"),
        ("d = digits(image=true).train -> randomflip", "only its train part is varied"),
        ("d = images(\"photos\", test=0.5)", "photos/test: is already a test part"),
        ("d = images(\"nowhere\")", "nowhere"),
        ("d = images(\"photos\", size=0)", "size` wants"),
    ];
    for (text, message) in refusals {
        let output = relume(&[], text, folder.path());
        assert_eq!(output.status.code(), Some(1), "{text}: {}", err(&output));
        assert!(err(&output).contains(message), "{text}: {}", err(&output));
        assert!(err(&output).contains('^'), "{text}: {}", err(&output));
    }
}

/// Every example of the reference runs as it stands: it defines what it uses, from bundled data. Only the files of
/// sources, of `run` and of word vectors are put beside it.
#[test]
fn every_example_of_the_help_runs_as_it_stands() {
    let folder = folder();
    std::fs::write(
        folder.path().join("flowers.csv"),
        "a,b,species\n1,2,x\n2,3,y\n3,1,x\n4,4,y\n5,2,x\n",
    )
    .expect("a file");
    std::fs::write(folder.path().join("flowers.svm"), "1 1:2\n2 2:3\n1 1:1\n2 2:4\n")
        .expect("a file");
    let tagged = "{\"tokens\": [\"Ada\", \"runs\"], \"tags\": [\"PER\", \"O\"]}\n".repeat(4);
    std::fs::write(folder.path().join("names.jsonl"), tagged).expect("a file");
    std::fs::write(folder.path().join("train.relume"), "1 + 1\n").expect("a file");
    data_folders(folder.path());
    let vector = format!("film{}\n", " 0.5".repeat(100));
    std::fs::write(folder.path().join("glove.6B.100d.txt"), vector).expect("a file");
    let page = out(&relume(&["--reference"], "", folder.path()));
    let mut examples = 0;
    for block in page.split("```\n").skip(1).step_by(2) {
        let output = relume(&[], block, folder.path());
        assert!(output.status.success(), "{block}: {}", err(&output));
        examples += 1;
    }
    assert!(examples > 250, "only {examples} examples");
}
