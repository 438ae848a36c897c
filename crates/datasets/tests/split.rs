//! Parts and folds: by class, by group, over time.

use relume_datasets::{Drawing, Grouping, Split};
use std::sync::Arc;

#[test]
fn a_validation_part_has_its_share_of_each_class_and_leaves_the_test_part_alone() {
    // 80 of one class, 20 of another: a fifth for the test leaves 64 and 16, an eighth of these are 8 and 2.
    let labels: Vec<usize> = (0..100).map(|i| usize::from(i >= 80)).collect();
    let by = Drawing { labels: Some(&labels), grouping: &Grouping::Single, seed: 5 };
    let tested = Split::drawn(100, 0.2, &by);
    let split = tested.clone().with_validation(0.125, &by);
    assert_eq!(split.test, tested.test);
    assert_eq!(split.validation.len(), 10);
    assert_eq!(split.validation.iter().filter(|&&i| i < 80).count(), 8);
    let mut all = [&split.train[..], &split.validation, &split.test].concat();
    all.sort_unstable();
    assert_eq!(all, (0..100).collect::<Vec<_>>());
}

#[test]
fn small_classes_round_so_that_the_whole_share_is_right() {
    // Ten classes of three: a tenth of 30 is 3, of three classes one each.
    let labels: Vec<usize> = (0..30).map(|i| i % 10).collect();
    let by = Drawing { labels: Some(&labels), grouping: &Grouping::Single, seed: 0 };
    let split = Split::train_only(30).with_validation(0.1, &by);
    assert_eq!(split.validation.len(), 3);
    // Of two samples, one is held out; a single one stays in the train part.
    let by = Drawing { labels: None, grouping: &Grouping::Single, seed: 0 };
    assert_eq!(Split::train_only(2).with_validation(0.1, &by).validation.len(), 1);
    assert_eq!(Split::train_only(1).with_validation(0.1, &by).train, [0]);
}

fn groups() -> Grouping {
    // Groups of 1 to 7 samples.
    let of = (0..7).flat_map(|group| std::iter::repeat_n(group, group + 1));
    Grouping::Groups(Arc::new(of.collect()))
}

#[test]
fn no_group_is_in_two_parts() {
    let grouping = groups();
    let Grouping::Groups(of) = &grouping else { unreachable!() };
    for seed in 0..20 {
        let by = Drawing { labels: None, grouping: &grouping, seed };
        let split = Split::drawn(of.len(), 0.2, &by).with_validation(0.2, &by);
        let own = |part: &[usize]| -> Vec<usize> {
            let mut own: Vec<usize> = part.iter().map(|&i| of[i]).collect();
            own.dedup();
            own
        };
        let mut all = [own(&split.train), own(&split.validation), own(&split.test)].concat();
        assert!(!split.test.is_empty() && !split.validation.is_empty() && !split.train.is_empty());
        all.sort_unstable();
        assert_eq!(all, (0..7).collect::<Vec<_>>(), "seed {seed}");
        for fold in split.folds(3, &by).unwrap() {
            assert!(own(&fold.test).iter().all(|group| !own(&fold.train).contains(group)));
        }
    }
}

#[test]
fn over_times_the_last_samples_are_held_out_and_equal_times_stay_together() {
    // Days 9 to 0, two samples a day.
    let times = Grouping::Times(Arc::new((0..20).map(|i| f64::from(9 - i / 2)).collect()));
    let by = Drawing { labels: None, grouping: &times, seed: 0 };
    let split = Split::drawn(20, 0.15, &by).with_validation(0.1, &by);
    assert_eq!(split.test, [0, 1, 2, 3]);
    assert_eq!(split.validation, [4, 5]);
}

/// `list(TimeSeriesSplit(3).split(range(10)))` of scikit-learn.
#[test]
fn folds_over_times_are_those_of_scikit_learn() {
    let times = Grouping::Times(Arc::new((0..10).map(f64::from).collect()));
    let by = Drawing { labels: None, grouping: &times, seed: 0 };
    let folds = Split::train_only(10).folds(3, &by).unwrap();
    let parts: Vec<(usize, Vec<usize>)> =
        folds.into_iter().map(|fold| (fold.train.len(), fold.test)).collect();
    assert_eq!(parts, [(4, vec![4, 5]), (6, vec![6, 7]), (8, vec![8, 9])]);
}

