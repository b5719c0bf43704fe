//! Which processors the loops are compiled for, in one place.
//!
//! [`vectorised`] compiles a function once for each vector width and picks at run time. The loops are plain
//! Rust that the compiler vectorises, so there is nothing unsafe and nothing to keep in step; a float is never
//! contracted or reordered, so that every version gives the same bits. NEON is part of every 64-bit ARM and so
//! needs no version of its own.
//!
//! The environment variable `COLQ_KERNELS` lowers the width: `avx2`, or `plain` for the target's own instructions.
//! Tests run every width that the machine has by it; it is read once. Other values change nothing.

use std::sync::OnceLock;

/// A vector width, from the narrowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Plain,
    Avx2,
    Avx512,
}

/// Compiles the function for AVX-512, for AVX2 and for the plain target; what it calls must be inlined. Arguments are
/// plain names, and a type parameter has one bound at most.
macro_rules! vectorised {
    (
        $(#[$meta:meta])*
        $visibility:vis fn $name:ident $(<$($generic:ident $(: $bound:path)?),+ $(,)?>)?
        ($($argument:ident: $type:ty),* $(,)?) $(-> $answer:ty)? $body:block
    ) => {
        $(#[$meta])*
        $visibility fn $name $(<$($generic $(: $bound)?),+>)? ($($argument: $type),*) $(-> $answer)? {
            #[inline(always)]
            fn body $(<$($generic $(: $bound)?),+>)? ($($argument: $type),*) $(-> $answer)? $body

            #[multiversion::multiversion(targets(
                "x86_64+avx+avx2+avx512bw+avx512cd+avx512dq+avx512f+avx512vl+bmi1+bmi2+f16c+fma+lzcnt+movbe+popcnt+sse3+sse4.1+sse4.2+ssse3",
            ))]
            fn avx512 $(<$($generic $(: $bound)?),+>)? ($($argument: $type),*) $(-> $answer)? {
                body($($argument),*)
            }

            #[multiversion::multiversion(targets(
                "x86_64+avx+avx2+bmi1+bmi2+f16c+fma+lzcnt+movbe+popcnt+sse3+sse4.1+sse4.2+ssse3",
            ))]
            fn avx2 $(<$($generic $(: $bound)?),+>)? ($($argument: $type),*) $(-> $answer)? {
                body($($argument),*)
            }

            match $crate::processor::level() {
                $crate::processor::Level::Avx512 => avx512($($argument),*),
                $crate::processor::Level::Avx2 => avx2($($argument),*),
                $crate::processor::Level::Plain => body($($argument),*),
            }
        }
    };
}
pub(crate) use vectorised;

/// The width that is used.
#[inline]
pub(crate) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let wanted = match std::env::var("COLQ_KERNELS").as_deref() {
            Ok("plain") => Level::Plain,
            Ok("avx2") => Level::Avx2,
            _ => Level::Avx512,
        };
        wanted.min(supported())
    })
}

/// The widest that the machine has.
fn supported() -> Level {
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
            (true, true) => Level::Avx512,
            (true, false) => Level::Avx2,
            _ => Level::Plain,
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    Level::Plain
}

/// Which version of the loops is used: `avx512`, `avx2`, `neon`, or `plain` for the target's own instructions.
pub fn kernel_level() -> &'static str {
    match level() {
        Level::Avx512 => "avx512",
        Level::Avx2 => "avx2",
        Level::Plain if cfg!(target_arch = "aarch64") => "neon",
        Level::Plain => "plain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the tests of this crate once more with every narrower width of the machine: their naive twins have no widths.
    #[test]
    fn every_narrower_width_passes_all_tests() {
        const NAME: &str = "COLQ_KERNELS";
        if std::env::var_os(NAME).is_some() {
            return;
        }
        assert_eq!(level(), supported());
        for (width, name) in [(Level::Avx2, "avx2"), (Level::Plain, "plain")] {
            if width < supported() {
                let tests = std::env::current_exe().unwrap();
                let run = std::process::Command::new(tests).env(NAME, name).output().unwrap();
                let said = String::from_utf8_lossy(&run.stdout);
                assert!(run.status.success(), "with {NAME}={name}:\n{said}");
            }
        }
    }

    #[test]
    fn the_width_that_was_asked_for_is_used() {
        if let Ok(name) = std::env::var("COLQ_KERNELS") {
            assert!(kernel_level() == name || level() == supported());
        }
    }
}
