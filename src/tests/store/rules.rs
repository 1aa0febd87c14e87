//! The rules for SQL, held over every statement and migration, so that all
//! engines understand the same and come to the same.
//!
//! D1 binds every number as REAL: what shows a number's type would show 5.0 there
//! for 5, and a division would have a remainder. Its bounds are narrower than
//! SQLite's, and some of them only Cloudflare has, so that no local copy finds out.

use imgc::store::{Db, all_statements};
use sqlx::{Column as _, ConnectOptions as _, Executor as _, Statement as _};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    /// A function's name: a parenthesis follows without a space.
    Call,
    Number,
    Text,
    Parameter,
    Sign,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
}

impl Token<'_> {
    fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    fn is_word(&self, words: &[&str]) -> bool {
        self.kind == Kind::Word && words.iter().any(|w| self.text.eq_ignore_ascii_case(w))
    }
}

fn tokens(sql: &str) -> Vec<Token<'_>> {
    const DOUBLE: [&str; 6] = ["||", "<=", ">=", "<>", "<<", ">>"];
    let mut found = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let (kind, length) = match first {
            '\'' => (Kind::Text, length_of_text(rest)),
            '?' => (Kind::Parameter, 1 + length_while(&rest[1..], is_digit)),
            c if is_digit(c) => (Kind::Number, length_while(rest, is_digit)),
            c if is_of_word(c) => {
                let length = length_while(rest, is_of_word);
                let is_call = rest[length..].starts_with('(');
                (if is_call { Kind::Call } else { Kind::Word }, length)
            }
            _ if DOUBLE.iter().any(|sign| rest.starts_with(sign)) => (Kind::Sign, 2),
            c => (Kind::Sign, c.len_utf8()),
        };
        let text = &rest[..length];
        found.push(Token { kind, text });
        rest = rest[length..].trim_start();
    }
    found
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn length_while(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// The length of a text with its quotes; two of them inside are one sign.
fn length_of_text(rest: &str) -> usize {
    let mut at = 1;
    loop {
        at += rest[at..].find('\'').unwrap() + 1;
        if !rest[at..].starts_with('\'') {
            return at;
        }
        at += 1;
    }
}

/// The place of the parenthesis that closes the one at `open`.
fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        depth += i32::from(token.is("(")) - i32::from(token.is(")"));
        if depth == 0 {
            return at;
        }
    }
    panic!("a parenthesis stays open: {tokens:?}");
}

/// The place of the parenthesis that the one at `close` closes.
fn opening(tokens: &[Token<'_>], close: usize) -> usize {
    (0..close)
        .rev()
        .find(|&at| tokens[at].is("(") && closing(tokens, at) == close)
        .unwrap()
}

/// True if a parameter is part of an expression; not what a query inside asks by.
fn is_bound(tokens: &[Token<'_>]) -> bool {
    let mut at = 0;
    while at < tokens.len() {
        let is_query = tokens.get(at + 1).is_some_and(|t| t.is_word(&["SELECT"]));
        if tokens[at].is("(") && is_query {
            at = closing(tokens, at);
        } else if tokens[at].kind == Kind::Parameter {
            return true;
        }
        at += 1;
    }
    false
}

/// The operand before the operator at `end`, with whatever is multiplied into it.
fn before<'a, 'b>(tokens: &'b [Token<'a>], end: usize) -> &'b [Token<'a>] {
    let mut start = end;
    loop {
        start -= 1;
        if tokens[start].is(")") {
            start = opening(tokens, start);
            start -= usize::from(start > 0 && tokens[start - 1].kind == Kind::Call);
        } else {
            while start >= 2 && tokens[start - 1].is(".") {
                start -= 2;
            }
        }
        let joins = |token: &Token<'_>| ["*", "/", "%", "||"].iter().any(|sign| token.is(sign));
        if start == 0 || !joins(&tokens[start - 1]) {
            return &tokens[start..end];
        }
        start -= 1;
    }
}

