//! View transitions between documents: from one page to the next the view fades
//! rather than flashes, without a script. Browsers that know none load pages as ever.
//!
//! The rule stands in the page itself, early and small. In the style sheet it may
//! come after the browser has begun to show the page: then Chromium gives the
//! transition up with an error that nobody can handle.

/// The page's one inline style.
pub const STYLE: &str = "@media (prefers-reduced-motion:no-preference){\
    @view-transition{navigation:auto}\
    ::view-transition-old(root),::view-transition-new(root){animation-duration:120ms}}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_has_to_be_escaped_in_a_page() {
        // Escaped, its hash would be another's.
        assert!(!STYLE.contains(['<', '>', '&', '"', '\'']), "{STYLE}");
    }
}
