//! Resizing.

use crate::shape::space::Each;
use crate::{Builder, InputMismatch, Layer, LayerError, LayerKind, Operation, Refusal, ops};
use relume_catalog::{Choice, Spec, Type};
use relume_tensor::{AxisMap, AxisMaps, Interpolation, Scale, Shape};
use std::sync::Arc;

/// Resizes lines, images and volumes, by a factor or to a size.
///
/// Takes `[channels, length]`, `[channels, height, width]` or `[channels, depth, height, width]`. Give `size` or
/// `scale_factor`. `linear` is for lines, `bilinear` and `bicubic` for images, `trilinear` for volumes.
///
/// ```relume
/// net = input(1, 8, 8) -> upsample(scale_factor=2, mode="bilinear") -> conv2d(4, 3)
/// ```
#[derive(Clone, Debug, PartialEq, Spec)]
#[spec(layer, check = Self::consistent)]
pub struct Upsample {
    /// Size of the output.
    #[spec(type = Type::OneOf(SIZE))]
    pub size: Option<Each<usize>>,
    /// Factor on the size.
    #[spec(type = Type::OneOf(SCALE))]
    pub scale_factor: Option<Each<f64>>,
    /// How numbers in between are computed.
    #[spec(default = UpsampleMode::Nearest)]
    pub mode: UpsampleMode,
    /// Whether the centres of the corners keep their positions, instead of their edges.
    #[spec(default = false)]
    pub align_corners: bool,
}

/// How numbers between the given ones are computed, by PyTorch's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum UpsampleMode {
    /// The number at or before the position.
    Nearest,
    /// The number whose centre is nearest.
    #[spec(name = "nearest-exact")]
    NearestExact,
    /// Linear along a line.
    Linear,
    /// Linear along both axes of an image.
    Bilinear,
    /// Linear along all three axes of a volume.
    Trilinear,
    /// Cubic along both axes of an image.
    Bicubic,
}

const LENGTH: Type = Type::sizes(1, 1);
const SIZE: &[Type] = &[LENGTH, Type::List(&LENGTH)];
const SCALE: &[Type] = &[Type::POSITIVE, Type::List(&Type::POSITIVE)];

impl Upsample {
    fn consistent(&self) -> Result<(), String> {
        if self.size.is_some() == self.scale_factor.is_some() {
            return Err("give either size or scale_factor".to_string());
        }
        let nearest = matches!(self.mode, UpsampleMode::Nearest | UpsampleMode::NearestExact);
        match self.align_corners && nearest {
            true => {
                Err("align_corners goes with linear, bilinear, trilinear and bicubic only".into())
            }
            false => Ok(()),
        }
    }
}

impl Upsample {
    fn interpolation(&self) -> Interpolation {
        let align_corners = self.align_corners;
        match self.mode {
            UpsampleMode::Nearest => Interpolation::Nearest,
            UpsampleMode::NearestExact => Interpolation::NearestExact,
            UpsampleMode::Bicubic => Interpolation::Cubic { align_corners },
            _ => Interpolation::Linear { align_corners },
        }
    }

    /// The size and the factor of each axis in space.
    fn sizes(&self, input: Shape) -> Result<Vec<(usize, Option<Scale>)>, InputMismatch> {
        let axes = input.rank().saturating_sub(1);
        let wanted = match self.mode {
            UpsampleMode::Linear => 1..=1,
            UpsampleMode::Bilinear | UpsampleMode::Bicubic => 2..=2,
            UpsampleMode::Trilinear => 3..=3,
            UpsampleMode::Nearest | UpsampleMode::NearestExact => 1..=3,
        };
        if !wanted.contains(&axes) {
            let fits = ["linear", "bilinear", "trilinear"].get(axes.wrapping_sub(1));
            return Err(match fits {
                Some(mode) => InputMismatch::new(format!("wants {} axes in space", wanted.start()))
                    .help(format!("here mode=\"{mode}\" or mode=\"nearest\" fits")),
                None => InputMismatch::new("wants channels and one to three axes in space"),
            });
        }
        let count = || {
            InputMismatch::new(format!("wants {axes} axes in space, as many as its numbers"))
                .help(format!("give one number for all of the {axes} axes, or {axes} of them"))
        };
        let size = |axis: usize| match (&self.size, &self.scale_factor) {
            (Some(size), _) => Ok((size.of(axis, axes).ok_or_else(count)?, None)),
            (None, scale) => {
                let scale = scale.as_ref().map_or(Some(1.0), |scale| scale.of(axis, axes));
                let scale = scale.ok_or_else(count)?;
                let size = (input[axis + 1] as f64 * scale).floor();
                if !(1.0..1e9).contains(&size) {
                    return Err(InputMismatch::new(format!(
                        "does not fit (a size of {} times {scale} is {size})",
                        input[axis + 1]
                    ))
                    .help("take a scale_factor that leaves sizes of at least 1"));
                }
                Ok((size as usize, Some(scale)))
            }
        };
        (0..axes).map(size).collect()
    }
}

impl LayerKind for Upsample {
    fn output_shape(&self, input: Shape) -> Result<Shape, Refusal> {
        let sizes = self.sizes(input)?.into_iter().enumerate();
        Ok(sizes.fold(input, |shape, (axis, (size, _))| shape.with_axis(axis + 1, size)))
    }

    fn build(&self, input: Shape, _: &mut Builder<'_>) -> Result<Arc<dyn Layer>, LayerError> {
        let sizes = self.sizes(input)?;
        let maps = sizes.into_iter().enumerate().map(|(axis, (size, scale))| {
            AxisMap::resized(input[axis + 1], size, scale, self.interpolation())
        });
        let maps = AxisMaps::new(maps.collect::<Result<_, _>>()?);
        let op = ops::AlongAxes { name: "upsample", maps };
        Ok(Arc::new(Operation::new(Arc::new(op), Vec::new())))
    }
}
