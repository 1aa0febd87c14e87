//! How many files and sockets this process may have open, and how many of them
//! are connections': the rest stays for the database, the spool and the calls
//! to other services, whoever is connected.

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Kept for everything that is no connection.
const RESERVE: u64 = 256;
/// A connection's socket, and the file it is sent or sends.
const PER_CONNECTION: u64 = 2;
/// More connections than one process with one database has a use for.
const MOST: u64 = 4096;
/// Fewer would serve nobody.
const LEAST: u64 = 16;

/// Raises the limit as far as the system lets us: the usual 1,024 is there for
/// programs of another age.
#[cfg(unix)]
pub fn raise() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

/// Elsewhere there is no such limit to raise.
#[cfg(not(unix))]
pub fn raise() {}

/// The number of connections that leaves enough for everything else.
pub fn connections() -> usize {
    connections_of(limit())
}

#[cfg(unix)]
fn limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

#[cfg(not(unix))]
fn limit() -> Option<u64> {
    None
}

fn connections_of(limit: Option<u64>) -> usize {
    let most = limit.map_or(MOST, |limit| {
        // A very low limit is shared half and half.
        let reserve = RESERVE.min(limit / 2);
        (limit - reserve) / PER_CONNECTION
    });
    usize::try_from(most.clamp(LEAST, MOST)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::connections_of;

    #[test]
    fn enough_descriptors_are_left_for_the_spool_and_the_database() {
        assert_eq!(connections_of(None), 4096);
        assert_eq!(connections_of(Some(1_000_000)), 4096);
        assert_eq!(connections_of(Some(1024)), 384);
        assert_eq!(connections_of(Some(128)), 32);
        assert_eq!(connections_of(Some(8)), 16);
    }
}
