//! Predictions in files: each sample is a row, with what it came with; one that cannot be used ends nothing.

#[path = "common/folders.rs"]
mod folders;
#[path = "common/run.rs"]
mod program;

use program::run;
use std::fs::{read_to_string, write};
use std::path::Path;
use tempfile::{TempDir, tempdir};

/// Rows that are "small" below 0 and "big" above, far apart.
fn labelled(folder: &Path) {
    let row = |i: i32| {
        format!(
            "{},{}\n",
            if i % 2 == 0 { -9 } else { 9 } + i % 3,
            ["small", "big"][i as usize % 2]
        )
    };
    let rows: String = (0..60).map(row).collect();
    write(folder.join("labelled.csv"), format!("x,size\n{rows}")).expect("a file");
}

/// A folder with a network that tells sizes, and what a script in it prints.
fn told(script: &str) -> (TempDir, String) {
    let folder = tempdir().expect("a folder");
    labelled(folder.path());
    write(folder.path().join("new.csv"), NEW).expect("a file");
    let training = "d = csv(\"labelled.csv\", target=\"size\"); m = dense(2)\ntrain m on d epochs=200 optimizer=adam(lr=0.1)\n";
    let (output, code) = run(&[], &format!("{training}{script}"), folder.path());
    assert_eq!(code, 0, "{output}");
    (folder, output)
}

const NEW: &str =
    "id,x,note\n0017,-9.50,\"a, b\"\n0018,oops,\n0019,,none\n0020,1e1,\"say \"\"hi\"\"\"\n";

#[test]
fn rows_of_a_table_keep_their_cells_as_they_are_written() {
    let (folder, output) = told("n = csv(\"new.csv\"); predict m on n to \"answers.csv\"");
    let answers = read_to_string(folder.path().join("answers.csv")).expect("answers");
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!(lines[0], "id,x,note,prediction,probability");
    assert!(lines[1].starts_with("0017,-9.50,\"a, b\",small,0.9"), "{answers}");
    assert_eq!(lines[2..4], ["0018,oops,,,", "0019,,none,,"]);
    assert!(lines[4].starts_with("0020,1e1,\"say \"\"hi\"\"\",big,0.9"), "{answers}");
    assert_eq!(lines.len(), 5);
    assert!(output.contains("sample 1: the column \"x\" holds \"oops\""), "{output}");
    assert!(
        output.contains("2 predictions are written to answers.csv; 2 samples have none"),
        "{output}"
    );
}

#[test]
fn json_lines_hold_an_object_for_each_row() {
    let (folder, _) = told("predict m on csv(\"new.csv\") to \"answers.jsonl\" scores=true");
    let answers = read_to_string(folder.path().join("answers.jsonl")).expect("answers");
    let rows: Vec<serde_json::Value> =
        answers.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!((&rows[0]["id"], &rows[0]["prediction"]), (&"0017".into(), &"small".into()));
    let score = |name: &str| rows[3][name].as_f64().expect("a number");
    assert!((score("probability_big") + score("probability_small") - 1.0).abs() < 1e-6);
    assert_eq!(score("probability"), score("probability_big"));
    assert!(rows[1]["prediction"].is_null());
}

#[test]
fn known_classes_stand_beside_the_predicted_ones() {
    let (folder, _) = told("predict m on d to \"answers.tsv\"");
    let answers = read_to_string(folder.path().join("answers.tsv")).expect("answers");
    let rows: Vec<Vec<&str>> = answers.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows[0], ["x", "prediction", "probability", "truth"]);
    assert_eq!(rows.len(), 13);
    for row in &rows[1..] {
        let expected = if row[0].starts_with('-') { "small" } else { "big" };
        assert_eq!((row[1], row[3]), (expected, expected), "{answers}");
    }
}

#[test]
fn strings_and_lists_are_rows_too() {
    let (folder, output) = told("predict m on [\"-9\", \"tall\", \"9\"] to \"answers.csv\"");
    let answers = read_to_string(folder.path().join("answers.csv")).expect("answers");
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!((lines[0], lines[2]), ("sample,prediction,probability", "tall,,"));
    assert!(lines[1].starts_with("-9,small,") && lines[3].starts_with("9,big,"), "{answers}");
    assert!(output.contains("sample 1: column \"x\" holds \"tall\""), "{output}");
}

#[test]
fn standard_input_is_a_sample_in_each_line() {
    let (folder, _) = told("save m to \"m.rlm\"");
    let script = "m = load(\"m.rlm\"); predict m on \"-\" to \"answers.csv\"";
    write(folder.path().join("ask.relume"), script).expect("a file");
    let (output, code) = run(&["ask.relume"], "-9\n\n9\n", folder.path());
    assert_eq!(code, 0, "{output}");
    let answers = read_to_string(folder.path().join("answers.csv")).expect("answers");
    let classes: Vec<&str> = answers.lines().filter_map(|line| line.split(',').nth(1)).collect();
    assert_eq!(classes, ["prediction", "small", "big"]);
}

