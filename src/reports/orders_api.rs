//! The server function that takes orders of authorities.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use super::orders;
use crate::{
    error::AppError,
    routes::{self, ORDERS, PagePath},
    server::Context,
};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};
use serde::{Deserialize, Serialize};

/// What an authority wrote.
///
/// Its `Debug` shows nothing of it, so that no log line can.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthorityOrder {
    /// The word of what is ordered.
    pub kind: String,
    /// Who orders it.
    pub authority: String,
    /// Their reference.
    pub reference: String,
    /// On which law it rests.
    pub basis: String,
    /// The addresses of the pictures.
    pub pictures: String,
    /// What is ordered, and why.
    pub words: String,
    /// Who answers for it.
    pub name: String,
    /// Where to answer.
    pub email: String,
}

impl std::fmt::Debug for AuthorityOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthorityOrder")
    }
}

/// Takes an order of an authority. Public: no authority has an account, and whether it is
/// one is for a person to find out.
#[server(prefix = "/api", endpoint = "order", input = PostUrl, output = Postcard)]
pub async fn send_order(
    order: AuthorityOrder,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    let context = Context::take();
    match orders::take(&context, &order, &lang).await {
        Ok(number) => {
            context.redirect(&lang, routes::order(&number));
            Ok(())
        }
        Err(error) => {
            let key = orders::keep(&context, &order);
            Err(context.refuse(&lang, PagePath::of(ORDERS).with("kept", &key), error))
        }
    }
}
