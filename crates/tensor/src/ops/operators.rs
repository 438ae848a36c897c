//! Operators: `&a + &b`, `a * 2.0`, `-a`.
//!
//! Between two tensors the result is a `Result`, since their shapes may not broadcast; with a number, and for `-a`, it
//! is a tensor.

use crate::{Tensor, TensorError, math};
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

macro_rules! operator {
    ($trait:ident, $method:ident, $name:literal, $function:expr) => {
        impl $trait<&Tensor> for &Tensor {
            type Output = Result<Tensor, TensorError>;
            fn $method(self, other: &Tensor) -> Self::Output {
                self.broadcast_with(other, $name, $function)
            }
        }
        impl $trait<Tensor> for &Tensor {
            type Output = Result<Tensor, TensorError>;
            fn $method(self, other: Tensor) -> Self::Output {
                $trait::$method(self, &other)
            }
        }
        impl $trait<&Tensor> for Tensor {
            type Output = Result<Tensor, TensorError>;
            fn $method(self, other: &Tensor) -> Self::Output {
                $trait::$method(&self, other)
            }
        }
        impl $trait<Tensor> for Tensor {
            type Output = Result<Tensor, TensorError>;
            fn $method(self, other: Tensor) -> Self::Output {
                $trait::$method(&self, &other)
            }
        }
        impl $trait<f32> for &Tensor {
            type Output = Tensor;
            fn $method(self, b: f32) -> Tensor {
                let function = $function;
                self.map(|a| function(a, b))
            }
        }
        impl $trait<f32> for Tensor {
            type Output = Tensor;
            fn $method(mut self, b: f32) -> Tensor {
                let function = $function;
                self.map_in_place(|a| function(a, b));
                self
            }
        }
        impl $trait<&Tensor> for f32 {
            type Output = Tensor;
            fn $method(self, b: &Tensor) -> Tensor {
                let function = $function;
                b.map(|b| function(self, b))
            }
        }
        impl $trait<Tensor> for f32 {
            type Output = Tensor;
            fn $method(self, b: Tensor) -> Tensor {
                $trait::$method(self, &b)
            }
        }
    };
}

operator!(Add, add, "addition", |a: f32, b: f32| a + b);
operator!(Sub, sub, "subtraction", |a: f32, b: f32| a - b);
operator!(Mul, mul, "multiplication", |a: f32, b: f32| a * b);
operator!(Div, div, "division", |a: f32, b: f32| a / b);
operator!(Rem, rem, "remainder", math::remainder);

impl Neg for &Tensor {
    type Output = Tensor;
    fn neg(self) -> Tensor {
        self.map(|x| -x)
    }
}

impl Neg for Tensor {
    type Output = Tensor;
    fn neg(mut self) -> Tensor {
        self.map_in_place(|x| -x);
        self
    }
}
