//! The ground a picture stands on before its pixels arrive.
//!
//! The security policy blocks `style=` attributes, so colour and proportions
//! come from a small drawing instead.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use leptos::prelude::*;

/// A rectangle of a picture's proportions in its placeholder colour.
#[component]
pub fn Placeholder(
    width: u32,
    height: u32,
    /// `#rrggbb`; empty for the page's own neutral.
    #[prop(optional, into)]
    colour: String,
) -> impl IntoView {
    // Anything but a colour would be somebody's mistake; the neutral ground is right then.
    let known = colour.len() == 7
        && colour.starts_with('#')
        && colour[1..].bytes().all(|b| b.is_ascii_hexdigit());
    let (width, height) = (width.max(1), height.max(1));
    view! {
        <svg
            class="ground"
            viewBox=format!("0 0 {width} {height}")
            width=width
            height=height
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            <rect width=width height=height fill=known.then_some(colour) />
        </svg>
    }
}
