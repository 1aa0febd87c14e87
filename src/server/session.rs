//! The session cookie, and who it stands for.
//!
//! The cookie holds a 256-bit random token; the database holds its hash. Over
//! TLS its name begins with `__Host-`, which browsers accept only for this
//! host, `Secure` and `Path=/`.

use crate::{
    error::{AppError, Problem},
    i18n::Locale,
    model::limits::{PENDING_SIGN_IN_MS, SESSION_MS, STRANGERS_DRAFT_MAX},
    routes::Route,
    server::{AppState, Context, config::Config, secrets},
    store::{
        sessions::{self, PendingSignIn, Visit},
        users::User,
    },
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The service's two cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Signed in.
    Session,
    /// Signing in: ten minutes. One for all tabs of a browser.
    SignIn,
}

impl Cookie {
    /// The cookie's name under this configuration.
    pub fn name(self, config: &Config) -> &'static str {
        match (self, config.is_https()) {
            (Cookie::Session, true) => "__Host-imgc",
            (Cookie::Session, false) => "imgc",
            (Cookie::SignIn, true) => "__Host-imgc-sign-in",
            (Cookie::SignIn, false) => "imgc-sign-in",
        }
    }

    /// Whether the request carries it, whatever it holds.
    fn is_in(self, config: &Config, headers: &HeaderMap) -> bool {
        self.values(config, headers).next().is_some()
    }

    /// Whether the request carries any of ours, whatever it holds: then whoever asks
    /// may be somebody known.
    pub fn any_is_in(config: &Config, headers: &HeaderMap) -> bool {
        [Cookie::Session, Cookie::SignIn]
            .iter()
            .any(|cookie| cookie.is_in(config, headers))
    }

    /// Reads the cookie's token and returns its hash.
    pub fn token_hash(self, config: &Config, headers: &HeaderMap) -> Option<String> {
        let token = self.token(config, headers)?;
        Some(secrets::sha256(token.as_bytes()))
    }

    /// Reads the cookie's token.
    fn token(self, config: &Config, headers: &HeaderMap) -> Option<String> {
        self.values(config, headers)
            .find(|token| (20..=100).contains(&token.len()))
            .map(str::to_owned)
    }

    fn values<'a>(self, config: &Config, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let name = self.name(config);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(move |(n, _)| *n == name)
            .map(|(_, value)| value)
    }

    /// The header that sets it for `max_age_s` seconds.
    pub fn set(self, config: &Config, token: &str, max_age_s: i64) -> HeaderValue {
        let secure = if config.is_https() { "; Secure" } else { "" };
        let text = format!(
            "{}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}",
            self.name(config)
        );
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
    }

    /// The header that removes it.
    pub fn clear(self, config: &Config) -> HeaderValue {
        self.set(config, "", 0)
    }
}

/// The maker of a request. The database is asked once a request, and only if
/// somebody wants to know.
#[derive(Clone, Default)]
pub struct Visitor {
    token_hash: Option<String>,
    visit: Arc<OnceCell<Option<Visit>>>,
}

impl Visitor {
    /// The signed-in person. Who is closing their account is nobody, except on
    /// the pages where they may come back.
    pub async fn user(&self, state: &AppState) -> Result<Option<User>, AppError> {
        Ok(live(self.visit(state).await?))
    }

    /// As [`Visitor::user`], asking the database again: for streams that outlive a session.
    pub async fn user_now(&self, state: &AppState) -> Result<Option<User>, AppError> {
        Ok(live(self.look_up(state).await?))
    }

    /// The signed-in person, even while their account is being closed.
    pub async fn user_or_closing(&self, state: &AppState) -> Result<Option<User>, AppError> {
        Ok(self.visit(state).await?.map(|visit| visit.user))
    }

    /// Unix milliseconds at which the person signed in.
    pub async fn since_ms(&self, state: &AppState) -> Result<Option<i64>, AppError> {
        Ok(self.visit(state).await?.map(|visit| visit.since_ms))
    }

    /// Number of the person's unfinished jobs; none of a stranger's.
    pub async fn active_jobs(&self, state: &AppState) -> Result<u32, AppError> {
        let visit = self.visit(state).await?;
        Ok(visit.map_or(0, |visit| visit.active_jobs))
    }

    async fn visit(&self, state: &AppState) -> Result<Option<Visit>, AppError> {
        let visit = self.visit.get_or_try_init(|| self.look_up(state)).await?;
        Ok(visit.clone())
    }

    async fn look_up(&self, state: &AppState) -> Result<Option<Visit>, AppError> {
        match &self.token_hash {
            None => Ok(None),
            Some(hash) => Ok(sessions::find(&state.db, hash, state.clock.now_ms()).await?),
        }
    }

    /// The id under which the person's sessions list this one: hex SHA-256 of its token.
    pub fn session_id(&self) -> Option<String> {
        self.token_hash.clone()
    }
}

fn live(visit: Option<Visit>) -> Option<User> {
    let user = visit.map(|visit| visit.user);
    user.filter(|user| user.erasure_id.is_none())
}

