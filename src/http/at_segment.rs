//! The segment of an address that is somebody's handle after an `@`: Leptos knows none
//! that is a fixed sign and a name.

use crate::routes::PROFILE;
use leptos_router::{PartialPathMatch, PathSegment, PossibleRouteMatch};

/// The segment; what follows the sign is the parameter of this name.
#[derive(Clone, Copy, Debug)]
pub struct AtSegment(pub &'static str);

impl PossibleRouteMatch for AtSegment {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        let after = path.strip_prefix(PROFILE)?;
        let length = after.find('/').unwrap_or(after.len());
        if length == 0 {
            return None;
        }
        let (matched, remaining) = path.split_at(PROFILE.len() + length);
        let value = vec![(self.0.into(), after[..length].to_owned())];
        Some(PartialPathMatch::new(remaining, value, matched))
    }

    fn generate_path(&self, path: &mut Vec<PathSegment>) {
        // As the server's own router has it.
        let segment = format!("{}{{{}}}", PROFILE.trim_start_matches('/'), self.0);
        path.push(PathSegment::Static(segment.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_after_the_sign_is_the_parameter() {
        let of = |path| {
            let found = AtSegment("id").test(path)?;
            let rest = found.remaining().to_owned();
            Some((found.params().remove(0).1, rest))
        };
        assert_eq!(of("/@ada"), Some(("ada".to_owned(), String::new())));
        assert_eq!(of("/@ada/x"), Some(("ada".to_owned(), "/x".to_owned())));
        for other in ["/ada", PROFILE, "/", "", "@ada", "/x@ada"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
