//! What must be true of every page: it is well-formed, small, loads nothing, and says in words what it shows.

/// The largest page.
const LARGEST: usize = 1 << 20;
/// Elements without content, which are not closed.
const VOID: [&str; 4] = ["meta", "img", "br", "hr"];

/// An element as it is opened.
#[derive(Debug)]
pub struct Tag<'a> {
    pub name: &'a str,
    pub attributes: Vec<(&'a str, &'a str)>,
}

impl Tag<'_> {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }
}

/// The elements of a page in their order. Panics where a tag is not closed in turn, an attribute is not quoted or comes
/// twice, or a text has what is no text.
pub fn tags(page: &str) -> Vec<Tag<'_>> {
    let body = page.strip_prefix("<!DOCTYPE html>\n").expect("a page begins with its type");
    let (mut rest, mut open, mut found) = (body, Vec::new(), Vec::new());
    while let Some(at) = rest.find('<') {
        check_text(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = &comment[comment.find("-->").expect("a comment ends") + 3..];
            continue;
        }
        let end = rest.find('>').expect("a tag ends");
        let (inside, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "before {:?}", &rest[..rest.len().min(80)]);
            continue;
        }
        let (inside, is_closed) = match inside.strip_suffix('/') {
            Some(inside) => (inside, true),
            None => (inside, false),
        };
        let tag = tag(inside);
        if !is_closed && !VOID.contains(&tag.name) {
            open.push(tag.name);
        }
        if matches!(tag.name, "style" | "script") {
            rest = &rest[rest.find(&format!("</{}>", tag.name)).expect("it ends")..];
        }
        found.push(tag);
    }
    check_text(rest);
    assert_eq!(open, Vec::<&str>::new(), "all tags are closed");
    found
}

fn tag(inside: &str) -> Tag<'_> {
    let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{inside}");
    let mut attributes: Vec<(&str, &str)> = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Tag { name, attributes };
        }
        let (key, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("no value: {inside}"));
        let (value, after) = after.split_once('"').unwrap_or_else(|| panic!("no end: {inside}"));
        let is_name = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        assert!(is_name && !key.starts_with("on"), "{inside}");
        assert!(attributes.iter().all(|(own, _)| *own != key), "twice: {inside}");
        check_text(value);
        attributes.push((key, value));
        rest = after;
    }
}

/// Each `&` begins a reference, and there is no control character.
fn check_text(text: &str) {
    for (at, _) in text.match_indices('&') {
        let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
        assert!(known.iter().any(|own| text[at..].starts_with(own)), "{}", &text[at..]);
    }
    assert!(text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t')), "{text:?}");
}

/// Checks a page.
pub fn check(page: &str) {
    assert!(page.len() < LARGEST, "{} bytes", page.len());
    let tags = tags(page);
    let of = |name: &str| tags.iter().filter(|own| own.name == name).count();
    assert_eq!([of("h1"), of("main"), of("script"), of("style")], [1; 4]);
    assert_eq!(of("table"), of("caption"), "every table has a caption");
    assert_eq!(of("section"), of("h2"), "every section has a heading");
    for tag in &tags {
        let is_there = |name: &str| tag.attribute(name).is_some_and(|own| !own.is_empty());
        match tag.name {
            "img" => assert!(is_there("alt"), "{tag:?}"),
            "svg" => {
                assert!(is_there("aria-label") && tag.attribute("role") == Some("img"), "{tag:?}")
            }
            "link" | "iframe" | "object" | "embed" | "base" | "form" => panic!("{tag:?}"),
            _ => {}
        }
        let src = tag.attribute("src");
        assert!(src.is_none_or(|own| own.starts_with("data:image/png;base64,")), "{tag:?}");
        assert!(tag.attribute("href").is_none_or(|own| own.starts_with('#')), "{tag:?}");
    }
    for loads in ["http:", "https:", "url(", "@import", "fetch(", "XMLHttpRequest"] {
        assert!(!page.contains(loads), "{loads}");
    }
    let mut ids: Vec<&str> = tags.iter().filter_map(|own| own.attribute("id")).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are unique");
    let links = tags.iter().filter_map(|own| own.attribute("href")?.strip_prefix('#'));
    links.for_each(|link| assert!(ids.contains(&link), "{link} is nowhere"));
    let script = page.split("<script>").nth(1).and_then(|own| own.split("</script>").next());
    assert!(script.expect("a script").lines().count() <= 40, "the script is short");
}
