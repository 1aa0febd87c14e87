//! Server functions of administrators.

#![allow(
    missing_docs,
    reason = "the parameters of server functions become public fields"
)]

use crate::error::AppError;
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// Decides a report: `erase` ends the account at once, `dismiss` leaves it.
/// `account` names one where the report did not. Asks for a sign-in of the last
/// minutes, and keeps what was typed meanwhile.
#[server(prefix = "/api", endpoint = "admin_report", input = PostUrl, output = Postcard)]
pub async fn decide_report(
    id: String,
    #[server(default)] decision: String,
    #[server(default)] account: String,
    #[server(default)] reason: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::decisions::{Wish, decide_freshly, read_decision, require_admin};
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Admin).await?;
    let done = async {
        // First, so that nobody else learns what the form may say.
        require_admin(&context.state, &user).await?;
        let wish = Wish {
            id,
            decision: read_decision(&decision)?,
            account,
            reason,
        };
        decide_freshly(&context, &user, &wish).await
    };
    let done = done.await;
    context.answer(&lang, Route::Admin, done)
}

/// Makes an invitation, and sends it by mail where an address is given. Asks for a sign-in
/// of the last minutes.
#[server(prefix = "/api", endpoint = "admin_invite", input = PostUrl, output = Postcard)]
pub async fn make_invitation(
    #[server(default)] note: String,
    #[server(default)] uses: String,
    #[server(default)] days: String,
    #[server(default)] mail: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::invitations::{self, Typed};
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Admin).await?;
    let typed = Typed {
        note,
        uses,
        days,
        mail,
        lang: lang.clone(),
    };
    match invitations::make(&context, &user, typed).await {
        Ok(()) => {
            context.redirect(&lang, Route::Admin.part("invitations"));
            Ok(())
        }
        Err(error) => Err(context.refuse(&lang, Route::Admin, error)),
    }
}

/// Takes an invitation back. Asks for a sign-in of the last minutes.
#[server(prefix = "/api", endpoint = "admin_invitation_revoke", input = PostUrl, output = Postcard)]
pub async fn revoke_invitation(
    id: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::invitations;
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Admin).await?;
    match invitations::revoke(&context, &user, &id).await {
        Ok(()) => {
            context.redirect(&lang, Route::Admin.part("invitations"));
            Ok(())
        }
        Err(error) => Err(context.refuse(&lang, Route::Admin, error)),
    }
}

/// Decides a case: what becomes of the picture and of its owner's account, with the
/// reasons. For administrators, after a sign-in of the last minutes; what was typed is
/// kept meanwhile.
#[server(prefix = "/api", endpoint = "admin_case", input = PostUrl, output = Postcard)]
pub async fn decide_case(
    id: String,
    #[server(default)] picture: String,
    #[server(default)] account: String,
    #[server(default)] ground: String,
    #[server(default)] rule: String,
    #[server(default)] facts: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::case_decisions::{Form, decide};
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Case(&id))
        .await?;
    let form = Form {
        id,
        picture,
        account,
        ground,
        rule,
        facts,
    };
    let done = decide(&context, &user, &form).await;
    context.answer(&lang, Route::Case(&form.id), done)
}

/// Decides an appeal: `uphold` takes the decision back, `reject` leaves it. For
/// administrators, after a sign-in of the last minutes; what was typed is kept meanwhile.
#[server(prefix = "/api", endpoint = "admin_appeal", input = PostUrl, output = Postcard)]
pub async fn answer_appeal(
    id: String,
    #[server(default)] appeal: String,
    #[server(default)] decision: String,
    #[server(default)] answer: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::case_decisions;
    use crate::{error::Problem, routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Case(&id))
        .await?;
    let upheld = match decision.as_str() {
        "uphold" => Ok(true),
        "reject" => Ok(false),
        _ => Err(AppError::from(Problem::Malformed)),
    };
    let done = match upheld {
        Ok(upheld) => case_decisions::answer(&context, &user, &id, &appeal, upheld, &answer).await,
        Err(error) => Err(error),
    };
    context.answer(&lang, Route::Case(&id), done)
}

/// Tells everybody something on every page, for some days. For administrators, after a
/// sign-in of the last minutes; what was typed is kept meanwhile.
#[server(prefix = "/api", endpoint = "admin_announce", input = PostUrl, output = Postcard)]
pub async fn announce(
    #[server(default)] en: String,
    #[server(default)] fr: String,
    #[server(default)] from: String,
    #[server(default)] days: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::announcements::{self, Form};
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let page = Route::Announcements;
    let user = context.require_user_for_form(&lang, page).await?;
    let form = Form { en, fr, from, days };
    let done = announcements::announce(&context, &user, &form).await;
    context.answer(&lang, page, done)
}

/// Takes an announcement back. For administrators, after a sign-in of the last minutes.
#[server(prefix = "/api", endpoint = "admin_announcement_remove", input = PostUrl, output = Postcard)]
pub async fn remove_announcement(
    id: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::announcements;
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let page = Route::Announcements;
    let user = context.require_user_for_form(&lang, page).await?;
    let done = announcements::remove(&context, &user, &id).await;
    context.answer(&lang, page, done)
}

/// Switches a model off or on: `to` is `off` or `on`. Asks for a sign-in of the last
/// minutes.
#[server(prefix = "/api", endpoint = "admin_model", input = PostUrl, output = Postcard)]
pub async fn switch_model(
    id: String,
    #[server(default)] to: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::models;
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Admin).await?;
    match models::switch(&context, &user, &id, &to).await {
        Ok(()) => {
            context.redirect(&lang, Route::Admin.part("models"));
            Ok(())
        }
        Err(error) => Err(context.refuse(&lang, Route::Admin, error)),
    }
}

/// Notes that a case was passed to the police, and seals a copy where a law demands one.
/// For administrators, after a sign-in of the last minutes.
#[server(prefix = "/api", endpoint = "admin_police", input = PostUrl, output = Postcard)]
pub async fn pass_to_police(
    id: String,
    #[server(default)] offence: String,
    #[server(default)] authority: String,
    #[server(default)] file_reference: String,
    #[server(default)] words: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::police::{Passing, pass};
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context
        .require_user_for_form(&lang, Route::Case(&id))
        .await?;
    let form = Passing {
        id,
        offence,
        authority,
        file_reference,
        words,
    };
    let done = pass(&context, &user, &form).await;
    context.answer(&lang, Route::Case(&form.id), done)
}

/// Keeps a sealed copy for longer, once, by an authority's order. For administrators,
/// after a sign-in of the last minutes.
#[server(prefix = "/api", endpoint = "admin_sealed_longer", input = PostUrl, output = Postcard)]
pub async fn extend_sealed(
    id: String,
    #[server(default)] authority: String,
    #[server(default)] file_reference: String,
    #[server(default)] lang: String,
) -> Result<(), AppError> {
    use super::police;
    use crate::{routes::Route, server::Context};
    let context = Context::take();
    let user = context.require_user_for_form(&lang, Route::Admin).await?;
    match police::extend(&context, &user, &id, &authority, &file_reference).await {
        Ok(()) => {
            context.redirect(&lang, Route::Admin.part("sealed"));
            Ok(())
        }
        Err(error) => Err(context.refuse(&lang, Route::Admin, error)),
    }
}
