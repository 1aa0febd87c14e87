//! What administrators see of cases that were passed to the police: on a case's page what
//! was passed on and the form that does, on their own page the sealed copies.

use super::api::{ExtendSealed, PassToPolice};
use crate::{
    i18n::{Locale, td_string},
    model::{
        limits::{NOTICE_CHARS, RULE_CHARS},
        offence::Offence,
    },
    routes,
    server::kept_forms::Typed,
    store::sealed::{Inside, Report, Sealed},
    ui::{
        form::{Language, counted},
        format,
        platform::textarea_text,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

fn offence(locale: Locale, offence: Offence) -> &'static str {
    match offence {
        Offence::ChildAbuse => td_string!(locale, police.child_abuse),
        Offence::Terrorism => td_string!(locale, police.terrorism),
        Offence::ThreatToLife => td_string!(locale, police.threat_to_life),
        Offence::Other => td_string!(locale, police.other),
    }
}

/// A line that must be filled in.
fn line(
    locale: Locale,
    name: &'static str,
    label: &'static str,
    about: &str,
    typed: String,
) -> AnyView {
    let id = format!("{name}-{about}");
    view! {
        <div class="field">
            <label class="field-label" for=id.clone()>
                {label}
            </label>
            <input
                type="text"
                id=id
                name=name
                dir="auto"
                pattern=counted(name, 1, RULE_CHARS)
                value=typed
                title=td_string!(locale, library.tag_rule, limit = RULE_CHARS)
                required
                autocomplete="off"
            />
        </div>
    }
    .into_any()
}

/// The section of a case's page; `typed` is what was typed into a form that was refused.
pub(super) fn of_case(
    locale: Locale,
    case_id: &str,
    reports: Vec<Report>,
    typed: &Typed,
) -> AnyView {
    let passed: Vec<AnyView> = reports
        .into_iter()
        .map(|report| passed(locale, report))
        .collect();
    let chosen = typed.of("offence");
    let was_refused = *typed != Typed::default();
    let choices: Vec<AnyView> = Offence::ALL
        .into_iter()
        .map(|one| {
            view! {
                <label class="check">
                    <input
                        type="radio"
                        name="offence"
                        value=one.as_str()
                        required
                        checked=chosen == one.as_str()
                    />
                    <span>{offence(locale, one)}</span>
                </label>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="police">
            <h2 id="police">{td_string!(locale, police.heading)}</h2>
            {passed}
            <details open=was_refused>
                <summary class="button">{td_string!(locale, police.pass)}</summary>
                <p>{td_string!(locale, police.lead)}</p>
                <form class="account-choices" method="post" action=PassToPolice::url()>
                    <Language />
                    <input type="hidden" name="id" value=case_id.to_owned() />
                    <fieldset class="choices">
                        <legend class="field-label">{td_string!(locale, police.offence)}</legend>
                        {choices}
                    </fieldset>
                    {line(
                        locale,
                        "authority",
                        td_string!(locale, police.authority),
                        "pass",
                        typed.of("authority"),
                    )}
                    {line(
                        locale,
                        "file_reference",
                        td_string!(locale, police.reference),
                        "pass",
                        typed.of("file_reference"),
                    )}
                    <div class="field">
                        <label class="field-label" for="police-words">
                            {td_string!(locale, police.words)}
                        </label>
                        <textarea
                            id="police-words"
                            name="words"
                            rows="3"
                            dir="auto"
                            required
                            maxlength=2 * NOTICE_CHARS
                        >
                            {textarea_text(&typed.of("words"))}
                        </textarea>
                    </div>
                    <button class="button" type="submit">
                        {td_string!(locale, police.send)}
                    </button>
                </form>
            </details>
        </section>
    }
    .into_any()
}

fn passed(locale: Locale, report: Report) -> AnyView {
    let by: String = report.admin.chars().take(8).collect();
    let sealed = report.sealed_until_ms.map(|until_ms| {
        let until = format::date(locale, until_ms);
        view! { <p>{td_string!(locale, police.sealed_until, until = until)}</p> }
    });
    let lacks = match report.inside {
        None | Some(Inside::Sealed) => None,
        Some(Inside::Deleted) => Some(td_string!(locale, police.without_deleted)),
        Some(Inside::Missing) => Some(td_string!(locale, police.without_missing)),
    };
    let lacks = lacks.map(|words| view! { <p class="note note-error">{words}</p> });
    view! {
        <article class="admin-case">
            <p class="quiet">{format::date_time(locale, report.at_ms)} " · " {by}</p>
            <p>
                <strong>{offence(locale, report.offence)}</strong>
            </p>
            <p dir="auto">{report.authority} " · " {report.file_reference}</p>
            <p dir="auto">{report.words}</p>
            {sealed}
            {lacks}
        </article>
    }
    .into_any()
}

/// The section of the administrators' page; nothing where there is no sealed copy.
pub(super) fn sealed(locale: Locale, copies: Vec<Sealed>) -> Option<AnyView> {
    if copies.is_empty() {
        return None;
    }
    let copies: Vec<AnyView> = copies.into_iter().map(|copy| one(locale, copy)).collect();
    Some(
        view! {
            <section class="card" aria-labelledby="sealed">
                <h2 id="sealed">{td_string!(locale, police.copies)}</h2>
                <p>{td_string!(locale, police.copies_lead)}</p>
                {copies}
            </section>
        }
        .into_any(),
    )
}

fn one(locale: Locale, copy: Sealed) -> AnyView {
    let sealed = format::date_time(locale, copy.sealed_at_ms);
    let until = format::date(locale, copy.until_ms);
    let authority = td_string!(locale, police.authority);
    let reference = td_string!(locale, police.reference);
    let longer = (!copy.extended).then(|| {
        let about = format!("longer-{}", copy.id);
        view! {
            <details>
                <summary class="button">{td_string!(locale, police.longer)}</summary>
                <form class="account-choices" method="post" action=ExtendSealed::url()>
                    <Language />
                    <input type="hidden" name="id" value=copy.id.clone() />
                    {line(locale, "authority", authority, &about, String::new())}
                    {line(locale, "file_reference", reference, &about, String::new())}
                    <button class="button" type="submit">
                        {td_string!(locale, police.longer_send)}
                    </button>
                </form>
            </details>
        }
    });
    view! {
        <article class="admin-case">
            <p>{td_string!(locale, police.copy, sealed = sealed, until = until)}</p>
            <p class="quiet">{copy.id.clone()}</p>
            <details>
                <summary class="button">{td_string!(locale, police.open)}</summary>
                <form class="account-choices" method="post" action=routes::sealed_copy(&copy.id)>
                    {line(locale, "authority", authority, &copy.id, String::new())}
                    {line(locale, "file_reference", reference, &copy.id, String::new())}
                    {line(locale, "reason", td_string!(locale, police.reason), &copy.id, String::new())}
                    <button class="button" type="submit">
                        {td_string!(locale, police.open_send)}
                    </button>
                </form>
            </details>
            {longer}
        </article>
    }
    .into_any()
}
