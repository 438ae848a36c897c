//! Texts as numbers, against scikit-learn, Keras and Python's own.

use flate2::Compression;
use flate2::write::GzEncoder;
use relume_datasets::PartKind;
use relume_datasets::text::{Side, TfIdf, Tokenizer, Vocabulary, counts, fit_length};
use relume_fixtures::{Case, Fixtures, assert_close, check_each};
use relume_formats::text::{Encoding, Folder, Missing, WordVectors, folder, read_text};
use relume_tensor::Tensor;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::Path;

/// A folder that goes away with the test, and these files in it.
fn files(of: &[(&str, &[u8])]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, bytes) in of {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

fn refusal(root: &Path, error: &relume_datasets::DataError) -> String {
    let text = format!("{error} | {}", error.help().unwrap_or_default());
    text.replace(root.to_str().unwrap(), "SET")
}

#[test]
fn texts_are_found_as_images_are_and_those_without_a_class_left_out() {
    let root = files(&[
        ("train/pos/10_9.txt", b"good"),
        ("train/pos/2_7.TXT", b"fine"),
        ("train/pos/deeper/1.txt", b"fair"),
        ("train/pos/urls.csv", b"no text"),
        ("train/neg/0_1.txt", b"bad"),
        ("train/unsup/0_0.txt", b"who knows"),
        ("train/labels.txt", b"beside the classes"),
        ("test/neg/0_2.txt", b"worse"),
    ]);
    let Folder { classes, files: found, left_out, .. } = folder(root.path()).unwrap();
    assert_eq!(classes, ["neg", "pos"]);
    let found: Vec<_> = found
        .iter()
        .map(|file| {
            (
                file.path.strip_prefix(root.path()).unwrap().to_str().unwrap(),
                file.class,
                file.part == PartKind::Test,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("train/neg/0_1.txt", 0, false),
            ("train/pos/10_9.txt", 1, false),
            ("train/pos/2_7.TXT", 1, false),
            ("train/pos/deeper/1.txt", 1, false),
            ("test/neg/0_2.txt", 0, true),
        ]
    );
    assert_eq!(left_out, [root.path().join("train/unsup")]);
}

#[test]
fn folders_without_texts_are_refused_with_what_to_do() {
    let root = files(&[("pos/1.txt", b"good"), ("neg/1.jpg", b"?")]);
    assert_eq!(
        refusal(root.path(), &folder(root.path()).unwrap_err()),
        "SET/neg: no text is in the folder of this class | texts end in .txt; remove the folder if it is not a class"
    );
    let root = files(&[("1.txt", b"good"), ("unsup/1.txt", b"who knows")]);
    assert_eq!(
        refusal(root.path(), &folder(root.path()).unwrap_err()),
        "SET: there are no folders of classes here | put the texts of each class into a folder of its own: \
        FOLDER/CLASS/0001.txt"
    );
    let root =
        files(&[("train/pos/1.txt", b"a"), ("test/pos/1.txt", b"b"), ("test/neg/1.txt", b"c")]);
    assert_eq!(
        refusal(root.path(), &folder(root.path()).unwrap_err()),
        "SET/test/neg: SET/train has no class \"neg\" | all parts must have the same classes"
    );
}

#[test]
fn bytes_are_read_as_they_are_meant_or_refused_with_their_place() {
    let root = files(&[
        ("plain", "caf\u{e9}".as_bytes()),
        ("marked", b"\xEF\xBB\xBFcaf\xC3\xA9"),
        ("latin", b"a\nb\ncaf\xE9 au lait"),
        ("cut", b"caf\xC3"),
        ("wide", b"\xFF\xFEa\0"),
        ("empty", b""),
    ]);
    let read = |name: &str, encoding| read_text(&root.path().join(name), encoding);
    assert_eq!(read("plain", Encoding::Utf8).unwrap(), "café");
    assert_eq!(read("marked", Encoding::Utf8).unwrap(), "café");
    assert_eq!(read("empty", Encoding::Utf8).unwrap(), "");
    assert_eq!(read("latin", Encoding::Latin1).unwrap(), "a\nb\ncafé au lait");
    let refused = |name| refusal(root.path(), &read(name, Encoding::Utf8).unwrap_err());
    assert_eq!(
        refused("latin"),
        "SET/latin: is not UTF-8: byte 7 (0xE9, line 3) does not begin a character | save it as UTF-8, or read it with \
        encoding=\"latin-1\""
    );
    assert!(refused("cut").contains("byte 3 (0xC3, line 1)"));
    assert_eq!(read("wide", Encoding::Utf8).unwrap(), "a");
    assert!(refused("missing").contains("SET/missing: No such file"));
}

/// A part of a case's setting.
fn setting<T: DeserializeOwned>(case: &Case, name: &str) -> T {
    serde_json::from_value(case.setting()[name].clone()).unwrap()
}

/// The default tokenizer with the case's options.
fn tokenizer(case: &Case) -> Tokenizer {
    let mut all = serde_json::to_value(Tokenizer::default()).unwrap();
    for (name, value) in case.options() {
        if let Some(slot) = all.get_mut(name) {
            *slot = value.clone();
        }
    }
    serde_json::from_value(all).unwrap()
}

#[test]
fn tokens_are_those_of_unicode_and_of_html() {
    check_each(Fixtures::load("text").of("tokens"), |case| {
        let tokens = tokenizer(case).tokens(case.text("text"));
        let expected: Vec<String> = setting(case, "tokens");
        assert_eq!(tokens.iter().collect::<Vec<_>>(), expected, "{}", case.name());
    });
}

/// The vocabulary of a case, with the sequences of the texts it was made of and of all texts.
fn fitted(case: &Case) -> (Vocabulary, [Vec<Vec<u32>>; 2]) {
    let texts: Vec<String> = setting(case, "texts");
    let unseen: Vec<String> = setting(case, "unseen");
    let number = |name| case.options().get(name).and_then(Value::as_u64).map(|x| x as usize);
    let tokenizer = tokenizer(case);
    let min_count = number("min_count").unwrap();
    let vocabulary = Vocabulary::fit(&texts, &tokenizer, number("size"), min_count);
    let words: Vec<String> = setting(case, "words");
    assert_eq!(vocabulary.words().collect::<Vec<_>>(), words, "{}", case.name());
    let encoded = |texts: &[String]| -> Vec<Vec<u32>> {
        let encode = |text: &String| {
            let mut ids = Vec::new();
            vocabulary.encode(&tokenizer, text, &mut ids);
            ids
        };
        texts.iter().map(encode).collect()
    };
    let own = encoded(&texts);
    let all = own.iter().cloned().chain(encoded(&unseen)).collect();
    (vocabulary, [own, all])
}

/// A row for each sequence.
fn rows(sequences: &[Vec<u32>], width: usize, mut write: impl FnMut(&[u32], &mut [f32])) -> Tensor {
    let mut rows = Tensor::full([sequences.len(), width], f32::NAN);
    for (ids, row) in sequences.iter().zip(rows.data_mut().chunks_exact_mut(width)) {
        write(ids, row);
    }
    rows
}

#[test]
fn vocabularies_and_counts_are_those_of_scikit_learn() {
    check_each(Fixtures::load("text").of("counts"), |case| {
        let (vocabulary, [_, all]) = fitted(case);
        let made = rows(&all, vocabulary.len(), counts);
        assert_eq!(made.data(), case.output().data(), "{}", case.name());
    });
}

#[test]
fn tf_idf_is_that_of_scikit_learn() {
    check_each(Fixtures::load("text").of("tfidf"), |case| {
        let (vocabulary, [own, all]) = fitted(case);
        let weights = TfIdf::fit(own.iter().map(Vec::as_slice), vocabulary.len());
        let made = rows(&all, vocabulary.len(), |ids, row| {
            counts(ids, row);
            weights.weigh(row);
        });
        assert_close(&made, case.output(), case.name());
    });
}

#[test]
fn sequences_of_one_length_are_those_of_keras() {
    check_each(Fixtures::load("text").of("fit_length"), |case| {
        let side =
            |name: &str| -> Side { serde_json::from_value(case.options()[name].clone()).unwrap() };
        let (truncate, pad) = (side("truncate"), side("pad"));
        let length = case.output().dims()[1];
        let sequences: Vec<Vec<u32>> = setting(case, "sequences");
        let made = rows(&sequences, length, |ids, row| {
            let mut indices = vec![0; row.len()];
            fit_length(ids, &mut indices, truncate, pad);
            row.iter_mut().zip(indices).for_each(|(x, index)| *x = index as f32);
        });
        assert_eq!(made.data(), case.output().data(), "{}", case.name());
    });
    fit_length(&[1, 2], &mut [], Side::Pre, Side::Post);
}

fn vocabulary(words: &[&str]) -> Vocabulary {
    words.iter().map(|word| word.to_string()).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn vectors_are_read_in_every_form() {
    let vocabulary = vocabulary(&["good", "new york", "ab", "é"]);
    let glove = "the 9 9 9\ngood 0.5 -1 2e-1\n\u{e9} 1 2 3\nnew york 4 5 6\ngood 7 7 7\n";
    let word2vec = format!("5 3\n{glove}");
    // fastText ends its lines in a space, others in a carriage return.
    let fasttext = word2vec.replace('\n', " \n").replacen(" \n", "\n", 1);
    let windows = word2vec.replace('\n', "\r\n");
    let unended = glove.trim_end();
    let halves = [packed(&glove.as_bytes()[..30]), packed(&glove.as_bytes()[30..])].concat();
    for bytes in [
        glove.as_bytes(),
        word2vec.as_bytes(),
        fasttext.as_bytes(),
        windows.as_bytes(),
        unended.as_bytes(),
        &packed(glove.as_bytes()),
        &halves,
    ] {
        let root = files(&[("vectors", bytes)]);
        let read = WordVectors::read(&root.path().join("vectors"), &vocabulary, Missing::Zeros);
        let WordVectors { weight, found } = read.unwrap();
        assert_eq!((weight.dims(), found), ([6, 3].as_slice(), 3));
        let expected = [0., 0., 0., 0., 0., 0., 0.5, -1., 0.2, 4., 5., 6., 0., 0., 0., 1., 2., 3.];
        assert_eq!(weight.data(), expected, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn words_without_a_vector_get_numbers_of_their_own_by_the_seed() {
    let root = files(&[("one", b"a 1 2\n"), ("two", b"a 1 2\nb 3 4\n<unk> 5 6\n")]);
    let words = vocabulary(&["a", "b", "c"]);
    let read = |name: &str, seed| {
        let missing = Missing::Normal { std: 0.1, seed };
        let read = WordVectors::read(&root.path().join(name), &words, missing).unwrap();
        (read.weight.data().to_vec(), read.found)
    };
    let ((one, found), (two, more)) = (read("one", 7), read("two", 7));
    assert_eq!((found, more), (1, 2));
    assert_eq!(one[..2], [0., 0.]);
    assert_eq!(one[4..6], [1., 2.]);
    assert_eq!(two[2..8], [5., 6., 1., 2., 3., 4.]);
    // What the file has besides changes nothing.
    assert_eq!(one[8..], two[8..]);
    assert_ne!(one[8..], read("one", 8).0[8..]);
    assert_ne!(one[8..], one[6..8]);
    let many = vocabulary(
        &(0..5000)
            .map(|i| i.to_string())
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
    let missing = Missing::Normal { std: 0.1, seed: 0 };
    let read = WordVectors::read(&root.path().join("one"), &many, missing).unwrap();
    let drawn = &read.weight.data()[2..];
    let mean = drawn.iter().sum::<f32>() / drawn.len() as f32;
    let deviation = (drawn.iter().map(|x| x * x).sum::<f32>() / drawn.len() as f32).sqrt();
    // 10,002 numbers: four standard errors of the mean and of the deviation.
    assert!(mean.abs() < 0.004 && (deviation - 0.1).abs() < 0.003, "{mean} {deviation}");
}

#[test]
fn broken_vectors_are_refused_with_their_line() {
    let words = vocabulary(&["a", "b"]);
    let refused = |bytes: &[u8]| {
        let root = files(&[("v", bytes)]);
        let read = WordVectors::read(&root.path().join("v"), &words, Missing::Zeros);
        refusal(root.path(), &read.unwrap_err())
    };
    let cases: [(&[u8], &str); 13] = [
        (b"", "SET/v: is empty | vectors are read from"),
        (b"a 1 2\nx 1\n", "SET/v:2: 1 numbers, but there must be 2"),
        (b"2 2\na 1 2\nx 1 \n", "SET/v:3: 1 numbers, but there must be 2"),
        (b"a 1 2\n\nb 1 2\n", "SET/v:2: 0 numbers, but there must be 2"),
        (b"a 1 2\n 1 2\n", "SET/v:2: 2 numbers, but there must be 2"),
        (b"a\n", "SET/v:1: a line must be a word and its numbers"),
        (b"a 1 2\nb 1 x\n", "SET/v:2: \"x\" in the vector of \"b\" is not a finite number"),
        (b"a 1 nan\n", "SET/v:1: \"nan\" in the vector of \"a\" is not a finite number"),
        (b"a 1 1e99\n", "SET/v:1: \"1e99\" in the vector of \"a\" is not a finite number"),
        (
            b"3 1\na 1\nb 1\n",
            "SET/v: its first line promises 3 words, but it has 2 | the file is cut off",
        ),
        (b"PK\x03\x04glove", "SET/v: is a zip archive | unpack it first"),
        (&[b'x'; 1 << 20], "SET/v:1: this is not a line of text"),
        (&packed(&b"x 1 2\n".repeat(9))[..20], "SET/v:1: cannot be read: "),
    ];
    for (bytes, expected) in cases {
        let refusal = refused(bytes);
        assert!(refusal.starts_with(expected), "{refusal}");
    }
    let missing = WordVectors::read(Path::new("nowhere"), &words, Missing::Zeros).unwrap_err();
    assert!(missing.to_string().starts_with("nowhere: No such file"));
}

#[test]
fn what_is_kept_with_a_model_comes_back() {
    let tokenizer = Tokenizer { ngrams: 2, ..Tokenizer::default() };
    let text = serde_json::to_value(&tokenizer).unwrap();
    assert_eq!(
        text,
        json!({"lowercase": true, "html": true, "unit": "words", "punctuation": "drop", "ngrams": 2})
    );
    assert_eq!(serde_json::from_value::<Tokenizer>(text).unwrap(), tokenizer);
    let weights = TfIdf::fit([[2, 3, 2].as_slice(), &[2, 9]], 4);
    let again = serde_json::from_str(&serde_json::to_string(&weights).unwrap()).unwrap();
    assert_eq!(weights, again);
    assert_eq!(serde_json::to_value(Encoding::Latin1).unwrap(), json!("latin-1"));
    assert_eq!(
        serde_json::to_value(Missing::Normal { std: 0.5, seed: 3 }).unwrap(),
        json!({"normal": {"std": 0.5, "seed": 3}})
    );
}