/// Samples that each predict the next `horizon` times.
fn spans(count: usize, horizon: usize) -> Grouping {
    let span = |i: usize| [i as f64, (i + horizon - 1) as f64];
    Grouping::Spans(Arc::new((0..count).map(span).collect()))
}

/// `list(TimeSeriesSplit(3, gap=2).split(range(12)))` of scikit-learn: what predicts three times leaves a gap of two.
#[test]
fn folds_over_several_horizons_leave_the_gap_of_scikit_learn() {
    let grouping = spans(12, 3);
    let by = Drawing { labels: None, grouping: &grouping, seed: 0 };
    let folds = Split::train_only(12).folds(3, &by).unwrap();
    let parts: Vec<(Vec<usize>, Vec<usize>)> =
        folds.into_iter().map(|fold| (fold.train, fold.test)).collect();
    let expected = [(0..1, 3..6), (0..4, 6..9), (0..7, 9..12)]
        .map(|(train, test)| (train.collect::<Vec<_>>(), test.collect::<Vec<_>>()));
    assert_eq!(parts, expected);
    // TimeSeriesSplit(5, gap=2) of 12: "Too many splits=5 for number of samples=12 with test_size=2 and gap=2."
    let error = Split::train_only(12).folds(5, &by).unwrap_err().to_string();
    assert!(error.contains("5 folds are too many for 12 samples"), "{error}");
    assert!(error.contains("fold 1 reaches into its test part"), "{error}");
}

/// 45 windows that predict the next 12 of 60 rows: a fifth are the last 9, and the 11 windows before them reach into
/// what these predict. Of the 25 others 3 are held out, and 11 more are in no part.
#[test]
fn over_several_horizons_the_held_out_parts_are_whole_and_the_train_part_gives_way() {
    let grouping = spans(45, 12);
    let by = Drawing { labels: None, grouping: &grouping, seed: 0 };
    let tested = Split::drawn(45, 0.2, &by);
    assert_eq!(tested.test, (36..45).collect::<Vec<_>>());
    assert_eq!(tested.train, (0..25).collect::<Vec<_>>());
    let split = tested.with_validation(0.12, &by);
    assert_eq!(split.validation, (22..25).collect::<Vec<_>>());
    assert_eq!(split.train, (0..11).collect::<Vec<_>>());
    // Where all others reach into what would be held out, nothing is.
    let split = split.with_validation(0.1, &by);
    assert_eq!((split.train.len(), split.validation.len()), (11, 3));
}

#[test]
fn each_sample_is_tested_once_and_each_class_is_in_each_fold() {
    let labels: Vec<usize> = (0..50).map(|i| usize::from(i % 5 == 0)).collect();
    let by = Drawing { labels: Some(&labels), grouping: &Grouping::Single, seed: 1 };
    let folds = Split::train_only(50).folds(5, &by).unwrap();
    let mut tested: Vec<usize> = Vec::new();
    for fold in folds {
        assert_eq!((fold.train.len(), fold.test.len()), (40, 10));
        assert_eq!(fold.test.iter().filter(|&&i| labels[i] == 1).count(), 2);
        assert!(fold.test.iter().all(|i| !fold.train.contains(i)));
        tested.extend(fold.test);
    }
    tested.sort_unstable();
    assert_eq!(tested, (0..50).collect::<Vec<_>>());
    assert!(Split::train_only(3).folds(4, &by).is_err());
}

#[test]
fn as_many_classes_as_samples_take_linear_time() {
    // With a search through all samples for each class, these would be 10^11 comparisons.
    let labels: Vec<usize> = (0..300_000).collect();
    let split = Split::stratified(&labels, labels.len(), 0.2, 0);
    assert_eq!((split.train.len(), split.test.len()), (300_000, 0));
}
