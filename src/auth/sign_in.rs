//! `/auth/start` and `/auth/callback`: the road to the provider and back.

use super::admission::{Why, admit};
use crate::{
    error::{AppError, SignInProblem},
    i18n,
    model::local_path::LocalPath,
    routes::{INVITATION, Route},
    server::{
        AppState, abuse,
        admission::takes_invitations,
        client_addr::ClientAddr,
        context::localised,
        drafts,
        fetch::{FetchRules, fetch_picture},
        invitations,
        objects::ObjectKey,
        oidc::Person,
        outbox, plain_page,
        session::{self, Cookie, SigningIn, Visitor},
    },
    store::{
        erasures,
        retention::Owner,
        sessions::{self, PendingSignIn, SignInRecord},
        users::{self, IdentityClaims, User},
    },
};
use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use serde::Deserialize;
use std::{net::IpAddr, time::Duration};

/// The query of `/auth/start`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Start {
    next: String,
    lang: String,
    /// Anything: the provider is asked to make sure that it is the person.
    again: String,
}

/// The query of `/auth/callback`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Callback {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// Sends a person to the provider.
pub async fn start(
    State(state): State<AppState>,
    Query(query): Query<Start>,
    Extension(ClientAddr(client)): Extension<ClientAddr>,
    headers: HeaderMap,
) -> Response {
    let lang = i18n::code(i18n::from_code(&query.lang));
    match begin(&state, &query, lang, &headers, client).await {
        Ok(response) => response,
        Err(error) => failed(lang, error),
    }
}

async fn begin(
    state: &AppState,
    query: &Start,
    lang: &str,
    headers: &HeaderMap,
    client: IpAddr,
) -> Result<Response, AppError> {
    let waiting = |retry_after_s| AppError::TooMany { retry_after_s };
    abuse::may_sign_in(state, client).map_err(waiting)?;
    let next = LocalPath::parse(&query.next);
    let token = next.as_ref().and_then(token_in);
    if token.is_some() {
        state.limits.invitation(client).map_err(waiting)?;
    }
    let (address, mut sign_in) = state
        .oidc
        .begin(lang, !query.again.is_empty())
        .await
        .map_err(AppError::from)?;
    sign_in.next = match next {
        // Nobody wants to go back to an invitation, or to being turned away.
        Some(next) if token.is_some() || Route::TurnedAway.is(&next.page()) => {
            localised(lang, Route::Create)
        }
        Some(next) => next.into(),
        None => localised(lang, Route::Home),
    };
    sign_in.invitation = token
        .filter(|_| takes_invitations(state))
        .map(|token| invitations::hash(&token));
    let cookie = session::remember_sign_in(state, headers, &sign_in).await?;
    Ok(see_other(&address, &[cookie]))
}

/// The token of the invitation whose page somebody comes from: it is taken along as
/// a hash, and not gone back to.
fn token_in(next: &LocalPath) -> Option<String> {
    let page = next.page();
    let token = page.strip_prefix(INVITATION)?;
    Some(token.trim_end_matches('/').to_owned())
}

