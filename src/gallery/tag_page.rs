//! The public pictures of a tag, the newest first.

use super::{asked::List, page::listed};
use crate::{
    error::AppError,
    i18n::use_locale,
    model::{folding::folded, limits::TAG_CHARS},
    server::Context,
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The page of the tag in the address. Another spelling of it leads to the one there is.
#[component]
pub fn TagPage() -> impl IntoView {
    let locale = use_locale();
    let typed = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    let tag = folded(typed.trim());
    if tag.is_empty() || tag.chars().count() > 4 * TAG_CHARS as usize {
        return listed(Err(AppError::NotFound));
    }
    let list = List::Tag(tag.clone());
    if tag != typed {
        Context::take().redirect(crate::i18n::code(locale), list.path());
    }
    listed(Ok(list))
}
