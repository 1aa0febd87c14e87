//! Keys of the whole site, and the sheet that lists them. Single keys can be
//! switched off there (WCAG 2.1.4).

use super::{
    dynamic::{effect, on, part},
    platform,
};
use crate::i18n::{td_string, use_locale};
use leptos::{ev, html, prelude::*};

/// Listens to keys and shows the sheet at `?`.
#[component]
pub fn Keys() -> impl IntoView {
    let open = RwSignal::new(false);
    // Effects run in a browser only.
    effect(move || {
        let listening = window_event_listener(ev::keydown, move |event| {
            let Some(name) = platform::key_name(&event) else {
                return;
            };
            if name == "?" {
                open.set(true);
                event.prevent_default();
            } else if platform::keys_are_on() && platform::answer_key(&name) {
                event.prevent_default();
            }
        });
        on_cleanup(move || listening.remove());
    });
    part(move || open.get().then(|| view! { <Sheet open /> }))
}

#[component]
fn Sheet(open: RwSignal<bool>) -> impl IntoView {
    let locale = use_locale();
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.show_modal();
        }
    });
    let rows: [(&str, &str); 14] = [
        ("Ctrl + Enter", td_string!(locale, keys.generate)),
        ("Alt + ↑ ↓", td_string!(locale, keys.history)),
        ("/", td_string!(locale, keys.search)),
        ("← ↑ → ↓", td_string!(locale, keys.arrows)),
        ("Enter", td_string!(locale, keys.enter)),
        ("Esc", td_string!(locale, keys.escape)),
        ("+ −", td_string!(locale, keys.zoom)),
        (".", td_string!(locale, keys.favourite)),
        ("Del", td_string!(locale, keys.trash)),
        ("R", td_string!(locale, keys.remix)),
        ("I", td_string!(locale, keys.details)),
        ("P", td_string!(locale, keys.prompt)),
        ("Ctrl + A", td_string!(locale, keys.all)),
        ("?", td_string!(locale, keys.help)),
    ];
    let rows: Vec<AnyView> = rows
        .into_iter()
        .map(|(key, text)| {
            view! {
                <div>
                    <dt>
                        <kbd>{key}</kbd>
                    </dt>
                    <dd>{text}</dd>
                </div>
            }
            .into_any()
        })
        .collect();
    let switch = move |event| platform::set_keys_on(event_target_checked(&event));
    view! {
        <dialog
            class="sheet"
            aria-labelledby="keys"
            node_ref=dialog
            on:close=on(move |_| open.set(false))
        >
            <form method="dialog">
                <h2 id="keys">{td_string!(locale, keys.title)}</h2>
                <dl class="key-list">{rows}</dl>
                <label class="check">
                    <input type="checkbox" checked=platform::keys_are_on() on:change=on(switch) />
                    <span>{td_string!(locale, keys.on)}</span>
                </label>
                <button class="button" type="submit">
                    {td_string!(locale, keys.close)}
                </button>
            </form>
        </dialog>
    }
}
