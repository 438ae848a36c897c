//! The reference page, made from the tables.

use crate::tables;
use relume_catalog::{Kind, reference_section};

/// docs/reference.md.
pub fn reference_page() -> String {
    let mut page = "# Reference\n\nEverything that the command language knows. This page is made from the same tables that the program reads: \
                    `relume --reference > docs/reference.md`.\n"
        .to_string();
    for kind in Kind::ALL {
        page += &format!("\n## {}\n", kind.heading());
        for entry in tables::entries(kind) {
            page += &format!("\n{}", reference_section(entry));
        }
    }
    page
}
