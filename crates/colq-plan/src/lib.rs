//! A query as data: expressions, plans, type checking, rewrites.
