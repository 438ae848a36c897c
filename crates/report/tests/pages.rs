//! Pages of every kind of data are well-formed, small, and the same each time; what comes from data is text.

mod common;

use common::{check, tags};
use relume_datasets::{Dataset, Places, Split, Targets};
use relume_layers::NetworkSpec;
use relume_losses::{BceWithLogits, Ctc, LossSpec};
use relume_report::{Page, Report, Section};
use relume_tensor::interrupt::cancellable;
use relume_tensor::{Indices, Rng, Tensor};
use relume_training::{Interrupt, Model, Plan, Silent, fit};

/// What data may hold.
const EVIL: &str = "</td><script>alert('1')</script>\" onload=\"x &amp; & \u{0}";

fn untrained(network: &str) -> Model {
    Model::new(network.parse::<NetworkSpec>().unwrap(), 7)
}

fn trained_with(network: &str, data: &Dataset, epochs: u64, loss: Option<LossSpec>) -> Model {
    let mut model = untrained(network);
    let usual = Plan::for_data(data, epochs);
    let plan = Plan { loss: loss.unwrap_or_else(|| usual.loss.clone()), ..usual };
    fit(&mut model, data, &plan, &mut Silent, &Interrupt::default()).unwrap();
    model
}

fn trained(network: &str, data: &Dataset) -> Model {
    trained_with(network, data, 3, None)
}

/// The page with all sections.
fn page(model: &Model, data: &Dataset) -> Page {
    let page = Report::new(model, data).html(&|_| {}).unwrap();
    check(&page.html);
    page
}

/// Why a section shows nothing.
fn left_out(page: &Page, section: Section) -> Option<&str> {
    page.sections.iter().find(|own| own.section == section).unwrap().left_out.as_deref()
}

fn classes(samples: usize, classes: usize) -> Targets {
    let names = (0..classes).map(|i| format!("{i} {EVIL}")).collect();
    Targets::Classes { names, labels: (0..samples).map(|i| i % classes).collect() }
}

fn numbers(shape: impl Into<relume_tensor::Shape>) -> Tensor {
    let mut rng = Rng::new(3);
    Tensor::from_fn(shape, |_| rng.uniform_in(-1.0, 1.0))
}

/// A small table of classes, whose names are markup.
fn table() -> Dataset {
    let features = (0..4).map(|i| format!("{EVIL} {i}")).collect();
    let inputs = Tensor::from_fn([60, 4], |i| (i / 4 % 3) as f32 + (i as f32 * 0.7).sin());
    Dataset::new(EVIL, inputs, classes(60, 3), Split::every(60, 4)).unwrap().with_features(features)
}

#[test]
fn what_comes_from_data_is_text_and_never_markup() {
    let data = table();
    let page = page(&trained("dense(8) -> relu -> dense(3)", &data), &data);
    assert!(page.sections.iter().all(|own| own.left_out.is_none()), "{:?}", page.sections);
    assert!(page.html.contains("&lt;/td&gt;&lt;script&gt;alert(&#39;1&#39;)"));
    assert_eq!(page.html.matches("<script").count(), 1);
    assert!(!page.html.contains("onload=\"") && !page.html.contains('\u{0}'));
    for section in Section::ALL {
        assert!(page.html.contains(&format!("<section id=\"{}\"", section.name())));
    }
}

#[test]
fn a_report_changes_nothing_and_has_the_same_bytes_each_time() {
    let data = table();
    let model = trained("dense(8) -> batchnorm -> relu -> dropout(0.5) -> dense(3)", &data);
    let bits = |model: &Model| -> Vec<(String, Vec<u32>)> {
        let state = model.state();
        let numbers = |own: &Tensor| own.data().iter().map(|x| x.to_bits()).collect();
        state.iter().map(|own| (own.name.clone(), numbers(&own.value))).collect()
    };
    let (before, run) = (bits(&model), model.run().clone());
    let first = page(&model, &data).html;
    assert_eq!(page(&model, &data).html, first);
    assert_eq!(page(&model.clone(), &data.clone()).html, first);
    assert_eq!((bits(&model), model.run()), (before, &run));
}

#[test]
fn a_network_that_was_not_trained_has_no_curves_and_says_so() {
    let data = table();
    let page = page(&untrained("dense(3)"), &data);
    assert!(left_out(&page, Section::Curves).unwrap().contains("has not been trained"));
    assert!(
        left_out(&page, Section::Results).is_some() && left_out(&page, Section::Explain).is_some()
    );
    assert_eq!(left_out(&page, Section::Network), None);
    assert_eq!(left_out(&page, Section::Inspect), None);
    assert!(page.html.contains("has not been trained yet: there are no curves"));
}

#[test]
fn pictures_of_many_classes_stay_below_the_limit() {
    let count = 400;
    // Noise, which no PNG makes smaller.
    let inputs = numbers([count, 3, 64, 64]);
    let data = Dataset::new("noise", inputs, classes(count, 150), Split::every(count, 2)).unwrap();
    let model = trained_with("avgpool2d(8) -> flatten -> dense(150)", &data, 1, None);
    let page = Report::new(&model, &data).explaining(12).html(&|_| {}).unwrap();
    check(&page.html);
    assert!(page.sections.iter().all(|own| own.left_out.is_none()), "{:?}", page.sections);
    let pictures = tags(&page.html).iter().filter(|own| own.name == "img").count();
    // 12 of the train part, 10 hard ones, 12 explained with what adds, and the confusion matrix.
    assert_eq!(pictures, 12 + 10 + 24 + 1);
    assert!(page.html.contains("Mixed up most") && page.html.contains("120 more have"));
}

