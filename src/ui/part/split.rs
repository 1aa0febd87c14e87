//! Parts that are files of their own: what the split makes of [`part`].
//!
//! [`part`]: crate::ui::part

use super::NotLoaded;
use leptos::wasm_split::SplitLoaderError;

impl From<SplitLoaderError> for NotLoaded {
    fn from(_: SplitLoaderError) -> NotLoaded {
        NotLoaded
    }
}

/// A function whose code is in the part `$part`, with all that only such
/// functions call. Called, it loads the part first.
macro_rules! part {
    (
        $(#[$doc:meta])*
        $part:ident, $load:ident:
        $vis:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $body:block
    ) => {
        #[leptos::wasm_split::wasm_split(
            $part,
            wasm_split_path = leptos::wasm_split,
            fallible,
            preload($load)
        )]
        $(#[$doc])*
        $vis fn $name($($argument: $kind),*) -> Result<leptos::prelude::AnyView, $crate::ui::part::NotLoaded> {
            Ok($body)
        }
    };
}

pub(crate) use part;
