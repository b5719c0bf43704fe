//! Orders through whole plans: in memory, by scratch files, with and without a limit.
