//! Whole tables: there and back, appended to, damaged, and cut short at every call.

mod damage;
mod edits;
mod extremes;
pub(crate) mod faults;
mod faults_of_layouts;
mod free_text;
mod invariant;
mod locking;
mod ordering;
mod power_loss;
mod recovery;
mod round_trip;
mod sample;
mod shared;
mod state;
mod vacuuming;
mod ways;

use std::process::{Child, Command};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// Written while a child of this process begins: until it runs its own program it holds what this one has locked.
static CHILDREN: RwLock<()> = RwLock::new(());

/// A child that has begun.
fn child(command: &mut Command) -> Child {
    let _alone = CHILDREN.write().unwrap_or_else(PoisonError::into_inner);
    command.spawn().unwrap()
}

/// For tests that let go of a lock and then see that it is free: no child begins while this lives.
fn no_child_begins() -> RwLockReadGuard<'static, ()> {
    CHILDREN.read().unwrap_or_else(PoisonError::into_inner)
}
