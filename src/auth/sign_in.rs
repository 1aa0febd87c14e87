//! `/auth/start` and `/auth/callback`: the road to the provider and back.

use crate::{
    error::{AppError, SignInProblem},
    i18n,
    model::local_path::LocalPath,
    routes::Route,
    server::{
        AppState,
        client_addr::ClientAddr,
        context::localised,
        fetch::{FetchRules, fetch_picture},
        incident,
        objects::ObjectKey,
        oidc::Person,
        outbox, secrets,
        session::{self, Cookie},
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
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
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
    headers: HeaderMap,
) -> Response {
    let lang = i18n::code(i18n::from_code(&query.lang));
    match begin(&state, &query, lang, &headers).await {
        Ok(response) => response,
        Err(error) => failed(&state, lang, error),
    }
}

async fn begin(
    state: &AppState,
    query: &Start,
    lang: &str,
    headers: &HeaderMap,
) -> Result<Response, AppError> {
    let (address, mut sign_in) = state
        .oidc
        .begin(lang, !query.again.is_empty())
        .await
        .map_err(AppError::from)?;
    // A form sent without a session left its words under the same cookie.
    let now_ms = state.clock.now_ms();
    if let Some(hash) = Cookie::SignIn.token_hash(&state.config, headers)
        && let Some(earlier) = sessions::take_sign_in(&state.db, &hash, now_ms).await?
    {
        sign_in.draft = earlier.draft;
    }
    sign_in.next =
        LocalPath::parse(&query.next).map_or_else(|| localised(lang, Route::Home), String::from);
    let cookie = session::remember_sign_in(state, &sign_in).await?;
    Ok(see_other(&address, &[cookie]))
}

/// Receives a person from the provider.
pub async fn callback(
    State(state): State<AppState>,
    Query(query): Query<Callback>,
    Extension(ClientAddr(client)): Extension<ClientAddr>,
    headers: HeaderMap,
) -> Response {
    let sign_in = match Cookie::SignIn.token_hash(&state.config, &headers) {
        None => Ok(None),
        Some(hash) => sessions::take_sign_in(&state.db, &hash, state.clock.now_ms()).await,
    };
    let sign_in = match sign_in {
        Ok(Some(sign_in)) => sign_in,
        Ok(None) => return failed(&state, "", SignInProblem::Expired.into()),
        Err(error) => return failed(&state, "", error.into()),
    };
    let lang = i18n::code(i18n::split(&sign_in.next).0);
    match accept(&state, &query, &sign_in, &headers, client).await {
        Ok(accepted) => {
            let next = match accepted.closing {
                true => localised(lang, Route::Account),
                false => sign_in.next,
            };
            let cookies = [accepted.cookie, Cookie::SignIn.clear(&state.config)];
            see_other(&next, &cookies)
        }
        Err(error) => {
            let kept = match sign_in.draft {
                // The words survive a sign-in that failed, too.
                Some(draft) => session::keep_draft(&state, draft).await.ok(),
                None => None,
            };
            failed_with(&state, lang, error, kept)
        }
    }
}

/// Whether the answer is to our question, and not a refusal.
fn check_answer(
    state: &AppState,
    query: &Callback,
    sign_in: &PendingSignIn,
) -> Result<(), AppError> {
    let expected = sign_in.state.as_deref().unwrap_or_default();
    let given = query.state.as_deref().unwrap_or_default();
    if expected.is_empty() || !same(expected, given) {
        return Err(SignInProblem::Expired.into());
    }
    if query
        .iss
        .as_deref()
        .is_some_and(|iss| !state.oidc.is_issuer(iss))
    {
        return Err(SignInProblem::AnswerRefused.into());
    }
    match query.error.as_deref() {
        None => Ok(()),
        Some(error) => Err(match error {
            "access_denied" => SignInProblem::Cancelled,
            _ => {
                // The provider's word for it tells the operator what to mend;
                // anybody can send anything here, so it is cut short.
                let code: String = error.chars().take(60).collect();
                tracing::warn!(?code, "the identity provider answered with an error");
                SignInProblem::ProviderUnavailable
            }
        }
        .into()),
    }
}

async fn accept(
    state: &AppState,
    query: &Callback,
    sign_in: &PendingSignIn,
    headers: &HeaderMap,
    client: IpAddr,
) -> Result<Accepted, AppError> {
    check_answer(state, query, sign_in)?;
    let code = query.code.as_deref().ok_or(SignInProblem::AnswerRefused)?;
    let person = state.oidc.finish(code, sign_in).await?;
    let fingerprint = state.key.fingerprint(&person.issuer, &person.subject);
    let day_start_ms = state.clock.day_start_ms();
    if erasures::erased_today(&state.db, &fingerprint, day_start_ms).await? {
        return Err(SignInProblem::ErasedToday.into());
    }
    let user = users::sign_in(
        &state.db,
        &uuid::Uuid::now_v7().to_string(),
        &IdentityClaims {
            issuer: &person.issuer,
            subject: &person.subject,
            email: &person.email,
            name: &person.name,
        },
        i18n::code(i18n::split(&sign_in.next).0),
        state.clock.now_ms(),
    )
    .await?;
    if let Some(draft) = &sign_in.draft {
        users::set_draft(&state.db, &user.id, Some(draft)).await?;
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
    Ok(Accepted {
        cookie: session::open(state, &user.id, agent).await?,
        closing: user.erasure_id.is_some(),
    })
}

/// A sign-in that worked out.
struct Accepted {
    cookie: HeaderValue,
    /// Whether the account is being closed: the person is asked whether to come back.
    closing: bool,
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

/// Compares two secrets in a time that tells nothing.
fn same(a: &str, b: &str) -> bool {
    secrets::sha256(a.as_bytes()) == secrets::sha256(b.as_bytes())
}

fn failed(state: &AppState, lang: &str, error: AppError) -> Response {
    failed_with(state, lang, error, None)
}

fn failed_with(
    state: &AppState,
    lang: &str,
    error: AppError,
    cookie: Option<HeaderValue>,
) -> Response {
    let query: String = url::form_urlencoded::byte_serialize(error.to_query().as_bytes()).collect();
    let page = localised(lang, Route::SignIn.with("error", &query));
    let cookie = cookie.unwrap_or_else(|| Cookie::SignIn.clear(&state.config));
    see_other(&page, &[cookie])
}

fn see_other(address: &str, cookies: &[HeaderValue]) -> Response {
    let Ok(location) = HeaderValue::from_str(address) else {
        return incident::internal("redirect", &"an address no header can hold").into_response();
    };
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
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
