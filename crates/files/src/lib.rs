#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod atomic;
mod csv;
mod device;
mod gate;
mod left_over;

pub use atomic::{Step, WriteError, write_atomically, write_with};
pub use csv::csv_cell;
pub use device::{check_ends, refuse_standard_input, standard_input};
pub use gate::{
    append, check_write, create_dir, create_dir_all, exists, is_dir, is_file, is_sandboxed, lock,
    open, read, read_dir, read_to_string, rename, sandbox, write_nowhere, writes_nowhere,
};
