//! The edit's form: what should change, and where. The mark is painted where scripts run,
//! and can be given in numbers anywhere: by keyboard, and without a script.

use super::{
    offer::{Exact, Offer},
    page::Shown,
};
use crate::{
    error::AppError,
    i18n::{Locale, td_string},
    routes::EDITS,
    server::{cards::card, kept_forms::Typed},
    ui::{
        form::{Choice, Language, chips},
        format,
        icon::icon,
        image_card::alt_of,
        platform, words,
    },
};
use leptos::prelude::*;

/// The brush's width at first, in hundredths of the picture's shorter side.
const BRUSH: u32 = 10;

/// The tools' drawings, made by `scripts/icons`.
const ICONS: &str = include_str!("icons.svg");

pub(super) fn form(locale: Locale, shown: &Shown, offer: &Offer) -> AnyView {
    let image = &shown.thread.image;
    let masks = offer.model.edits.as_ref().is_some_and(|edits| edits.mask);
    let said = match shown.typed.of("words") {
        typed if typed.is_empty() => failed_words(shown),
        typed => typed,
    };
    let tools = masks.then(|| tools(locale));
    let mark = masks.then(|| {
        view! {
            {numbers(locale, &shown.typed)}
            {keep(locale, &shown.typed, offer.exact)}
        }
    });
    view! {
        <form
            class="edit-form"
            id="edit"
            method="post"
            action=EDITS
            enctype="multipart/form-data"
            data-offline=words::error(locale, &AppError::Connection)
        >
            <input type="hidden" name="image" value=image.id.clone() />
            <input type="hidden" name="request_key" value=uuid::Uuid::new_v4().to_string() />
            <Language />
            {picture(locale, shown, masks)}
            <div class="edit-panel">
                {tools}
                <div class="field">
                    <label class="field-label" for="words">
                        {td_string!(locale, edit.what)}
                    </label>
                    <textarea id="words" name="words" rows="2" required dir="auto" spellcheck="true">
                        {platform::textarea_text(&said)}
                    </textarea>
                </div>
                {mark}
                {age(locale, shown.age_to_state)}
                <div class="edit-send">
                    <p class="edit-told" role="alert"></p>
                    <div class="actions">
                        <button class="button button-primary" type="submit">
                            {td_string!(locale, edit.send, price = price(locale, offer))}
                        </button>
                        <p class="field-hint">{facts(locale, offer)}</p>
                    </div>
                </div>
            </div>
        </form>
    }
    .into_any()
}

/// The settings that are kept, in a line.
fn facts(locale: Locale, offer: &Offer) -> String {
    let facts = [
        offer.model.name.clone(),
        words::quality(locale, &offer.settings.quality),
        words::size(locale, &offer.settings.size),
    ];
    facts.join(" · ")
}

/// The words of an edit that came to nothing: they are to be changed, not typed again.
fn failed_words(shown: &Shown) -> String {
    let job = shown.job.as_ref();
    job.map(|job| job.prompt.0.clone()).unwrap_or_default()
}

/// What an edit costs, but for its words, which come to hundredths of a cent.
fn price(locale: Locale, offer: &Offer) -> String {
    let quote = offer.model.quote(&offer.settings, 0);
    format::money_or_about(locale, quote.micros, quote.approximate)
}

/// The picture, and over it what is marked, where it can be. Without a script it is the
/// picture.
fn picture(locale: Locale, shown: &Shown, masks: bool) -> AnyView {
    let image = &shown.thread.image;
    let card = card(image, image.user_id == shown.user_id);
    let largest = card.renditions.last().map(|last| last.src.clone());
    // A painted mark has as many pixels as what is sent.
    let (width, height) = imgc_pictures::reference_size((image.width, image.height));
    let file = masks.then(|| {
        view! { <input class="easel-file" type="file" name="mask_file" hidden tabindex="-1" /> }
    });
    view! {
        <div
            class=if masks { "easel" } else { "easel-still" }
            data-width=width
            data-height=height
            data-marked=td_string!(locale, edit.marked, percent = "#")
        >
            <div
                class="easel-pane"
                tabindex="0"
                role="region"
                aria-label=td_string!(locale, edit.pane)
            >
                <div class="easel-sheet">
                    <img
                        src=largest
                        width=card.width
                        height=card.height
                        alt=alt_of(locale, &card, false)
                    />
                </div>
            </div>
            {file}
        </div>
    }
    .into_any()
}

