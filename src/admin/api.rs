//! Server functions of administrators.

use crate::{error::AppError, routes::Route};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// Decides a report: `erase` ends the account at once, `dismiss` leaves it.
/// `account` names one where the report did not.
#[server(prefix = "/api", endpoint = "admin_report", input = PostUrl, output = Postcard)]
pub async fn decide_report(
    id: String,
    #[server(default)] decision: String,
    #[server(default)] account: String,
    #[server(default)] reason: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = crate::server::Context::take();
    let user = context.require_user_for_form(&lang, Route::Admin).await?;
    let wish = super::decisions::Wish {
        id,
        decision,
        account,
        reason,
    };
    let done = super::decisions::decide(&context.state, &user, &wish).await;
    context.answer(&lang, Route::Admin, done)
}
