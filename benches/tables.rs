//! The time to read a table: `cargo bench --bench tables -- FILE TARGET`, which `tables.py` runs beside pandas.
//!
//! It prints one JSON line: seconds from the call to the data set, rows, and inputs.

use relume::prelude::*;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [path, target] = &arguments[..] else {
        eprintln!("usage: cargo bench --bench tables -- FILE TARGET");
        return;
    };
    let start = Instant::now();
    let data = Csv::new(path.as_str()).target(target.as_str()).load();
    let seconds = start.elapsed().as_secs_f64();
    match data {
        Ok(data) => println!(
            "{{\"seconds\": {seconds:.3}, \"rows\": {}, \"inputs\": {}}}",
            data.len(),
            data.sample_shape().count()
        ),
        Err(error) => eprintln!("{error}"),
    }
}
