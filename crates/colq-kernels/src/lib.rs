//! Pure single-threaded functions over column views.
