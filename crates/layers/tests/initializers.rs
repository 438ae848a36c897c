//! Initializers have the spread that their papers give.

use relume_layers::InitializerSpec;
use relume_tensor::{Rng, Shape, Tensor};

const FANS: [usize; 2] = [300, 200];

fn draw(name: &str, shape: impl Into<Shape>) -> Tensor {
    let spec = InitializerSpec::from_arguments(name, vec![], vec![]).unwrap();
    spec.inner().tensor(shape.into(), FANS, &mut Rng::new(9))
}

#[test]
fn the_spread_follows_from_inputs_and_outputs() {
    let (inputs, outputs) = (FANS[0] as f32, FANS[1] as f32);
    // Name, standard deviation, bound of an even distribution: torch.nn.init's documentation.
    let cases = [
        ("default", 1.0 / (3.0 * inputs).sqrt(), Some(1.0 / inputs.sqrt())),
        (
            "xavier_uniform",
            (2.0 / (inputs + outputs)).sqrt(),
            Some((6.0 / (inputs + outputs)).sqrt()),
        ),
        ("xavier_normal", (2.0 / (inputs + outputs)).sqrt(), None),
        ("he_uniform", (2.0 / inputs).sqrt(), Some((6.0 / inputs).sqrt())),
        ("he_normal", (2.0 / inputs).sqrt(), None),
        ("uniform", 1.0 / 12f32.sqrt(), None),
        ("normal", 1.0, None),
    ];
    for (name, std, bound) in cases {
        let numbers = draw(name, [200, 300]);
        let found = numbers.variance().sqrt();
        assert!((found / std - 1.0).abs() < 0.01, "{name}: {found} instead of {std}");
        if let Some(bound) = bound {
            let most = numbers.max().max(-numbers.min());
            assert!(most <= bound && most > 0.99 * bound, "{name}: {most} instead of {bound}");
        }
    }
}

#[test]
fn orthogonal_rows_are_of_length_one_and_at_right_angles() {
    for (rows, columns) in [(20, 50), (50, 20), (8, 8)] {
        let q = draw("orthogonal", [rows, columns]);
        let t = q.transpose().unwrap();
        let product = if rows <= columns { q.matmul(&t) } else { t.matmul(&q) }.unwrap();
        let size = rows.min(columns);
        for (i, &x) in product.data().iter().enumerate() {
            let expected = if i / size == i % size { 1.0 } else { 0.0 };
            assert!((x - expected).abs() < 1e-5, "{rows} x {columns}: {x}");
        }
    }
}
