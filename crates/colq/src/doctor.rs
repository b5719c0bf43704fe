//! What this machine offers colq, as facts to print: of the store, the processor, and the speed of memory.

use crate::Result;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// Bytes that are read to measure the bandwidth: far more than any cache holds.
const MEASURED_BYTES: usize = 256 << 20;

/// Times that they are read; the best counts.
const RUNS: usize = 3;

/// Facts about this machine and the file system of a folder, or of the folder of a file, each with its name.
///
/// # Errors
/// There is no such folder.
pub fn doctor(path: impl AsRef<Path>) -> Result<Vec<(&'static str, String)>> {
    let path = path.as_ref();
    let folder = if path.is_file() { path.parent().unwrap_or(path) } else { path };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut facts = vec![
        ("processor", processor()),
        ("threads", threads.to_string()),
        ("bandwidth", format!("{:.1} GB/s read by {threads} threads", read_bandwidth(threads) / 1e9)),
    ];
    let machine = colq_store::machine();
    facts.extend(machine.facts());
    facts.extend(colq_store::Machine::folder(folder)?.facts());
    Ok(facts)
}

/// The instructions for vectors that kernels are chosen by.
fn processor() -> String {
    let mut names: Vec<&str> = vec![std::env::consts::ARCH];
    #[cfg(target_arch = "x86_64")]
    {
        let all = [
            ("sse4.2", is_x86_feature_detected!("sse4.2")),
            ("avx2", is_x86_feature_detected!("avx2")),
            ("avx512f", is_x86_feature_detected!("avx512f")),
        ];
        names.extend(all.iter().filter(|(_, is)| *is).map(|(name, _)| *name));
    }
    names.join(" ")
}

/// Bytes a second at which this many threads together (0 for one a processor) read memory of their own: the best of
/// three rounds over 256 MiB, about a tenth of a second in all.
pub fn read_bandwidth(threads: usize) -> f64 {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { all() } else { threads };
    let words = vec![1u64; MEASURED_BYTES / 8];
    let mut best = 0f64;
    for _ in 0..RUNS {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for part in words.chunks(words.len().div_ceil(threads)) {
                scope.spawn(move || black_box(part.iter().fold(0u64, |sum, word| sum.wrapping_add(*word))));
            }
        });
        best = best.max(MEASURED_BYTES as f64 / start.elapsed().as_secs_f64());
    }
    best
}
