//! `report`: pages of networks on tables, pictures and texts, written by the program.

#[path = "../crates/report/tests/common/mod.rs"]
mod page;
#[path = "common/run.rs"]
mod run;

use page::{check, tags};
use run::run;
use std::fs;
use std::path::Path;

/// Markup in the words of data.
const EVIL: &str = "<script>alert(1)</script> & 'quoted'";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// Runs statements that succeed.
fn output(text: &str, folder: &Path) -> String {
    let (output, code) = run(&[], text, folder);
    assert_eq!(code, 0, "{output}");
    output
}

/// The page that statements write to `page.html`, twice, with the same bytes.
fn written(text: &str, folder: &Path) -> String {
    let mut pages = (0..2).map(|_| {
        output(text, folder);
        fs::read_to_string(folder.join("page.html")).expect("a page")
    });
    let [first, second] = [pages.next(), pages.next()];
    assert_eq!(first, second, "the same bytes for the same statements");
    let page = first.expect("a page");
    check(&page);
    assert_eq!(page.matches("<script").count(), 1);
    page
}

#[test]
fn an_mlp_on_digits_has_all_sections() {
    let folder = folder();
    let page = written(
        "d = digits(validation=0.1)\nnet = dense(16) -> relu -> dense(10)\n\
         train net on d epochs=3\nreport net on d to \"page.html\"\n",
        folder.path(),
    );
    let headings = [
        "Network",
        "Data",
        "Curves",
        "Results",
        "Hardest samples",
        "Inside",
        "Explanations",
        "Made by",
    ];
    for heading in headings {
        assert!(page.contains(&format!("-title\">{heading}</h2>")), "{heading}");
    }
    assert!(!page.contains("class=\"left-out\""));
    for word in [
        "true \\ predicted",
        "calibration error",
        "best",
        "1,293",
        "train net on d epochs=3",
        "set seed=0",
    ] {
        assert!(page.contains(word), "{word}");
    }
    let pictures = tags(&page).iter().filter(|own| own.name == "img").count();
    assert_eq!(pictures, 12 + 10 + 2 * 6);
}

#[test]
fn a_convolution_with_branches_is_drawn_and_explained() {
    let folder = folder();
    let page = written(
        "d = digits()\nnet = reshape([1, 8, 8]) -> conv2d(4, 3, padding=1) -> relu -> \
         residual(conv2d(4, 3, padding=1) -> \
         relu) -> concat(maxpool2d(2), avgpool2d(2)) -> flatten -> dense(10)\n\
         train net on d epochs=1\nreport net on d to=\"page.html\" explain=2 sections=[\"network\", \"inspect\", \
         \"explain\"]\n",
        folder.path(),
    );
    for word in ["4 × 8 × 8", ">+</text>", "concat</text>", "3.body.0", "blue for it"] {
        assert!(page.contains(word), "{word}");
    }
    assert!(!page.contains("id=\"data\""));
}

#[test]
fn a_table_of_numbers_has_points_and_bars() {
    let folder = folder();
    let mut table = format!("size,\"place {EVIL}\",price\n");
    for i in 0..80 {
        let place = if i % 3 == 0 { EVIL } else { "a quiet town" };
        table +=
            &format!("{},\"{place}\",{}\n", 40 + i * 7 % 60, 100.0 + f64::from(i * 7 % 60) * 2.5);
    }
    fs::write(folder.path().join("houses.csv"), table).expect("written");
    let place = format!("place {EVIL}");
    let text = format!(
        "d = csv(\"houses.csv\", target=\"price\", one_hot=[{place:?}], scale_target=true)\n\
         net = dense(8) -> relu -> dense(1)\n\
         train net on d epochs=5\nreport net on d to \"page.html\"\n"
    );
    let page = written(&text, folder.path());
    for word in [
        "predicted (up) against true",
        "rmse",
        "a quiet town",
        "class=\"adds\"",
        "&lt;script&gt;alert(1)",
    ] {
        assert!(page.contains(word), "{word}");
    }
}

#[test]
fn texts_are_shaded_word_by_word() {
    let folder = folder();
    let mut table = "text,kind\n".to_string();
    for i in 0..40 {
        let (word, kind) = if i % 2 == 0 { ("fine", "<b>good</b>") } else { ("dull", "bad") };
        table += &format!("\"a {word} film {EVIL} {i}\",{kind}\n");
    }
    fs::write(folder.path().join("films.csv"), table).expect("written");
    let page = written(
        "d = texts(\"films.csv\", target=\"kind\")\nnet = embedding(60, 8) -> pool_over_time(\"mean\") -> dense(2)\n\
         train net on d epochs=3\nreport net on d to \"page.html\"\n",
        folder.path(),
    );
    for word in ["class=\"words\"", "&lt;b&gt;good", "<q>"] {
        assert!(page.contains(word), "{word}");
    }
    assert!(!page.contains("<b>good"));
}

#[test]
fn only_a_report_is_replaced_and_a_failed_one_leaves_the_file() {
    let folder = folder();
    let path = folder.path().join("page.html");
    fs::write(&path, "<!DOCTYPE html>\n<html>mine</html>").expect("written");
    let text = "net = dense(10)\nreport net on digits to \"page.html\" sections=[\"network\"]\n";
    let (refused, code) = run(&[], text, folder.path());
    assert_eq!(code, 1);
    assert!(refused.contains("page.html is there, and holds no report"), "{refused}");
    assert!(fs::read_to_string(&path).expect("the file").contains("mine"));
    fs::remove_file(&path).expect("removed");
    output(text, folder.path());
    output(text, folder.path());
    let before = fs::read(&path).expect("a page");
    let (_, code) =
        run(&[], "net = dense(3)\nreport net on digits to \"page.html\"\n", folder.path());
    assert_eq!(code, 1, "three outputs for ten classes");
    assert_eq!(fs::read(&path).expect("a page"), before);
}

#[test]
fn a_network_is_as_before_after_its_report() {
    let folder = folder();
    let train = "d = iris()\nnet = dense(8) -> dropout(0.5) -> dense(3)\ntrain net on d epochs=2\n";
    let more = "train net on d epochs=2\nsave net to \"net.rlm\"\n";
    output(&format!("{train}{more}"), folder.path());
    let plain = fs::read(folder.path().join("net.rlm")).expect("a network");
    output(&format!("{train}report net on d to \"page.html\"\n{more}"), folder.path());
    assert_eq!(fs::read(folder.path().join("net.rlm")).expect("a network"), plain);
}
