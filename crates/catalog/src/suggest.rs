//! The nearest known name to a misspelt one.

/// Longer names are not compared, in bytes.
const LONGEST: usize = 1000;

/// The candidate that `name` was most likely meant to be, if one is near enough.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    // A name of many thousand letters is near none, and comparing it would take long.
    let near = |candidate: &&str| {
        candidate.len().abs_diff(wanted.len()) <= candidate.len().max(wanted.len()) / 3 + 4
            && wanted.len() <= LONGEST
    };
    candidates
        .into_iter()
        .filter(near)
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, candidate), candidate))
        .filter(|&(distance, candidate)| {
            distance <= (candidate.len().max(wanted.len()) / 3).max(1) && distance < candidate.len()
        })
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        let names = ["train", "evaluate", "dense", "conv2d"];
        for (typed, meant) in [
            ("trian", Some("train")),
            ("evalute", Some("evaluate")),
            ("Dense", Some("dense")),
            ("conv2", Some("conv2d")),
            ("banana", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typed, names), meant, "{typed}");
        }
    }
}
