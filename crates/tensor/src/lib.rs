#![doc = include_str!("../README.md")]

mod array;
mod axis_map;
mod broadcast;
#[cfg(feature = "nalgebra")]
mod convert;
mod convolution;
mod denormals;
mod elementwise;
mod error;
mod gemm;
mod half;
mod indices;
pub mod interrupt;
mod layout;
#[cfg(feature = "nalgebra")]
mod linalg;
pub mod math;
mod memory;
mod ops;
mod pooling;
mod reduce;
mod rng;
mod shape;
pub mod simd;
mod storage;
mod tensor;
pub mod threads;
mod zeroed;

pub use array::Array;
pub use axis_map::{AxisMap, AxisMaps, Divisor, Interpolation, PadMode, Scale, Window};
pub use convolution::{ConvGeometry, Convolution, ConvolutionOutput};
pub use denormals::flush_denormals;
pub use error::TensorError;
pub use gemm::{Matrix, PackedB, gemm, gemm_serial, gemm_weight};
pub use half::{Halves, Precision};
pub use indices::Indices;
pub use interrupt::{Cancelled, Interrupt};
#[cfg(feature = "nalgebra")]
pub use linalg::{Eigh, Qr, Svd};
pub use memory::{bytes_text, free_memory, memory_limit, set_memory_limit};
pub use ops::{Axes, Comparison, Einsum, Index, Order, Unique};
pub use pooling::{PoolGeometry, adaptive_maxpool2d, maxpool2d, maxpool2d_backward};
pub use rng::{Rng, Stream};
pub use shape::Shape;
pub use storage::{OUT_OF_MEMORY, peak_numbers, release_idle_buffers};
pub use tensor::Tensor;
