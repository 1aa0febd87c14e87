//! The pictures of a grid and the address bar, of which the server has none.

/// A picture in a grid; there is no grid here.
#[derive(Clone, Debug)]
pub struct Tile {
    /// The picture's id.
    pub id: String,
    /// Its page's address.
    pub href: String,
    /// Its renditions, as `srcset` lists them.
    pub srcset: String,
    /// What it shows, in words.
    pub words: String,
}

/// There is no grid here.
pub fn tiles() -> Vec<Tile> {
    Vec::new()
}

/// Nothing is clicked here.
pub fn tile_of(_event: &leptos::ev::MouseEvent) -> Option<String> {
    None
}

/// Nothing listens here.
pub fn tell_tile(_href: &str) {}

/// There is no window here.
pub fn title() -> String {
    String::new()
}

/// There is no window here.
pub fn set_title(_title: &str) {}

/// Nothing has the focus here.
pub fn focus_tile(_href: &str) {}

/// Nothing is looked at here.
pub fn preload(_srcset: &str, _sizes: &str) {}

/// There is no address bar here.
pub fn push_address(_address: &str) {}

/// There is no address bar here.
pub fn replace_address(_address: &str) {}

/// There is nowhere to go back to.
pub fn go_back() {}
