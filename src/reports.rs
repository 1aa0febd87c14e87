//! What anybody tells the site about: that an account is a child's, or that a public
//! picture breaks the law or the rules; and the decisions about that, as those read them
//! whom they concern. Administrators decide (`admin`).

#[cfg(feature = "ssr")]
pub mod account_cases;
pub mod api;
#[cfg(feature = "ssr")]
mod appeals;
#[cfg(feature = "ssr")]
pub mod cases;
#[cfg(feature = "ssr")]
pub mod copies;
#[cfg(feature = "ssr")]
pub mod decisions_page;
#[cfg(feature = "ssr")]
pub mod notice_page;
#[cfg(feature = "ssr")]
pub mod notices;
#[cfg(feature = "ssr")]
pub mod orders;
#[cfg(feature = "ssr")]
pub mod orders_api;
#[cfg(feature = "ssr")]
pub mod orders_page;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod standing_page;
#[cfg(feature = "ssr")]
pub mod statement;
#[cfg(feature = "ssr")]
pub mod words;
