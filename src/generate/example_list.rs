//! Example prompts, each with its picture, as plain links to the composer.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use crate::{
    i18n::use_locale,
    routes::{self, Route},
};
use leptos::prelude::*;

/// Width and height of an example's picture, in pixels.
const SIZE: (u32, u32) = (640, 480);

/// The prompts, in the order of `?example=`, of which the first few are in sight as the
/// page opens.
#[component]
pub fn ExampleList(prompts: Vec<String>, in_sight: usize) -> impl IntoView {
    let locale = use_locale();
    let links: Vec<AnyView> = prompts
        .into_iter()
        .zip(1..)
        .map(|(prompt, number)| {
            let page = Route::Create.with("example", &number.to_string());
            let loading = (number > in_sight).then_some("lazy");
            view! {
                <li>
                    <a class="example" href=page.address(locale)>
                        // Its words stand below it.
                        <img src=routes::example(number) width=SIZE.0 height=SIZE.1 alt="" loading=loading />
                        <span dir="auto">{prompt}</span>
                    </a>
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ul class="example-list">{links}</ul> }
}
