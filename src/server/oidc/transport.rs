//! The wire to the provider: no redirects, a deadline, a size limit.

use crate::error::SignInProblem;
use futures::future::BoxFuture;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// No answer of a provider is larger than this, in bytes.
const ANSWER_MAX: usize = 512 * 1024;

/// Carries openidconnect's requests: no redirects, a deadline, a size limit.
pub(super) struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = CallError;
    type Future = BoxFuture<'c, Result<HttpResponse, CallError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.carry(request))
    }
}

impl Http {
    /// Carries requests with this client.
    pub(super) fn new(client: reqwest::Client) -> Http {
        Http(client)
    }

    async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, CallError> {
        let request = reqwest::Request::try_from(request).map_err(|_| CallError)?;
        let mut response = self.0.execute(request).await.map_err(|error| {
            tracing::warn!(error = %error.without_url(), "the identity provider did not answer");
            CallError
        })?;
        let mut answer = axum::http::Response::builder().status(response.status());
        if let Some(headers) = answer.headers_mut() {
            *headers = response.headers().clone();
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| CallError)? {
            if body.len() + chunk.len() > ANSWER_MAX {
                return Err(CallError);
            }
            body.extend_from_slice(&chunk);
        }
        answer.body(body).map_err(|_| CallError)
    }
}

/// The provider could not be asked. The cause was logged where it happened.
#[derive(Debug, thiserror::Error)]
#[error("the identity provider could not be reached")]
pub(super) struct CallError;

/// The problem to tell the person after a failed exchange of a code.
pub(super) fn exchange_problem<E, T>(
    error: &openidconnect::RequestTokenError<E, T>,
) -> SignInProblem
where
    E: std::error::Error + 'static,
    T: openidconnect::ErrorResponse + 'static,
{
    use openidconnect::RequestTokenError as E;
    match error {
        E::Request(_) => SignInProblem::ProviderUnavailable,
        E::ServerResponse(_) | E::Parse(..) | E::Other(_) => {
            tracing::warn!("the identity provider refused the exchange of a code");
            SignInProblem::AnswerRefused
        }
    }
}
