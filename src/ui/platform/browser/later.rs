//! Wakes what the server drew and the page left asleep.

use crate::ui::part::{Coming, Missing};
use leptos::{
    html,
    prelude::*,
    reactive::{computed::ScopedFuture, owner::WeakOwner},
    tachys::view::any_view::AnyViewState,
    task::spawn_local,
    wasm_bindgen::{JsCast, closure::Closure},
    web_sys::{Element, Event, HtmlDetailsElement, HtmlElement, HtmlInputElement},
};
use std::{sync::Arc, time::Duration};

/// What has the focus, if anything has.
const CONTROLS: &str = "a, button, input, select, textarea, summary";
const FILES: &str = "input[type=file]";
/// How long a press is waited for before it is looked again.
const PRESS: Duration = Duration::from_millis(50);

/// An element that the server filled, and what will fill it anew.
struct Sleeper {
    place: NodeRef<html::Div>,
    load: Box<dyn Fn() -> Coming + Send + Sync>,
    /// Whose context the part finds, and with whom it ends.
    owner: Option<WeakOwner>,
    state: StoredValue<Option<AnyViewState>, LocalStorage>,
    missing: Option<Missing>,
}

/// The element the piece of the page wakes in, with whatever the server drew in it.
pub fn later(load: Box<dyn Fn() -> Coming + Send + Sync>) -> AnyView {
    let place = NodeRef::<html::Div>::new();
    let sleeper = Arc::new(Sleeper {
        place,
        load,
        owner: Owner::current().map(|owner| owner.downgrade()),
        state: StoredValue::new_local(None),
        missing: use_context(),
    });
    Effect::new(move || {
        if place.get().is_some() {
            // After the page itself has woken.
            let sleeper = sleeper.clone();
            set_timeout(move || begin(sleeper), Duration::ZERO);
        }
    });
    view! { <div class="later" node_ref=place></div> }.into_any()
}

fn begin(sleeper: Arc<Sleeper>) {
    let Some(owner) = sleeper.owner.as_ref().and_then(WeakOwner::upgrade) else {
        return;
    };
    let coming = owner.with(|| ScopedFuture::new_untracked((sleeper.load)()));
    spawn_local(async move {
        match (coming.await, sleeper.missing) {
            (Ok(view), _) => wake(sleeper, view),
            (Err(_), Some(missing)) => missing.tell(move || begin(sleeper.clone())),
            (Err(_), None) => {}
        }
    });
}

/// Puts the part's view in the place of what the server drew, in one step.
fn wake(sleeper: Arc<Sleeper>, view: AnyView) {
    let owner = sleeper.owner.as_ref().and_then(WeakOwner::upgrade);
    let (Some(owner), Some(place)) = (owner, sleeper.place.try_get_untracked().flatten()) else {
        return;
    };
    if place.matches(":active").unwrap_or_default() {
        // Something in it is pressed and would be gone before it is let go.
        set_timeout(move || wake(sleeper, view), PRESS);
        return;
    }
    let focus = focused(&place).map(|control| names(&control));
    let open = unfolded(&place);
    let files: Vec<HtmlInputElement> = all(&place, FILES).collect();
    place.set_text_content(None);
    owner.with(|| {
        let mut state = view.build();
        state.mount(&place, None);
        sleeper.state.set_value(Some(state));
    });
    for (details, open) in all::<HtmlDetailsElement>(&place, "details").zip(open) {
        details.set_open(open);
    }
    for (old, new) in files.into_iter().zip(all(&place, FILES)) {
        hand_over(old, new);
    }
    let mut controls = all::<HtmlElement>(&place, CONTROLS);
    if let Some(element) = focus.and_then(|wanted| controls.find(|c| names(c) == wanted)) {
        // Fails only where nothing can have the focus.
        let _ = element.focus();
    }
    // Tests wait for it.
    let _ = place.set_attribute("data-awake", "");
}

/// Gives the files that `old` holds, or will hold once its open dialogue is
/// answered, to `new`.
fn hand_over(old: HtmlInputElement, new: HtmlInputElement) {
    let give = {
        let old = old.clone();
        move || {
            if old.files().is_some_and(|files| files.length() > 0) {
                new.set_files(old.files().as_ref());
                // Fails only for an event that is on its way.
                let _ = Event::new("change").and_then(|change| new.dispatch_event(&change));
            }
        }
    };
    give();
    let chosen = Closure::<dyn Fn()>::new(give).into_js_value();
    // Fails only for what is no function.
    let _ = old.add_event_listener_with_callback("change", chosen.unchecked_ref());
}

/// The control that has the focus.
fn focused(place: &Element) -> Option<Element> {
    let focused = document().active_element()?;
    all::<Element>(place, CONTROLS).find(|control| *control == focused)
}

/// What a control is found again by: its id alone, if it has one.
fn names(control: &Element) -> Vec<Option<String>> {
    let id = control.get_attribute("id");
    let names = if id.is_some() {
        ["", "", ""]
    } else {
        ["name", "value", "href"]
    };
    let names = names.into_iter().map(|name| control.get_attribute(name));
    names.chain([id, Some(control.tag_name())]).collect()
}

fn unfolded(place: &Element) -> Vec<bool> {
    all::<HtmlDetailsElement>(place, "details")
        .map(|details| details.open())
        .collect()
}

fn all<E: JsCast>(place: &Element, selector: &str) -> impl Iterator<Item = E> {
    let found = place.query_selector_all(selector).ok();
    let count = found.as_ref().map_or(0, |found| found.length());
    (0..count).filter_map(move |index| found.as_ref()?.get(index)?.dyn_into().ok())
}
