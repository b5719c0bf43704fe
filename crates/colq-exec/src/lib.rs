//! Runs a plan over any column source, in parallel and with the same bits for any thread count.
