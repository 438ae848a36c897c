//! Element-wise loops over slices, on the calling thread. Of slices of different lengths, the shortest decides.

use super::{Kernel, dispatch};

struct Map<'a, F>(&'a [f32], &'a mut [f32], F);

impl<F: Fn(f32) -> f32> Kernel for Map<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.1.iter_mut().zip(self.0) {
            *y = (self.2)(x);
        }
    }
}

struct MapInPlace<'a, F>(&'a mut [f32], F);

impl<F: Fn(f32) -> f32> Kernel for MapInPlace<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for x in self.0 {
            *x = (self.1)(*x);
        }
    }
}

struct Map2<'a, F>(&'a [f32], &'a [f32], &'a mut [f32], F);

impl<F: Fn(f32, f32) -> f32> Kernel for Map2<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for ((y, &a), &b) in self.2.iter_mut().zip(self.0).zip(self.1) {
            *y = (self.3)(a, b);
        }
    }
}

struct Map2InPlace<'a, F>(&'a mut [f32], &'a [f32], F);

impl<F: Fn(f32, f32) -> f32> Kernel for Map2InPlace<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (a, &b) in self.0.iter_mut().zip(self.1) {
            *a = (self.2)(*a, b);
        }
    }
}

/// `to[i] = f(from[i])`.
#[inline]
pub fn map(from: &[f32], to: &mut [f32], f: impl Fn(f32) -> f32) {
    dispatch(Map(from, to, f));
}

/// `x[i] = f(x[i])`.
#[inline]
pub fn map_in_place(x: &mut [f32], f: impl Fn(f32) -> f32) {
    dispatch(MapInPlace(x, f));
}

/// `to[i] = f(a[i], b[i])`.
#[inline]
pub fn map2(a: &[f32], b: &[f32], to: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    dispatch(Map2(a, b, to, f));
}

/// `a[i] = f(a[i], b[i])`.
#[inline]
pub fn map2_in_place(a: &mut [f32], b: &[f32], f: impl Fn(f32, f32) -> f32) {
    dispatch(Map2InPlace(a, b, f));
}
