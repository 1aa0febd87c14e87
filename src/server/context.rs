//! A server function's view of its request, and its ways to answer: who asks,
//! and where a plain form goes next.

use super::{AppState, client_addr::ClientAddr, media::NO_STORE};
use crate::{
    error::AppError,
    i18n,
    model::local_path::LocalPath,
    routes::{PagePath, Route},
    server::session::Visitor,
    store::users::User,
    ui::words,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::{expect_context, use_context};
use leptos_axum::ResponseOptions;
use std::net::IpAddr;

/// The request of a server function.
pub struct Context {
    /// The shared parts of the server.
    pub state: AppState,
    /// The person behind the request, looked up when somebody asks.
    pub visitor: Visitor,
    /// The request's headers.
    pub headers: HeaderMap,
    client: Option<IpAddr>,
    /// True if a page is being rendered, rather than the function called by itself.
    rendering: bool,
    response: Option<ResponseOptions>,
}

impl Context {
    /// Takes it from where leptos_axum put it. Called before the first `await`.
    pub fn take() -> Context {
        let parts = use_context::<Parts>();
        let headers = parts
            .as_ref()
            .map(|p| p.headers.clone())
            .unwrap_or_default();
        let visitor = parts
            .as_ref()
            .and_then(|p| p.extensions.get::<Visitor>().cloned())
            .unwrap_or_default();
        let client = parts
            .as_ref()
            .and_then(|p| p.extensions.get::<ClientAddr>())
            .map(|client| client.0);
        let rendering = parts.is_none_or(|p| !p.uri.path().starts_with("/api/"));
        Context {
            state: expect_context::<AppState>(),
            visitor,
            headers,
            client,
            rendering,
            response: use_context::<ResponseOptions>(),
        }
    }

    /// The network address that asks.
    pub fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// The person who asks, if anybody is signed in.
    pub async fn user(&self) -> Result<Option<User>, AppError> {
        self.visitor.user(&self.state).await
    }

    /// The person who asks; a stranger is an error.
    pub async fn require_user(&self) -> Result<User, AppError> {
        self.user()
            .await?
            .ok_or_else(|| self.with_status(AppError::SignInNeeded))
    }

    /// The person who asks; a stranger on a page of their own is sent to sign in first.
    pub async fn require_user_or_sign_in(
        &self,
        lang: &str,
        next: impl Into<PagePath>,
    ) -> Result<User, AppError> {
        let user = self.user().await?;
        if user.is_none() && self.rendering {
            let next = localised(lang, next);
            let next = LocalPath::parse(&next).map_or(next, |next| next.in_query());
            self.redirect(lang, Route::sign_in_to(&next));
            return Err(AppError::SignInNeeded);
        }
        user.ok_or_else(|| self.with_status(AppError::SignInNeeded))
    }

    /// The person who sent a form of `page`; a browser whose session has ended
    /// signs in first and comes back there.
    pub async fn require_user_for_form(
        &self,
        lang: &str,
        page: impl Into<PagePath>,
    ) -> Result<User, AppError> {
        let user = self.user().await?;
        if user.is_none() && self.wants_html() {
            let next: String =
                url::form_urlencoded::byte_serialize(localised(lang, page).as_bytes()).collect();
            self.redirect(lang, Route::sign_in_to(&next));
            return Err(AppError::SignInNeeded);
        }
        user.ok_or_else(|| self.with_status(AppError::SignInNeeded))
    }

    /// As [`Context::require_user_for_form`], for the forms that somebody closing
    /// their account still may send.
    pub async fn require_user_or_closing_for_form(
        &self,
        lang: &str,
        page: impl Into<PagePath>,
    ) -> Result<User, AppError> {
        match self.visitor.user_or_closing(&self.state).await? {
            Some(user) => Ok(user),
            None => self.require_user_for_form(lang, page).await,
        }
    }

    /// Goes to one of our addresses, in the page's language.
    pub fn redirect(&self, lang: &str, page: impl Into<PagePath>) {
        let mut page = page.into();
        // Paths may hold an id somebody sent: what no header can carry goes home.
        if !page.as_str().bytes().all(|b| b.is_ascii_graphic()) {
            page = Route::Home.path();
        }
        leptos_axum::redirect(&localised(lang, page));
        // Leptos redirects those who accept HTML by name only, and a crawler
        // that accepts anything would read an empty page as the real one.
        if let (Some(response), true) = (&self.response, self.rendering) {
            response.set_status(StatusCode::FOUND);
        }
    }

    /// Adds a header to the answer.
    pub fn append_header(&self, name: HeaderName, value: HeaderValue) {
        if let Some(response) = &self.response {
            response.append_header(name, value);
        }
    }

    /// Sets a header of the answer, in the place of another of its name: however
    /// often a page is drawn, it is there once.
    pub fn set_header(&self, name: HeaderName, value: HeaderValue) {
        if let Some(response) = &self.response {
            response.insert_header(name, value);
        }
    }

    /// The head of a page whose address is a key: nobody keeps the page, and no other site
    /// learns the address.
    pub fn keep_address_secret(&self) {
        // A page without a referrer sends its forms without an origin, and some browsers
        // prove a form to be ours by nothing else. Whoever may be signed in has forms.
        let policy = match self.visitor.session_id() {
            Some(_) => "strict-origin",
            None => "no-referrer",
        };
        self.set_header(header::REFERRER_POLICY, HeaderValue::from_static(policy));
        self.set_header(header::CACHE_CONTROL, NO_STORE);
    }

    /// Gives the answer this status where a page is drawn.
    pub fn set_status(&self, status: StatusCode) {
        if let Some(response) = &self.response {
            response.set_status(status);
        }
    }

    /// Gives the answer the error's status where a program asks, and a page's
    /// own where a page is rendered. A form post of a browser keeps its redirect.
    pub fn with_status(&self, error: AppError) -> AppError {
        let status = match error {
            // A private page answers a stranger as a missing one does.
            AppError::SignInNeeded if self.rendering => 404,
            _ => error.status(),
        };
        if let (Some(response), Ok(status)) = (&self.response, StatusCode::from_u16(status))
            && (self.rendering || !self.wants_html())
        {
            response.set_status(status);
        }
        error
    }

    /// Refuses a form: a browser without JavaScript is sent back to `back` with
    /// the error's code, everybody else gets the error itself.
    pub fn refuse(&self, lang: &str, back: impl Into<PagePath>, error: AppError) -> AppError {
        if self.wants_html() && !self.rendering {
            let query: String =
                url::form_urlencoded::byte_serialize(error.to_query().as_bytes()).collect();
            self.redirect(lang, back.into().with("error", &query));
            return error;
        }
        self.with_status(words::with_message(i18n::from_code(lang), error))
    }

    /// Answers a form whose page is `page`, well or not.
    pub fn answer(
        &self,
        lang: &str,
        page: impl Into<PagePath>,
        done: Result<(), AppError>,
    ) -> Result<(), AppError> {
        match done {
            Ok(()) => {
                self.redirect(lang, page);
                Ok(())
            }
            Err(error) => Err(self.refuse(lang, page, error)),
        }
    }

    /// The language the reader is known to prefer: their account's, else the
    /// first of their browser's that this site speaks.
    pub async fn preferred_language(&self) -> Option<String> {
        let user = self.user().await.ok().flatten();
        let account = user.and_then(|user| user.language);
        let accepted = || {
            let header = self.headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            i18n::accepted(header).map(|locale| i18n::code(locale).to_owned())
        };
        account.or_else(accepted)
    }

    fn wants_html(&self) -> bool {
        accepts_html(&self.headers)
    }
}

/// True if the client is a browser that will show the answer as a page.
pub fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("text/html"))
}

/// The address of a page in the language of this code; anything but a known
/// one is the default.
pub fn localised(lang: &str, page: impl Into<PagePath>) -> String {
    page.into().address(i18n::from_code(lang))
}