/// The operand after an operator, which begins at `start`.
fn after<'a, 'b>(tokens: &'b [Token<'a>], start: usize) -> &'b [Token<'a>] {
    let mut end = start;
    if tokens[end].kind == Kind::Call {
        end = closing(tokens, end + 1);
    } else if tokens[end].is("(") {
        end = closing(tokens, end);
    } else {
        while tokens.get(end + 1).is_some_and(|token| token.is(".")) {
            end += 2;
        }
    }
    &tokens[start..=end]
}

/// Functions whose result shows whether a number was INTEGER or REAL.
const TELLING: [&str; 15] = [
    "format",
    "hex",
    "json_array",
    "json_group_array",
    "json_group_object",
    "json_insert",
    "json_object",
    "json_patch",
    "json_quote",
    "json_replace",
    "json_set",
    "printf",
    "quote",
    "typeof",
    "unixepoch",
];

/// The rules that a statement breaks.
fn broken(sql: &str) -> Vec<String> {
    let tokens = tokens(sql);
    let mut found = Vec::new();
    let mut named = BTreeSet::new();
    let mut terms = vec![1];
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Parameter => {
                named.insert(token.text[1..].parse::<usize>().unwrap_or(0));
            }
            Kind::Sign
                if ["/", "%", "||"].contains(&token.text)
                    && (is_bound(before(&tokens, at)) || is_bound(after(&tokens, at + 1))) =>
            {
                found.push(format!("{} over a parameter", token.text));
            }
            Kind::Sign if token.text == "(" => terms.push(1),
            Kind::Sign if token.text == ")" => {
                terms.pop();
            }
            Kind::Word if token.is_word(&["LIKE", "GLOB"]) && is_bound(after(&tokens, at + 1)) => {
                found.push("a pattern that may be too long".to_owned());
            }
            Kind::Word if token.is_word(&["UNION", "INTERSECT", "EXCEPT"]) => {
                let last = terms.last_mut().unwrap();
                *last += 1;
                if *last > 5 {
                    found.push("more than 5 queries made one".to_owned());
                }
            }
            Kind::Call => {
                let inside = &tokens[at + 2..closing(&tokens, at + 1)];
                found.extend(broken_by_call(token.text, inside));
            }
            _ => {}
        }
    }
    let all: Vec<usize> = named.into_iter().collect();
    if all != (1..=all.len()).collect::<Vec<_>>() {
        found.push(format!("parameters {all:?}"));
    }
    if all.len() > 100 {
        found.push(format!("{} parameters", all.len()));
    }
    if sql.len() > 100_000 {
        found.push("longer than 100 KB".to_owned());
    }
    let words = |words: &[&str]| tokens.iter().any(|token| token.is_word(words));
    let is_narrow = words(&["LIMIT"]) || sql.contains("json_each(") || sql.contains(" = ?1");
    if tokens[0].is_word(&["DELETE"]) && words(&["RETURNING"]) && !is_narrow {
        found.push("deletes and returns any number of rows".to_owned());
    }
    found
}

