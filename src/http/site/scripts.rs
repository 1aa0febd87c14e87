//! The scripts of pages that the server alone draws. They stand in `public/scripts`, so
//! that a site without a build of its own has them as they are; `cargo xtask build` puts
//! them beside the module, and a release makes them small and names them by what they hold.

/// Every one of them.
const NAMES: [&str; 4] = ["arrows", "create", "easel", "library"];
/// Where they are below the site's folder without such a build.
const PLAIN: &str = "/scripts";

/// The addresses of the scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scripts {
    folder: String,
}

impl Scripts {
    /// Those in the folder of the module, if they are there.
    pub(super) fn find(folder: &str, has: impl Fn(&str) -> bool) -> Scripts {
        let beside = Scripts {
            folder: folder.to_owned(),
        };
        let are_there = beside.all().all(|address| has(&address));
        match are_there {
            true => beside,
            false => Scripts {
                folder: PLAIN.to_owned(),
            },
        }
    }

    /// The address of the one with this name.
    pub fn address(&self, name: &str) -> String {
        format!("{}/{name}.js", self.folder)
    }

    /// Every address.
    pub(super) fn all(&self) -> impl Iterator<Item = String> + '_ {
        NAMES.iter().map(|name| self.address(name))
    }
}
