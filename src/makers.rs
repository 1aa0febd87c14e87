//! People who publish: their pages, likes, whom one follows and whom one does not want to
//! see. The server's pages alone.

mod acts;
pub mod api;
pub mod buttons;
pub mod following_page;
pub mod likes_page;
mod pager;
pub mod profile_page;
pub mod router;
