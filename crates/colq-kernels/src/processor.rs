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

/// Which version of the loops this machine runs: `avx512`, `avx2`, `neon`, or `plain` for the target's own instructions.
pub fn kernel_level() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = std::arch::is_x86_feature_detected!("avx2")
            && std::arch::is_x86_feature_detected!("bmi1")
            && std::arch::is_x86_feature_detected!("bmi2")
            && std::arch::is_x86_feature_detected!("f16c")
            && std::arch::is_x86_feature_detected!("fma")
            && std::arch::is_x86_feature_detected!("lzcnt")
            && std::arch::is_x86_feature_detected!("movbe")
            && std::arch::is_x86_feature_detected!("popcnt");
        let avx512 = std::arch::is_x86_feature_detected!("avx512bw")
            && std::arch::is_x86_feature_detected!("avx512cd")
            && std::arch::is_x86_feature_detected!("avx512dq")
            && std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512vl");
        match (avx2, avx512) {
            (true, true) => "avx512",
            (true, false) => "avx2",
            _ => "plain",
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    if cfg!(target_arch = "aarch64") { "neon" } else { "plain" }
}
