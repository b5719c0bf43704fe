//! Generators and a naive row-at-a-time reference engine that judges the others.