#[test]
fn a_wide_table_of_numbers_stays_below_the_limit() {
    let (rows, width) = (3000, 400);
    let inputs = numbers([rows, width]);
    let sum = |row: usize, first: usize| inputs.data()[row * width + first] * 3.0 + 20.0;
    let values = Tensor::from_fn([rows, 3], |i| sum(i / 3, i % 3));
    let names = (0..3).map(|i| format!("price {i} {EVIL}")).collect();
    let targets = Targets::Values { names, values };
    let features = (0..width).map(|i| format!("{i} {}", EVIL.repeat(40))).collect();
    let data = Dataset::new("wide", inputs, targets, Split::every(rows, 5)).unwrap();
    let data = data.with_features(features);
    let page = page(&trained("dense(3)", &data), &data);
    assert!(page.sections.iter().all(|own| own.left_out.is_none()), "{:?}", page.sections);
    assert!(
        page.html.contains("predicted (up) against true") && page.html.contains("370 more columns")
    );
    assert!(page.html.len() < 500_000, "{}", page.html.len());
}

#[test]
fn several_labels_places_and_strings_of_labels_have_what_makes_sense() {
    let labels = Tensor::from_fn([40, 3], |i| if i % 5 < 2 { 1.0 } else { 0.0 });
    let names = vec!["red".to_string(), EVIL.to_string(), "blue".to_string()];
    let targets = Targets::Values { names: names.clone(), values: labels };
    let data = Dataset::new("labels", numbers([40, 6]), targets, Split::every(40, 4)).unwrap();
    let several =
        page(&trained_with("dense(3)", &data, 2, Some(BceWithLogits::new().into())), &data);
    assert!(
        several.html.contains("no confusion matrix of classes") && several.html.contains("red")
    );

    let places = Places::new(names.clone(), [4, 4], (0..20 * 16).map(|i| i % 3).collect()).unwrap();
    let inputs = numbers([20, 1, 4, 4]);
    let data = Dataset::new("masks", inputs, Targets::Places(places), Split::every(20, 4)).unwrap();
    let masks = page(&trained("conv2d(3, 1)", &data), &data);
    assert!(left_out(&masks, Section::Explain).unwrap().contains("at each place"));
    assert!(masks.html.contains("true \\ predicted"));

    let labels = Indices::new(
        [12, 2],
        (0..24).map(|i| if i % 2 == 0 { 1 + i / 2 % 2 } else { 2 }).collect(),
    );
    let targets = Targets::Sequences { names: names[..2].to_vec(), labels: labels.unwrap() };
    let data = Dataset::new("words", numbers([12, 8, 3]), targets, Split::every(12, 4)).unwrap();
    let strings = page(&trained_with("dense(3)", &data, 2, Some(Ctc::new().into())), &data);
    assert!(left_out(&strings, Section::Explain).unwrap().contains("strings of labels"));
    assert_eq!(left_out(&strings, Section::Results), None);
    assert_eq!(left_out(&strings, Section::Hardest), None);
}

#[test]
fn nested_and_long_networks_are_drawn_within_bounds() {
    let data = table();
    let nested = "concat(dense(8) -> relu, dense(8) -> residual(dense(8) -> tanh), dense(4)) -> \
                  residual(dense(20) -> relu, shortcut=dense(20)) -> \
                  chain(dense(6) -> relu, name=\"head\") -> dense(3)";
    let page_of = |network: &str| {
        let model = untrained(network);
        let page = Report::new(&model, &data).only(&[Section::Network]).html(&|_| {}).unwrap();
        check(&page.html);
        page.html
    };
    let html = page_of(nested);
    // dense(20) has 20 x 20 weights and 20 biases.
    for word in ["concat</text>", ">+</text>", "head</text>", "dense(20)</text>", "420 parameters"]
    {
        assert!(html.contains(word), "{word}");
    }
    let long = vec!["dense(4) -> residual(dense(4) -> relu -> concat(dense(2), dense(2)))"; 120]
        .join(" -> ");
    let html = page_of(&format!("{long} -> dense(3)"));
    assert!(html.contains("more stages") && html.len() < 200_000, "{}", html.len());
}

#[test]
fn sections_are_those_that_are_asked_for() {
    let data = table();
    let model = trained("dense(3)", &data);
    let begun = std::cell::RefCell::new(Vec::new());
    let wanted = [Section::Results, Section::Network, Section::Explain];
    let report = Report::new(&model, &data).only(&wanted).without(Section::Explain);
    let page = report.html(&|section| begun.borrow_mut().push(section)).unwrap();
    check(&page.html);
    assert_eq!(begun.into_inner(), [Section::Network, Section::Results]);
    assert!(!page.html.contains("id=\"data\"") && page.html.contains("id=\"results\""));
}

#[test]
fn at_most_the_samples_that_are_asked_for_pass_and_the_page_says_so() {
    let data = table();
    let model = trained("dense(3)", &data);
    let page = Report::new(&model, &data).samples(5).explaining(2).html(&|_| {}).unwrap();
    check(&page.html);
    assert!(page.html.contains("5 of 15 test samples, evenly spread"));
    assert_eq!(page.html.matches("<figure class=\"large\">").count(), 2);
}

#[test]
fn data_that_do_not_fit_are_refused_and_a_report_can_be_stopped() {
    let data = table();
    let other = Dataset::new("other", numbers([9, 7]), classes(9, 3), Split::every(9, 3)).unwrap();
    let model = trained("dense(3)", &data);
    assert!(Report::new(&model, &other).html(&|_| {}).is_err());
    let interrupt = Interrupt::default();
    let stopped = cancellable(&interrupt, || {
        Report::new(&model, &data).html(&|section| {
            if section == Section::Results {
                interrupt.set();
            }
        })
    });
    assert!(stopped.is_err());
}