/// What a mark is painted with.
fn tools(locale: Locale) -> AnyView {
    let tool = |value: &'static str, drawing: &'static str, words: &'static str| {
        view! {
            <label class="chip">
                // Of no form: what is painted is sent, and not what it was painted with.
                <input type="radio" name="tool" value=value form="" checked=value == "brush" />
                {icon(drawing)}
                <span class="chip-words">{words}</span>
            </label>
        }
        .into_any()
    };
    view! {
        <section class="easel-marks" aria-labelledby="where">
            <h2 class="field-label" id="where">
                {td_string!(locale, edit.where_title)}
            </h2>
            <p class="field-hint">{td_string!(locale, edit.where_hint)}</p>
            <div class="easel-tools scripted" role="group" aria-label=td_string!(locale, mask.tools)>
                <fieldset class="chips">
                    <legend class="unseen">{td_string!(locale, edit.tool)}</legend>
                    <div class="chip-row">
                        {tool("brush", "brush", td_string!(locale, mask.brush))}
                        {tool("eraser", "eraser", td_string!(locale, mask.erase))}
                        {tool("rectangle", "square", td_string!(locale, edit.rectangle))}
                        {tool("ellipse", "circle", td_string!(locale, edit.ellipse))}
                        {tool("hand", "hand", td_string!(locale, edit.hand))}
                    </div>
                </fieldset>
                {ranges(locale)}
                {acts(locale)}
            </div>
            <p class="field-hint easel-said scripted" role="status">
                {td_string!(locale, mask.nothing)}
            </p>
            // The drawings above, which no other page has.
            <div class="sprite" aria-hidden="true" inner_html=ICONS></div>
        </section>
    }
    .into_any()
}

/// How wide the brush is, and how closely the picture is looked at.
fn ranges(locale: Locale) -> AnyView {
    let range = |name: &'static str,
                 words: &'static str,
                 ends: [&'static str; 3],
                 value: String| {
        let [min, max, step] = ends;
        view! {
            <label class="easel-range">
                <span>{words}</span>
                <input type="range" data-range=name min=min max=max step=step value=value form="" autocomplete="off" />
            </label>
        }
        .into_any()
    };
    view! {
        <div class="easel-ranges">
            {range("size", td_string!(locale, mask.size), ["1", "50", "1"], BRUSH.to_string())}
            {range("zoom", td_string!(locale, compare.zoom), ["1", "8", "0.25"], "1".to_owned())}
        </div>
    }
    .into_any()
}

/// What is done to all that is marked.
fn acts(locale: Locale) -> AnyView {
    let act = |value: &'static str, drawing: &'static str, words: &'static str| {
        view! {
            <button class="button button-small" type="button" data-act=value>
                {icon(drawing)}
                {words}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="easel-acts">
            {act("undo", "undo-2", td_string!(locale, mask.undo))}
            {act("invert", "contrast", td_string!(locale, mask.invert))}
            {act("clear", "x", td_string!(locale, mask.clear))}
        </div>
    }
    .into_any()
}

/// A mark in numbers. Where scripts run it is put on the picture by its button, so that
/// more than one can be; without one it is sent as it stands.
fn numbers(locale: Locale, typed: &Typed) -> AnyView {
    let open = ["left", "top", "width", "height"];
    let open = open.iter().any(|name| !typed.of(name).is_empty());
    let number = |name: &'static str, words: &'static str| {
        view! {
            <label class="edit-number">
                <span class="field-label">{words}</span>
                <input
                    type="number"
                    name=name
                    min="0"
                    max="100"
                    step="any"
                    value=typed.of(name)
                    autocomplete="off"
                />
            </label>
        }
        .into_any()
    };
    let shapes = vec![
        Choice::plain("rectangle", td_string!(locale, edit.rectangle)),
        Choice::plain("ellipse", td_string!(locale, edit.ellipse)),
    ];
    let shape = typed.of("shape");
    view! {
        <details class="edit-numbers" open=open>
            <summary>{td_string!(locale, edit.numbers)}</summary>
            <p class="field-hint">{td_string!(locale, edit.numbers_hint)}</p>
            {chips("shape", td_string!(locale, edit.shape), shapes, &shape, None)}
            <div class="edit-number-row">
                {number("left", td_string!(locale, edit.left))}
                {number("top", td_string!(locale, edit.top))}
                {number("width", td_string!(locale, edit.width))}
                {number("height", td_string!(locale, edit.height))}
            </div>
            <button class="button button-small scripted" type="button" data-act="mark">
                {td_string!(locale, edit.mark)}
            </button>
        </details>
    }
    .into_any()
}

/// Whether the rest stays as it is, where it can.
fn keep(locale: Locale, typed: &Typed, exact: Exact) -> AnyView {
    let why = match exact {
        Exact::Possible => None,
        Exact::OtherShape => Some(td_string!(locale, edit.keep_other_shape)),
        Exact::TooLarge => Some(td_string!(locale, edit.keep_too_large)),
    };
    let can = why.is_none();
    let checked = can && typed.of("keep") != "off";
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox"
                    name="keep"
                    value="on"
                    checked=checked
                    disabled=!can
                    aria-describedby="keep-hint"
                />
                <span>{td_string!(locale, edit.keep)}</span>
            </label>
            <p class="field-hint" id="keep-hint">
                {why.unwrap_or(td_string!(locale, edit.keep_hint))}
            </p>
        </div>
    }
    .into_any()
}

/// The statement that is asked for once, as in the composer.
fn age(locale: Locale, age: Option<u32>) -> Option<AnyView> {
    age.map(|age| {
        view! {
            <label class="check">
                <input type="checkbox" name="age" value="on" required />
                <span>{td_string!(locale, create.age, years = age)}</span>
            </label>
        }
        .into_any()
    })
}
