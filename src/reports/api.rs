//! The server function that takes a report.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use crate::error::AppError;
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

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
    match super::cases::take(&context, &report).await {
        Ok(number) => {
            context.redirect(&lang, Route::ReportChild.with("sent", &number));
            Ok(())
        }
        Err(error) => Err(context.refuse(&lang, Route::ReportChild, error)),
    }
}
