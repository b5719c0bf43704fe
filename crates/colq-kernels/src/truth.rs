//! Three-valued logic, 64 rows at a time.

use crate::Error;
use colq_column::{Bitmap, Buffer, Column, Values, View};
use colq_types::DataType;

/// True, false or NULL for each row.
///
/// **Invariant: no row is in both bitmaps, and both have the same length.** A row in neither is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// The rows that are true.
    pub trues: Bitmap,
    /// The rows that are NULL; `None` when no row is.
    pub nulls: Option<Bitmap>,
}

impl Truth {
    /// True for every row.
    pub fn all_true(len: usize) -> Truth {
        Truth { trues: Bitmap::ones(len), nulls: None }
    }

    /// False for every row.
    pub fn all_false(len: usize) -> Truth {
        Truth { trues: Bitmap::zeros(len), nulls: None }
    }

    /// NULL for every row.
    pub fn all_null(len: usize) -> Truth {
        Truth { trues: Bitmap::zeros(len), nulls: Some(Bitmap::ones(len)) }
    }

    /// The bits of a comparison with the validity of what was compared: NULL where that has a zero.
    pub fn masked(mut bits: Bitmap, validity: Option<&Bitmap>) -> Truth {
        let Some(validity) = validity else { return Truth { trues: bits, nulls: None } };
        bits.and_assign(validity);
        let mut nulls = validity.clone();
        nulls.not_assign();
        Truth { trues: bits, nulls: Some(nulls) }.tidied()
    }

    /// The values of a bool column.
    ///
    /// # Errors
    /// [`Error::WrongLayout`] for a view that is not bool.
    pub fn from_bools(view: &View<'_>) -> Result<Truth, Error> {
        let Values::Bool(bytes) = view.values else {
            return Err(Error::WrongLayout { expected: "bool", found: view.values.physical().name() });
        };
        let mut bits = Bitmap::zeros(bytes.len());
        crate::pack::pack(bytes, false, bits.words_mut(), |byte| byte != 0);
        Ok(Truth::masked(bits, view.validity))
    }

    /// `IS NULL` of `len` rows with this validity. Never NULL itself.
    pub fn is_null(validity: Option<&Bitmap>, len: usize) -> Truth {
        let mut truth = Truth::is_not_null(validity, len);
        truth.trues.not_assign();
        truth
    }

    /// `IS NOT NULL` of `len` rows with this validity. Never NULL itself.
    pub fn is_not_null(validity: Option<&Bitmap>, len: usize) -> Truth {
        let trues = validity.cloned().unwrap_or_else(|| Bitmap::ones(len));
        Truth { trues, nulls: None }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.trues.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.trues.is_empty()
    }

    /// The rows that are false.
    pub fn falses(&self) -> Bitmap {
        let mut falses = self.trues.clone();
        if let Some(nulls) = &self.nulls {
            falses.or_assign(nulls);
        }
        falses.not_assign();
        falses
    }

    /// The rows that are not false: those for which the right side of an AND still matters.
    pub fn not_falses(&self) -> Bitmap {
        let mut rows = self.trues.clone();
        if let Some(nulls) = &self.nulls {
            rows.or_assign(nulls);
        }
        rows
    }

    /// The rows that are not true: those for which the right side of an OR still matters.
    pub fn not_trues(&self) -> Bitmap {
        let mut rows = self.trues.clone();
        rows.not_assign();
        rows
    }

    /// Law: false where either is false, else NULL where either is NULL, else true. Lengths must be equal.
    #[must_use]
    pub fn and(mut self, other: &Truth) -> Truth {
        self.nulls = match (self.nulls.take(), &other.nulls) {
            (None, None) => None,
            (Some(mut nulls), None) => {
                nulls.and_assign(&other.trues);
                Some(nulls)
            }
            (None, Some(nulls)) => {
                let mut nulls = nulls.clone();
                nulls.and_assign(&self.trues);
                Some(nulls)
            }
            (Some(mut nulls), Some(others)) => {
                for (((null, other_null), is_true), other_true) in nulls
                    .words_mut()
                    .iter_mut()
                    .zip(others.words())
                    .zip(self.trues.words())
                    .zip(other.trues.words())
                {
                    *null = *null & (other_true | other_null) | other_null & is_true;
                }
                Some(nulls)
            }
        };
        self.trues.and_assign(&other.trues);
        self.tidied()
    }

    /// Law: true where either is true, else NULL where either is NULL, else false. Lengths must be equal.
    #[must_use]
    pub fn or(mut self, other: &Truth) -> Truth {
        self.trues.or_assign(&other.trues);
        self.nulls = match (self.nulls.take(), &other.nulls) {
            (None, None) => None,
            (Some(nulls), None) => Some(nulls),
            (None, Some(nulls)) => Some(nulls.clone()),
            (Some(mut nulls), Some(others)) => {
                nulls.or_assign(others);
                Some(nulls)
            }
        };
        if let Some(nulls) = &mut self.nulls {
            nulls.and_not_assign(&self.trues);
        }
        self.tidied()
    }

    /// Law: true where it was false, false where it was true, NULL where it was NULL.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "it stands beside and() and or(), which have no operator"
    )]
    pub fn not(mut self) -> Truth {
        self.trues = self.falses();
        self
    }

    /// The same as a bool column.
    pub fn to_column(&self) -> Column {
        let validity = self.nulls.as_ref().map(|nulls| {
            let mut validity = nulls.clone();
            validity.not_assign();
            validity
        });
        Column {
            data_type: DataType::Bool,
            values: Buffer::Bool(crate::pack::unpack(&self.trues)),
            validity: None,
            dictionary: None,
        }
        .with_validity(validity)
    }

    /// No nulls are written as none.
    fn tidied(mut self) -> Truth {
        self.nulls = self.nulls.filter(|nulls| nulls.words().iter().any(|word| *word != 0));
        self
    }
}
