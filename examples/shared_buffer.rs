//! A million numbers handed to another process without a copy: this one starts itself a second time and gives it the
//! buffer as its standard input. The buffer is sealed, so neither can change it under the other.
//!
//! Run it with `cargo run --example shared_buffer`.

use colq::SharedBuffer;
use std::io::Read;
use std::process::{Command, Stdio};

const LEN: usize = 1_000_000;

/// Set for the second process.
const SECOND: &str = "COLQ_EXAMPLE_SECOND";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::var_os(SECOND).is_some() {
        // Seals and length are checked before anything is mapped, so this is safe whoever the parent is.
        let buffer = SharedBuffer::<u64>::from_stdin()?;
        assert_eq!(buffer.as_slice().len(), LEN);
        println!("{}", buffer.as_slice().iter().sum::<u64>());
        return Ok(());
    }
    if !colq::machine().has_sealed_memory {
        println!("this system has no sealed files in memory");
        return Ok(());
    }
    let buffer = SharedBuffer::<u64>::filled(LEN, |slots| {
        slots.iter_mut().zip(1..).for_each(|(slot, number)| *slot = number);
    })?;
    let mut second = Command::new(std::env::current_exe()?)
        .env(SECOND, "1")
        .stdin(buffer.stdio()?)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut answer = String::new();
    second.stdout.take().ok_or("the second process says nothing")?.read_to_string(&mut answer)?;
    assert!(second.wait()?.success());

    let sum: u64 = buffer.as_slice().iter().sum();
    assert_eq!(answer.trim().parse::<u64>()?, sum);
    // Nobody can shorten it under the others.
    assert!(std::fs::File::from(buffer.try_clone_fd()?).set_len(0).is_err());
    println!("both processes add {LEN} numbers up to {sum}");
    Ok(())
}
