//! The arguments of a call while they are checked: how many, of which types, literal or not.

use crate::coerce::{adapt_literal, cast, vector_operation};
use crate::{PlanError, PlanErrorKind, Span, Typed, TypedKind};
use colq_types::{DataType, Function, Scalar};

/// A call on its way to a checked expression.
pub(crate) struct Call {
    /// The function's first name.
    pub(crate) name: &'static str,
    /// Its arguments, as the reference writes them.
    pub(crate) arguments: &'static str,
    /// What it was given.
    pub(crate) args: Vec<Typed>,
    /// Where the call stands.
    pub(crate) span: Option<Span>,
}

impl Call {
    /// The error for arguments that are too few or too many.
    pub(crate) fn wrong_count(&self) -> PlanError {
        let kind = PlanErrorKind::WrongArguments {
            function: self.name.to_owned(),
            takes: self.arguments.to_owned(),
            found: self.args.len(),
        };
        PlanError::new(kind, self.span)
    }

    /// Exactly `N` arguments.
    pub(crate) fn exactly<const N: usize>(&mut self) -> Result<[Typed; N], PlanError> {
        if self.args.len() != N {
            return Err(self.wrong_count());
        }
        <[Typed; N]>::try_from(std::mem::take(&mut self.args)).map_err(|_| self.wrong_count())
    }

    /// At least `low` and at most `high` arguments.
    pub(crate) fn between(&mut self, low: usize, high: usize) -> Result<Vec<Typed>, PlanError> {
        if !(low..=high).contains(&self.args.len()) {
            return Err(self.wrong_count());
        }
        Ok(std::mem::take(&mut self.args))
    }

    /// The error for an argument of a type that the function does not take.
    pub(crate) fn mismatch(&self, found: &Typed, expected: &str) -> PlanError {
        if found.data_type.is_vector() {
            return vector_operation(self.name, found.span.or(self.span));
        }
        let kind = PlanErrorKind::TypeMismatch {
            operation: self.name.to_owned(),
            found: vec![found.data_type],
            expected: expected.to_owned(),
        };
        PlanError::new(kind, found.span.or(self.span))
    }

    /// An argument of exactly this type; NULL and text literals are read as it.
    fn adapted(&self, arg: Typed, to: DataType, expected: &str) -> Result<Typed, PlanError> {
        let arg = adapt_literal(arg, to)?;
        if arg.data_type == to { Ok(arg) } else { Err(self.mismatch(&arg, expected)) }
    }

    /// A text.
    pub(crate) fn text(&self, arg: Typed) -> Result<Typed, PlanError> {
        self.adapted(arg, DataType::Text, "a text")
    }

    /// A number, as f64.
    pub(crate) fn float(&self, arg: Typed) -> Result<Typed, PlanError> {
        let arg = adapt_literal(arg, DataType::F64)?;
        if arg.data_type.is_number() {
            Ok(cast(arg, DataType::F64))
        } else {
            Err(self.mismatch(&arg, "a number"))
        }
    }

    /// An integer, as i64.
    pub(crate) fn integer(&self, arg: Typed) -> Result<Typed, PlanError> {
        let arg = if arg.data_type.is_number() { arg } else { adapt_literal(arg, DataType::I64)? };
        match arg.data_type {
            t if t.is_integer() => Ok(cast(arg, DataType::I64)),
            _ => Err(self.mismatch(&arg, "a whole number")),
        }
    }

    /// A number in the type in which queries compute: i64, u64, f32, f64 or a decimal of 38 digits.
    pub(crate) fn number(&self, arg: Typed) -> Result<Typed, PlanError> {
        let arg = adapt_literal(arg, DataType::F64)?;
        let to = match arg.data_type {
            DataType::U64 => DataType::U64,
            DataType::F64 => DataType::F64,
            t if t.is_float() => DataType::F32,
            t if t.is_integer() => DataType::I64,
            DataType::Decimal { scale, .. } => crate::coerce::decimal_of(scale),
            _ => return Err(self.mismatch(&arg, "a number")),
        };
        Ok(cast(arg, to))
    }

    /// A literal text.
    pub(crate) fn literal_text(&self, arg: &Typed, expected: &str) -> Result<String, PlanError> {
        match &arg.kind {
            TypedKind::Literal(Scalar::Text(text)) => Ok(text.clone()),
            _ => {
                let kind = PlanErrorKind::InvalidArgument {
                    function: self.name.to_owned(),
                    problem: format!("takes {expected} as a literal"),
                    choices: Vec::new(),
                    name: String::new(),
                };
                Err(PlanError::new(kind, arg.span.or(self.span)))
            }
        }
    }

    /// The checked call.
    pub(crate) fn give(
        &self,
        function: Function,
        args: Vec<Typed>,
        data_type: DataType,
    ) -> Result<Typed, PlanError> {
        Ok(Typed { kind: TypedKind::Call { function, args }, data_type, span: self.span })
    }
}

/// An i64 literal that the call fills in.
pub(crate) fn whole(value: i64) -> Typed {
    Typed { kind: TypedKind::Literal(Scalar::I64(value)), data_type: DataType::I64, span: None }
}

/// A text literal that the call fills in.
pub(crate) fn words(value: &str) -> Typed {
    Typed { kind: TypedKind::Literal(Scalar::Text(value.to_owned())), data_type: DataType::Text, span: None }
}
