//! Pieces of HTML. All text that comes from data goes through [`escaped`].

use relume_catalog::count_text;
use relume_inspection::plot::label;
use relume_training::format_metric;
use std::fmt::Write;

/// Characters of a name, and of a longer text, that are shown.
pub(crate) const NAME: usize = 48;
pub(crate) const TEXT: usize = 280;

/// Text as HTML, between tags and in attributes with double quotes: nothing in it is markup. Control characters, which
/// HTML does not allow, become U+FFFD.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// The first characters of a text, with dots for the rest; not escaped yet.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_string(),
    }
}

/// A name from data, cut and escaped.
pub(crate) fn name(text: &str) -> String {
    escaped(&cut(text, NAME))
}

/// A paragraph of text.
pub(crate) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

/// A remark beside figures.
pub(crate) fn note(text: &str) -> String {
    format!("<p class=\"note\">{}</p>\n", escaped(text))
}

/// A heading inside of a section.
pub(crate) fn heading(text: &str) -> String {
    format!("<h3>{}</h3>\n", escaped(text))
}

/// A drawing with its caption, both HTML.
pub(crate) fn figure(drawing: &str, caption: &str) -> String {
    format!("<figure>{drawing}<figcaption>{caption}</figcaption></figure>\n")
}

/// Figures side by side where there is room.
pub(crate) fn beside(figures: &str) -> String {
    format!("<div class=\"beside\">\n{figures}</div>\n")
}

/// A number in about four digits; whole ones as they are, and large ones with commas.
pub(crate) fn short(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_string(),
        size if !size.is_finite() => format!("{x}"),
        size if !(1e-3..1e9).contains(&size) => format!("{x:.1e}"),
        size if size >= 1e4 => {
            let sign = if x < 0.0 { "-" } else { "" };
            format!("{sign}{}", count_text(size.round() as usize))
        }
        size if size.fract() == 0.0 || size >= 1e3 => format!("{x:.0}"),
        size => {
            let digits = (3.0 - size.log10().floor()).clamp(0.0, 4.0) as usize;
            format!("{x:.digits$}")
        }
    }
}

/// A number at an axis: without zeros at its end.
pub(crate) fn tick(x: f64) -> String {
    if (1e4..1e9).contains(&x.abs()) { short(x) } else { label(x) }
}

/// A metric by its name: a percentage, or a number.
pub(crate) fn metric_text(name: &str, value: f64) -> String {
    let text = format_metric(name, value);
    if text.ends_with('%') { text } else { short(value) }
}

/// Tables and narrow figures side by side where there is room.
pub(crate) fn tables(all: &str) -> String {
    format!("<div class=\"tables\">\n{all}</div>\n")
}

/// A share of 1 as a percentage.
pub(crate) fn percent(share: f64) -> String {
    match share {
        x if !x.is_finite() => "-".to_string(),
        0.0 => "0 %".to_string(),
        x if x > 0.0 && x < 0.001 => "<0.1 %".to_string(),
        x => format!("{:.1} %", x * 100.0),
    }
}

/// A bar whose length is a share of its cell; hidden from readers that hear the number beside it.
pub(crate) fn bar(share: f64) -> String {
    let width = (share.clamp(0.0, 1.0) * 1000.0).round() / 10.0;
    format!("<span class=\"bar\" aria-hidden=\"true\"><i style=\"width:{width}%\"></i></span>")
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// Words.
    Text(String),
    /// A number, on the right.
    Number(String),
    /// HTML.
    Markup(String),
}

/// A table with a caption. The first cell of a row is its heading.
#[derive(Debug)]
pub(crate) struct Table {
    caption: String,
    heads: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub fn new(caption: impl Into<String>, heads: &[&str]) -> Self {
        let heads = heads.iter().map(|head| (*head).to_string()).collect();
        Table { caption: caption.into(), heads, rows: Vec::new() }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub fn html(&self) -> String {
        let caption = escaped(&self.caption);
        let mut out = format!(
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\"><table><caption>{caption}\
             </caption>"
        );
        out += &self.head();
        out += "<tbody>\n";
        for row in &self.rows {
            out += "<tr>";
            for (column, cell) in row.iter().enumerate() {
                let content = match cell {
                    Cell::Text(text) | Cell::Number(text) => escaped(text),
                    Cell::Markup(html) => html.clone(),
                };
                // Writing into a String cannot fail.
                let _ = match column {
                    0 => write!(out, "<th scope=\"row\"{}>{content}</th>", class(Some(cell))),
                    _ => write!(out, "<td{}>{content}</td>", class(Some(cell))),
                };
            }
            out += "</tr>\n";
        }
        out + "</tbody></table></div>\n"
    }

    /// The row of heads; none for pairs of a name and a value.
    fn head(&self) -> String {
        if self.heads.iter().all(String::is_empty) {
            return String::new();
        }
        let head = |(column, head): (usize, &String)| {
            let cell = self.rows.first().and_then(|row| row.get(column));
            format!("<th scope=\"col\"{}>{}</th>", class(cell), escaped(head))
        };
        let heads: Vec<String> = self.heads.iter().enumerate().map(head).collect();
        format!("<thead><tr>{}</tr></thead>", heads.concat())
    }
}

fn class(cell: Option<&Cell>) -> &'static str {
    match cell {
        Some(Cell::Number(_)) => " class=\"n\"",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        let evil = "<script>alert(\"x\") & 'y'</script>\u{0}\u{1b}";
        let safe = escaped(evil);
        assert_eq!(
            safe,
            "&lt;script&gt;alert(&quot;x&quot;) &amp; &#39;y&#39;&lt;/script&gt;\u{fffd}\u{fffd}"
        );
        let mut table = Table::new(evil, &[evil]);
        table.row([Cell::Text(evil.to_string())]);
        assert!(!table.html().contains("<script"));
    }

    #[test]
    fn numbers_have_four_digits_and_large_ones_commas() {
        let all =
            [0.0, 1958.0, 6.0, 0.25, 116.52, 0.0012, 2.5e-7, 612_345.4, -12_332.0, 4e12, f64::NAN];
        let expected = [
            "0", "1958", "6", "0.2500", "116.5", "0.0012", "2.5e-7", "612,345", "-12,332",
            "4.0e12", "NaN",
        ];
        assert_eq!(all.map(short), expected);
        assert_eq!([0.5, 100_000.0].map(tick), ["0.5", "100,000"]);
        assert_eq!(
            [metric_text("accuracy", 0.5), metric_text("mae", 12_332.16)],
            ["50.00 %", "12,332"]
        );
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