#[test]
fn a_folder_of_pictures_is_predicted_file_by_file_and_a_broken_one_is_reported() {
    let folder = tempdir().expect("a folder");
    folders::data_folders(folder.path());
    let training = "p = images(\"photos\", size=[8, 8]); m = flatten -> dense(2)\n\
                    train m on p epochs=30 optimizer=adam(lr=0.05); save m to \"m.rlm\"; predict m on p to \"of_data.csv\"";
    let (output, code) = run(&[], training, folder.path());
    assert_eq!(code, 0, "{output}");
    write(folder.path().join("photos/test/bright/broken.jpg"), "no picture").expect("a file");
    let script = "m = load(\"m.rlm\"); predict m on \"photos/test\" to \"answers.csv\"";
    let (output, code) = run(&[], script, folder.path());
    assert_eq!(code, 0, "{output}");
    let answers = read_to_string(folder.path().join("answers.csv")).expect("answers");
    let rows: Vec<Vec<&str>> = answers.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["file", "prediction", "probability"]);
    for row in &rows[1..] {
        match row[0] {
            "photos/test/bright/broken.jpg" => assert_eq!(row[1], ""),
            file if file.contains("bright") => assert_eq!(row[1], "bright"),
            _ => assert_eq!(row[1], "dark"),
        }
    }
    assert_eq!(rows.len(), 6);
    assert!(output.contains("photos/test/bright/broken.jpg"), "{output}");
    let of_data = read_to_string(folder.path().join("of_data.csv")).expect("answers");
    assert!(of_data.starts_with("file,prediction,probability,truth\nphotos/test/"), "{of_data}");
}

#[test]
fn an_old_file_stays_if_the_new_one_cannot_be_whole() {
    let folder = tempdir().expect("a folder");
    labelled(folder.path());
    write(folder.path().join("answers.csv"), "mine").expect("a file");
    let script = "m = input(3) -> dense(2); predict m on zeros([4, 2]) to \"answers.csv\"";
    let (output, code) = run(&[], script, folder.path());
    assert_eq!(code, 1, "{output}");
    assert_eq!(read_to_string(folder.path().join("answers.csv")).expect("a file"), "mine");
    let names = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(names, 2);
}

#[test]
fn predict_is_a_function_of_records() {
    let (_, output) = told(
        "p = predict(m, [\"-9\", \"9\"])\nprint(p.prediction)\nassert p.probability[0] > 0.9\n\
         print(p.outputs.shape)\nq = predict(m, d.test[0..2])\nassert q.truth[0] == q.prediction[0]\n\
         assert q.truth[1] == q.prediction[1]",
    );
    assert!(output.contains("[small, big]"), "{output}");
    assert!(output.contains("[2, 2]"), "{output}");
}

#[test]
fn a_network_fills_empty_cells_in_by_its_own_data_and_an_empty_column_is_no_matter() {
    let folder = tempdir().expect("a folder");
    let rows: String = (0..40)
        .map(|i| {
            format!(
                "{},{},{}\n",
                if i == 7 { String::new() } else { (i % 2).to_string() },
                i % 2,
                ["no", "yes"][i % 2]
            )
        })
        .collect();
    write(folder.path().join("known.csv"), format!("a,b,y\n{rows}")).expect("a file");
    write(folder.path().join("new.csv"), "a,b,y\n1,1,\n,0,\n").expect("a file");
    let script = "d = csv(\"known.csv\", target=\"y\", missing=\"mean\"); m = dense(2)\n\
                  train m on d epochs=60 optimizer=adam(lr=0.1)\n\
                  predict m on csv(\"new.csv\") to \"answers.csv\"";
    let (output, code) = run(&[], script, folder.path());
    assert_eq!(code, 0, "{output}");
    let answers = read_to_string(folder.path().join("answers.csv")).expect("answers");
    let lines: Vec<&str> = answers.lines().collect();
    assert!(lines[1].starts_with("1,1,,yes,") && lines[2].starts_with(",0,,no,"), "{answers}");
}

