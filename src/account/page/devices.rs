//! A person's sessions and past sign-ins, and the buttons that end sessions.

use crate::{
    account::api::EndSession,
    auth::api::SignOutEverywhere,
    i18n::{Locale, td_string, use_locale},
    store::sessions::{Session, SignInRecord},
    ui::{
        form::{Language, PostForm},
        format,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The person's sessions, and the buttons that end them.
#[component]
pub(super) fn Devices(sessions: Vec<Session>, here: Option<String>) -> impl IntoView {
    let locale = use_locale();
    let rows: Vec<AnyView> = sessions
        .into_iter()
        .map(|session| {
            let this = here.as_ref() == Some(&session.id);
            device(locale, session, this)
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="devices">
            <h2 id="devices">{td_string!(locale, account.devices)}</h2>
            <ul class="account-devices">{rows}</ul>
            <form method="post" action=SignOutEverywhere::url()>
                <Language />
                <button class="button" type="submit">
                    {td_string!(locale, nav.sign_out_everywhere)}
                </button>
            </form>
        </section>
    }
}

/// The sign-ins of the last months, so that a stranger's would be seen.
#[component]
pub(super) fn SignIns(records: Vec<SignInRecord>) -> impl IntoView {
    let locale = use_locale();
    let rows: Vec<AnyView> = records
        .into_iter()
        .map(|record| {
            let device = device_name(&record.user_agent)
                .unwrap_or_else(|| td_string!(locale, account.unknown_device).to_owned());
            view! {
                <tr>
                    <td>{format::date_time(locale, record.at_ms)}</td>
                    <td>{device}</td>
                    <td>{record.address}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="sign-ins">
            <h2 id="sign-ins">{td_string!(locale, account.sign_ins)}</h2>
            <p class="quiet">{td_string!(locale, account.sign_ins_hint)}</p>
            <div class="table-scroll" tabindex="0" role="group" aria-labelledby="sign-ins">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{td_string!(locale, account.when)}</th>
                            <th scope="col">{td_string!(locale, account.device)}</th>
                            <th scope="col">{td_string!(locale, account.address)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

fn device(locale: Locale, session: Session, this: bool) -> AnyView {
    let name = device_name(&session.user_agent)
        .unwrap_or_else(|| td_string!(locale, account.unknown_device).to_owned());
    let since = format::date(locale, session.created_at_ms);
    let seen = format::date(locale, session.last_seen_at_ms);
    let times = td_string!(locale, account.device_times, since = since, seen = seen);
    let mark = this.then(|| {
        view! { " " <span class="account-here">{td_string!(locale, account.this_device)}</span> }
    });
    view! {
        <li>
            <p>
                <strong>{name}</strong>
                {mark}
            </p>
            <p class="quiet">{times}</p>
            // What is held is what the browser sent: all of it is shown.
            <p class="account-agent">{session.user_agent}</p>
            <PostForm
                action=EndSession::url()
                id=session.id
                button=td_string!(locale, nav.sign_out)
                class="button button-small"
            />
        </li>
    }
    .into_any()
}

/// A browser and its system, by the names people know, from what it says of itself.
fn device_name(agent: &str) -> Option<String> {
    // Most of them also name those they resemble, so the order matters.
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let named = |list: &[(&str, &'static str)]| {
        let found = list.iter().find(|(sign, _)| agent.contains(sign));
        found.map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser}, {system}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::device_name;

    #[test]
    fn devices_are_named_by_what_people_call_them() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(device_name(chrome).as_deref(), Some("Chrome, Linux"));
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(device_name(safari).as_deref(), Some("Safari, iPhone"));
        assert_eq!(device_name("curl/8.0"), None);
    }
}
