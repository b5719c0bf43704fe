//! Nothing: the package beside this file only names the crate whose .slt files are read.
