//! The part of a person's page that tells of their own page for others, and the form that
//! clears it or switches it off, with a statement of reasons that they read.

use super::{
    super::{
        case_page::choices,
        decisions::{require_admin, require_fresh_admin},
    },
    api::DecideProfile,
    suspension::act,
};
use crate::{
    error::{AccountProblem, AppError, Problem},
    i18n::{self, Locale, td_string},
    model::{
        folding::says_nothing,
        limits::{NOTICE_CHARS, RULE_CHARS},
        notice::Ground,
        typed,
    },
    routes::profile,
    server::{
        AppState, Context,
        kept_forms::{self, Typed},
        ledger, mail,
    },
    store::{
        people::Person,
        profile_acts::{self, Decision},
        users::User,
    },
    ui::{
        form::{Language, counted},
        platform::textarea_text,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The record's word for a page that was cleared or switched off.
pub(super) const PROFILE: &str = "profile";
/// The form's words for what is to be done.
const CLEAR: &str = "clear";
const OFF: &str = "off";

/// The form, as it was sent.
pub(super) struct Form {
    pub(super) measure: String,
    pub(super) ground: String,
    pub(super) rule: String,
    pub(super) facts: String,
}

/// Does what the form says, by an administrator who signed in during the last minutes.
/// Until it is done the form is kept, so that a refusal loses nothing of it.
pub(super) async fn decide(
    context: &Context,
    admin: &User,
    id: &str,
    form: &Form,
    lang: &str,
) -> Result<(), AppError> {
    let state = &context.state;
    require_admin(state, admin).await?;
    let key = kept_key(admin, id);
    let typed = Typed::new([
        ("measure", &form.measure),
        ("ground", &form.ground),
        ("rule", &form.rule),
        ("facts", &form.facts),
    ]);
    kept_forms::keep(&key, typed, state.clock.now_ms());
    require_fresh_admin(state, &context.visitor, admin).await?;
    let (rule, facts) = (typed::line(&form.rule), typed::lines(&form.facts));
    if says_nothing(&facts) || says_nothing(&rule) {
        return Err(AccountProblem::ReasonEmpty.into());
    }
    let is_longer = |text: &str, limit: u32| text.chars().count() > limit as usize;
    if is_longer(facts.trim(), NOTICE_CHARS) || is_longer(&rule, RULE_CHARS) {
        return Err(AccountProblem::NoticeTooLong.into());
    }
    let off = match form.measure.as_str() {
        CLEAR => false,
        OFF => true,
        _ => return Err(Problem::Malformed.into()),
    };
    let ground = Ground::parse(&form.ground).ok_or(Problem::Malformed)?;
    // What was done stands with the reasons, in the language that those are written in.
    let facts = format!("{}\n\n{}", done(i18n::from_code(lang), off), facts.trim());
    // Not the facts: the record outlives the account that they are about.
    let words = form.measure.clone();
    let act = act(state, ledger::name_of(&admin.id), PROFILE, id, words);
    let [case_id, act_id] = [(); 2].map(|()| uuid::Uuid::now_v7().to_string());
    let decision = Decision {
        case_id: &case_id,
        off,
        ground,
        rule: &rule,
        facts: &facts,
    };
    let mails = mail::of_decision(state, &case_id, &act_id, act.at_ms);
    let done = profile_acts::decide(&state.db, id, &decision, (&act_id, &act), mails).await?;
    kept_forms::forget(&key);
    done.then_some(()).ok_or(AppError::NotFound)
}

fn done(locale: Locale, off: bool) -> &'static str {
    match off {
        false => td_string!(locale, makers.was_cleared),
        true => td_string!(locale, makers.was_switched_off),
    }
}

fn kept_key(admin: &User, id: &str) -> String {
    format!("profile:{}:{id}", admin.id)
}

/// What was typed into the form about this person.
pub(super) fn kept(state: &AppState, admin: &User, id: &str) -> Typed {
    kept_forms::about(&kept_key(admin, id), state.clock.now_ms())
}

/// The part of a person's page: what stands on theirs, and the form. Nothing where they
/// never had one.
pub(super) fn section(locale: Locale, person: &Person, typed: &Typed) -> Option<AnyView> {
    let own = &person.profile;
    let there = own.wanted || own.is_off || !own.text.is_empty();
    there.then(|| {
        let link = person.handle.as_ref().filter(|_| own.wanted).map(|handle| {
            let href = profile(handle).address(locale);
            view! {
                <p>
                    <a href=href rel="external">"@" {handle.clone()}</a>
                </p>
            }
        });
        let off = own
            .is_off
            .then(|| view! { <p role="note">{td_string!(locale, makers.was_switched_off)}</p> });
        view! {
            <section class="card" aria-labelledby="profile">
                <h2 id="profile">{td_string!(locale, makers.profile)}</h2>
                {link}
                {off}
                <p class="profile-text" dir="auto">{own.text.clone()}</p>
                {form(locale, &person.id, typed)}
            </section>
        }
        .into_any()
    })
}

fn form(locale: Locale, id: &str, typed: &Typed) -> AnyView {
    let measures = vec![
        (CLEAR, td_string!(locale, makers.clear).to_owned()),
        (OFF, td_string!(locale, makers.switch_off).to_owned()),
    ];
    let grounds = vec![
        (
            Ground::Law.as_str(),
            td_string!(locale, decision.choose_law).to_owned(),
        ),
        (
            Ground::Terms.as_str(),
            td_string!(locale, decision.choose_terms).to_owned(),
        ),
    ];
    view! {
        <form class="account-choices" method="post" action=DecideProfile::url()>
            <Language />
            <input type="hidden" name="id" value=id.to_owned() />
            {choices("measure", td_string!(locale, makers.profile), measures, &typed.of("measure"))}
            {choices("ground", td_string!(locale, decision.ground), grounds, &typed.of("ground"))}
            <div class="field">
                <label class="field-label" for="profile-rule">
                    {td_string!(locale, decision.rule)}
                </label>
                <input
                    type="text"
                    id="profile-rule"
                    name="rule"
                    dir="auto"
                    pattern=counted("rule", 1, RULE_CHARS)
                    title=td_string!(locale, library.tag_rule, limit = RULE_CHARS)
                    value=typed.of("rule")
                    required
                    autocomplete="off"
                />
            </div>
            <div class="field">
                <label class="field-label" for="profile-facts">
                    {td_string!(locale, standing.facts)}
                </label>
                <textarea id="profile-facts" name="facts" rows="5" dir="auto" required maxlength=2 * NOTICE_CHARS>
                    {textarea_text(&typed.of("facts"))}
                </textarea>
            </div>
            <button class="button button-danger" type="submit">
                {td_string!(locale, makers.decide)}
            </button>
        </form>
    }
    .into_any()
}
