//! The provider's two pages: the choice of a person, and the refusal of a request.
//!
//! Plain HTML and one stylesheet. Addresses are relative, so that the pages work wherever the
//! routes are mounted.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use url::Url;

use super::{
    authorize::Ask,
    forge::{FORGERIES, NameProblem},
    people::{NAME_CHARS_MAX, PEOPLE},
    words::{Language, Words},
};

/// The request's parameters that the forms carry, so that `POST` checks them all over again.
const CARRIED: [&str; 12] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "ui_locales",
];

/// The page where somebody chooses who to be. `typed` is what a refused name was.
pub(super) fn choose(
    language: Language,
    callback: &Url,
    ask: &Ask,
    problem: Option<NameProblem>,
    typed: &str,
) -> Response {
    let words = language.words();
    let origin = callback.origin().ascii_serialization();
    let carried: String = CARRIED
        .iter()
        .filter_map(|name| Some((name, ask.get(name)?)))
        .map(|(name, value)| {
            let value = escape(value);
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n")
        })
        .collect();
    let body = format!(
        "{}{}{}{}",
        introduction(words, &origin),
        people_form(words, &carried),
        name_form(words, &carried, problem, typed),
        testers(words, problem == Some(NameProblem::UnknownForgery)),
    );
    let status = match problem {
        None => StatusCode::OK,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    // Browsers apply form-action to the redirect that answers a form, so the way back to the
    // client has to be in it.
    respond(words, status, &format!("'self' {origin}"), &body)
}

/// The page that says why a request goes no further.
pub(super) fn refusal(language: Language, status: StatusCode, why: &str) -> Response {
    let words = language.words();
    let body = format!(
        "<h1>{}</h1>\n<p role=\"alert\" class=\"problem\">{}</p>\n<p class=\"hint\">{}</p>\n",
        words.refused,
        escape(why),
        words.nobody_harmed
    );
    respond(words, status, "'none'", &body)
}

fn introduction(words: &Words, origin: &str) -> String {
    format!(
        "<h1>{}</h1>\n<p class=\"notice\">{}</p>\n<p class=\"hint\">{} <code>{}</code></p>\n",
        words.heading,
        words.no_password,
        words.returns_to,
        escape(origin)
    )
}

/// The four people. Each button is named by the person alone and described by the address.
fn people_form(words: &Words, carried: &str) -> String {
    let buttons: String = PEOPLE
        .iter()
        .map(|(id, name, email)| {
            format!(
                "<li><button class=\"person\" name=\"person\" value=\"{id}\" \
                 aria-labelledby=\"name-{id}\" aria-describedby=\"email-{id}\">\
                 <img src=\"people/{id}/photo.png\" alt=\"\" width=\"72\" height=\"72\">\
                 <span class=\"name\" id=\"name-{id}\">{}</span>\
                 <span class=\"email\" id=\"email-{id}\">{}</span></button></li>\n",
                escape(name),
                escape(email)
            )
        })
        .collect();
    format!(
        "<form method=\"post\" action=\"authorize\" aria-labelledby=\"choose\">\n{carried}\
         <h2 id=\"choose\">{}</h2>\n<ul class=\"people\">\n{buttons}</ul>\n</form>\n",
        words.choose
    )
}

/// The text field, in a form of its own: Enter presses a form's first button, which must be
/// Continue and not the first person.
fn name_form(words: &Words, carried: &str, problem: Option<NameProblem>, typed: &str) -> String {
    let (problem, state) = match problem.map(|problem| problem_text(words, problem)) {
        None => (String::new(), "aria-describedby=\"name-hint\""),
        Some(text) => (
            format!("<p class=\"problem\" id=\"name-problem\" role=\"alert\">{text}</p>\n"),
            "aria-describedby=\"name-problem name-hint\" aria-invalid=\"true\" autofocus",
        ),
    };
    format!(
        "<form method=\"post\" action=\"authorize\" aria-labelledby=\"other\">\n{carried}\
         <h2 id=\"other\">{}</h2>\n<label for=\"name\">{}</label>\n{problem}\
         <input id=\"name\" name=\"name\" dir=\"auto\" value=\"{}\" autocomplete=\"off\" spellcheck=\"false\" \
         {state}>\n<p class=\"hint\" id=\"name-hint\">{}</p>\n\
         <div class=\"actions\"><button class=\"primary\">{}</button>\n\
         <button name=\"cancel\" value=\"1\">{}</button></div>\n</form>\n",
        words.somebody_else,
        words.name,
        escape(typed),
        words.name_hint,
        words.go_on,
        words.cancel
    )
}

fn problem_text(words: &Words, problem: NameProblem) -> &'static str {
    // The sentences say the limit in words; this holds them to the number.
    const _: () = assert!(NAME_CHARS_MAX == 80);
    match problem {
        NameProblem::Empty => words.name_empty,
        NameProblem::TooLong => words.name_too_long,
        NameProblem::UnknownForgery => words.unknown_forgery,
    }
}

/// The list of forgeries, folded away.
fn testers(words: &Words, open: bool) -> String {
    let list: String = FORGERIES
        .iter()
        .map(|(name, description)| {
            format!(
                "<dt><code>[demo:{}]</code></dt><dd>{}</dd>\n",
                escape(name),
                escape(description)
            )
        })
        .collect();
    let open = if open { " open" } else { "" };
    format!(
        "<details{open}>\n<summary>{}</summary>\n<p class=\"hint\">{}</p>\n\
         <dl lang=\"en\">\n{list}</dl>\n</details>\n",
        words.testers, words.testers_how
    )
}

/// A whole page with its headers.
fn respond(words: &Words, status: StatusCode, form_action: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{} – imgc</title>\n\
         <link rel=\"stylesheet\" href=\"style.css\">\n</head>\n<body>\n<main>\n\
         <p class=\"brand\">imgc <span class=\"badge\">{}</span></p>\n{body}</main>\n\
         </body>\n</html>\n",
        words.lang, words.title, words.badge
    );
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action {form_action}; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::CONTENT_LANGUAGE, words.lang),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::VARY, "accept-language"),
    ];
    (status, headers, Html(page)).into_response()
}

/// Text made safe between tags and inside double- or single-quoted attributes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(one),
        }
    }
    safe
}
