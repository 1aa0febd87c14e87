//! Values and rows: small types of our own, so that an engine that speaks HTTP and
//! JSON (Cloudflare D1) can answer as the embedded one does.

use super::errors::DbError;
use std::{collections::HashMap, sync::Arc};

/// The largest whole number that every engine keeps as it is, and with the other
/// sign the smallest: D1 has no others than JavaScript has.
pub const INTEGER_MAX: i64 = (1 << 53) - 1;

/// A value as SQLite and D1 both know it.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// INTEGER: within ±[`INTEGER_MAX`], where it is to be kept by every engine.
    Integer(i64),
    /// REAL: 64-bit floating point.
    Real(f64),
    /// TEXT: UTF-8.
    Text(String),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Integer(i64::from(number))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// One row: values by column name.
#[derive(Clone)]
pub struct Row {
    pub(super) columns: Arc<HashMap<String, usize>>,
    pub(super) values: Vec<Value>,
}

impl Row {
    fn get(&self, column: &str) -> Result<&Value, DbError> {
        let index = self.columns.get(column).ok_or_else(|| {
            tracing::error!(column, "the row has no such column");
            DbError::Shape
        })?;
        self.values.get(*index).ok_or(DbError::Shape)
    }

    /// A TEXT column that is never NULL.
    pub fn text(&self, column: &str) -> Result<String, DbError> {
        self.opt_text(column)?.ok_or(DbError::Shape)
    }

    /// A TEXT column.
    pub fn opt_text(&self, column: &str) -> Result<Option<String>, DbError> {
        match self.get(column)? {
            Value::Text(text) => Ok(Some(text.clone())),
            Value::Null => Ok(None),
            _ => Err(DbError::Shape),
        }
    }

    /// An INTEGER column that is never NULL.
    pub fn int(&self, column: &str) -> Result<i64, DbError> {
        self.opt_int(column)?.ok_or(DbError::Shape)
    }

    /// An INTEGER column.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, DbError> {
        match self.get(column)? {
            Value::Integer(number) => Ok(Some(*number)),
            Value::Null => Ok(None),
            _ => Err(DbError::Shape),
        }
    }

    /// The columns that begin with `prefix`, as a row of their own without it:
    /// one of the tables of a join.
    pub fn part(&self, prefix: &str) -> Row {
        let of_part = self.columns.iter().filter_map(|(name, index)| {
            let name = name.strip_prefix(prefix)?;
            Some((name.to_owned(), self.values.get(*index)?.clone()))
        });
        let (mut columns, mut values) = (HashMap::new(), Vec::new());
        for (name, value) in of_part {
            columns.insert(name, values.len());
            values.push(value);
        }
        Row {
            columns: Arc::new(columns),
            values,
        }
    }

    /// A column holding JSON of `T`.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, DbError> {
        serde_json::from_str(&self.text(column)?).map_err(|_| DbError::Shape)
    }
}
