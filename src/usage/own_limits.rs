//! The limits that people set for themselves: the form on the usage page, and what it does.

use super::api::LimitOneself;
use crate::{
    error::{AccountProblem, AppError},
    i18n::{Locale, td_string},
    model::allowance::{Allowance, plain_dollars},
    server::{
        AppState,
        kept_forms::{self, Typed},
    },
    store::{personal_limits, users::User},
    ui::form::{Language, TextField},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The key that a person's refused form is kept under.
fn key(user: &User) -> String {
    format!("own limits:{}", user.id)
}

/// Sets them, from the next picture on.
pub(super) async fn set(
    state: &AppState,
    user: &User,
    pictures: &str,
    dollars: &str,
) -> Result<(), AppError> {
    let Ok(allowed) = Allowance::typed(pictures, dollars) else {
        let now_ms = state.clock.now_ms();
        let typed = Typed::new([("pictures", pictures), ("dollars", dollars)]);
        kept_forms::keep(&key(user), typed, now_ms);
        return Err(AccountProblem::LimitInvalid.into());
    };
    let set = personal_limits::set_own(&state.db, &user.id, &allowed).await?;
    kept_forms::forget(&key(user));
    set.then_some(()).ok_or(AppError::NotFound)
}

/// The form as it is to be shown.
#[derive(Clone, Debug)]
pub struct OwnLimits {
    pictures: String,
    dollars: String,
    is_set: bool,
}

impl OwnLimits {
    /// The limits that a person has, or what they typed where it was refused.
    pub(super) fn of(state: &AppState, user: &User, own: &Allowance) -> OwnLimits {
        let typed = kept_forms::find(&key(user), state.clock.now_ms());
        let [pictures, dollars] = match typed {
            Some(typed) => ["pictures", "dollars"].map(|name| typed.of(name)),
            None => {
                let pictures = own.pictures_per_day.map(|most| most.to_string());
                let dollars = own.micros_per_month.map(plain_dollars);
                [pictures, dollars].map(Option::unwrap_or_default)
            }
        };
        OwnLimits {
            pictures,
            dollars,
            is_set: *own != Allowance::default(),
        }
    }
}

/// The section of the page.
pub(super) fn section(locale: Locale, own: OwnLimits) -> AnyView {
    let remove = own.is_set.then(|| {
        view! {
            <button class="button" type="submit" name="remove" value="on">
                {td_string!(locale, limits.remove)}
            </button>
        }
    });
    view! {
        <section class="card" aria-labelledby="limits">
            <h2 id="limits">{td_string!(locale, limits.own_heading)}</h2>
            <p id="limits-hint">{td_string!(locale, limits.own_hint)}</p>
            <form class="account-choices" method="post" action=LimitOneself::url()>
                <Language />
                <TextField
                    id="limit-pictures"
                    name="pictures"
                    label=td_string!(locale, limits.per_day)
                    value=own.pictures
                    described_by="limits-hint"
                />
                <TextField
                    id="limit-dollars"
                    name="dollars"
                    label=td_string!(locale, limits.per_month)
                    value=own.dollars
                    described_by="limits-hint"
                />
                <p class="actions">
                    <button class="button" type="submit">
                        {td_string!(locale, limits.set)}
                    </button>
                    {remove}
                </p>
            </form>
        </section>
    }
    .into_any()
}
