//! The front door of colq.
