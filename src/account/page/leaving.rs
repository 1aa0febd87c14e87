//! Taking everything along, and closing the account.

use crate::{
    account::api::{CloseAccount, ReopenAccount},
    auth::api::SignOut,
    i18n::{Locale, td_string, use_locale},
    model::limits::{CLOSING_GRACE_MS, RetentionRule},
    routes::{ACCOUNT_EXPORT, Route},
    store::erasures::Erasure,
    ui::{
        confirm::confirm,
        error_view::{ErrorNote, error_in_address},
        form::Language,
        format,
        head::PrivateHead,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// Export and closing; both ask for a sign-in of the last minutes.
#[component]
pub(super) fn Leaving(fresh: bool, now_ms: i64) -> impl IntoView {
    let locale = use_locale();
    let due = format::date(locale, now_ms + CLOSING_GRACE_MS);
    let gone = format::date(
        locale,
        now_ms + CLOSING_GRACE_MS + RetentionRule::Backups.kept_ms(),
    );
    let (export, close) = match fresh {
        true => (export_form(locale), close_form(locale)),
        false => (
            confirm(locale, Route::Account.part("export")),
            confirm(locale, Route::Account.part("close")),
        ),
    };
    view! {
        <section class="card" aria-labelledby="export">
            <h2 id="export">{td_string!(locale, account.export)}</h2>
            <p>{td_string!(locale, account.export_text)}</p>
            {export}
        </section>
        <section class="card" aria-labelledby="close">
            <h2 id="close">{td_string!(locale, account.close)}</h2>
            <ul>
                <li>{td_string!(locale, account.close_at_once)}</li>
                <li>{td_string!(locale, account.close_grace, due = due)}</li>
                <li>{td_string!(locale, account.close_end, gone = gone)}</li>
                <li>{td_string!(locale, account.close_receipt)}</li>
            </ul>
            {close}
        </section>
    }
}

fn export_form(locale: Locale) -> AnyView {
    view! {
        <form method="post" action=ACCOUNT_EXPORT>
            <Language />
            <button class="button" type="submit">
                {td_string!(locale, account.export_button)}
            </button>
        </form>
    }
    .into_any()
}

fn close_form(locale: Locale) -> AnyView {
    view! {
        <form class="account-choices" method="post" action=CloseAccount::url()>
            <Language />
            <label class="check">
                <input type="checkbox" name="sure" value="on" required />
                <span>{td_string!(locale, account.close_sure)}</span>
            </label>
            <p class="actions">
                <button class="button button-danger" type="submit">
                    {td_string!(locale, account.close_button)}
                </button>
                <button class="button button-danger" type="submit" name="when" value="now">
                    {td_string!(locale, account.erase_now)}
                </button>
            </p>
        </form>
    }
    .into_any()
}

/// The account page of an account that is being closed: coming back, or not.
#[component]
pub(super) fn Closing(erasure: Erasure) -> impl IntoView {
    let locale = use_locale();
    let title = td_string!(locale, account.closing_title);
    let due = format::date_time(locale, erasure.due_at_ms);
    let receipt = Route::Receipt(&erasure.id).address(locale);
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, account.closing_text, due = due)}</p>
            </header>
            <ErrorNote error=error_in_address() />
            <section class="card" aria-labelledby="back">
                <h2 id="back">{td_string!(locale, account.come_back)}</h2>
                <p>{td_string!(locale, account.come_back_text)}</p>
                <form method="post" action=ReopenAccount::url()>
                    <Language />
                    <button class="button button-primary" type="submit">
                        {td_string!(locale, account.come_back_button)}
                    </button>
                </form>
            </section>
            <section class="card" aria-labelledby="now">
                <h2 id="now">{td_string!(locale, account.erase_now)}</h2>
                <form class="account-choices" method="post" action=CloseAccount::url()>
                    <Language />
                    <input type="hidden" name="when" value="now" />
                    <label class="check">
                        <input type="checkbox" name="sure" value="on" required />
                        <span>{td_string!(locale, account.close_sure)}</span>
                    </label>
                    <button class="button button-danger" type="submit">
                        {td_string!(locale, account.erase_now)}
                    </button>
                </form>
                <p>
                    <a href=receipt>{td_string!(locale, erasure.title)}</a>
                </p>
                <form method="post" action=SignOut::url()>
                    <Language />
                    <button class="button" type="submit">
                        {td_string!(locale, nav.sign_out)}
                    </button>
                </form>
            </section>
        </div>
    }
}
