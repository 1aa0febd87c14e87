//! The lightbox: a picture of the grid, opened over it and filling the window. It has
//! the picture's own address, so that it can be shared and reloaded (as the plain
//! page), and the browser's Back closes it.

mod act;
mod strip;
mod zoom;

use super::{
    api::image,
    picture::{Picture, title},
};
use crate::{
    i18n::{self, Locale, td_string, use_locale},
    ui::{
        data::{load, when_loaded},
        dynamic::{Dynamic, dynamic, effect, memo, on, part},
        error_view::ErrorNote,
        icon::icon,
        image_card::STAGE_SIZES,
        platform::{self, Tile},
    },
};
use act::Acts;
use leptos::{ev, html, prelude::*};
use strip::strip;
use zoom::{STEP, Zoom};

/// What is listened to in the dialog.
const EVENTS: [&str; 9] = [
    "click",
    "wheel",
    "dblclick",
    "pointerdown",
    "pointermove",
    "pointerup",
    "pointercancel",
    "keydown",
    "submit",
];

/// Which of the grid's pictures is open.
#[derive(Clone)]
struct Open {
    tiles: Vec<Tile>,
    index: usize,
    /// The change that was made a moment ago; empty for none.
    done: String,
    /// The picture that it moved to the trash, and its place.
    trashed: Option<(usize, Tile)>,
    /// What was done so far: the picture is drawn anew after each.
    acts: u32,
}

impl Open {
    fn at(tiles: Vec<Tile>, index: usize) -> Open {
        Open {
            tiles,
            index,
            done: String::new(),
            trashed: None,
            acts: 0,
        }
    }

    /// What is shown, and how often it was changed: for that it is read again.
    fn key(&self) -> String {
        let acts = self.acts.to_string();
        [self.tile().id.as_str(), &self.done, &acts].join("#")
    }

    fn tile(&self) -> &Tile {
        &self.tiles[self.index]
    }

    /// The place `step` places on, if there is a picture.
    fn place(&self, step: isize) -> Option<usize> {
        let place = self.index.checked_add_signed(step)?;
        (place < self.tiles.len()).then_some(place)
    }
}

/// Opens the pictures of the grids inside it. Without a script, and with a key
/// held to open a tab, their links are followed as links.
#[component]
pub fn Lightbox(children: Children) -> impl IntoView {
    let open = RwSignal::new(None::<Open>);
    let acts = Acts::new(use_locale(), open);
    // The title of the page under it.
    let below = StoredValue::new(String::new());
    let on_click = move |event: ev::MouseEvent| {
        if event.default_prevented()
            || event.ctrl_key()
            || event.meta_key()
            || event.shift_key()
            || event.button() != 0
        {
            return;
        }
        let Some(href) = platform::tile_of(&event) else {
            return;
        };
        let tiles = platform::tiles();
        if let Some(index) = tiles.iter().position(|tile| tile.href == href) {
            event.prevent_default();
            platform::push_address(&href);
            below.set_value(platform::title());
            acts.forgive();
            open.set(Some(Open::at(tiles, index)));
        }
    };
    // Effects run in a browser only.
    effect(move || {
        let back = window_event_listener(ev::popstate, move |_| {
            if let Some(last) = open.get_untracked() {
                open.set(None);
                platform::set_title(&below.get_value());
                // Once the dialog is gone, the picture looked at last has the focus.
                request_animation_frame(move || platform::focus_tile(&last.tile().href));
            }
        });
        on_cleanup(move || back.remove());
    });
    let shown = memo(move || open.with(Option::is_some));
    view! {
        {acts.refusal(false)}
        <div on:click=on(on_click)>{children()}</div>
        {part(move || shown.get().then(|| view! { <Dialog acts /> }))}
    }
}

