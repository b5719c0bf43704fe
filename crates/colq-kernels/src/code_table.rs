//! Which codes of a dictionary are meant, in the shape in which they are looked up fastest.

use crate::pack::pack;

/// A dictionary of more values has a bit for each of them instead of a byte, so that all of it stays in the cache.
const MOST_FLAGS: usize = 1 << 16;

/// Up to so many codes are compared with one by one.
const FEW: usize = 8;

/// A set of the codes of a dictionary. [`lookup_codes`](crate::lookup_codes) tells of many rows which are in it.
#[derive(Debug, Clone)]
pub struct CodeTable {
    /// Codes are below this.
    len: usize,
    pub(crate) shape: Shape,
}

/// How a set is held.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// The codes from the first to the last, or all others. Of a sorted dictionary and a range.
    Run {
        first: u32,
        last: u32,
        is_inside: bool,
    },
    /// These few.
    Few(Vec<u32>),
    Flags(Vec<bool>),
    /// A bit for each code.
    Bits(Vec<u64>),
}

/// No code at all.
const NOTHING: Shape = Shape::Run { first: 1, last: 0, is_inside: true };

impl CodeTable {
    /// The codes whose flag is set, of as many as there are flags.
    pub fn of_flags(flags: Vec<bool>) -> CodeTable {
        let len = flags.len();
        let run = |wanted: bool| {
            let is_wanted = |flag: &bool| *flag == wanted;
            let (first, last) = (flags.iter().position(is_wanted)?, flags.iter().rposition(is_wanted)?);
            let is_run = flags.get(first..=last)?.iter().all(is_wanted);
            is_run.then_some(Shape::Run { first: first as u32, last: last as u32, is_inside: wanted })
        };
        let count = flags.iter().filter(|flag| **flag).count();
        let shape = if count == 0 {
            NOTHING
        } else if let Some(run) = run(true).or_else(|| run(false)) {
            run
        } else if count <= FEW {
            let codes = flags.iter().zip(0..).filter(|(flag, _)| **flag);
            Shape::Few(codes.map(|(_, code)| code).collect())
        } else if len <= MOST_FLAGS {
            Shape::Flags(flags)
        } else {
            let mut words = vec![0; len.div_ceil(64)];
            pack(&flags, false, &mut words, |flag| flag);
            Shape::Bits(words)
        };
        CodeTable { len, shape }
    }

    /// These codes, each below `len`, which rise.
    pub fn of_codes(codes: Vec<u32>, len: usize) -> CodeTable {
        let shape = match codes.as_slice() {
            [] => NOTHING,
            [first, .., last] if (*last - *first) as usize == codes.len() - 1 => {
                Shape::Run { first: *first, last: *last, is_inside: true }
            }
            [one] => Shape::Run { first: *one, last: *one, is_inside: true },
            few if few.len() <= FEW => Shape::Few(codes),
            _ => {
                let mut flags = vec![false; len];
                for code in codes {
                    if let Some(flag) = flags.get_mut(code as usize) {
                        *flag = true;
                    }
                }
                return CodeTable::of_flags(flags);
            }
        };
        CodeTable { len, shape }
    }

    /// All other codes.
    pub fn negated(self) -> CodeTable {
        match self.shape {
            Shape::Run { first, last, is_inside } => {
                CodeTable { shape: Shape::Run { first, last, is_inside: !is_inside }, ..self }
            }
            _ => CodeTable::of_flags((0..self.len).map(|code| !self.has(code)).collect()),
        }
    }

    /// Codes of the dictionary.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True where the dictionary has no codes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// True where no code is in the set.
    pub fn has_none(&self) -> bool {
        self.count() == 0
    }

    /// True where a code is in the set.
    #[inline]
    pub fn has(&self, code: usize) -> bool {
        code < self.len
            && match &self.shape {
                Shape::Run { first, last, is_inside } => {
                    (*first as usize <= code && code <= *last as usize) == *is_inside
                }
                Shape::Few(codes) => codes.iter().any(|one| *one as usize == code),
                Shape::Flags(flags) => flags.get(code).copied().unwrap_or(false),
                Shape::Bits(words) => words.get(code / 64).is_some_and(|word| word >> (code % 64) & 1 == 1),
            }
    }

    /// Codes in the set.
    pub fn count(&self) -> usize {
        match &self.shape {
            Shape::Run { first, last, is_inside } => {
                let inside = (*last as usize + 1).saturating_sub(*first as usize);
                if *is_inside { inside } else { self.len - inside }
            }
            Shape::Few(codes) => codes.len(),
            Shape::Flags(flags) => flags.iter().filter(|flag| **flag).count(),
            Shape::Bits(words) => words.iter().map(|word| word.count_ones() as usize).sum(),
        }
    }
}

impl FromIterator<bool> for CodeTable {
    fn from_iter<I: IntoIterator<Item = bool>>(flags: I) -> CodeTable {
        CodeTable::of_flags(flags.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_set_has_what_was_put_in(
            (len, wanted) in prop_oneof![Just(0usize), 1..300usize, Just(MOST_FLAGS + 70)].prop_flat_map(|len| {
                let some = prop::collection::btree_set(0..len.max(1) as u32, 0..20);
                let run = (0..len.max(1), 0..40usize).prop_map(|(first, more)| {
                    (first..first + more).map(|code| code as u32).collect()
                });
                (Just(len), prop_oneof![some, run])
            }),
            is_turned in any::<bool>(),
        ) {
            let wanted: Vec<u32> = wanted.into_iter().filter(|code| (*code as usize) < len).collect();
            let has = |code: usize| (code < len) && wanted.contains(&(code as u32)) != is_turned;
            let flags: Vec<bool> = (0..len).map(has).collect();
            let by_codes = CodeTable::of_codes(wanted.clone(), len);
            let by_codes = if is_turned { by_codes.negated() } else { by_codes };
            for table in [CodeTable::of_flags(flags.clone()), by_codes] {
                prop_assert_eq!((table.len(), table.is_empty()), (len, len == 0));
                prop_assert_eq!(table.count(), flags.iter().filter(|flag| **flag).count());
                for code in 0..len + 3 {
                    prop_assert_eq!(table.has(code), has(code), "{} of {:?}", code, table.shape);
                }
            }
        }
    }
}
