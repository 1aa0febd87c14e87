//! Reports of children's accounts on the administrators' page: those of which nobody can
//! tell from the words whose account it is.

use super::api::DecideReport;
use crate::{
    i18n::{Locale, td_string, use_locale},
    model::{limits::ADMIN_REASON_CHARS, typed::isolated},
    server::kept_forms::Typed,
    store::reports::Case,
    ui::{
        form::{Language, counted},
        format,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// A report, and the form that decides it.
pub(super) fn report(locale: Locale, case: Case, typed: Typed) -> AnyView {
    let account = match case.account {
        Some((name, handle, since_ms)) => {
            let handle = handle
                .map(|handle| format!(" @{handle}"))
                .unwrap_or_default();
            let since = format::date(locale, since_ms);
            td_string!(
                locale,
                admin.account,
                name = format!("{}{handle}", isolated(&name)),
                since = since
            )
        }
        None => td_string!(locale, admin.no_account).to_owned(),
    };
    let received = format::date_time(locale, case.created_at_ms);
    let email = (!case.email.is_empty()).then(|| {
        view! {
            <p>
                <a href=format!("mailto:{}", case.email)>{case.email.clone()}</a>
            </p>
        }
    });
    view! {
        <article class="admin-case">
            <p class="quiet">{received} " · " {case.id.clone()}</p>
            <p>
                <strong dir="auto">{case.about}</strong>
            </p>
            <p dir="auto">{case.details}</p>
            {email}
            <p>{account}</p>
            <form class="account-choices" method="post" action=DecideReport::url()>
                <Language />
                <input type="hidden" name="id" value=case.id />
                {field("account", td_string!(locale, admin.other_account), 320, typed.of("account"))}
                {field("reason", td_string!(locale, admin.reason), ADMIN_REASON_CHARS, typed.of("reason"))}
                <p class="actions">
                    <button class="button" type="submit" name="decision" value="dismiss">
                        {td_string!(locale, admin.dismiss)}
                    </button>
                    <button class="button button-danger" type="submit" name="decision" value="erase">
                        {td_string!(locale, admin.erase)}
                    </button>
                </p>
            </form>
        </article>
    }
    .into_any()
}

/// A labelled field; several forms of the page have one, so it has no id.
/// A reason is always given; an account only where another is meant.
fn field(name: &'static str, label: &'static str, most: u32, value: String) -> AnyView {
    let required = name == "reason";
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input
                type="text"
                name=name
                dir="auto"
                pattern=counted(name, u8::from(required), most)
                title=td_string!(use_locale(), library.tag_rule, limit = most)
                value=value
                required=required
                autocomplete="off"
            />
        </label>
    }
    .into_any()
}
