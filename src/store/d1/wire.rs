//! What travels between a node and the gateway: statements one way, rows the
//! other, both as JSON.
//!
//! D1 knows JavaScript's numbers alone: a whole number it cannot hold is refused
//! here, before it is rounded, and one that comes back whole is an integer.

use crate::store::{
    engine::{Statement, parameters},
    errors::DbError,
    rows::{INTEGER_MAX, Row, Value},
};
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Visitor},
};
use std::{collections::HashMap, fmt, sync::Arc};

/// The protocol that this version speaks.
pub(super) const PROTOCOL: u32 = 1;
/// The most statements of a call.
pub(super) const STATEMENTS_MAX: usize = 50;
/// The most bytes of a call's statements: the gateway takes eight million in all.
const CALL_MAX: usize = 7_900_000;
/// The most parameters of a statement.
const PARAMETERS_MAX: usize = 100;
/// The most bytes bound to a statement: D1 holds no row that is larger.
const BOUND_MAX: usize = 2_000_000;
/// The most bytes bound to the statements of a slice. JSON may write one byte as six.
const SLICE_MAX: usize = 1_000_000;

/// What a call may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Read, and nothing else.
    Read,
    /// Write, all of it or nothing.
    Write,
}

/// A statement as it travels: `["SQL",[…]]`.
pub(super) struct Encoded {
    /// Its text, for the log: no parameter is in it.
    pub(super) sql: &'static str,
    json: String,
}

impl Encoded {
    /// Checks a statement against D1's bounds and writes it down.
    pub(super) fn new(statement: &Statement) -> Result<Encoded, DbError> {
        let (sql, values) = (statement.sql, &statement.values);
        if !statement.is_complete() || values.len() > PARAMETERS_MAX {
            let (named, given) = (parameters(sql), values.len());
            tracing::error!(sql, named, given, "not the parameters that D1 takes");
            return Err(DbError::Shape);
        }
        let bound: usize = values.iter().map(size).sum();
        if bound > BOUND_MAX || !values.iter().all(is_kept) {
            tracing::error!(sql, bound, "a value is larger than D1 takes");
            return Err(DbError::Shape);
        }
        Encoded::text(sql, sql, values)
    }

    /// Writes another text down than the one that the log is to name.
    pub(super) fn text(
        sql: &'static str,
        text: &str,
        values: &[Value],
    ) -> Result<Encoded, DbError> {
        let values: Vec<Parameter<'_>> = values.iter().map(Parameter).collect();
        let json = serde_json::to_string(&(text, values)).map_err(|_| DbError::Shape)?;
        Ok(Encoded { sql, json })
    }

    /// Number of bytes it takes in a call.
    pub(super) fn bytes(&self) -> usize {
        self.json.len()
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Null | Value::Integer(_) | Value::Real(_) => 8,
    }
}

/// True if D1 keeps the value as it is.
fn is_kept(value: &Value) -> bool {
    match value {
        Value::Integer(number) => (-INTEGER_MAX..=INTEGER_MAX).contains(number),
        Value::Real(number) => number.is_finite(),
        Value::Null | Value::Text(_) => true,
    }
}

/// Writes statements down that are one batch.
pub(super) fn encode(statements: &[Statement]) -> Result<Vec<Encoded>, DbError> {
    let encoded: Vec<Encoded> = statements
        .iter()
        .map(Encoded::new)
        .collect::<Result<_, _>>()?;
    let bytes: usize = encoded.iter().map(Encoded::bytes).sum();
    if encoded.len() > STATEMENTS_MAX || bytes > CALL_MAX {
        let statements = encoded.len();
        tracing::error!(
            statements,
            bytes,
            "a batch is larger than the gateway takes"
        );
        return Err(DbError::Shape);
    }
    Ok(encoded)
}

/// Cuts statements into batches that a call can carry, in order.
pub(super) fn slices(statements: Vec<Statement>) -> Vec<Vec<Statement>> {
    let mut slices = vec![Vec::new()];
    let mut bytes = 0;
    for statement in statements {
        let more: usize = statement.values.iter().map(size).sum();
        let is_full = slices.last().is_some_and(|slice: &Vec<Statement>| {
            slice.len() == STATEMENTS_MAX || (!slice.is_empty() && bytes + more > SLICE_MAX)
        });
        if is_full {
            slices.push(Vec::new());
            bytes = 0;
        }
        bytes += more;
        if let Some(slice) = slices.last_mut() {
            slice.push(statement);
        }
    }
    slices
}

