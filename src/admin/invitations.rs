//! Invitations on the administrators' page: made, shown with their links, taken back.

use super::{
    api::{MakeInvitation, RevokeInvitation},
    decisions::require_fresh_admin,
};
use crate::{
    auth::admission::who_may,
    error::{AccountProblem, AppError},
    i18n::{self, Locale, td_string},
    model::{
        limits::{
            INVITATION_DAYS, INVITATION_DAYS_MAX, INVITATION_NOTE_CHARS, INVITATION_USES_MAX,
        },
        typed::isolated,
    },
    routes::Route,
    server::{
        AppState, Context,
        config::SignUpMode,
        invitations::{self, NotMade, Wish},
        ledger,
    },
    store::{
        invitations::{Invitation, Standing},
        reports::Act,
        users::User,
    },
    ui::{
        confirm::confirm,
        form::{Language, PostForm, TextField},
        format,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The record's word for an invitation that was made.
pub(super) const INVITED: &str = "invited";
/// The record's word for one that was taken back.
pub(super) const REVOKED: &str = "revoked";

/// The form of an invitation, as it was sent.
pub(super) struct Typed {
    pub(super) note: String,
    pub(super) uses: String,
    pub(super) days: String,
    /// Where to send it by mail; empty for nowhere.
    pub(super) mail: String,
    /// The code of the mail's language.
    pub(super) lang: String,
}

/// Makes an invitation, by an administrator who signed in during the last minutes.
pub(super) async fn make(context: &Context, admin: &User, typed: Typed) -> Result<(), AppError> {
    require_fresh_admin(&context.state, &context.visitor, admin).await?;
    let number = |text: &str| text.trim().parse::<u32>();
    let (Ok(uses), Ok(days)) = (number(&typed.uses), number(&typed.days)) else {
        return Err(AccountProblem::InvitationInvalid.into());
    };
    let address = Some(typed.mail).filter(|address| !address.trim().is_empty());
    let wish = Wish {
        note: typed.note,
        uses,
        days,
        mail: address.map(|address| (address, i18n::from_code(&typed.lang))),
    };
    let act = act(&context.state, admin, INVITED);
    match invitations::make(&context.state, &wish, Some((&admin.id, act))).await {
        Ok(_) => Ok(()),
        Err(NotMade::OutOfBounds) => Err(AccountProblem::InvitationInvalid.into()),
        Err(NotMade::NoAddress | NotMade::NoMail) => Err(AccountProblem::EmailInvalid.into()),
        Err(NotMade::TooMany) => Err(AccountProblem::TooManyInvitations.into()),
        Err(NotMade::Database(error)) => Err(error.into()),
    }
}

/// Takes an invitation back, whoever made it.
pub(super) async fn revoke(context: &Context, admin: &User, id: &str) -> Result<(), AppError> {
    require_fresh_admin(&context.state, &context.visitor, admin).await?;
    let act = act(&context.state, admin, REVOKED);
    let revoked = invitations::revoke(&context.state, id, Some(act)).await?;
    revoked.then_some(()).ok_or(AppError::NotFound)
}

fn act(state: &AppState, admin: &User, act: &str) -> Act {
    Act {
        at_ms: state.clock.now_ms(),
        admin: ledger::name_of(&admin.id),
        subject: String::new(),
        act: act.to_owned(),
        reason: String::new(),
    }
}

/// An invitation with its link, where that opens an account.
#[derive(Clone)]
struct Listed {
    invitation: Invitation,
    standing: Standing,
    link: Option<String>,
}

/// What the page says of invitations.
#[derive(Clone)]
pub(super) struct Shown {
    /// Who may open an account.
    mode: SignUpMode,
    /// True where the form may send it by mail.
    sends_mail: bool,
    /// `None` where the sign-in is too old to be shown what opens accounts.
    listed: Option<Vec<Listed>>,
}

impl Shown {
    pub(super) fn of(state: &AppState, locale: Locale, all: Option<Vec<Invitation>>) -> Shown {
        let now_ms = state.clock.now_ms();
        let one = |invitation: Invitation| {
            let standing = invitation.standing(now_ms);
            let link = (standing == Standing::Open)
                .then(|| invitations::link(state, locale, &invitation))
                .flatten();
            Listed {
                invitation,
                standing,
                link,
            }
        };
        Shown {
            mode: state.config.sign_up_mode(),
            sends_mail: state.config.sends_mail(),
            listed: all.map(|all| all.into_iter().map(one).collect()),
        }
    }
}

/// The section: who may open an account, the form, and the invitations there are.
pub(super) fn section(locale: Locale, shown: Shown) -> AnyView {
    let idle = (shown.mode != SignUpMode::Invitation)
        .then(|| view! { <p>{td_string!(locale, invitation.idle)}</p> });
    let body = match shown.listed {
        None => confirm(locale, Route::Admin),
        Some(all) => view! {
            {form(locale, shown.sends_mail)}
            {list(locale, all)}
        }
        .into_any(),
    };
    view! {
        <section class="card" aria-labelledby="invitations">
            <h2 id="invitations">{td_string!(locale, invitation.heading)}</h2>
            <p>{who_may(locale, shown.mode)}</p>
            {idle}
            {body}
        </section>
    }
    .into_any()
}

fn list(locale: Locale, all: Vec<Listed>) -> AnyView {
    if all.is_empty() {
        return view! { <p class="empty">{td_string!(locale, admin.nothing)}</p> }.into_any();
    }
    let rows: Vec<AnyView> = all.into_iter().map(|one| row(locale, one)).collect();
    view! { <ul class="account-devices">{rows}</ul> }.into_any()
}

fn form(locale: Locale, sends_mail: bool) -> AnyView {
    let mail = sends_mail.then(|| {
        view! {
            <label class="field">
                <span class="field-label">{td_string!(locale, mail.invite)}</span>
                <input type="email" name="mail" maxlength="254" autocomplete="off" />
                <span class="field-hint">{td_string!(locale, mail.invite_hint)}</span>
            </label>
        }
    });
    view! {
        <form class="account-choices" method="post" action=MakeInvitation::url()>
            <Language />
            <TextField
                id="invitation-note"
                name="note"
                label=td_string!(locale, invitation.note)
                limit=INVITATION_NOTE_CHARS
                described_by="invitation-note-hint"
            />
            <p class="field-hint" id="invitation-note-hint">
                {td_string!(locale, invitation.note_hint)}
            </p>
            {figure(locale, "uses", td_string!(locale, invitation.uses), 1, INVITATION_USES_MAX)}
            {figure(
                locale,
                "days",
                td_string!(locale, invitation.days),
                INVITATION_DAYS,
                INVITATION_DAYS_MAX,
            )}
            {mail}
            <button class="button" type="submit">
                {td_string!(locale, invitation.make)}
            </button>
        </form>
    }
    .into_any()
}

/// A field for a whole number from 1.
fn figure(
    locale: Locale,
    name: &'static str,
    label: &'static str,
    value: u32,
    most: u32,
) -> AnyView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            <input
                type="text"
                inputmode="numeric"
                name=name
                value=value
                size="5"
                maxlength="4"
                pattern="[0-9]+"
                title=td_string!(locale, invitation.figure_rule, most = most)
                required
                autocomplete="off"
            />
        </label>
    }
    .into_any()
}

