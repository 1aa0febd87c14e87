//! Why an image API refuses, in whatever way its house says so: codes as words
//! or numbers, at the top, inside or deep inside, or only a sentence.

mod words;

use serde_json::Value;
use words::{
    ACCESS_CODES, ACCESS_WORDS, CAPACITY_CODES, MODEL_CODES, MODEL_WORDS, MONEY_CODES, MONEY_WORDS,
    OF_RESULT_WORDS, PACE_CODES, PACE_WORDS, REFUSAL_CODES, REFUSAL_WORDS,
};

/// Deeper than this no house explains itself.
const DEPTH: u8 = 6;

/// The reason that an answer gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The safety system refused the words.
    PromptRefused,
    /// The safety system refused what was made.
    ResultRefused,
    /// The operator's account is out of money, or of what stands for it.
    Money,
    /// The key, the organisation or the country.
    Access,
    /// The model is not there for us.
    Model,
    /// Too many requests.
    Pace,
    /// No capacity.
    Capacity,
}

/// What an error's JSON says: its codes and its sentences.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Codes and types in small letters and digits alone.
    codes: Vec<String>,
    /// Sentences, in small letters.
    words: String,
    /// A status of HTTP that is told as a number.
    pub(super) status: Option<u16>,
    /// Categories of the safety system.
    categories: Vec<String>,
    /// True if an object `error` explains itself as the API's own errors do.
    pub(super) own: bool,
}

impl Said {
    /// Reads an answer.
    pub(super) fn of(answer: &Value) -> Said {
        let mut said = Said::default();
        said.read("", answer, DEPTH);
        let explained = |error: &Value| {
            error.get("message").is_some_and(Value::is_string)
                && ["code", "type", "status"].iter().any(|name| {
                    error
                        .get(*name)
                        .is_some_and(|v| v.is_string() || v.is_number())
                })
        };
        said.own = answer.get("error").is_some_and(explained);
        said
    }

