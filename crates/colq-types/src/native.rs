//! The sealed trait of the number types whose mapped bytes may become a slice.

use crate::Physical;
use half::{bf16, f16};
use std::fmt::Debug;

mod sealed {
    pub trait Sealed {}
}

/// A number type whose every bit pattern is a value, so that bytes may be viewed as a slice of it.
///
/// `bool`, `char` and `str` are not among them, because some bytes are no value of those:
///
/// ```compile_fail
/// fn needs_native<T: colq_types::Native>() {}
/// needs_native::<bool>();
/// ```
pub trait Native:
    sealed::Sealed + bytemuck::Pod + PartialOrd + Debug + Default + Send + Sync + 'static
{
    /// The layout this type has.
    const PHYSICAL: Physical;
    /// Converts to `f64`: exact but for 64-bit integers, which round to nearest.
    fn to_f64(self) -> f64;
    /// Converts to `i128`: exact for integers, truncating for floats (NaN gives 0).
    fn to_i128(self) -> i128;
    /// True for NaN only.
    fn is_nan(self) -> bool;
}

/// The integers of up to 64 bits among the [`Native`] types.
pub trait Integer: Native + Ord + Eq + std::hash::Hash {
    /// True for `i8` to `i64`.
    const SIGNED: bool;
    /// The value as `high * 2^32 + low`, with `low` in `0..2^32`: sums of the parts of up to 2^31 values do
    /// not overflow, which is how integer sums stay exact at the speed of 64-bit additions.
    fn split(self) -> (i64, u64);
}

macro_rules! integer {
    ($type:ty, $signed:expr) => {
        impl Integer for $type {
            const SIGNED: bool = $signed;
            #[inline(always)]
            fn split(self) -> (i64, u64) {
                // Widening keeps the sign; only u64 needs its top bit kept out of it.
                let low = self as u64 & 0xffff_ffff;
                let high = if $signed { (self as i64) >> 32 } else { ((self as u64) >> 32) as i64 };
                (high, low)
            }
        }
    };
}

integer!(i8, true);
integer!(i16, true);
integer!(i32, true);
integer!(i64, true);
integer!(u8, false);
integer!(u16, false);
integer!(u32, false);
integer!(u64, false);

macro_rules! native {
    ($type:ty, $physical:ident, $is_nan:expr) => {
        impl sealed::Sealed for $type {}
        impl Native for $type {
            const PHYSICAL: Physical = Physical::$physical;
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn to_i128(self) -> i128 {
                self as i128
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                let is_nan: fn($type) -> bool = $is_nan;
                is_nan(self)
            }
        }
    };
}

native!(i8, I8, |_| false);
native!(i16, I16, |_| false);
native!(i32, I32, |_| false);
native!(i64, I64, |_| false);
native!(u8, U8, |_| false);
native!(u16, U16, |_| false);
native!(u32, U32, |_| false);
native!(u64, U64, |_| false);
native!(f32, F32, f32::is_nan);
native!(f64, F64, f64::is_nan);
native!(i128, I128, |_| false);

macro_rules! half_float {
    ($type:ty, $physical:ident) => {
        impl sealed::Sealed for $type {}
        impl Native for $type {
            const PHYSICAL: Physical = Physical::$physical;
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn to_i128(self) -> i128 {
                f64::from(self) as i128
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                <$type>::is_nan(self)
            }
        }
    };
}

half_float!(f16, F16);
half_float!(bf16, Bf16);