/// Receives a person from the provider.
pub async fn callback(
    State(state): State<AppState>,
    Query(query): Query<Callback>,
    Extension(ClientAddr(client)): Extension<ClientAddr>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response {
    let browser = SigningIn::of(&state.config, &headers);
    let (Some(browser), Some(sent)) = (browser, query.state.as_deref()) else {
        return not_under_way(&state, &query, &visitor, &headers).await;
    };
    let sign_in = match browser.take(&state, sent).await {
        Ok(Some(sign_in)) => sign_in,
        Ok(None) => return not_under_way(&state, &query, &visitor, &headers).await,
        Err(error) => return failed(spoken(&headers), error),
    };
    let mut response = match accept(&state, &query, &sign_in, &browser, &headers, client).await {
        Ok(Err(why)) => return turned_away(&state, &sign_in, &browser, why).await,
        Ok(Ok(accepted)) => {
            let next = match accepted.page {
                Some(page) => localised(i18n::code(i18n::split(&sign_in.next).0), page),
                None => sign_in.next,
            };
            see_other(&next, &[accepted.cookie])
        }
        Err(error) => failed_on_the_way(&sign_in.next, abuse::noted(&state, client, error)),
    };
    if let Some(cookie) = browser.done(&state).await {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A callback without a sign-in of this browser: used before (Back, a reload),
/// too old, or begun elsewhere. Nobody is signed in by it; who already is goes home.
async fn not_under_way(
    state: &AppState,
    query: &Callback,
    visitor: &Visitor,
    headers: &HeaderMap,
) -> Response {
    match visitor.user_or_closing(state).await {
        Ok(Some(user)) => {
            let page = match user.erasure_id {
                Some(_) => Route::Account,
                None => Route::Home,
            };
            let lang = user.language.as_deref().unwrap_or(spoken(headers));
            see_other(&localised(lang, page), &[])
        }
        Ok(None) => {
            let said = query.error.as_deref().map(refusal);
            let problem = said.unwrap_or(SignInProblem::Expired);
            failed(spoken(headers), problem.into())
        }
        Err(error) => failed(spoken(headers), error),
    }
}

/// The language of a browser whose page is not known.
fn spoken(headers: &HeaderMap) -> &'static str {
    let accepted = headers.get(header::ACCEPT_LANGUAGE);
    let accepted = accepted.and_then(|value| i18n::accepted(value.to_str().ok()?));
    i18n::code(accepted.unwrap_or_default())
}

/// Whether the answer is our provider's, and not a refusal. That it is to our
/// question is known by then: its state found the question.
fn check_answer(state: &AppState, query: &Callback) -> Result<(), AppError> {
    if query
        .iss
        .as_deref()
        .is_some_and(|iss| !state.oidc.is_issuer(iss))
    {
        tracing::warn!("the answer's parameter iss is another provider");
        return Err(SignInProblem::AnswerRefused.into());
    }
    match query.error.as_deref() {
        None => Ok(()),
        Some(error) => {
            let problem = refusal(error);
            if problem != SignInProblem::Cancelled {
                // The provider's word for it tells the operator what to mend;
                // anybody can send anything here, so it is cut short.
                let code: String = error.chars().take(60).collect();
                tracing::warn!(?code, "the identity provider answered with an error");
            }
            Err(problem.into())
        }
    }
}

/// What a provider's error code means for the person (RFC 6749, 4.1.2.1; OpenID
/// Connect Core, 3.1.2.6).
fn refusal(code: &str) -> SignInProblem {
    match code {
        "access_denied" | "user_cancelled_login" | "user_cancelled_authorize" => {
            SignInProblem::Cancelled
        }
        "login_required"
        | "interaction_required"
        | "account_selection_required"
        | "consent_required"
        | "registration_required" => SignInProblem::ActionNeededThere,
        "invalid_request"
        | "invalid_client"
        | "invalid_scope"
        | "invalid_redirect_uri"
        | "unauthorized_client"
        | "unsupported_response_type" => SignInProblem::Misconfigured,
        _ => SignInProblem::ProviderUnavailable,
    }
}

async fn accept(
    state: &AppState,
    query: &Callback,
    sign_in: &PendingSignIn,
    browser: &SigningIn,
    headers: &HeaderMap,
    client: IpAddr,
) -> Result<Result<Accepted, Why>, AppError> {
    check_answer(state, query)?;
    let code = query.code.as_deref().ok_or(SignInProblem::AnswerRefused)?;
    let person = state.oidc.finish(code, sign_in).await?;
    let fingerprint = state.key.fingerprint(&person.issuer, &person.subject);
    let day_start_ms = state.clock.day_start_ms();
    if erasures::erased_today(&state.db, &fingerprint, day_start_ms).await? {
        return Err(SignInProblem::ErasedToday.into());
    }
    let identity = IdentityClaims {
        issuer: &person.issuer,
        subject: &person.subject,
        email: &person.email,
        email_assumed: person.email_assumed,
        name: &person.name,
    };
    let language = i18n::code(i18n::split(&sign_in.next).0);
    let invitation = sign_in.invitation.as_deref();
    let user = match admit(state, &identity, language, invitation, client).await? {
        Ok(user) => user,
        Err(why) => return Ok(Err(why)),
    };
    let now_ms = state.clock.now_ms();
    let again = users::suspend_again(&state.db, &user.id, &fingerprint, now_ms).await?;
    let suspended = again.or(user.suspended_until(now_ms)).is_some();
    // A form sent without a session left its words under the same cookie,
    // whichever tab is the first to finish.
    if let Some(draft) = browser.take_draft(state).await? {
        let draft = drafts::after_sign_in(state, &user, draft);
        users::set_draft(&state.db, &user.id, Some(&draft)).await?;
    }
    fetch_avatar(state, &user, &person);
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    // The session this browser had is replaced, not left to run out.
    if let Some(hash) = Cookie::Session.token_hash(&state.config, headers) {
        sessions::end(&state.db, &hash).await?;
    }
    let record = SignInRecord {
        at_ms: state.clock.now_ms(),
        user_agent: session::shown_agent(agent),
        address: client.to_canonical().to_string(),
    };
    state.statistics.count("sign-in");
    let id = uuid::Uuid::now_v7().to_string();
    sessions::record(&state.db, &id, &user.id, &record).await?;
    Ok(Ok(Accepted {
        cookie: session::open(state, &user.id, agent).await?,
        page: match (user.erasure_id, suspended) {
            (Some(_), _) => Some(Route::Account),
            (None, true) => Some(Route::Decisions),
            (None, false) => None,
        },
    }))
}

/// Whoever may open no account: they are told why, and leave nothing here.
async fn turned_away(
    state: &AppState,
    sign_in: &PendingSignIn,
    browser: &SigningIn,
    why: Why,
) -> Response {
    let lang = i18n::code(i18n::split(&sign_in.next).0);
    state.statistics.count("turned away");
    match browser.forget(state).await {
        Ok(cookie) => {
            let page = Route::TurnedAway.with("why", why.code());
            see_other(&localised(lang, page), &[cookie])
        }
        Err(error) => failed(lang, error),
    }
}

/// A sign-in that worked out.
struct Accepted {
    cookie: HeaderValue,
    /// Where the person goes in place of where they wanted to: an account that is being
    /// closed asks whether to come back, one that is suspended says why.
    page: Option<Route<'static>>,
}

/// Fetches a person's picture once, beside the sign-in rather than in it.
fn fetch_avatar(state: &AppState, user: &User, person: &Person) {
    let (Some(address), None) = (person.picture.clone(), &user.avatar_key) else {
        return;
    };
    let (state, id) = (state.clone(), user.id.clone());
    let rules = avatar_rules(&state);
    tokio::spawn(async move {
        let key = ObjectKey::Avatar { user: &id };
        let kept = async {
            let bytes = fetch_picture(&address, &rules)
                .await
                .map_err(|e| e.to_string())?;
            let avatar = imgc_pictures::avatar(bytes)
                .await
                .map_err(|e| e.to_string())?;
            let put = state.objects.put(key, avatar.into()).await;
            put.map_err(|e| e.to_string())?;
            let row = users::set_avatar(&state.db, &id, &key.path()).await;
            row.map_err(|e| e.to_string())?;
            outbox::order_if_unknown(&state, Owner::Person, &id, &[key.path()])
                .await
                .map_err(|e| e.to_string())
        };
        if let Err(error) = kept.await {
            tracing::warn!(error, "a person's picture was not kept");
        }
    });
}

fn avatar_rules(state: &AppState) -> FetchRules {
    let demo = state.config.demo;
    FetchRules {
        hosts: if demo {
            vec![state.config.demo_addr().to_string()]
        } else {
            state.config.imgc.oidc.avatar_hosts.clone()
        },
        allow_plain_http_loopback: demo,
        max_bytes: 5 * 1024 * 1024,
        deadline: Duration::from_secs(10),
    }
}

/// The sign-in page with what went wrong. Whatever was typed waits under the
/// cookie that the browser has.
fn failed(lang: &str, error: AppError) -> Response {
    let page = Route::SignIn.with("error", &in_query(&error.to_query()));
    see_other(&localised(lang, page), &[])
}

/// As [`failed`], of somebody who wanted to go to `next`: trying again leads there.
fn failed_on_the_way(next: &str, error: AppError) -> Response {
    let page = Route::SignIn.with("error", &in_query(&error.to_query()));
    let page = page.with("next", &in_query(next));
    see_other(&localised(i18n::code(i18n::split(next).0), page), &[])
}

fn in_query(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn see_other(address: &str, cookies: &[HeaderValue]) -> Response {
    let mut response = plain_page::see_other(address);
    for cookie in cookies {
        response
            .headers_mut()
            .append(header::SET_COOKIE, cookie.clone());
    }
    response
}

impl From<SignInProblem> for AppError {
    fn from(reason: SignInProblem) -> Self {
        AppError::SignInFailed { reason }
    }
}
