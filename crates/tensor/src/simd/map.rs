//! Element-wise loops over slices, on the calling thread. Of slices of different lengths, the shortest decides.

use super::{Kernel, dispatch};

struct Map<'a, F> {
    from: &'a [f32],
    to: &'a mut [f32],
    f: F,
}

impl<F: Fn(f32) -> f32> Kernel for Map<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (y, &x) in self.to.iter_mut().zip(self.from) {
            *y = (self.f)(x);
        }
    }
}

struct MapInPlace<'a, F> {
    x: &'a mut [f32],
    f: F,
}

impl<F: Fn(f32) -> f32> Kernel for MapInPlace<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for x in self.x {
            *x = (self.f)(*x);
        }
    }
}

struct Map2<'a, F> {
    a: &'a [f32],
    b: &'a [f32],
    to: &'a mut [f32],
    f: F,
}

impl<F: Fn(f32, f32) -> f32> Kernel for Map2<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for ((y, &a), &b) in self.to.iter_mut().zip(self.a).zip(self.b) {
            *y = (self.f)(a, b);
        }
    }
}

struct Map2InPlace<'a, F> {
    a: &'a mut [f32],
    b: &'a [f32],
    f: F,
}

impl<F: Fn(f32, f32) -> f32> Kernel for Map2InPlace<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (a, &b) in self.a.iter_mut().zip(self.b) {
            *a = (self.f)(*a, b);
        }
    }
}

/// `to[i] = f(from[i])`.
#[inline]
pub fn map(from: &[f32], to: &mut [f32], f: impl Fn(f32) -> f32) {
    dispatch(Map { from, to, f });
}

/// `x[i] = f(x[i])`.
#[inline]
pub fn map_in_place(x: &mut [f32], f: impl Fn(f32) -> f32) {
    dispatch(MapInPlace { x, f });
}

/// `to[i] = f(a[i], b[i])`.
#[inline]
pub fn map2(a: &[f32], b: &[f32], to: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    dispatch(Map2 { a, b, to, f });
}

/// `a[i] = f(a[i], b[i])`.
#[inline]
pub fn map2_in_place(a: &mut [f32], b: &[f32], f: impl Fn(f32, f32) -> f32) {
    dispatch(Map2InPlace { a, b, f });
}
