//! A picture's details, as a description list.

use crate::{
    i18n::{Locale, td_string, use_locale},
    model::{ImageDetail, typed::isolated},
    ui::{copy_button::copy_button, format, words},
};
use leptos::prelude::*;

/// Prompt, settings, dates, cost and the original's SHA-256.
#[component]
pub(super) fn Facts(detail: ImageDetail) -> impl IntoView {
    let locale = use_locale();
    view! {
        <details class="facts" open>
            <summary data-key="i">
                <h2>{td_string!(locale, picture.details)}</h2>
            </summary>
            <dl>
                {author(locale, &detail)}
                <Words detail=detail.clone() />
                {settings(locale, &detail)}
                {dates(locale, &detail)}
                {detail
                    .cost_micros
                    .map(|cost| {
                        let cost = format::money_or_about(locale, cost, detail.cost_estimated);
                        fact(td_string!(locale, picture.cost), cost)
                    })}
            </dl>
            <details>
                <summary>{td_string!(locale, picture.sha256)}</summary>
                <code class="fingerprint">{detail.sha256.clone()}</code>
            </details>
        </details>
    }
}

/// Who made it, as others see them.
fn author(locale: Locale, detail: &ImageDetail) -> Option<AnyView> {
    (!detail.author.is_empty()).then(|| {
        fact(
            td_string!(locale, picture.author),
            match &detail.handle {
                Some(handle) => format!("{} · @{handle}", isolated(&detail.author)),
                None => isolated(&detail.author),
            },
        )
    })
}

fn fact(term: &'static str, value: String) -> AnyView {
    view! {
        <div class="fact">
            <dt>{term}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

/// The prompt, and the one the model used instead where it said so.
#[component]
fn Words(detail: ImageDetail) -> impl IntoView {
    let locale = use_locale();
    let (class, words) = match detail.card.prompt.trim() {
        "" => (
            "quiet",
            td_string!(locale, picture.words_private).to_string(),
        ),
        _ => ("prompt", detail.card.prompt.0.clone()),
    };
    let revised = detail.revised_prompt.map(|revised| {
        view! {
            <div class="fact fact-wide">
                <dt>{td_string!(locale, picture.revised)}</dt>
                <dd class="prompt" dir="auto">{revised.0}</dd>
            </div>
        }
    });
    view! {
        <div class="fact fact-wide">
            <dt>{td_string!(locale, picture.words)}</dt>
            <dd class=class dir="auto">
                {words}
                {(class == "prompt")
                    .then(|| copy_button(td_string!(locale, picture.copy), td_string!(locale, picture.copied)))}
            </dd>
        </div>
        {revised}
    }
}

fn settings(locale: Locale, detail: &ImageDetail) -> Vec<AnyView> {
    let settings = &detail.settings;
    let file = format!(
        "{} · {}",
        words::format(&detail.format),
        format::bytes(locale, detail.bytes)
    );
    let mut facts = vec![
        fact(td_string!(locale, picture.model), detail.model_name.clone()),
        fact(
            td_string!(locale, picture.size),
            format::pixels(detail.card.width, detail.card.height),
        ),
        fact(
            td_string!(locale, picture.quality),
            words::quality(locale, &settings.quality),
        ),
    ];
    if let Some(background) = &settings.background {
        let value = words::background(locale, background);
        facts.push(fact(td_string!(locale, picture.background), value));
    }
    if let Some(style) = &settings.style {
        facts.push(fact(
            td_string!(locale, picture.style),
            words::style(locale, style),
        ));
    }
    if settings.references > 0 {
        let made_from = words::references(locale, settings);
        facts.push(fact(td_string!(locale, remix.made_from), made_from));
    }
    facts.push(fact(td_string!(locale, picture.file), file));
    let credentials = if detail.credentials {
        td_string!(locale, picture.credentials_there)
    } else {
        td_string!(locale, picture.credentials_absent)
    };
    facts.push(fact(
        td_string!(locale, picture.credentials),
        credentials.to_owned(),
    ));
    facts
}

fn dates(locale: Locale, detail: &ImageDetail) -> Vec<AnyView> {
    let date = |term: &'static str, ms: i64| {
        view! {
            <div class="fact">
                <dt>{term}</dt>
                <dd>
                    <time datetime=format::iso(ms)>{format::date(locale, ms)}</time>
                </dd>
            </div>
        }
        .into_any()
    };
    let mut facts = vec![date(
        td_string!(locale, picture.made),
        detail.card.created_at_ms,
    )];
    if let Some(ms) = detail.published_at_ms {
        facts.push(date(td_string!(locale, picture.published), ms));
    }
    facts
}
