//! The stateless pieces pages are built from: leaves that know no feature.

#[cfg(feature = "ssr")]
pub mod confirm;
pub mod copy_button;
pub mod data;
pub mod density;
pub mod dynamic;
pub mod error_view;
pub mod form;
pub mod format;
#[cfg(feature = "ssr")]
pub mod found;
pub mod head;
pub mod icon;
pub mod image_card;
pub mod keys;
pub mod language;
pub mod layout;
pub mod pager;
pub mod part;
pub mod platform;
#[cfg(feature = "ssr")]
pub mod public_head;
pub mod placeholder;
pub mod words;