fn row(locale: Locale, listed: Listed) -> AnyView {
    let Listed {
        invitation,
        standing,
        link,
    } = listed;
    let note = match invitation.note.is_empty() {
        true => td_string!(locale, invitation.no_note).to_owned(),
        false => invitation.note.clone(),
    };
    let maker = match &invitation.maker {
        Some(name) => td_string!(locale, invitation.by_person, name = isolated(name)),
        None => td_string!(locale, invitation.by_command).to_owned(),
    };
    let facts = td_string!(
        locale,
        invitation.facts,
        made = format::date(locale, invitation.created_at_ms),
        maker = maker,
        end = format::date(locale, invitation.ends_at_ms),
        used = invitation.used,
        uses = invitation.uses
    );
    let link = link.map(|link| {
        view! {
            <label class="field">
                <span class="field-label">{td_string!(locale, invitation.link)}</span>
                <input type="text" readonly value=link />
            </label>
        }
    });
    let revoke = (standing == Standing::Open).then(|| {
        view! {
            <PostForm
                action=RevokeInvitation::url()
                id=invitation.id
                button=td_string!(locale, invitation.revoke)
                class="button button-small"
            />
        }
    });
    view! {
        <li>
            <p>
                <strong dir="auto">{note}</strong>
                " "
                <span class="account-here">{standing_words(locale, standing)}</span>
            </p>
            <p class="quiet">{facts}</p>
            {link}
            {revoke}
        </li>
    }
    .into_any()
}

fn standing_words(locale: Locale, standing: Standing) -> &'static str {
    match standing {
        Standing::Open => td_string!(locale, invitation.is_open),
        Standing::Ended => td_string!(locale, invitation.is_ended),
        Standing::Revoked => td_string!(locale, invitation.is_revoked),
        Standing::UsedUp => td_string!(locale, invitation.is_used_up),
    }
}
