//! Values with derivatives of functions of two variables.

use std::ops::{Add, Mul};

use sgdlab_core::Real;

/// A function of x and y at a point, with its derivatives up to second order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Jet<R> {
    /// f.
    pub(crate) value: R,
    /// ∂f/∂x and ∂f/∂y.
    pub(crate) gradient: [R; 2],
    /// ∂²f/∂x², ∂²f/∂x∂y and ∂²f/∂y².
    pub(crate) hessian: [R; 3],
}

impl<R: Real> Jet<R> {
    #[inline(always)]
    pub(crate) fn new(value: R, gradient: [R; 2], hessian: [R; 3]) -> Self {
        Self { value, gradient, hessian }
    }

    /// f².
    #[inline(always)]
    pub(crate) fn squared(self) -> Self {
        let (r, [x, y], [xx, xy, yy]) = (self.value, self.gradient, self.hessian);
        let two = R::of(2.0);
        Self {
            value: r * r,
            gradient: [two * r * x, two * r * y],
            hessian: [two * (x * x + r * xx), two * (x * y + r * xy), two * (y * y + r * yy)],
        }
    }

    /// f g.
    #[inline(always)]
    pub(crate) fn product(self, other: Self) -> Self {
        let (f, [fx, fy], [fxx, fxy, fyy]) = (self.value, self.gradient, self.hessian);
        let (g, [gx, gy], [gxx, gxy, gyy]) = (other.value, other.gradient, other.hessian);
        let two = R::of(2.0);
        Self {
            value: f * g,
            gradient: [fx * g + f * gx, fy * g + f * gy],
            hessian: [
                fxx * g + two * fx * gx + f * gxx,
                fxy * g + fx * gy + fy * gx + f * gxy,
                fyy * g + two * fy * gy + f * gyy,
            ],
        }
    }

    /// g(x) + h(y) of their values, slopes and curvatures.
    #[inline(always)]
    pub(crate) fn separate([g, gx, gxx]: [R; 3], [h, hy, hyy]: [R; 3]) -> Self {
        Self { value: g + h, gradient: [gx, hy], hessian: [gxx, R::ZERO, hyy] }
    }
}

impl<R: Real> Add for Jet<R> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (g, h) = (other.gradient, other.hessian);
        Self {
            value: self.value + other.value,
            gradient: [self.gradient[0] + g[0], self.gradient[1] + g[1]],
            hessian: [self.hessian[0] + h[0], self.hessian[1] + h[1], self.hessian[2] + h[2]],
        }
    }
}

impl<R: Real> Mul<R> for Jet<R> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: R) -> Self {
        Self {
            value: self.value * factor,
            gradient: self.gradient.map(|x| x * factor),
            hessian: self.hessian.map(|x| x * factor),
        }
    }
}
