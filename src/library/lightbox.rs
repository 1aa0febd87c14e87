//! The lightbox: a picture of the grid, opened over it. It has the picture's
//! own address, so that it can be shared and reloaded (as the plain page), and
//! the browser's Back closes it.

use super::{api::image, image_page::Picture};
use crate::{
    i18n::{self, Locale, td_string, use_locale},
    model::ImageDetail,
    ui::{
        data::{load, when_loaded},
        dynamic::{dynamic, effect, memo, on, part},
        error_view::ErrorPage,
        icon::icon,
        platform::{self, Tile},
    },
};
use leptos::{ev, html, prelude::*};

/// Which of the grid's pictures is open.
#[derive(Clone)]
struct Open {
    tiles: Vec<Tile>,
    index: usize,
}

impl Open {
    fn tile(&self) -> &Tile {
        &self.tiles[self.index]
    }

    /// The picture `step` places on, if there is one.
    fn moved(&self, step: isize) -> Option<Open> {
        let index = self.index.checked_add_signed(step)?;
        (index < self.tiles.len()).then(|| Open {
            tiles: self.tiles.clone(),
            index,
        })
    }
}

/// Opens the pictures of the grids inside it. Without a script, and with a key
/// held to open a tab, their links are followed as links.
#[component]
pub fn Lightbox(children: Children) -> impl IntoView {
    let open = RwSignal::new(None::<Open>);
    let on_click = move |event: ev::MouseEvent| {
        if event.ctrl_key() || event.meta_key() || event.shift_key() || event.button() != 0 {
            return;
        }
        let Some(href) = platform::tile_of(&event) else {
            return;
        };
        let tiles = platform::tiles();
        if let Some(index) = tiles.iter().position(|tile| tile.href == href) {
            event.prevent_default();
            platform::push_address(&href);
            open.set(Some(Open { tiles, index }));
        }
    };
    // Effects run in a browser only.
    effect(move || {
        let back = window_event_listener(ev::popstate, move |_| {
            if let Some(last) = open.get_untracked() {
                open.set(None);
                // Once the dialog is gone, the picture looked at last has the focus.
                request_animation_frame(move || platform::focus_tile(&last.tile().href));
            }
        });
        on_cleanup(move || back.remove());
    });
    let shown = memo(move || open.with(Option::is_some));
    view! {
        <div on:click=on(on_click)>{children()}</div>
        {part(move || shown.get().then(|| view! { <Dialog open /> }))}
    }
}

#[component]
fn Dialog(open: RwSignal<Option<Open>>) -> impl IntoView {
    let locale = use_locale();
    let lang = i18n::code(locale).to_owned();
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.show_modal();
        }
    });
    let id = memo(move || {
        open.with(|open| open.as_ref().map(|open| open.tile().id.clone()))
            .unwrap_or_default()
    });
    let detail = load(
        move || id.get(),
        move |id| image(id, String::new(), lang.clone()),
    );
    let picture = when_loaded(move || async move {
        match detail.await {
            Ok(detail) => shown(detail),
            Err(error) => view! { <ErrorPage error /> }.into_any(),
        }
    });
    // The neighbours are likely to be next.
    effect(move || {
        open.with(|open| {
            let Some(open) = open else { return };
            for neighbour in [1, -1].into_iter().filter_map(|step| open.moved(step)) {
                platform::preload(&neighbour.tile().srcset);
            }
        });
    });
    // Closing is going back: the address and the scroll position return with it.
    let on_cancel = move |event: ev::Event| {
        event.prevent_default();
        platform::go_back();
    };
    view! {
        <dialog
            class="lightbox"
            aria-label=td_string!(locale, lightbox.title)
            node_ref=dialog
            on:cancel=on(on_cancel)
        >
            {bar(locale, open)}
            {picture}
        </dialog>
    }
}

/// The ways to the neighbours, and out.
fn bar(locale: Locale, open: RwSignal<Option<Open>>) -> AnyView {
    let go = move |step: isize| {
        let next = open.with_untracked(|open| open.as_ref().and_then(|open| open.moved(step)));
        if let Some(next) = next {
            platform::replace_address(&next.tile().href);
            open.set(Some(next));
        }
    };
    let missing = move |step: isize| {
        dynamic(move || {
            open.with(|open| open.as_ref().is_none_or(|open| open.moved(step).is_none()))
        })
    };
    view! {
        <div class="lightbox-bar">
            <button
                class="button"
                type="button"
                data-key="ArrowLeft"
                disabled=missing(-1)
                on:click=on(move |_| go(-1))
            >
                {icon("arrow-left")}
                {td_string!(locale, lightbox.newer)}
            </button>
            <button
                class="button"
                type="button"
                data-key="ArrowRight"
                disabled=missing(1)
                on:click=on(move |_| go(1))
            >
                {td_string!(locale, lightbox.older)}
                {icon("arrow-right")}
            </button>
            <button
                class="button lightbox-close"
                type="button"
                on:click=on(move |_| platform::go_back())
            >
                {td_string!(locale, lightbox.close)}
            </button>
        </div>
    }
    .into_any()
}

fn shown(detail: ImageDetail) -> AnyView {
    view! { <Picture detail /> }.into_any()
}