fn broken_by_call(name: &str, inside: &[Token<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    let name = name.to_lowercase();
    let to_text = inside.last().is_some_and(|token| token.is_word(&["TEXT"]));
    let tells = TELLING.contains(&name.as_str()) || (name == "cast" && to_text);
    if tells && is_bound(inside) {
        found.push(format!("{name} over a parameter"));
    }
    let (mut depth, mut arguments) = (0, usize::from(!inside.is_empty()));
    for token in inside {
        depth += i32::from(token.is("(")) - i32::from(token.is(")"));
        arguments += usize::from(depth == 0 && token.is(","));
    }
    if arguments > 32 {
        found.push(format!("{name} has {arguments} arguments"));
    }
    found
}

#[test]
fn every_statement_keeps_the_rules() {
    let mut count = 0;
    for (name, sql) in all_statements() {
        assert_eq!(broken(sql), Vec::<String>::new(), "{name}: {sql}");
        count += 1;
    }
    assert!(count >= 150, "only {count} statements are listed");
}

#[test]
fn the_rules_find_what_they_are_for() {
    let many = format!("SELECT json_array({}1)", "1, ".repeat(32));
    let union =
        "SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6";
    for (sql, rule) in [
        ("SELECT ?1 / 2", "/ over a parameter"),
        ("SELECT a.b * (c + ?1) / 2", "/ over a parameter"),
        ("SELECT x / max(1, ?1)", "/ over a parameter"),
        ("SELECT ?1 % 2", "% over a parameter"),
        ("SELECT 'a' || ?1 || 'b'", "|| over a parameter"),
        ("SELECT CAST(?1 AS TEXT)", "cast over a parameter"),
        (
            "SELECT json_object('at', ?1)",
            "json_object over a parameter",
        ),
        ("SELECT 1 FROM t WHERE a LIKE ?1", "a pattern"),
        ("SELECT ?1, ?3", "parameters [1, 3]"),
        ("SELECT ?", "parameters [0]"),
        (
            "DELETE FROM t WHERE at <= ?1 RETURNING 1",
            "any number of rows",
        ),
        (many.as_str(), "33 arguments"),
        (union, "more than 5"),
    ] {
        let found = broken(sql);
        assert!(
            found.iter().any(|said| said.contains(rule)),
            "{sql}: {found:?}"
        );
    }
    for sql in [
        "SELECT a / 1000, CAST(b % 7 AS TEXT), 'it''s / ?7' || c FROM t WHERE d = ?1",
        "SELECT json_object('n', (SELECT COUNT(*) FROM u WHERE u.id = ?1), 'a', json(b)) FROM t",
        "SELECT json_extract(value, '$[0]') FROM json_each(?1)",
        "SELECT (SELECT SUM(a) FROM t WHERE b = ?1) / 2",
        "SELECT ?1 + 1, CAST(?2 AS INTEGER)",
        "INSERT INTO t (a, b) VALUES (?1, ?2)",
    ] {
        assert_eq!(broken(sql), Vec::<String>::new(), "{sql}");
    }
}

/// D1's batches give rows as objects: of two columns with one name, one is lost.
#[tokio::test(flavor = "multi_thread")]
async fn no_row_has_two_columns_of_one_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    Db::open(&path).await.unwrap().close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut connection = options.connect().await.unwrap();
    for (name, sql) in all_statements() {
        let prepared = connection.prepare(sqlx::SqlStr::from_static(sql)).await;
        let prepared = prepared.unwrap();
        let mut columns = BTreeSet::new();
        for column in prepared.columns() {
            let first = columns.insert(column.name().to_owned());
            assert!(first, "{name}: {} twice", column.name());
        }
    }
}

/// Cloudflare cuts a migration into statements, and has mistaken the end of a
/// trigger where it was not written so.
#[test]
fn triggers_are_written_so_that_cloudflare_finds_their_end() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let mut triggers = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display();
        let sql = std::fs::read_to_string(&path).unwrap();
        assert!(!sql.contains('\r'), "{name}: LF ends a line");
        assert!(sql.len() < 100_000, "{name}: longer than 100 KB");
        let lines = sql.lines().map(|line| line.split("--").next().unwrap());
        let code = lines.collect::<Vec<_>>().join("\n");
        for trigger in code.split("CREATE TRIGGER").skip(1) {
            triggers += 1;
            let (body, _) = trigger
                .split_once("\nEND;")
                .expect("an END of its own line");
            let tokens = tokens(body);
            let begins: Vec<_> = tokens.iter().filter(|t| t.is_word(&["BEGIN"])).collect();
            assert!(
                begins.len() == 1 && begins[0].text == "BEGIN",
                "{name}: BEGIN"
            );
            let ends = tokens.iter().filter(|t| t.is_word(&["END"])).count();
            assert_eq!(ends, 0, "{name}: an END inside a trigger");
        }
        let written = tokens(&code)
            .iter()
            .filter(|t| t.is_word(&["TRIGGER"]))
            .count();
        let dropped = code.matches("DROP TRIGGER").count();
        let made = code.matches("CREATE TRIGGER").count();
        assert_eq!(written, made + dropped, "{name}: in capitals");
    }
    assert!(triggers >= 7, "only {triggers} triggers were read");
}
