//! Numbers as a picture of signs.

/// Lines of so many numbers each, two columns wide: `#` above half of the largest, `+` above a tenth of it, `-` and `=`
/// as far below 0, and blanks between.
pub fn signs(numbers: &[f32], width: usize) -> String {
    let most = numbers.iter().fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    let sign = |&x: &f32| match x / most {
        x if x > 0.5 => '#',
        x if x > 0.1 => '+',
        x if x < -0.5 => '=',
        x if x < -0.1 => '-',
        _ => ' ',
    };
    let lines = numbers.chunks_exact(width.max(1)).map(|line| {
        line.iter().flat_map(|x| [sign(x); 2]).collect::<String>().trim_end().to_string() + "\n"
    });
    lines.collect()
}
