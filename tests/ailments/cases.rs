//! Data files that the tests make.

use std::fmt::Write;
use std::path::Path;

/// Numbers that look random and are the same for ever.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Numbers(seed)
    }

    /// From -1 to 1.
    pub fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as f64 / (1u64 << 30) as f64 - 1.0
    }
}

/// A table of so many columns a, b, ... of numbers, and what a function makes of each row.
pub fn table(
    path: &Path,
    rows: usize,
    columns: usize,
    target: impl Fn(&mut Numbers, &[f64], usize) -> String,
) {
    let mut numbers = Numbers::new(rows as u64);
    let names: Vec<String> = (0..columns).map(|i| format!("c{i}")).collect();
    let mut text = names.join(",") + ",y\n";
    for row in 0..rows {
        let cells: Vec<f64> = (0..columns).map(|_| numbers.next()).collect();
        let written: Vec<String> = cells.iter().map(|x| format!("{x:.4}")).collect();
        let y = target(&mut numbers, &cells, row);
        writeln!(text, "{},{y}", written.join(",")).unwrap();
    }
    std::fs::write(path, text).unwrap();
}

fn coin(x: f64) -> String {
    if x > 0.0 { "up" } else { "down" }.to_string()
}

/// Multiplies all numbers of a table, but not the targets.
fn scaled(path: &Path, factor: f64) {
    let text = std::fs::read_to_string(path).unwrap();
    let cell =
        |cell: &str| cell.parse::<f64>().map_or(cell.to_string(), |x| (x * factor).to_string());
    let line = |line: &str| line.split(',').map(cell).collect::<Vec<_>>().join(",");
    std::fs::write(path, text.lines().map(line).collect::<Vec<_>>().join("\n")).unwrap();
}

/// Texts of 2 to 10 words, whose class is the first word.
fn words(path: &Path) {
    let mut numbers = Numbers::new(5);
    let mut text = "text,label\n".to_string();
    for row in 0..300 {
        let class = if numbers.next() > 0.0 { "good" } else { "bad" };
        write!(text, "{class}").unwrap();
        for _ in 0..1 + row % 9 {
            write!(text, " w{}", ((numbers.next() + 1.0) * 10.0) as usize).unwrap();
        }
        writeln!(text, ",{class}").unwrap();
    }
    std::fs::write(path, text).unwrap();
}

/// Each row two times.
fn twice(path: &Path) {
    let mut numbers = Numbers::new(6);
    let mut text = "a,b,y\n".to_string();
    for _ in 0..200 {
        let (a, b) = (numbers.next(), numbers.next());
        let row = format!("{a:.4},{b:.4},{}\n", coin(a + b));
        text += &row.repeat(2);
    }
    std::fs::write(path, text).unwrap();
}

/// All files, in a folder.
pub fn files(folder: &Path) {
    let at = |name: &str| folder.join(name);
    let sign = |cells: &[f64]| if cells[0] + cells[1] > 0.0 { "up" } else { "down" }.to_string();
    table(&at("price.csv"), 400, 4, |_, cells, _| {
        format!("{:.1}", 300_000.0 + 60_000.0 * cells[0])
    });
    table(&at("small.csv"), 400, 4, |_, cells, _| {
        format!("{:.4}", cells[0] * cells[1] + 0.5 * cells[2])
    });
    table(&at("rare.csv"), 2000, 4, |_, _, row| {
        if row % 100 == 0 { "yes" } else { "no" }.to_string()
    });
    table(&at("random.csv"), 60, 8, |numbers, _, _| {
        if numbers.next() > 0.0 { "a" } else { "b" }.to_string()
    });
    table(&at("sign.csv"), 400, 2, |_, cells, _| sign(cells));
    table(&at("large.csv"), 400, 2, |_, cells, _| sign(cells));
    scaled(&at("large.csv"), 1000.0);
    // Classes that the columns say nothing about, little, and more.
    table(&at("noise.csv"), 400, 2, |numbers, _, _| coin(numbers.next()));
    table(&at("weak.csv"), 400, 2, |numbers, cells, _| coin(cells[0] + 1.5 * numbers.next()));
    table(&at("fair.csv"), 400, 2, |numbers, cells, _| coin(cells[0] + 0.5 * numbers.next()));
    words(&at("words.csv"));
    twice(&at("twice.csv"));
    // The same rows in both files.
    table(&at("again.csv"), 400, 2, |_, cells, _| sign(cells));
    // A column that is the target.
    let mut text = "a,told,y\n".to_string();
    let mut numbers = Numbers::new(3);
    for _ in 0..300 {
        let (x, class) = (numbers.next(), numbers.next() > 0.0);
        writeln!(text, "{x:.4},{},{}", u8::from(class), if class { "yes" } else { "no" }).unwrap();
    }
    std::fs::write(at("told.csv"), text).unwrap();
    // Rows of few cases, whose targets contradict each other.
    let mut text = "a,b,y\n".to_string();
    for row in 0..200 {
        let x = numbers.next();
        writeln!(text, "{x:.4},1,a\n{x:.4},1,{}", if row % 4 == 0 { "b" } else { "a" }).unwrap();
    }
    std::fs::write(at("contradictory.csv"), text).unwrap();
    let mut text = "a,always,y\n".to_string();
    for _ in 0..200 {
        let x = numbers.next();
        writeln!(text, "{x:.4},7,{}", if x > 0.0 { "up" } else { "down" }).unwrap();
    }
    std::fs::write(at("constant.csv"), text).unwrap();
}
