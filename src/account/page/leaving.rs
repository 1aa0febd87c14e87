//! Taking everything along, and closing the account.

use crate::{
    account::api::{CloseAccount, ReopenAccount},
    auth::api::SignOut,
    i18n::{Locale, td_string, use_locale},
    routes::{ACCOUNT_EXPORT, Route},
    server::config::Config,
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

/// What the configuration says of the time after a closing.
#[derive(Clone, Copy)]
pub(super) struct Periods {
    grace_ms: i64,
    copies_ms: i64,
    is_shared: bool,
}

impl Periods {
    /// Those of this configuration.
    pub(super) fn of(config: &Config) -> Periods {
        Periods {
            grace_ms: config.closing_grace_ms(),
            copies_ms: config.copies_kept_ms(),
            is_shared: config.is_shared(),
        }
    }

    /// What happens when, for an account that is closed now; a line each.
    fn steps(self, locale: Locale, now_ms: i64) -> Vec<String> {
        let due_ms = now_ms + self.grace_ms;
        let due = format::date(locale, due_ms);
        let gone = format::date(locale, due_ms + self.copies_ms);
        let has_grace = self.grace_ms > 0;
        let grace = has_grace.then(|| td_string!(locale, account.close_grace, due = due));
        let (end, receipt) = match (self.is_shared, has_grace) {
            (false, _) => (
                td_string!(locale, account.close_end, gone = gone),
                td_string!(locale, account.close_receipt).to_owned(),
            ),
            (true, true) => (
                td_string!(locale, history.close_end, gone = gone),
                td_string!(locale, history.close_receipt).to_owned(),
            ),
            (true, false) => (
                td_string!(locale, history.close_end_now, gone = gone),
                td_string!(locale, history.close_receipt_now).to_owned(),
            ),
        };
        let at_once = td_string!(locale, account.close_at_once).to_owned();
        [Some(at_once), grace, Some(end), Some(receipt)]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// Export and closing; both ask for a sign-in of the last minutes.
#[component]
pub(super) fn Leaving(fresh: bool, now_ms: i64, periods: Periods) -> impl IntoView {
    let locale = use_locale();
    let steps: Vec<AnyView> = periods
        .steps(locale, now_ms)
        .into_iter()
        .map(|step| view! { <li>{step}</li> }.into_any())
        .collect();
    let (export, close) = match fresh {
        true => (
            export_form(locale),
            close_form(locale, periods.grace_ms > 0),
        ),
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
            <ul>{steps}</ul>
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

/// The form that closes the account. Without a grace it has one button, for
/// closing is erasing then.
fn close_form(locale: Locale, has_grace: bool) -> AnyView {
    let close = has_grace.then(|| {
        view! {
            <button class="button button-danger" type="submit">
                {td_string!(locale, account.close_button)}
            </button>
        }
    });
    view! {
        <form class="account-choices" method="post" action=CloseAccount::url()>
            <Language />
            <label class="check">
                <input type="checkbox" name="sure" value="on" required />
                <span>{td_string!(locale, account.close_sure)}</span>
            </label>
            <p class="actions">
                {close}
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::limits::DAY_MS;

    #[test]
    fn a_closing_is_told_as_the_configuration_has_it() {
        let steps = |grace_days: i64, copies_days: i64, is_shared: bool| {
            let periods = Periods {
                grace_ms: grace_days * DAY_MS,
                copies_ms: copies_days * DAY_MS,
                is_shared,
            };
            periods.steps(Locale::en, 0)
        };
        let date = |days: i64| format::date(Locale::en, days * DAY_MS);
        let alone = steps(7, 14, false);
        assert_eq!(alone.len(), 4);
        assert!(alone[1].contains(&date(7)) && alone[2].contains("backup"));
        assert!(alone[2].contains(&date(21)) && alone[3].contains("7 days"));
        // A provider that keeps thirty days leaves none.
        let at_once = steps(0, 30, true).join("\n");
        assert!(at_once.contains("no days to come back"), "{at_once}");
        assert!(at_once.contains(&date(30)) && !at_once.contains("7 days"));
        assert!(!at_once.contains("backup") && !at_once.contains("Erase now"));
        let short = steps(4, 26, true);
        assert_eq!(short.len(), 4);
        assert!(short[1].contains(&date(4)) && short[2].contains(&date(30)));
    }
}
