//! Models on the administrators' page: switched off and on without a restart.

use super::{api::SwitchModel, decisions::require_fresh_admin};
use crate::{
    error::{AppError, Problem},
    i18n::{Locale, td_string},
    routes::Route,
    server::{AppState, Context, ledger},
    store::{models_off, reports::Act, users::User},
    ui::{confirm::confirm, form::Language},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The record's word for a model that was switched off.
pub(super) const OFF: &str = "model off";
/// The record's word for one that was switched on again.
pub(super) const ON: &str = "model on";

/// Switches a model, by an administrator who signed in during the last minutes. The
/// last one on offer stays.
pub(super) async fn switch(
    context: &Context,
    admin: &User,
    id: &str,
    to: &str,
) -> Result<(), AppError> {
    let state = &context.state;
    require_fresh_admin(state, &context.visitor, admin).await?;
    let off = match to {
        "off" => true,
        "on" => false,
        _ => return Err(Problem::Malformed.into()),
    };
    let model = state.config.model(id).ok_or(AppError::NotFound)?;
    if off && !Standing::of(state, &model.id).may_switch_off(state) {
        return Err(Problem::Malformed.into());
    }
    let act = Act {
        at_ms: state.clock.now_ms(),
        admin: ledger::name_of(&admin.id),
        subject: String::new(),
        act: if off { OFF } else { ON }.to_owned(),
        reason: model.id.clone(),
    };
    let act_id = uuid::Uuid::now_v7().to_string();
    let known = models_off::switch(&state.db, &model.id, off, (&act_id, &act)).await?;
    state.offer.know(known);
    Ok(())
}

/// How a model of the configuration stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Offered,
    Off,
    /// Its last day is over.
    Ended,
}

impl Standing {
    fn of(state: &AppState, id: &str) -> Standing {
        if state.offer.is_off(id) {
            return Standing::Off;
        }
        let lasting = state.config.offered(state.clock.now_ms());
        match lasting.iter().any(|model| model.id == id) {
            true => Standing::Offered,
            false => Standing::Ended,
        }
    }

    fn may_switch_off(self, state: &AppState) -> bool {
        self != Standing::Offered || state.offered().len() > 1
    }
}

/// A model as the section shows it.
#[derive(Clone)]
struct Listed {
    id: String,
    name: String,
    standing: Standing,
    /// False for the last one on offer.
    may_switch: bool,
}

/// What the section shows.
#[derive(Clone)]
pub(super) struct Shown(Vec<Listed>);

impl Shown {
    pub(super) fn of(state: &AppState) -> Shown {
        let one = |model: &crate::model::catalogue::Model| {
            let standing = Standing::of(state, &model.id);
            Listed {
                id: model.id.clone(),
                name: model.name.clone(),
                standing,
                may_switch: standing.may_switch_off(state),
            }
        };
        Shown(state.config.models.iter().map(one).collect())
    }
}

/// The section. Whose sign-in is too old signs in before switching anything.
pub(super) fn section(locale: Locale, shown: Shown, is_fresh: bool) -> AnyView {
    let rows = shown.0.into_iter().map(|one| row(locale, one, is_fresh));
    let rows: Vec<AnyView> = rows.collect();
    let way = (!is_fresh).then(|| confirm(locale, Route::Admin));
    view! {
        <section class="card" aria-labelledby="models">
            <h2 id="models">{td_string!(locale, model_switch.heading)}</h2>
            <p>{td_string!(locale, model_switch.text)}</p>
            <ul class="account-devices">{rows}</ul>
            {way}
        </section>
    }
    .into_any()
}

fn row(locale: Locale, model: Listed, is_fresh: bool) -> AnyView {
    let standing = match model.standing {
        Standing::Offered => td_string!(locale, model_switch.offered),
        Standing::Off => td_string!(locale, model_switch.off),
        Standing::Ended => td_string!(locale, model_switch.ended),
    };
    let is_off = model.standing == Standing::Off;
    let (value, button) = match is_off {
        true => ("on", td_string!(locale, model_switch.switch_on)),
        false => ("off", td_string!(locale, model_switch.switch_off)),
    };
    let form = (is_fresh && model.may_switch).then(|| {
        view! {
            <form method="post" action=SwitchModel::url()>
                <input type="hidden" name="id" value=model.id.clone() />
                <Language />
                <button class="button button-small" type="submit" name="to" value=value>
                    {button}
                    <span class="unseen">" " {model.name.clone()}</span>
                </button>
            </form>
        }
    });
    view! {
        <li>
            <p>
                <strong>{model.name.clone()}</strong>
                " "
                <span class="quiet">{model.id.clone()} " · " {standing}</span>
            </p>
            {form}
        </li>
    }
    .into_any()
}
