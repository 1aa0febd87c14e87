//! The closures of a page's changing parts, boxed.
//!
//! Every closure is a type of its own, and Leptos compiles the code that
//! follows one anew for each type. In a box they share that code: a quarter
//! of the browser's download was copies of it. A closure is of the type of the
//! function around it, too: what shares its code is made in functions that know
//! nothing but boxes.

use leptos::prelude::*;
use std::sync::Arc;

/// A value that follows the signals it reads: text or an attribute.
pub type Dynamic<T> = Box<dyn Fn() -> T + Send + Sync>;

/// A text or an attribute that follows the signals it reads.
pub fn dynamic<T>(value: impl Fn() -> T + Send + Sync + 'static) -> Dynamic<T> {
    Box::new(value)
}

/// A part of a page that follows the signals it reads.
pub fn part<V: IntoView + 'static>(
    view: impl Fn() -> V + Send + Sync + 'static,
) -> Dynamic<AnyView> {
    Box::new(move || view().into_any())
}

/// A value that is worked out when what it reads changes, and tells of changes only.
pub fn memo<T: PartialEq + Send + Sync + 'static>(
    value: impl Fn() -> T + Send + Sync + 'static,
) -> Memo<T> {
    let value: Dynamic<T> = Box::new(value);
    boxed_memo(value)
}

fn boxed_memo<T: PartialEq + Send + Sync + 'static>(value: Dynamic<T>) -> Memo<T> {
    Memo::new(move |_| value())
}

/// Runs when the page is hydrated in a browser, and whenever what it reads changes.
pub fn effect(run: impl Fn() + 'static) {
    let run: Box<dyn Fn()> = Box::new(run);
    Effect::new(run);
}

/// An event handler.
pub fn on<E>(act: impl Fn(E) + 'static) -> Box<dyn Fn(E)> {
    Box::new(act)
}

/// One entry of a list: what it is found again by, and how it is made.
#[derive(Clone)]
struct KeyedPart {
    key: String,
    make: Arc<dyn Fn() -> AnyView + Send + Sync>,
}

/// A list that keeps the elements of the entries it keeps; an entry with
/// another key is made anew.
pub fn each<T: Clone + Send + Sync + 'static>(
    entries: impl Fn() -> Vec<T> + Send + Sync + 'static,
    key: fn(&T) -> String,
    make: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let entries: Dynamic<Vec<T>> = Box::new(entries);
    boxed_each(entries, key, Arc::new(make))
}

fn boxed_each<T: Clone + Send + Sync + 'static>(
    entries: Dynamic<Vec<T>>,
    key: fn(&T) -> String,
    make: Arc<dyn Fn(T) -> AnyView + Send + Sync>,
) -> AnyView {
    let entry = move |entry: T| {
        let (key, make) = (key(&entry), make.clone());
        KeyedPart {
            key,
            make: Arc::new(move || make(entry.clone())),
        }
    };
    let entries: Dynamic<Vec<KeyedPart>> =
        Box::new(move || entries().into_iter().map(&entry).collect());
    list(entries)
}

fn list(entries: Dynamic<Vec<KeyedPart>>) -> AnyView {
    view! { <For each=entries key=|entry| entry.key.clone() children=|entry| (entry.make)() /> }
        .into_any()
}