/// A call as it is sent, and sent again.
#[derive(Clone)]
pub(super) struct Call {
    /// What it may do.
    pub(super) mode: Mode,
    /// Number of its statements.
    pub(super) statements: usize,
    /// What is sent.
    pub(super) body: Bytes,
}

impl Call {
    /// The call of these statements. `bookmark` is the newest moment of the
    /// database that this node has seen; empty before an answer.
    pub(super) fn new<'a>(
        mode: Mode,
        statements: impl IntoIterator<Item = &'a Encoded>,
        bookmark: &str,
    ) -> Call {
        let word = match mode {
            Mode::Read => "read",
            Mode::Write => "write",
        };
        let bookmark = serde_json::Value::from(bookmark);
        let mut body = format!("{{\"mode\":\"{word}\",\"bookmark\":{bookmark},\"statements\":[");
        let mut number = 0;
        for statement in statements {
            if number > 0 {
                body.push(',');
            }
            body.push_str(&statement.json);
            number += 1;
        }
        body.push_str("]}");
        Call {
            mode,
            statements: number,
            body: Bytes::from(body),
        }
    }
}

struct Parameter<'a>(&'a Value);

impl Serialize for Parameter<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Real(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// What `GET /v1/hello` answers.
#[derive(Debug, Deserialize)]
pub(super) struct Hello {
    /// The protocol that the gateway speaks.
    pub(super) protocol: u32,
    /// Unix milliseconds, by the database's clock.
    pub(super) now: i64,
    /// Names of the migrations that were applied, in order.
    pub(super) migrations: Vec<String>,
}

/// What `POST /v1/batch` answers.
pub(super) struct Answer {
    /// Unix milliseconds, by the database's clock.
    pub(super) now: i64,
    /// The moment of the database that it was read at; later ones sort after it.
    pub(super) bookmark: String,
    /// The rows of each statement.
    pub(super) results: Vec<Vec<Row>>,
}

/// The body of an answer that tells why there is none.
#[derive(Deserialize)]
pub(super) struct Refusal {
    /// The gateway's word for it.
    pub(super) error: String,
}

#[derive(Deserialize)]
struct Tables {
    now: i64,
    #[serde(default)]
    bookmark: String,
    results: Vec<Table>,
}

#[derive(Deserialize)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// Reads an answer to so many statements; `None` if it is none.
pub(super) fn decode(body: &[u8], statements: usize) -> Option<Answer> {
    let tables: Tables = serde_json::from_slice(body).ok()?;
    let results: Vec<Vec<Row>> = tables
        .results
        .into_iter()
        .map(rows)
        .collect::<Option<_>>()?;
    (results.len() == statements).then_some(Answer {
        now: tables.now,
        bookmark: tables.bookmark,
        results,
    })
}

fn rows(table: Table) -> Option<Vec<Row>> {
    let width = table.columns.len();
    let columns: HashMap<String, usize> = table.columns.into_iter().zip(0..).collect();
    let columns = Arc::new(columns);
    let row = |cells: Vec<Cell>| {
        (cells.len() == width).then(|| Row {
            columns: columns.clone(),
            values: cells.into_iter().map(|Cell(value)| value).collect(),
        })
    };
    table.rows.into_iter().map(row).collect()
}

struct Cell(Value);

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cell, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl Visitor<'_> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a number or a text")
    }

    fn visit_unit<E: Error>(self) -> Result<Cell, E> {
        Ok(Cell(Value::Null))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Cell, E> {
        Ok(Cell(Value::Integer(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Cell, E> {
        i64::try_from(number)
            .map(|number| Cell(Value::Integer(number)))
            .map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Cell, E> {
        // JSON may write a whole number with a point or an exponent.
        let whole = number.fract() == 0.0 && number.abs() <= INTEGER_MAX as f64;
        Ok(Cell(if whole {
            Value::Integer(number as i64)
        } else {
            Value::Real(number)
        }))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell(Value::Text(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Cell, E> {
        Ok(Cell(Value::Text(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(statement: &Statement) -> Result<String, DbError> {
        Encoded::new(statement).map(|encoded| encoded.json)
    }

    #[test]
    fn values_travel_as_json() {
        let statement = Statement::new("SELECT ?1, ?2, ?3")
            .bind(INTEGER_MAX)
            .bind("a \"b\"\n\0é")
            .bind(None::<i64>);
        let json = r#"["SELECT ?1, ?2, ?3",[9007199254740991,"a \"b\"\n\u0000é",null]]"#;
        assert_eq!(encoded(&statement).as_deref(), Ok(json));
        let mut real = Statement::new("SELECT ?1");
        real.values.push(Value::Real(0.5));
        assert_eq!(encoded(&real).as_deref(), Ok(r#"["SELECT ?1",[0.5]]"#));

        let one = || Encoded::new(&Statement::new("SELECT 1")).expect("can be written");
        let call = Call::new(Mode::Write, &[one(), one()], "a\"b");
        let json =
            r#"{"mode":"write","bookmark":"a\"b","statements":[["SELECT 1",[]],["SELECT 1",[]]]}"#;
        assert_eq!((call.statements, &call.body[..]), (2, json.as_bytes()));
    }

    #[test]
    fn what_d1_would_alter_or_refuse_does_not_leave() {
        let one = |value: Value| {
            let mut statement = Statement::new("SELECT ?1");
            statement.values.push(value);
            encoded(&statement).is_ok()
        };
        assert!(one(Value::Integer(-INTEGER_MAX)));
        assert!(!one(Value::Integer(INTEGER_MAX + 1)));
        assert!(!one(Value::Integer(i64::MIN)));
        assert!(!one(Value::Real(f64::INFINITY)));
        assert!(one(Value::Text("x".repeat(BOUND_MAX))));
        assert!(!one(Value::Text("x".repeat(BOUND_MAX + 1))));
        // A value too few, and one too many.
        assert!(encoded(&Statement::new("SELECT ?1")).is_err());
        assert!(encoded(&Statement::new("SELECT 1").bind("x")).is_err());

        let many = |count| vec![Statement::new("SELECT 1"); count];
        assert!(encode(&many(STATEMENTS_MAX)).is_ok());
        assert_eq!(
            encode(&many(STATEMENTS_MAX + 1)).err(),
            Some(DbError::Shape)
        );
        let large = |_| Statement::new("SELECT ?1").bind("x".repeat(1_900_000));
        let large: Vec<Statement> = (0..5).map(large).collect();
        assert_eq!(encode(&large).err(), Some(DbError::Shape));
    }

    #[test]
    fn many_statements_are_cut_into_what_a_call_carries() {
        let lengths = |statements: Vec<Statement>| {
            let slices = slices(statements);
            slices.iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(lengths(vec![Statement::new("SELECT 1"); 101]), [50, 50, 1]);
        let large = |_| Statement::new("SELECT ?1").bind("x".repeat(400_000));
        assert_eq!(lengths((0..5).map(large).collect()), [2, 2, 1]);
        let huge = |_| Statement::new("SELECT ?1").bind("x".repeat(1_500_000));
        assert_eq!(lengths((0..2).map(huge).collect()), [1, 1]);
    }

    #[test]
    fn rows_are_read_by_name() {
        let body = br#"{"now":17,"bookmark":"b","results":[
            {"columns":["a","b","c"],"rows":[[1,"x",null],[2.0,"",0.5],[1e3,"y",-3]]},
            {"columns":[],"rows":[]}]}"#;
        let answer = decode(body, 2).expect("is one");
        assert_eq!((answer.now, answer.bookmark.as_str()), (17, "b"));
        assert!(answer.results[1].is_empty());
        let rows = &answer.results[0];
        assert_eq!(rows[0].int("a"), Ok(1));
        assert_eq!(rows[0].opt_text("c"), Ok(None));
        assert_eq!(rows[1].int("a"), Ok(2));
        assert!(rows[1].values[2] == Value::Real(0.5));
        assert_eq!((rows[2].int("a"), rows[2].int("c")), (Ok(1000), Ok(-3)));
    }

    #[test]
    fn what_is_no_answer_is_none() {
        let bodies: [&[u8]; 7] = [
            b"",
            b"<html>",
            br#"{"now":17}"#,
            br#"{"now":17,"results":[]}"#,
            br#"{"now":17,"results":[{"columns":["a"],"rows":[[1,2]]}]}"#,
            br#"{"now":17,"results":[{"columns":["a"],"rows":[[[1]]]}]}"#,
            br#"{"now":17,"results":[{"columns":["a"],"rows":[[true]]}]}"#,
        ];
        for body in bodies {
            let said = String::from_utf8_lossy(body);
            assert!(decode(body, 1).is_none(), "{said}");
        }
    }
}
