//! The server functions that take reports, and objections to what was decided.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use crate::error::AppError;
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};
use serde::{Deserialize, Serialize};

/// Takes a report of a child's account. Public: whoever knows the child need
/// not have an account.
#[server(prefix = "/api", endpoint = "report_child", input = PostUrl, output = Postcard)]
pub async fn report_child(
    #[server(default)] about: String,
    #[server(default)] details: String,
    #[server(default)] email: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let report = super::cases::Report {
        about,
        details,
        email,
    };
    match super::cases::take(&context, &report, &lang).await {
        Ok(number) => {
            context.redirect(&lang, Route::Notice(&number));
            Ok(())
        }
        Err(error) => Err(context.refuse(&lang, Route::ReportChild, error)),
    }
}

/// What somebody wrote about a published picture.
///
/// Its `Debug` shows nothing of it, so that no log line can.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Notice {
    /// The picture's id.
    pub image: String,
    /// The word of the reason.
    pub reason: String,
    /// Why.
    pub explanation: String,
    /// Who writes.
    pub name: String,
    /// Where to answer.
    pub email: String,
    /// The name typed in place of a signature.
    pub signature: String,
    /// "on" if the box of good faith is ticked.
    pub good_faith: String,
}

impl std::fmt::Debug for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Notice")
    }
}

/// Takes a notice about a published picture. Public: whoever tells of it need not have an
/// account.
#[server(prefix = "/api", endpoint = "report_picture", input = PostUrl, output = Postcard)]
pub async fn report_picture(
    notice: Notice,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::notices;
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    match notices::take(&context, &notice, &lang).await {
        Ok(number) => {
            context.redirect(&lang, Route::Notice(&number));
            Ok(())
        }
        Err(error) => {
            let key = notices::keep(&context, &notice);
            let back = Route::Report(&notice.image).with("kept", &key);
            Err(context.refuse(&lang, back, error))
        }
    }
}

/// Objects to what was decided about a notice. Public: whoever holds the notice's number.
#[server(prefix = "/api", endpoint = "appeal_notice", input = PostUrl, output = Postcard)]
pub async fn appeal_notice(
    #[server(default)] id: String,
    #[server(default)] notice: String,
    #[server(default)] words: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::appeals;
    use crate::{routes::Route, server::Context, store::case_acts::Party};
    let context = Context::take();
    let taken = appeals::take(&context, &id, Party::Notice(&notice), &words).await;
    context.answer(&lang, Route::Notice(&notice), taken)
}

/// Objects to a decision about one's own picture or account; also while suspended.
#[server(prefix = "/api", endpoint = "appeal_decision", input = PostUrl, output = Postcard)]
pub async fn appeal_decision(
    #[server(default)] id: String,
    #[server(default)] words: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::appeals;
    use crate::{routes::Route, server::Context, store::case_acts::Party};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Decisions)
        .await?;
    let taken = appeals::take(&context, &id, Party::Owner(&user.id), &words).await;
    context.answer(&lang, Route::Decisions, taken)
}
