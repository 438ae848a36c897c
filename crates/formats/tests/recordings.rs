//! Recordings in lists and in LibriSpeech's folders: classes, transcripts, parts, and what is refused.

use flate2::{Compression, write::GzEncoder};
use relume_catalog::Value;
use relume_datasets::{Dataset, Raw, Targets};
use relume_formats::DataSpec;
use serde_json::json;
use std::io::Write;
use std::path::Path;

/// The data set, or what is wrong and what to do about it, paths without the folder's own.
fn load(name: &str, folder: &Path, path: &str, named: Value) -> Result<Dataset, String> {
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    let path = folder.join(path);
    let spec =
        DataSpec::from_arguments(name, vec![json!(path)], named).map_err(|e| e.to_string())?;
    spec.inner().load().map_err(|error| {
        let folder = format!("{}/", folder.display());
        format!("{} | {}", error, error.help().unwrap_or_default()).replace(&folder, "")
    })
}

fn write(path: &Path, content: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// Copies of a tone of 500 samples at 8,000 a second.
fn tones(folder: &Path, names: &[&str]) {
    let tone = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tone.flac"));
    let tone = tone.unwrap();
    for name in names {
        write(&folder.join(name), &tone);
    }
}

/// What the network's labels are called. They are the targets' own: nothing of them is saved with the inputs'
/// preparation.
fn label_names(data: &Dataset) -> Vec<String> {
    let saved = serde_json::to_string(&data.preparation_in_use()).unwrap();
    let read: Option<relume_datasets::Preparation> = serde_json::from_str(&saved).unwrap();
    let Some(Raw::Sound(sound)) = read.unwrap().raw else { panic!("{saved}") };
    assert_eq!(sound.labels, Vec::<String>::new());
    data.labels().to_vec()
}

fn strings(data: &Dataset) -> (Vec<usize>, Vec<u32>) {
    match data.targets() {
        Targets::Sequences { labels, .. } => (labels.dims().to_vec(), labels.data().to_vec()),
        targets => panic!("strings, not {targets:?}"),
    }
}

fn labels(data: &Dataset) -> Vec<usize> {
    match data.targets() {
        Targets::Classes { labels, .. } => labels.clone(),
        targets => panic!("classes, not {targets:?}"),
    }
}

const FILES: [&str; 4] = ["clips/a.flac", "clips/b.flac", "c.flac", "d.flac"];

#[test]
fn a_list_names_files_and_their_classes() {
    let folder = tempfile::tempdir().unwrap();
    tones(folder.path(), &FILES);
    let csv =
        "path,label,speaker\nclips/b.flac,yes,1\nclips/a.flac,no,2\nc.flac,yes,3\nd.flac,no,1\n";
    let jsonl = concat!(
        "{\"audio_filepath\": \"clips/b.flac\", \"duration\": 0.06, \"offset\": 0, \"label\": \"yes\", \"speaker\": \
        1}\n",
        "{\"audio_filepath\": \"clips/a.flac\", \"duration\": 0.06, \"label\": \"no\", \"speaker\": 2}\n",
        "{\"audio_filepath\": \"c.flac\", \"offset\": 0.0, \"label\": \"yes\", \"speaker\": 3}\n",
        "{\"audio_filepath\": \"d.flac\", \"label\": \"no\", \"speaker\": 1}\n",
    );
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(csv.replace(',', "\t").as_bytes()).unwrap();
    write(&folder.path().join("list.csv"), csv.as_bytes());
    write(&folder.path().join("list.tsv.gz"), &packed.finish().unwrap());
    write(&folder.path().join("list.jsonl"), jsonl.as_bytes());
    write(&folder.path().join("list.json"), jsonl.as_bytes());
    for list in ["list.csv", "list.tsv.gz", "list.jsonl", "list.json"] {
        let data =
            load("sounds", folder.path(), list, json!({"features": 3, "test": 0.5})).unwrap();
        assert_eq!(data.name(), "list");
        assert_eq!(data.classes().unwrap(), ["no", "yes"], "{list}");
        assert_eq!(labels(&data), [1, 0, 1, 0], "{list}");
        // One of each class.
        let parts = [data.train(), data.test()];
        for part in &parts {
            let mut own: Vec<usize> = part.indices().iter().map(|&i| labels(&data)[i]).collect();
            own.sort_unstable();
            assert_eq!(own, [0, 1], "{list}");
        }
        // A frame every 80 of the 500 samples, and one more.
        assert_eq!(data.sample_shape().to_vec(), [7, 3]);
        assert!(label_names(&data).is_empty());
        let named = json!({"test_by": "speaker", "test_values": [2, 3]});
        let data = load("sounds", folder.path(), list, named).unwrap();
        assert_eq!((data.train().indices(), data.test().indices()), (&[0, 3][..], &[1, 2][..]));
    }
}

#[test]
fn a_lists_column_tells_the_parts() {
    let folder = tempfile::tempdir().unwrap();
    tones(folder.path(), &FILES);
    let list = |words: [&str; 4]| {
        let row = |i: usize| format!("{},{},{}\n", FILES[i], ["x", "y", "x", "y"][i], words[i]);
        let text = format!("path,label,split\n{}", (0..4).map(row).collect::<String>());
        write(&folder.path().join("list.csv"), text.as_bytes());
        load("sounds", folder.path(), "list.csv", json!({}))
    };
    for word in ["test", "Test"] {
        let data = list(["train", "train", word, "Train"]).unwrap();
        assert_eq!((data.train().indices(), data.test().indices()), (&[0, 1, 3][..], &[2][..]));
    }
    for word in ["val", "valid", "Dev", "validation"] {
        let data = list(["train", "train", word, "test"]).unwrap();
        let parts =
            [data.train(), data.validation(), data.test()].map(|part| part.indices().to_vec());
        assert_eq!(parts, [vec![0, 1], vec![2], vec![3]], "{word}");
    }
    let error = list(["train", "train", "test", "later"]).unwrap_err();
    assert!(
        error.contains("list.csv:5: \"later\" is not a part: train, val, valid, dev or test"),
        "{error}"
    );
    let error = list(["train", "test", "train", "test"]).unwrap_err();
    assert!(error.contains("list.csv:3: the class \"y\" is not in the train part"), "{error}");
    let error = list(["dev"; 4]).unwrap_err();
    assert!(error.contains("list.csv:2: the class \"x\" is not in the train part"), "{error}");
    list(["train", "train", "test", "test"]).unwrap();
    let error = load("sounds", folder.path(), "list.csv", json!({"test": 0.5})).unwrap_err();
    assert!(error.contains("\"split\" says what the test part is | leave test= out"), "{error}");
}

#[test]
fn transcripts_are_strings_of_labels() {
    let folder = tempfile::tempdir().unwrap();
    tones(folder.path(), &FILES);
    let text = "path,text,split\nc.flac,bé a,train\nd.flac,none,train\nclips/a.flac,ebb,test\n";
    write(&folder.path().join("list.csv"), text.as_bytes());
    let data = load("sounds", folder.path(), "list.csv", json!({"target": "text"})).unwrap();
    // Python: sorted(set("bé a" + "none")).
    assert_eq!(label_names(&data), [" ", "a", "b", "e", "n", "o", "é"]);
    let expected = [[3, 7, 1, 2], [5, 6, 5, 4], [4, 3, 3, 0]];
    assert_eq!(strings(&data), (vec![3, 4], expected.concat()));
    assert_eq!((data.train().indices(), data.test().indices()), (&[0, 1][..], &[2][..]));
    assert!(data.classes().is_none());
    let text = text.replace("ebb", "\"ebb\n!\"");
    write(&folder.path().join("list.csv"), text.as_bytes());
    let error = load("sounds", folder.path(), "list.csv", json!({"target": "text"})).unwrap_err();
    assert!(error.contains("list.csv:4: the character '\\n' is not in the train part"), "{error}");
    // A fraction of the recordings is for the test where no column tells.
    write(&folder.path().join("l.csv"), b"path,text\nc.flac,ab\nd.flac,ab\nclips/a.flac,ba\n");
    let named = json!({"target": "text", "test": 0.34});
    let data = load("sounds", folder.path(), "l.csv", named).unwrap();
    assert_eq!((data.train().len(), data.test().len()), (2, 1));
    assert_eq!(strings(&data).1, [1, 2, 1, 2, 2, 1]);
}

#[test]
fn joined_classes_keep_their_names() {
    let folder = tempfile::tempdir().unwrap();
    tones(folder.path(), &FILES);
    let text = "path,label\nc.flac,yes\nd.flac,no\nclips/a.flac,yes\nclips/b.flac,no\n";
    write(&folder.path().join("list.csv"), text.as_bytes());
    let data = load("sounds", folder.path(), "list.csv", json!({"join": [2, 3], "test": 0.5}));
    assert_eq!(label_names(&data.unwrap()), ["no", "yes"]);
    let data = load("sounds", folder.path(), "list.csv", json!({"join": [5, 6], "test": 0.5}));
    let text = data.unwrap().to_string();
    assert!(text.contains("predicts label 1 to label 6"), "{text}");
}

#[test]
fn a_list_that_cannot_be_used_says_where() {
    let folder = tempfile::tempdir().unwrap();
    tones(folder.path(), &FILES);
    for (text, named, problem) in [
        ("path,label\nc.flac,x\ne.flac,x\n", json!({}), "list.csv:3: there is no file e.flac"),
        ("path,label\nc.flac,x\n,x\n", json!({}), "list.csv:3: the column \"path\" is empty"),
        ("path,label\nc.flac,x\nd.flac,\n", json!({}), "list.csv:3: the target column \"label\""),
        ("path,label\nc.flac\n", json!({}), "list.csv:2: this row has one column"),
        (
            "file,label\nc.flac,x\n",
            json!({}),
            "no column \"path\" (or \"audio_filepath\") | the columns are file, label",
        ),
        ("path,lable\nc.flac,x\n", json!({}), "no column \"label\" | did you mean \"lable\"?"),
        ("path,label\nc.flac,x\n", json!({"target": "text"}), "no column \"text\""),
        (
            "path,text\nc.flac,x\nd.flac,\n",
            json!({"target": "text"}),
            "list.csv:3: the column \"text\" is empty",
        ),
        ("path,label\nc.flac,x\n", json!({"pattern": "{label}"}), "pattern is for a folder"),
        (
            "path,label\nc.flac,x\n",
            json!({"test_by": "speaker", "test_values": [1]}),
            "no column \"speaker\"",
        ),
        (
            "path,label,who\nc.flac,x,ann\nd.flac,x,bob\n",
            json!({"test_by": "who", "test_values": ["bop"]}),
            "no file has \"bop\" as its who; did you mean \"bob\"?",
        ),
        (
            "path,text,who\nc.flac,x,ann\nd.flac,x,ann\n",
            json!({"target": "text", "test_by": "who", "test_values": ["ann"]}),
            "none is left to train on",
        ),
        (
            "path,label,offset\nc.flac,x,0\nd.flac,x,0.5\n",
            json!({}),
            "list.csv:3: this row begins at an offset in its file",
        ),
        (
            "path,text\nc.flac,x\n",
            json!({"target": "text", "join": [1, 2]}),
            "texts are strings: leave join out",
        ),
    ] {
        write(&folder.path().join("list.csv"), text.as_bytes());
        let error = load("sounds", folder.path(), "list.csv", named).unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
    let error = load("sounds", folder.path(), "clips", json!({"target": "text"})).unwrap_err();
    assert!(error.contains("is for a list of recordings"), "{error}");
}

#[test]
fn broken_recordings_of_a_list_are_left_out_with_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    tones(folder.path(), &FILES);
    write(&folder.path().join("d.flac"), b"fLaC");
    let text = "path,text,split\nnone.flac,q,train\nc.flac,ab,train\nd.flac,zz,test\nclips/a.flac,b,test\n";
    write(&folder.path().join("list.csv"), text.as_bytes());
    let named = |skip: bool| json!({"target": "text", "skip_broken": skip});
    let error = load("sounds", folder.path(), "list.csv", named(false)).unwrap_err();
    assert!(error.contains("list.csv:2: there is no file none.flac"), "{error}");
    let data = load("sounds", folder.path(), "list.csv", named(true)).unwrap();
    assert_eq!(label_names(&data), ["a", "b"]);
    assert_eq!(strings(&data), (vec![2, 2], vec![1, 2, 2, 0]));
    assert_eq!((data.train().indices(), data.test().indices()), (&[0][..], &[1][..]));
    assert!(data.to_string().contains("2 broken files left out"), "{data}");
    write(&folder.path().join("list.csv"), b"path,text\nnone.flac,q\nd.flac,zz\n");
    let named = json!({"target": "text", "skip_broken": true, "rate": 8000});
    let error = load("sounds", folder.path(), "list.csv", named).unwrap_err();
    assert!(error.contains("list: none of its 2 recordings can be read"), "{error}");
}

/// Two subsets; three speakers.
fn libri(folder: &Path) {
    tones(
        folder,
        &[
            "L/dev-clean/84/1/84-1-0000.flac",
            "L/dev-clean/84/1/84-1-0001.wav",
            "L/dev-clean/777/2/777-2-0000.flac",
            "L/train-clean-5/1001/3/1001-3-0000.flac",
            "L/train-clean-5/1001/4/1001-4-0000.flac",
        ],
    );
    for (file, text) in [
        ("L/dev-clean/84/1/84-1.trans.txt", "84-1-0000 GO ON\n84-1-0001 NO\n"),
        ("L/dev-clean/777/2/777-2.trans.txt", "777-2-0000 IN\n"),
        ("L/train-clean-5/1001/3/1001-3.trans.txt", "1001-3-0000 NO NO\n"),
        ("L/train-clean-5/1001/4/1001-4.trans.txt", "1001-4-0000 GOING\n"),
        ("L/README.TXT", "no transcript\n"),
        (
            "L/SPEAKERS.TXT",
            "; a comment | with columns\n;ID |SEX| SUBSET |MINUTES| NAME\n84 | F | dev-clean | 8.02 | Christie Nowak\n\
             777 | M | dev-clean | 8.06 | fling93\n1001 | F | train-clean-5 | 20.18 | |CBW|Simon\n",
        ),
    ] {
        write(&folder.join(file), text.as_bytes());
    }
}

#[test]
fn librispeech_tells_what_is_said() {
    let folder = tempfile::tempdir().unwrap();
    libri(folder.path());
    let named = json!({"features": 3, "test_speakers": [777]});
    let data = load("librispeech", folder.path(), "L", named).unwrap();
    assert_eq!(data.name(), "L");
    // Files stand by their paths: 777, 84 (twice), 1001 (twice). Python: sorted(set("GO ON" "NO" "NO NO" "GOING")).
    assert_eq!(label_names(&data), [" ", "G", "I", "N", "O"]);
    let expected =
        [[3, 4, 0, 0, 0], [2, 5, 1, 5, 4], [4, 5, 0, 0, 0], [4, 5, 1, 4, 5], [2, 5, 3, 4, 2]];
    assert_eq!(strings(&data), (vec![5, 5], expected.concat()));
    assert_eq!((data.train().indices(), data.test().indices()), (&[1, 2, 3, 4][..], &[0][..]));
    assert_eq!(data.sample_shape().to_vec(), [7, 3]);
    let data = load("librispeech", folder.path(), "L/dev-clean", json!({"test": 0})).unwrap();
    assert_eq!(label_names(&data), [" ", "G", "I", "N", "O"]);
    assert_eq!((data.train().len(), data.test().len()), (3, 0));
    let named = json!({"test_speakers": ["1001"]});
    let error = load("librispeech", folder.path(), "L/dev-clean", named).unwrap_err();
    assert!(error.contains("no file has \"1001\" as its speaker"), "{error}");
    let error = load("librispeech", folder.path(), "L", json!({"test_speakers": [84, 1001]}));
    let error = error.unwrap_err();
    assert!(
        error.contains("84-1.trans.txt:1: the character 'G' is not in the train part"),
        "{error}"
    );
}

#[test]
fn speakers_of_librispeech_are_kept_together() {
    let folder = tempfile::tempdir().unwrap();
    libri(folder.path());
    let named = json!({"target": "sex", "split_by": "speaker", "test": 0.4});
    let data = load("librispeech", folder.path(), "L", named).unwrap();
    // 777, 84, 84, 1001, 1001.
    let speaker = |i: &usize| [777, 84, 84, 1001, 1001][*i];
    let tested: Vec<_> = data.test().indices().iter().map(speaker).collect();
    assert!(!tested.is_empty());
    assert!(data.train().indices().iter().map(speaker).all(|own| !tested.contains(&own)));
    let named = json!({"target": "speaker", "split_by": "speaker"});
    let folder = folder.path().join("L");
    let named = named.as_object().cloned().unwrap().into_iter().collect();
    let spec = DataSpec::from_arguments("librispeech", vec![json!(folder.to_str())], named);
    let error = spec.unwrap_err().to_string();
    assert!(error.contains("split_by=\"chapter\" does not"), "{error}");
}

#[test]
fn librispeech_tells_who_speaks() {
    let folder = tempfile::tempdir().unwrap();
    libri(folder.path());
    let data = load("librispeech", folder.path(), "L", json!({"target": "speaker", "test": 0.5}));
    let data = data.unwrap();
    assert_eq!(data.classes().unwrap(), ["84", "777", "1001"]);
    assert_eq!(labels(&data), [1, 0, 0, 2, 2]);
    // Half of each speaker's: of one recording, half rounds to one.
    let of_test: Vec<usize> = data.test().indices().iter().map(|&i| labels(&data)[i]).collect();
    assert_eq!(of_test, [1, 0, 2]);
    for path in ["L", "L/dev-clean"] {
        let named = json!({"target": "sex", "test_speakers": [84]});
        let data = load("librispeech", folder.path(), path, named).unwrap();
        assert_eq!(data.classes().unwrap(), ["F", "M"]);
        let expected = [1, 0, 0, 0, 0];
        assert_eq!(labels(&data), expected[..data.len()]);
        assert_eq!(data.test().indices(), [1, 2]);
    }
    // Neither needs transcripts.
    std::fs::remove_file(folder.path().join("L/dev-clean/777/2/777-2.trans.txt")).unwrap();
    load("librispeech", folder.path(), "L", json!({"target": "sex"})).unwrap();
}

#[test]
fn librispeech_that_is_not_whole_says_where() {
    let chapter = "L/dev-clean/84/1/84-1.trans.txt";
    let broken = |file: &str, content: Option<&str>, named: Value| {
        let folder = tempfile::tempdir().unwrap();
        libri(folder.path());
        let file = folder.path().join(file);
        match content {
            Some(content) => write(&file, content.as_bytes()),
            None => std::fs::remove_file(file).unwrap(),
        }
        load("librispeech", folder.path(), "L", named).unwrap_err()
    };
    for (file, content, target, problem) in [
        (
            chapter,
            Some("84-1-0000 GO ON\n"),
            "text",
            "L/dev-clean/84/1/84-1-0001.wav: has no line in 84-1.trans.txt beside it",
        ),
        (chapter, None, "text", "84-1-0000.flac: has no line in 84-1.trans.txt beside it"),
        (
            chapter,
            Some("84-1-0000 GO\n\n84-1-0001 NO\n84-1-0002 NO\n"),
            "text",
            "84-1.trans.txt:4: there is no recording 84-1-0002.flac (or .wav) beside it",
        ),
        (
            "L/dev-clean/84/1/84-1-0001.wav",
            None,
            "text",
            "84-1.trans.txt:2: there is no recording 84-1-0001",
        ),
        (
            chapter,
            Some("84-1-0000 GO\n84-1-0001\n"),
            "text",
            "84-1.trans.txt:2: this is not the name of a recording",
        ),
        (
            chapter,
            Some("84-1-0000 GO\n84-1-0001 NO\n84-1-0000 NO\n"),
            "text",
            "84-1.trans.txt:3: 84-1-0000 has a transcript already, in line 1",
        ),
        (
            "L/SPEAKERS.TXT",
            Some("; none\n84 | F | dev-clean | 8 | A\n1001 | M | x | 1 | B\n"),
            "sex",
            "L/SPEAKERS.TXT: has no line for the speaker 777",
        ),
        (
            "L/SPEAKERS.TXT",
            Some("; none\n84 | F | dev-clean | 8 | A\n777, M\n"),
            "sex",
            "L/SPEAKERS.TXT:3: this is not a speaker's line",
        ),
        (
            "L/dev-clean/84/1/tone.flac",
            Some("fLaC"),
            "speaker",
            "tone.flac: its name is not that of a recording of LibriSpeech",
        ),
    ] {
        let error = broken(file, content, json!({"target": target}));
        assert!(error.contains(problem), "{error}");
    }
    let error = broken("L/SPEAKERS.TXT", None, json!({"target": "sex"}));
    assert!(error.contains("SPEAKERS.TXT"), "{error}");
    let error = broken(chapter, None, json!({"test": 0.5, "test_speakers": [84]}));
    assert!(error.contains("give one of them"), "{error}");
    let error = broken(chapter, None, json!({"target": "speaker", "test_speakers": [84]}));
    assert!(error.contains("never learns"), "{error}");
}
