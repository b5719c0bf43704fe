//! What each rule of the reference engine comes to, computed by hand: these cases are the specification.
