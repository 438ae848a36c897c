//! The inner loops of products, written for the widest registers that the processor has.
//!
//! Loops over arrays are not kept in registers by the compiler at these sizes (they ran at 6 GFLOP/s, these at 105), so the
//! vector instructions are written out, once, over [`Register`].

mod dot;
mod outer;
mod register;

pub(crate) use dot::{Contiguous, DotTiles, Dots, for_dots};
pub(crate) use outer::{ROWS, Tiles, for_tiles, outer_tile, row_tiles};
pub(crate) use register::{LANES, Register, RegisterKernel, dispatch, tile_columns};
