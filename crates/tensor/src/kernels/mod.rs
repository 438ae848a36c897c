//! The inner loops of products, written for the widest vectors that the processor has.
//!
//! Loops over arrays are not kept in registers by the compiler at these sizes (they ran at 6 GFLOP/s, these at 105), so the
//! vector instructions are written out, once, over [`Vector`].

mod dot;
mod outer;
mod vector;

pub(crate) use dot::{Contiguous, dot_tile, lane_sums, side_tiles};
pub(crate) use outer::{ROWS, outer_tile, row_tiles};
pub(crate) use vector::{LANES, Vector, VectorKernel, dispatch};
