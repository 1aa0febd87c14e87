//! The addresses of people who publish, and of what one does about them.

use super::PagePath;

/// What is new of whom a person follows, and whom.
pub const FOLLOWING: &str = "/following";
/// The pictures that a person likes.
pub const LIKES: &str = "/likes";

/// What the page of somebody who wants one begins with, below the language's prefix; their
/// handle follows.
pub const PROFILE: &str = "/@";

/// The page of somebody who wants one, by their handle.
pub fn profile(handle: &str) -> PagePath {
    PagePath([PROFILE, handle].concat())
}

/// What is new there, as a feed.
pub fn profile_feed(handle: &str) -> PagePath {
    PagePath([PROFILE, handle, "/feed.atom"].concat())
}

/// Their picture, where they show it.
pub fn profile_picture(handle: &str) -> String {
    [PROFILE, handle, "/picture.webp"].concat()
}

/// Pages that only the server knows, that strangers are shown alike, and that hold no form
/// for them: as
/// [`super::Route::public`].
pub fn served_public(id: &str) -> [PagePath; 1] {
    [profile(id)]
}