/// Puts the [`Visitor`] in the request, for handlers and server functions.
pub async fn identify(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let visitor = Visitor {
        token_hash: Cookie::Session.token_hash(&state.config, request.headers()),
        visit: Arc::default(),
    };
    request.extensions_mut().insert(visitor);
    next.run(request).await
}

/// A browser that is signing in, known by its cookie. Each `state` it was sent to
/// the provider with is a row of its own, so that tabs do not disturb each other;
/// without the cookie, a state finds nothing.
pub struct SigningIn(String);

impl SigningIn {
    /// The browser that sent these headers, if it is signing in.
    pub fn of(config: &Config, headers: &HeaderMap) -> Option<SigningIn> {
        Cookie::SignIn.token(config, headers).map(SigningIn)
    }

    fn browser(&self) -> String {
        secrets::sha256(self.0.as_bytes())
    }

    fn hash(&self, state: Option<&str>) -> String {
        match state {
            // No token holds a full stop, so that no two pairs are written alike.
            Some(state) => secrets::sha256(format!("{}.{state}", self.0).as_bytes()),
            None => self.browser(),
        }
    }

    /// Takes what was remembered under this state: the second time there is nothing.
    pub async fn take(
        &self,
        state: &AppState,
        sent: &str,
    ) -> Result<Option<PendingSignIn>, AppError> {
        let hash = self.hash(Some(sent));
        let found = sessions::take_sign_in(&state.db, &hash, state.clock.now_ms()).await?;
        Ok(found)
    }

    /// Takes the words that were typed before signing in.
    pub async fn take_draft(&self, state: &AppState) -> Result<Option<String>, AppError> {
        let hash = self.hash(None);
        let kept = sessions::take_sign_in(&state.db, &hash, state.clock.now_ms()).await?;
        Ok(kept.and_then(|kept| kept.draft))
    }

    /// Forgets everything that waits for this browser, and returns the header that
    /// removes its cookie: of whoever is turned away nothing stays.
    pub async fn forget(&self, state: &AppState) -> Result<HeaderValue, AppError> {
        sessions::forget_sign_ins(&state.db, &self.browser()).await?;
        Ok(Cookie::SignIn.clear(&state.config))
    }

    /// The header that removes the cookie, unless another tab still needs it.
    pub async fn done(&self, state: &AppState) -> Option<HeaderValue> {
        let left = sessions::has_sign_ins(&state.db, &self.browser(), state.clock.now_ms()).await;
        // Where nobody can say, it ends by itself in ten minutes.
        (!left.unwrap_or(true)).then(|| Cookie::SignIn.clear(&state.config))
    }
}

/// Remembers a sign-in of the browser that sent these headers, and returns its cookie.
pub async fn remember_sign_in(
    state: &AppState,
    headers: &HeaderMap,
    sign_in: &PendingSignIn,
) -> Result<HeaderValue, AppError> {
    let browser = SigningIn::of(&state.config, headers);
    let browser = browser.unwrap_or_else(|| SigningIn(secrets::token()));
    sessions::start_sign_in(
        &state.db,
        &browser.hash(sign_in.state.as_deref()),
        &browser.browser(),
        sign_in,
        state.clock.now_ms(),
    )
    .await?;
    Ok(Cookie::SignIn.set(&state.config, &browser.0, PENDING_SIGN_IN_MS / 1000))
}

/// Keeps a stranger's form until they have signed in, and returns its cookie.
pub async fn keep_draft(
    state: &AppState,
    headers: &HeaderMap,
    draft: String,
) -> Result<HeaderValue, AppError> {
    if draft.len() > STRANGERS_DRAFT_MAX {
        return Err(Problem::Malformed.into());
    }
    let sign_in = PendingSignIn {
        next: Route::Create.address(Locale::default()),
        draft: Some(draft),
        ..PendingSignIn::default()
    };
    remember_sign_in(state, headers, &sign_in).await
}

/// Opens a session and returns its cookie.
pub async fn open(
    state: &AppState,
    user_id: &str,
    user_agent: &str,
) -> Result<HeaderValue, AppError> {
    let token = secrets::token();
    let user_agent = shown_agent(user_agent);
    sessions::create(
        &state.db,
        &secrets::sha256(token.as_bytes()),
        user_id,
        &user_agent,
        state.clock.now_ms(),
    )
    .await?;
    Ok(Cookie::Session.set(&state.config, &token, SESSION_MS / 1000))
}

/// As much of what a browser says of itself as is kept.
pub fn shown_agent(user_agent: &str) -> String {
    user_agent.chars().take(200).collect()
}

/// Ends the visitor's session, or all of the person's, and removes the cookie.
pub async fn end(context: &Context, everywhere: bool) -> Result<(), AppError> {
    if let Some(hash) = &context.visitor.token_hash {
        match context.visitor.user_or_closing(&context.state).await? {
            Some(user) if everywhere => sessions::end_all(&context.state.db, &user.id).await?,
            _ => sessions::end(&context.state.db, hash).await?,
        }
    }
    let cleared = Cookie::Session.clear(&context.state.config);
    context.append_header(header::SET_COOKIE, cleared);
    Ok(())
}
