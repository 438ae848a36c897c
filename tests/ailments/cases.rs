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
