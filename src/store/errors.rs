//! What can go wrong with the database, in codes; what an operator must know of
//! it, in words.

/// The reason a statement did not run. The text of the engine's error goes to the
/// log when it is made, and no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// A UNIQUE, CHECK, NOT NULL or FOREIGN KEY constraint refused it.
    #[error("a constraint refused the statement")]
    Constraint,
    /// The engine failed: disk, lock, connection. Nothing was written.
    #[error("the database failed")]
    Failed,
    /// What was to be written was sent and no answer came: it may have been done.
    #[error("the database did not answer, and may have done what it was asked for")]
    Unknown,
    /// A column was missing or of another type than the code expects, or a value
    /// was none that every engine keeps as it is.
    #[error("a row had an unexpected shape")]
    Shape,
}

/// The reason the database could not be opened. Nothing personal is in the
/// engine's words here, and the operator needs them.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A migration has been applied that this binary does not know.
    #[error(
        "a newer imgc has brought this database to migration {found}, and this version knows no \
         migration after {known}. Start the newer version again; or, with this one, put back a \
         backup from before the upgrade (`imgc restore --replace`), or the copy that the newer \
         version made in the folder before-migrations: both lose what was made since"
    )]
    Newer {
        /// The last migration it had.
        found: i64,
        /// The last one that this version has.
        known: i64,
    },
    /// Migrations are missing, and whoever opens it is not the one to apply them.
    #[error(
        "it is of an older imgc: it has had migration {found}, and this version needs {known}. \
         Run `imgc migrate`, or start the server once, which does the same"
    )]
    Older {
        /// The last migration it had; 0 for none of ours.
        found: i64,
        /// The last one that this version has.
        known: i64,
    },
    /// There is no database, and whoever opens it is not the one to make it.
    #[error(
        "there is no database: is data_dir (or IMGC_DATA_DIR) right? `imgc migrate` makes one, \
         and so does the server when it starts"
    )]
    Missing,
    /// The copy that is made before migrations could not be, so nothing was changed.
    #[error(
        "it is left as it is, because no copy could be made before bringing it up to date: {0}"
    )]
    Copy(String),
    /// A migration has been applied with another text.
    #[error(
        "its migration {0} is not this version's: another build of imgc has made this database. \
         Start that build again, or put back a backup that this version has made \
         (`imgc restore --replace`)"
    )]
    Foreign(i64),
    /// A migration failed.
    #[error("it could not be brought up to date: {0}")]
    Migration(String),
    /// The file cannot be opened, or is no database.
    #[error("it cannot be opened: {0}")]
    Engine(String),
    /// It is shared by many nodes, and cannot be used as it is.
    #[error(transparent)]
    Shared(#[from] SharedError),
}

/// The reason a database behind a gateway could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SharedError {
    /// Nobody answers at the gateway's address, or not in time.
    #[error(
        "its gateway, or the database behind it, does not answer: {0}. Is database.url (or \
         IMGC_DATABASE_URL) right, and is the gateway deployed?"
    )]
    Unreachable(String),
    /// Somebody answers there who is not the gateway.
    #[error(
        "what answers at database.url (or IMGC_DATABASE_URL) is no gateway of imgc's: {0}. The \
         address is the gateway's, without /v1; a gateway that was given no secret answers 404"
    )]
    NoGateway(String),
    /// The gateway does not take the secret.
    #[error(
        "its gateway refuses the secret: database.secret (or IMGC_DATABASE_SECRET) must be one \
         of the two that the gateway was given"
    )]
    Secret,
    /// The secret cannot be sent.
    #[error(
        "database.secret (or IMGC_DATABASE_SECRET) holds signs that no header may have: letters \
         and digits are what it is made of"
    )]
    SecretSigns,
    /// The gateway and this version do not speak the same protocol.
    #[error(
        "its gateway speaks another protocol than this version, which speaks {ours}: deploy the \
         gateway that came with this version, or start the version that the gateway came with"
    )]
    Protocol {
        /// The protocol that this version speaks.
        ours: u32,
    },
    /// No migration was ever applied.
    #[error("it is empty. If it is the right one (database.url), `imgc migrate` makes its tables")]
    Empty,
    /// Migrations are missing.
    #[error(
        "it is of an older imgc: it has had migration {found}, and this version needs {known}. \
         Run `imgc migrate`: nodes of the version before go on meanwhile"
    )]
    Older {
        /// The last migration it had; 0 for none of ours.
        found: i64,
        /// The last one that this version has.
        known: i64,
    },
    /// Migrations have been applied that this version does not know.
    #[error(
        "a newer imgc has brought it to migration {found}, and this version knows no migration \
         after {known}. Start the newer version again; or put the database back to a moment \
         before the upgrade (D1's Time Travel), which loses what was made since"
    )]
    Newer {
        /// The last migration it had.
        found: i64,
        /// The last one that this version has.
        known: i64,
    },
    /// A migration has been applied that is none of imgc's.
    #[error(
        "it has had a migration {0}, which this version does not have: another program, or \
         another build of imgc, has made it. Is database.url right?"
    )]
    Foreign(String),
}

impl OpenError {
    /// True if another try would end the same, until somebody does something.
    pub fn is_lasting(&self) -> bool {
        match self {
            OpenError::Newer { .. }
            | OpenError::Older { .. }
            | OpenError::Foreign(_)
            | OpenError::Missing => true,
            OpenError::Copy(_) | OpenError::Migration(_) | OpenError::Engine(_) => false,
            OpenError::Shared(error) => error.is_lasting(),
        }
    }
}

impl SharedError {
    /// True if another try would end the same, until somebody does something.
    pub fn is_lasting(&self) -> bool {
        // What answers instead of a gateway may be its provider, in trouble.
        !matches!(
            self,
            SharedError::Unreachable(_) | SharedError::NoGateway(_)
        )
    }
}