#[test]
fn files_of_another_kind_are_neither_replaced_nor_taken_as_samples() {
    let folder = tempdir().expect("a folder");
    let rows: String = (0..40).map(|i| format!("{},{}\n", i % 7, ["no", "yes"][i % 2])).collect();
    let table = format!("a,y\n{rows}");
    write(folder.path().join("known.csv"), &table).expect("a file");
    write(folder.path().join("empty.csv"), "").expect("a file");
    let begin = "d = csv(\"known.csv\", target=\"y\"); m = dense(2); train m on d epochs=1";
    let refused = [
        ("predict m on d to \"known.csv\"", "known.csv is there, and holds no predictions"),
        ("save m to \"known.csv\"", "known.csv is there, and holds no saved network"),
        ("save session to \"known.csv\"", "known.csv is there, and holds no saved session"),
        ("predict m on \"known.csv\"", "help: predict ... on csv(\"known.csv\")"),
    ];
    for (statement, wanted) in refused {
        let (output, code) = run(&[], &format!("{begin}\n{statement}"), folder.path());
        assert!(code == 1 && output.contains(wanted), "{statement}: {output}");
        assert_eq!(read_to_string(folder.path().join("known.csv")).expect("it"), table);
    }
    // What the same commands wrote before, and empty files, are replaced.
    let again = "predict m on d to \"empty.csv\"; save m to \"m.rlm\"";
    let (output, code) = run(&[], &format!("{begin}\n{again}\n{again}"), folder.path());
    assert_eq!(code, 0, "{output}");
}

#[test]
fn texts_and_recordings_stand_beside_their_predictions() {
    let folder = tempdir().expect("a folder");
    folders::data_folders(folder.path());
    write(folder.path().join("reviews.jsonl"), REVIEWS).expect("a file");
    let script = "t = texts(\"reviews\", words=20, length=4); m = embedding_bag(20, 4) -> dense(2)\n\
                  train m on t epochs=1; predict m on t to \"texts.csv\"\n\
                  predict m on \"reviews/\" to \"folder.csv\"; predict m on \"reviews/*/*.txt\"\n\
                  predict m on texts(\"reviews.jsonl\", words=20, length=4) to \"table.csv\"\n\
                  s = sounds(\"recordings\", pattern=\"{label}_{index}\", features=13)\n\
                  n = gru(4, output=\"last\") -> dense(2)\n\
                  train n on s epochs=1; predict n on s to \"sounds.csv\"\n\
                  predict n on \"recordings/two_*.flac\" to \"pattern.csv\"";
    let (output, code) = run(&[], script, folder.path());
    assert_eq!(code, 0, "{output}");
    let file = |name: &str| read_to_string(folder.path().join(name)).expect("answers");
    let [texts, table] = ["texts.csv", "table.csv"].map(file);
    assert!(texts.starts_with("file,prediction,probability,truth\nreviews/"), "{texts}");
    // What the same files say is predicted alike, by the folder and by a pattern.
    let all = file("folder.csv");
    assert!(all.starts_with("file,prediction,probability\nreviews/"), "{all}");
    for line in texts.lines().skip(1) {
        let own = line.rsplit_once(',').expect("a truth").0;
        assert!(all.lines().any(|other| other == own), "{own}: {all}");
        assert!(output.contains(own.split(',').next().expect("a file")), "{own}: {output}");
    }
    assert!(table.starts_with("text,prediction,probability,truth\n"), "{table}");
    assert!(table.contains("a fine film"), "{table}");
    let [sounds, pattern] = ["sounds.csv", "pattern.csv"].map(file);
    assert!(sounds.starts_with("file,prediction,probability,truth\nrecordings/"), "{sounds}");
    let files: Vec<&str> =
        pattern.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    let expected = [0, 1, 2].map(|i| format!("recordings/two_{i}.flac"));
    assert_eq!(files, expected);
}

const REVIEWS: &str = "{\"text\": \"a fine film\", \"label\": \"good\"}\n\
    {\"text\": \"a fine film\", \"label\": \"good\"}\n\
    {\"text\": \"dull and too long\", \"label\": \"bad\"}\n{\"text\": \"dull and too long\", \"label\": \"bad\"}\n\
    {\"text\": \"dull and too long\", \"label\": \"bad\"}\n{\"text\": \"a fine film\", \"label\": \"good\"}\n\
    {\"text\": \"a fine film\", \"label\": \"good\"}\n{\"text\": \"a fine film\", \"label\": \"good\"}\n\
    {\"text\": \"dull and too long\", \"label\": \"bad\"}\n{\"text\": \"dull and too long\", \"label\": \"bad\"}\n";

/// A part without samples has no predictions: a file of them would only replace what is there.
#[test]
fn nothing_to_predict_is_an_error_and_the_file_that_is_there_stays() {
    let folder = tempdir().expect("a folder");
    labelled(folder.path());
    write(folder.path().join("answers.csv"), "kept\n").expect("a file");
    let script = "d = csv(\"labelled.csv\", target=\"size\", test=0); m = dense(2)\n\
                  train m on d epochs=1\n";
    for samples in ["d", "d.test", "d.train[3..3]"] {
        let script = format!("{script}predict m on {samples} to \"answers.csv\"");
        let (output, code) = run(&[], &script, folder.path());
        assert_eq!(code, 1, "{samples}: {output}");
        assert!(!output.contains("are written to"), "{samples}: {output}");
        let kept = read_to_string(folder.path().join("answers.csv")).expect("answers");
        assert_eq!(kept, "kept\n", "{samples}: {output}");
    }
}