#[component]
fn Dialog(acts: Acts) -> impl IntoView {
    let (locale, open) = (use_locale(), acts.open);
    let dialog = NodeRef::<html::Dialog>::new();
    let picture = picture(locale, acts);
    let zoom = Zoom::new();
    look_ahead(open, zoom);
    // Closing is going back: the address and the scroll position return with it.
    let on_cancel = move |event: ev::Event| {
        event.prevent_default();
        platform::go_back();
    };
    let bare = RwSignal::new(false);
    let class = move || match bare.get() {
        true => "lightbox lightbox-bare",
        false => "lightbox",
    };
    effect(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.show_modal();
            let listening =
                platform::listen_on(&dialog, &EVENTS, move |event| match zoom.on_event(event) {
                    Some(step) => acts.go(step),
                    None => acts.on_event(event),
                });
            on_cleanup(move || listening.end());
        }
    });
    view! {
        <dialog
            class=dynamic(class)
            aria-label=td_string!(locale, lightbox.title)
            node_ref=dialog
            on:cancel=on(on_cancel)
        >
            {bar(locale, acts, zoom, bare)}
            {acts.refusal(true)}
            {picture}
            {strip(open)}
        </dialog>
    }
}

/// The picture and what is known of it, read again after each act.
fn picture(locale: Locale, acts: Acts) -> AnyView {
    let lang = i18n::code(locale).to_owned();
    let key = memo(move || {
        let open = acts.open;
        open.with(|open| open.as_ref().map(Open::key).unwrap_or_default())
    });
    let detail = load(
        move || key.get(),
        move |key| {
            let (id, done) = key.split_once('#').unwrap_or_default();
            let done = done.split('#').next().unwrap_or_default();
            image(id.to_owned(), done.to_owned(), lang.clone())
        },
    );
    when_loaded(move || async move {
        let detail = detail.await;
        acts.focus_again();
        match detail {
            Ok(detail) => {
                acts.name(&title(locale, &detail));
                view! { <Picture detail /> }.into_any()
            }
            Err(error) => view! { <ErrorNote error=Some(error) /> }.into_any(),
        }
    })
}

/// Loads the neighbours, which are likely to be next. Another picture is shown whole;
/// the same one as it was looked at.
fn look_ahead(open: RwSignal<Option<Open>>, zoom: Zoom) {
    let id = memo(move || {
        open.with(|open| open.as_ref().map(|open| open.tile().id.clone()))
            .unwrap_or_default()
    });
    effect(move || {
        id.track();
        zoom.reset();
        open.with_untracked(|open| {
            let Some(open) = open else { return };
            let places = [1, -1].into_iter().filter_map(|step| open.place(step));
            for place in places {
                platform::preload(&open.tiles[place].srcset, STAGE_SIZES);
            }
        });
    });
}

/// The ways to the neighbours, closer, and out.
fn bar(locale: Locale, acts: Acts, zoom: Zoom, bare: RwSignal<bool>) -> AnyView {
    let step = |name, label, key, step: isize| {
        let place = move |open: &Option<Open>| open.as_ref().and_then(|open| open.place(step));
        let missing = move || acts.open.with(place).is_none();
        tool(
            name,
            label,
            key,
            dynamic(missing),
            Box::new(move || acts.go(step)),
        )
    };
    let closer = |name, label, key, by: f64| {
        tool(
            name,
            label,
            key,
            dynamic(|| false),
            Box::new(move || zoom.by(by)),
        )
    };
    let toggle = move |_| {
        bare.update(|bare| *bare = !*bare);
        zoom.reset();
    };
    view! {
        <div class="lightbox-bar">
            {step("arrow-left", td_string!(locale, lightbox.newer), "ArrowLeft", -1)}
            {step("arrow-right", td_string!(locale, lightbox.older), "ArrowRight", 1)}
            {closer("zoom-out", td_string!(locale, lightbox.smaller), "-", 1.0 / STEP)}
            {closer("zoom-in", td_string!(locale, lightbox.larger), "+", STEP)}
            <button
                class="button lightbox-only"
                type="button"
                aria-pressed=dynamic(move || bare.get().to_string())
                on:click=on(toggle)
            >
                {td_string!(locale, lightbox.bare)}
            </button>
            {tool(
                "x",
                td_string!(locale, lightbox.close),
                "",
                dynamic(|| false),
                Box::new(platform::go_back),
            )}
        </div>
    }
    .into_any()
}

/// A button of the bar.
fn tool(
    name: &'static str,
    label: &'static str,
    key: &'static str,
    disabled: Dynamic<bool>,
    act: Box<dyn Fn()>,
) -> AnyView {
    view! {
        <button
            class="button"
            type="button"
            aria-label=label
            data-key=key
            disabled=disabled
            on:click=on(move |_| act())
        >
            {icon(name)}
        </button>
    }
    .into_any()
}
