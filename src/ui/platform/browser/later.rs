//! Wakes what the server drew and the page left asleep.

use crate::ui::part::{Coming, Missing};
use futures::{
    FutureExt,
    future::{AbortHandle, Abortable},
};
use leptos::{
    html,
    prelude::*,
    reactive::{computed::ScopedFuture, owner::WeakOwner},
    tachys::view::any_view::AnyViewState,
    task::spawn_local,
    wasm_bindgen::{JsCast, closure::Closure},
    web_sys::{self, Element, Event, HtmlDetailsElement, HtmlElement, HtmlInputElement},
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
    /// What it has been filled with, and whom that belongs to.
    state: StoredValue<Option<(AnyViewState, Owner)>, LocalStorage>,
    missing: Option<Missing>,
}

/// Whether the page is being attached to what the server drew, rather than drawn here.
pub fn hydrating() -> bool {
    Owner::current_shared_context().is_some_and(|shared| shared.during_hydration())
}

/// The element the piece of the page wakes in, with whatever the server drew in it.
/// On a page that is drawn here nothing sleeps whose code is there.
pub fn later(load: Box<dyn Fn() -> Coming + Send + Sync>) -> AnyView {
    if !hydrating()
        && let Some(Ok(view)) = load().now_or_never()
    {
        return view! {
            <div class="later" data-awake="">
                {view}
            </div>
        }
        .into_any();
    }
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

impl Sleeper {
    /// The element, while the page that it is part of is there.
    fn place(&self) -> Option<web_sys::HtmlDivElement> {
        self.place.try_get_untracked().flatten()
    }
}

fn begin(sleeper: Arc<Sleeper>) {
    let owner = sleeper.owner.as_ref().and_then(WeakOwner::upgrade);
    let (Some(owner), Some(place)) = (owner, sleeper.place()) else {
        return;
    };
    if is_held(&place) {
        set_timeout(move || begin(sleeper), PRESS);
        return;
    }
    // What the part draws belongs to the page: once that is gone, its signals are,
    // and the part must not run. What is drawn and not shown goes by itself.
    let own = owner.child();
    let (handle, registration) = AbortHandle::new_pair();
    let coming = own.with(|| {
        on_cleanup(move || handle.abort());
        ScopedFuture::new_untracked((sleeper.load)())
    });
    spawn_local(async move {
        match (Abortable::new(coming, registration).await, sleeper.missing) {
            (Ok(Ok(view)), _) => wake(sleeper, own, view),
            (Ok(Err(_)), Some(missing)) => missing.tell(move || begin(sleeper.clone())),
            (Ok(Err(_)), None) | (Err(_), _) => {}
        }
    });
}

/// Puts the part's view in the place of what the server drew, in one step.
fn wake(sleeper: Arc<Sleeper>, own: Owner, view: AnyView) {
    let Some(place) = sleeper.place() else {
        return;
    };
    if is_held(&place) {
        // Drawn anew afterwards, because it shows what was chosen until now. What it owns
        // outlives the first run of its effects, which is still to come.
        let again = move || {
            drop((view, own));
            begin(sleeper);
        };
        set_timeout(again, PRESS);
        return;
    }
    let focus = focused(&place).map(|control| names(&control));
    let open = unfolded(&place);
    let files: Vec<HtmlInputElement> = all(&place, FILES).collect();
    place.set_text_content(None);
    let mut state = own.with(|| view.build());
    state.mount(&place, None);
    sleeper.state.set_value(Some((state, own)));
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

/// Whether something in it is pressed, or open, and would be gone before it is let go.
fn is_held(place: &Element) -> bool {
    // A browser that does not know this selector has nothing that it finds.
    let is_open = place
        .query_selector("select:open")
        .is_ok_and(|open| open.is_some());
    is_open || place.matches(":active").unwrap_or_default()
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
