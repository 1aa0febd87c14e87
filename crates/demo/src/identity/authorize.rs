//! The front channel: checks what the client asks, shows the page, and sends the person back.
//!
//! Until the client and its redirect address are known to be right, problems are told on a page
//! of our own: a provider that redirects before that sends people wherever a link says.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawForm, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use url::{Url, form_urlencoded};

use super::{
    Provider,
    forge::{self, Answer, NameProblem},
    grants::Grant,
    now_unix_s, page,
    people::Person,
    words::{Language, Words},
};

/// The scopes that mean something here; others are left out of the grant, as OpenID says.
const SCOPES: [&str; 3] = ["openid", "email", "profile"];

/// The parameters of a request, from its query or its form.
pub(super) struct Ask(Vec<(String, String)>);

impl Ask {
    pub(super) fn parse(form: &[u8]) -> Self {
        Self(form_urlencoded::parse(form).into_owned().collect())
    }

    /// A parameter's value; an empty one counts as absent (RFC 6749, 3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// A parameter's value, even if empty.
    fn raw(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether a parameter is given twice, so that two readers might see different requests.
    pub(super) fn repeats(&self) -> bool {
        let mut seen = HashSet::new();
        self.0.iter().any(|(key, _)| !seen.insert(key))
    }
}

/// What of a good request the grant will be bound to.
struct Wanted {
    challenge: String,
    nonce: Option<String>,
    scope: String,
}

/// An error the client is told of: a standard code, and a description for its developer.
type Fault = (&'static str, &'static str);

/// What the person did on the page.
enum Choice {
    Cancel,
    Person(Person, Option<forge::Forgery>),
    Undecided(Option<NameProblem>),
}

/// `GET` shows the page; `POST` does too until it carries a choice. There is no session, so
/// every sign-in is a fresh one: `prompt=login` and any `max_age` are honoured by construction.
pub(super) async fn authorize(
    State(provider): State<Arc<Provider>>,
    method: Method,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let ask = Ask::parse(&form);
    let language = Language::choose(ask.get("ui_locales"), &headers);
    let callback = match client_callback(&provider, &ask) {
        Ok(callback) => callback,
        Err(problem) => {
            return page::refusal(language, StatusCode::BAD_REQUEST, problem(language.words()));
        }
    };
    let send = |answer| send_back(&provider, &callback, ask.get("state"), answer);
    let wanted = match validate(&ask) {
        Ok(wanted) => wanted,
        Err((error, why)) => {
            let answer = vec![
                ("error", error.to_owned()),
                ("error_description", why.to_owned()),
            ];
            return send(Sent::Error(answer));
        }
    };
    let choice = if method == Method::POST {
        read_choice(&ask)
    } else {
        // A link must not be able to choose for the person.
        Choice::Undecided(None)
    };
    match choice {
        Choice::Undecided(problem) => {
            let typed = ask.get("name").filter(|_| problem.is_some());
            page::choose(
                language,
                &callback,
                &ask,
                problem,
                typed.unwrap_or_default(),
            )
        }
        Choice::Cancel => send(Sent::Error(vec![("error", "access_denied".to_owned())])),
        Choice::Person(person, forgery) => {
            let grant = Grant {
                person,
                forgery,
                redirect_uri: ask.get("redirect_uri").unwrap_or_default().to_owned(),
                challenge: wanted.challenge,
                nonce: wanted.nonce,
                scope: wanted.scope,
                auth_time_s: now_unix_s(),
            };
            let code = provider.grants().promise(grant, Instant::now());
            send(Sent::Code(code, forgery))
        }
    }
}

/// The address to send the person back to, once client and address are known to belong
/// together; otherwise which sentence to show.
fn client_callback(provider: &Provider, ask: &Ask) -> Result<Url, fn(&Words) -> &'static str> {
    if ask.repeats() {
        return Err(|words| words.repeated);
    }
    if ask.get("client_id") != Some(&provider.options.client_id) {
        return Err(|words| words.unknown_client);
    }
    let given = ask.get("redirect_uri").unwrap_or_default();
    let listed = provider
        .options
        .redirect_uris
        .iter()
        .find(|uri| *uri == given);
    listed
        .and_then(|uri| Url::parse(uri).ok())
        .ok_or(|words| words.unlisted_redirect)
}

/// Checks everything else a client can get wrong.
fn validate(ask: &Ask) -> Result<Wanted, Fault> {
    match ask.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(("unsupported_response_type", "Only code is supported.")),
        None => return Err(("invalid_request", "response_type is missing.")),
    }
    if ask.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(("invalid_request", "Only response_mode=query is supported."));
    }
    if ask.get("request").is_some() {
        return Err(("request_not_supported", "request is not supported."));
    }
    if ask.get("request_uri").is_some() {
        return Err(("request_uri_not_supported", "request_uri is not supported."));
    }
    let asked: Vec<&str> = ask.get("scope").unwrap_or_default().split(' ').collect();
    if !asked.contains(&"openid") {
        return Err(("invalid_scope", "scope must contain openid."));
    }
    if ask
        .get("max_age")
        .is_some_and(|age| age.parse::<u64>().is_err())
    {
        return Err(("invalid_request", "max_age must be a number of seconds."));
    }
    let mut prompts = ask.get("prompt").unwrap_or_default().split(' ');
    if prompts.any(|prompt| prompt == "none") {
        return Err(("login_required", "Somebody has to choose who to be."));
    }
    let granted = SCOPES.into_iter().filter(|scope| asked.contains(scope));
    Ok(Wanted {
        challenge: challenge(ask)?,
        nonce: ask.get("nonce").map(str::to_owned),
        scope: granted.collect::<Vec<_>>().join(" "),
    })
}

/// The PKCE challenge, which is required, and required to be a SHA-256.
fn challenge(ask: &Ask) -> Result<String, Fault> {
    let challenge = ask
        .get("code_challenge")
        .ok_or(("invalid_request", "code_challenge is missing."))?;
    if ask.get("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method must be S256."));
    }
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if challenge.len() != 43 || !challenge.bytes().all(base64url) {
        return Err(("invalid_request", "code_challenge is not a SHA-256."));
    }
    Ok(challenge.to_owned())
}

fn read_choice(ask: &Ask) -> Choice {
    if ask.raw("cancel").is_some() {
        return Choice::Cancel;
    }
    if let Some(person) = ask.get("person").and_then(Person::known) {
        return Choice::Person(person, None);
    }
    match ask.raw("name").map(forge::read_name) {
        None => Choice::Undecided(None),
        Some(Ok((person, forgery))) => Choice::Person(person, forgery),
        Some(Err(problem)) => Choice::Undecided(Some(problem)),
    }
}

/// What a callback brings.
enum Sent {
    Code(String, Option<forge::Forgery>),
    Error(Answer),
}

/// Sends the person back to the client, with `state` and the issuer (RFC 9207) in either case.
fn send_back(provider: &Provider, callback: &Url, state: Option<&str>, sent: Sent) -> Response {
    let (mut answer, forgery) = match sent {
        Sent::Code(code, forgery) => (vec![("code", code)], forgery),
        Sent::Error(answer) => (answer, None),
    };
    answer.extend(state.map(|state| ("state", state.to_owned())));
    answer.push(("iss", provider.options.issuer.clone()));
    if let Some(forgery) = forgery {
        forge::callback(forgery, &mut answer);
    }
    let mut target = callback.clone();
    target.query_pairs_mut().extend_pairs(answer);
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Redirect::to(target.as_str())).into_response()
}