    fn read(&mut self, name: &str, value: &Value, depth: u8) {
        let name = plain(name);
        match value {
            _ if depth == 0 => {}
            Value::Object(fields) => {
                if name == "contentfilterresults" || name == "contentfilterresult" {
                    self.filters(value);
                }
                if name == "categories" {
                    let named = fields.iter().filter(|(_, v)| v.as_bool() == Some(true));
                    self.categories.extend(named.map(|(name, _)| name.clone()));
                }
                for (name, value) in fields {
                    self.read(name, value, depth - 1);
                }
            }
            Value::Array(items)
                if matches!(
                    name.as_str(),
                    "categories" | "reasons" | "flaggedcategories"
                ) =>
            {
                let named = items.iter().filter_map(Value::as_str);
                self.categories.extend(named.map(str::to_owned));
            }
            Value::Array(items) => {
                for item in items.iter().take(10) {
                    self.read(&name, item, depth - 1);
                }
            }
            Value::String(text) => self.text(&name, text),
            Value::Number(number) if is_code(&name) => self.number(&number.to_string()),
            Value::Bool(true) if name.contains("nsfw") || name == "flagged" => {
                self.codes.push("outputflagged".into());
            }
            _ => {}
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let (code, sentence) = (is_code(name), is_sentence(name));
        // Where either may stand (a reason), a code is one word.
        let one_word = text.bytes().all(|b| b.is_ascii_graphic());
        if code && digits {
            self.number(text);
        } else if code && (one_word || !sentence) {
            self.codes.push(plain(text));
        } else if sentence {
            self.words.push_str(&text.to_lowercase());
            self.words.push('\n');
        }
    }

    fn number(&mut self, digits: &str) {
        match digits.parse() {
            Ok(status @ 400..=599) if self.status.is_none() => self.status = Some(status),
            _ => self.codes.push(digits.to_owned()),
        }
    }

    /// `{"violence": {"filtered": true, …}, …}`, as Azure answers.
    fn filters(&mut self, results: &Value) {
        let filtered = |result: &Value| {
            ["filtered", "detected"]
                .iter()
                .any(|name| result.get(*name).and_then(Value::as_bool) == Some(true))
        };
        let fields = results.as_object().into_iter().flatten();
        let named: Vec<String> = fields
            .filter(|(_, result)| filtered(result))
            .map(|(name, _)| name.clone())
            .collect();
        self.categories.extend(named);
    }

    fn code_has(&self, parts: &[&str]) -> bool {
        let mut codes = self.codes.iter();
        codes.any(|code| parts.iter().any(|part| code.contains(part)))
    }

    fn words_have(&self, parts: &[&str]) -> bool {
        parts.iter().any(|part| self.words.contains(part))
    }

    /// The reason by its codes alone: a code is meant, whatever the status.
    pub(super) fn by_code(&self) -> Option<Meaning> {
        // A field of ours that is called like it.
        let about_field = self.code_has(&["safetyidentifier"]);
        if self.code_has(REFUSAL_CODES) && !about_field {
            return Some(self.refused());
        }
        // "Quota" is a day's money in one house, and a minute's requests in another.
        let a_minute = self.words_have(PACE_WORDS);
        let quota = self.code_has(&["quotaexceeded", "exceededquota"]) && !a_minute;
        if quota || self.code_has(MONEY_CODES) {
            return Some(Meaning::Money);
        }
        let table = [
            (MODEL_CODES, Meaning::Model),
            (ACCESS_CODES, Meaning::Access),
            (PACE_CODES, Meaning::Pace),
            (CAPACITY_CODES, Meaning::Capacity),
        ];
        let found = table.iter().find(|(codes, _)| self.code_has(codes));
        found.map(|(_, meaning)| *meaning)
    }

    /// The reason by its sentences, for where no code is known.
    pub(super) fn by_words(&self) -> Option<Meaning> {
        if self.words_have(REFUSAL_WORDS) {
            return Some(self.refused());
        }
        if self.words_have(PACE_WORDS) {
            return Some(Meaning::Pace);
        }
        if self.words_have(MONEY_WORDS) {
            return Some(Meaning::Money);
        }
        if self.words_have(MODEL_WORDS) && self.words.contains("model") {
            return Some(Meaning::Model);
        }
        self.words_have(ACCESS_WORDS).then_some(Meaning::Access)
    }

    /// True if reasons of a safety system are listed.
    pub(super) fn lists_reasons(&self) -> bool {
        !self.categories.is_empty()
    }

    /// What was refused: the words, unless it says that it was the result.
    pub(super) fn refused(&self) -> Meaning {
        let of_result = self.code_has(&["output", "result", "imagesafety", "completion"])
            || self.words_have(OF_RESULT_WORDS);
        if of_result {
            Meaning::ResultRefused
        } else {
            Meaning::PromptRefused
        }
    }

    /// The categories that were named; only plain words pass, for they are shown to people.
    pub(super) fn categories(&self) -> Option<String> {
        let in_words = self
            .words
            .split_once("safety_violations=[")
            .and_then(|(_, rest)| rest.split_once(']'))
            .map(|(list, _)| list.split(',').map(|c| c.trim().to_owned()).collect());
        let listed = match self.categories.as_slice() {
            [] => in_words.unwrap_or_default(),
            listed => listed.to_vec(),
        };
        let is_plain = |word: &String| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | ' ');
            !word.is_empty() && word.len() <= 40 && word.chars().all(plain)
        };
        let kept: Vec<String> = listed.into_iter().filter(is_plain).take(10).collect();
        (!kept.is_empty()).then(|| kept.join(", "))
    }
}

/// A name or code without what houses write differently.
fn plain(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters.take(80).map(|c| c.to_ascii_lowercase()).collect()
}

/// Fields that hold a code, by the kind of their name: every house puts another
/// word before it.
fn is_code(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "type",
        "status",
        "errno",
        "errortype",
        "errorname",
        "moderationstage",
    ];
    NAMES.contains(&name) || ["code", "reason"].iter().any(|end| name.ends_with(end))
}

/// Fields that hold a sentence.
fn is_sentence(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "error",
        "errors",
        "errordescription",
        "detail",
        "details",
        "title",
        "description",
        "refusal",
        "raw",
        "content",
    ];
    let ends = ["msg", "message", "reason"];
    NAMES.contains(&name) || ends.iter().any(|end| name.ends_with(end))
}
