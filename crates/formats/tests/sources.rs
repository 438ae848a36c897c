//! The bundled and synthetic data equal those of other sources, and broken files are refused with the place.

use relume_catalog::Value;
use relume_datasets::{Batches, DataError, Dataset, Targets};
use relume_formats::{DataSpec, Iris, RandomSplitOptions, Source, Texts};
use serde_json::json;

fn load(name: &str, positional: Value, named: Value) -> Result<Dataset, DataError> {
    let positional = positional.as_array().cloned().unwrap_or_default();
    let named = named.as_object().cloned().unwrap_or_default().into_iter().collect();
    DataSpec::from_arguments(name, positional, named).unwrap().inner().load()
}

#[test]
fn the_digits_are_those_of_the_repository() {
    let digits = load("digits", json!([]), json!({})).unwrap();
    // zcat digits.csv.gz | python -c "a = numpy.loadtxt(sys.stdin, delimiter=','); a[:, :64].mean() / 16, bincount(a[:,
    // 64])"
    let mean = digits.inputs().unwrap().mean();
    assert!((mean - 4.884_165 / 16.0).abs() < 1e-5, "{mean}");
    let Targets::Classes { labels, .. } = digits.targets() else { panic!("classes") };
    let counts: Vec<usize> = (0..10).map(|d| labels.iter().filter(|&&l| l == d).count()).collect();
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    assert_eq!(digits.test().indices()[..3], [0, 5, 10]);
    let images = load("digits", json!([]), json!({"image": true})).unwrap();
    let pixels = images.inputs().unwrap();
    assert_eq!(pixels.dims(), [1797, 1, 8, 8]);
    assert_eq!(pixels.data(), digits.inputs().unwrap().data());
}

#[test]
fn iris_is_standardised_by_its_train_part() {
    let iris = load("iris", json!([]), json!({})).unwrap();
    assert_eq!(iris.to_string(), "iris: 150 samples · input 4 · 3 classes · 120 train / 30 test");
    assert_eq!(iris.classes().unwrap(), ["setosa", "versicolor", "virginica"]);
    let means = iris.train().inputs().unwrap().mean_axis(0).unwrap();
    assert!(means.data().iter().all(|mean| mean.abs() < 1e-5));
}

#[test]
fn no_source_is_loaded_with_an_option_out_of_range() {
    let error = Iris::new().test(1.5).load().unwrap_err();
    assert_eq!(error.to_string(), "iris's `test` wants a number from 0 to 1, not 1.5");
    // Before the folder is looked for.
    let error = Texts::new("nowhere").words(2).load().unwrap_err();
    assert_eq!(error.to_string(), "texts's `words` wants a whole number from 3 to 16777216, not 2");
    let error = serde_json::from_str::<DataSpec>(r#"{"moons": {"samples": 1}}"#).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("moons's `samples` wants a whole number from 2 to 10000000, not 1"),
        "{error}"
    );
}

#[test]
fn options_left_out_of_a_file_have_their_defaults() {
    let short: DataSpec = serde_json::from_str(r#"{"sounds": {"path": "three"}}"#).unwrap();
    let written = concat!(
        r#"{"sounds":{"path":"three","pattern":null,"test_by":null,"test_values":null,"split_by":null,"target":"label","#,
        r#""kind":"mfcc","features":40,"deltas":0,"rate":null,"window":25.0,"hop":10.0,"mels":null,"low":0.0,"#,
        r#""high":null,"length":null,"standardize":true,"skip_broken":false,"join":null,"test":null,"seed":0,"validation":null}}"#
    );
    assert_eq!(serde_json::to_string(&short).unwrap(), written);
    assert_eq!(serde_json::from_str::<DataSpec>(written).unwrap(), short);
}

#[test]
fn synthetic_sets_follow_their_formulas() {
    let still = json!({"samples": 8, "noise": 0, "test": 0});
    let moons = load("moons", json!([]), still.clone()).unwrap();
    // sklearn.datasets.make_moons(8, shuffle=False): the last points of the two half circles.
    let rows = moons.inputs().unwrap();
    let rows = rows.data();
    assert!((rows[12] + 1.0).abs() < 1e-6 && rows[13].abs() < 1e-6);
    assert!((rows[14] - 2.0).abs() < 1e-6 && (rows[15] - 0.5).abs() < 1e-6);
    for (name, classes) in [("spirals", 2), ("circles", 2), ("blobs", 3), ("xor", 2)] {
        let set = load(name, json!([]), json!({"seed": 5})).unwrap();
        assert_eq!((set.len(), set.outputs()), (1000, classes), "{name}");
        let again = load(name, json!([]), json!({"seed": 5})).unwrap();
        assert_eq!(set.inputs().unwrap(), again.inputs().unwrap(), "{name}");
        let other = load(name, json!([]), json!({"seed": 6})).unwrap();
        assert_ne!(set.inputs().unwrap(), other.inputs().unwrap(), "{name}");
    }
    let xor = load("xor", json!([]), json!({})).unwrap();
    let Targets::Classes { labels, .. } = xor.targets() else { panic!("classes") };
    let differ = |row: &[f32]| usize::from(row[0] * row[1] < 0.0);
    assert!(
        xor.inputs()
            .unwrap()
            .data()
            .chunks(2)
            .zip(labels)
            .all(|(row, &label)| differ(row) == label)
    );
}

#[test]
fn an_epoch_taken_up_in_the_middle_goes_on_with_the_same_batches() {
    let iris = load("iris", json!([]), json!({})).unwrap();
    let whole: Vec<_> = Batches::shuffled(iris.train(), 32, 7, 3).map(Result::unwrap).collect();
    assert_eq!(whole.iter().map(|b| b.targets.count()).collect::<Vec<_>>(), [32, 32, 32, 24]);
    let mut rest = Batches::shuffled(iris.train(), 32, 7, 3);
    rest.skip_batches(2);
    let rest: Vec<_> = rest.map(Result::unwrap).collect();
    assert_eq!(rest.len(), 2);
    assert!(
        rest.iter().zip(&whole[2..]).all(|(a, b)| a.inputs == b.inputs && a.targets == b.targets)
    );
    let other = Batches::shuffled(iris.train(), 32, 7, 4).next().unwrap().unwrap();
    assert_ne!(other.inputs, whole[0].inputs);
}
