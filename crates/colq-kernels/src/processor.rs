//! Which processors the loops are compiled for, in one place.
//!
//! [`vectorised`] compiles a function once for each vector width and picks at run time. The loops are plain
//! Rust that the compiler vectorises, so there is nothing unsafe and nothing to keep in step; a float is never
//! contracted or reordered, so that every version gives the same bits. NEON is part of every 64-bit ARM and so
//! needs no version of its own.

/// Compiles the function for AVX-512, for AVX2 and for the plain target; what it calls must be inlined.
macro_rules! vectorised {
    ($(#[$meta:meta])* $visibility:vis fn $($function:tt)*) => {
        #[multiversion::multiversion(targets(
            "x86_64+avx+avx2+avx512bw+avx512cd+avx512dq+avx512f+avx512vl+bmi1+bmi2+f16c+fma+lzcnt+movbe+popcnt+sse3+sse4.1+sse4.2+ssse3",
            "x86_64+avx+avx2+bmi1+bmi2+f16c+fma+lzcnt+movbe+popcnt+sse3+sse4.1+sse4.2+ssse3",
        ))]
        $(#[$meta])*
        $visibility fn $($function)*
    };
}
pub(crate) use vectorised;
