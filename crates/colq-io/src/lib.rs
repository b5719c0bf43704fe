//! Files of other kinds in and out, as streams of batches.
