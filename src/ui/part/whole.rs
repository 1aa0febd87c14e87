//! Parts that are no files of their own: on the server, and where the browser's
//! module is built without splitting it.

/// A function that looks from outside as if its code had to be loaded.
macro_rules! part {
    (
        $(#[$doc:meta])*
        $part:ident, $load:ident:
        $vis:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $body:block
    ) => {
        /// Everything is there already.
        #[allow(dead_code, reason = "one of a part's functions suffices to load it")]
        $vis async fn $load() -> Result<(), $crate::ui::part::NotLoaded> {
            Ok(())
        }

        $(#[$doc])*
        $vis async fn $name(
            $($argument: $kind),*
        ) -> Result<leptos::prelude::AnyView, $crate::ui::part::NotLoaded> {
            Ok($body)
        }
    };
}

pub(crate) use part;
