//! Places for connections: so many in all, and so many for one address.
//!
//! A newcomer is let in at the cost of whoever has been quiet for longest: among
//! the address's own where that has too many, among all where the server has.
//! Where nobody is quiet, at the cost of whoever keeps the server waiting for a
//! body, or does not take an answer, and holds the most places.

use super::{Rules, watch::Watch};
use crate::server::client_addr::network;
use ipnet::IpNet;
use std::{
    cmp::Reverse,
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    sync::Notify,
    time::{Duration, Instant, timeout},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

/// Who keeps the server waiting this long may lose the place to a newcomer.
const GRACE: Duration = Duration::from_secs(5);
/// How soon it is looked again for somebody who does.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Every place there is. Cheap to clone.
#[derive(Clone)]
pub struct Places {
    shared: Arc<Shared>,
}

struct Shared {
    most: usize,
    per_address: usize,
    trusted: Vec<IpNet>,
    held: Mutex<Held>,
    freed: Notify,
}

#[derive(Default)]
struct Held {
    connections: HashMap<u64, Connected>,
    addresses: HashMap<IpAddr, usize>,
    next: u64,
}

struct Connected {
    /// The network that is counted; `None` for a trusted proxy.
    network: Option<IpAddr>,
    watch: Arc<Watch>,
    given_up: CancellationToken,
}

/// A connection's place; dropping it gives it back.
pub struct Place {
    id: u64,
    watch: Arc<Watch>,
    given_up: CancellationToken,
    shared: Arc<Shared>,
}

impl Places {
    /// As many as the rules allow, all of them free.
    pub fn new(rules: &Rules) -> Places {
        Places {
            shared: Arc::new(Shared {
                most: rules.most.max(1),
                per_address: rules.per_address.max(1),
                trusted: rules.trusted.clone(),
                held: Mutex::default(),
                freed: Notify::new(),
            }),
        }
    }

    /// A place for a connection from `peer`. Waits while every place is held by
    /// somebody who is served and keeps nobody waiting; `None` if the address's own
    /// all are.
    pub async fn take(&self, peer: SocketAddr) -> Option<Place> {
        let address = peer.ip().to_canonical();
        let trusted = self.shared.trusted.iter().any(|net| net.contains(&address));
        let network = (!trusted).then(|| network(address));
        loop {
            let freed = self.shared.freed.notified();
            {
                let mut held = self.shared.held();
                if let Some(network) = network
                    && held.addresses.get(&network).copied().unwrap_or(0) >= self.shared.per_address
                    && !held.make_room(|one| one.network == Some(network))
                {
                    return None;
                }
                if held.connections.len() < self.shared.most || held.make_room_anywhere() {
                    return Some(self.settle(&mut held, network));
                }
            }
            // Whoever is served now may keep the server waiting soon.
            let _ = timeout(LOOK_AGAIN, freed).await;
        }
    }

    /// Ends the connection that has been quiet for longest, if any is quiet.
    pub fn make_room(&self) {
        self.shared.held().make_room_anywhere();
    }

    fn settle(&self, held: &mut Held, network: Option<IpAddr>) -> Place {
        held.next += 1;
        let id = held.next;
        let watch = Arc::new(Watch::new(network.is_none()));
        let given_up = CancellationToken::new();
        if let Some(network) = network {
            *held.addresses.entry(network).or_default() += 1;
        }
        held.connections.insert(
            id,
            Connected {
                network,
                watch: watch.clone(),
                given_up: given_up.clone(),
            },
        );
        Place {
            id,
            watch,
            given_up,
            shared: self.shared.clone(),
        }
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Somebody's rather than a trusted proxy's.
    fn make_room_anywhere(&mut self) -> bool {
        self.make_room(|one| one.network.is_some())
            || self.make_room(|_| true)
            || self.make_room_of_the_slow()
    }

    /// Ends a connection that keeps the server waiting: of the network that holds
    /// the most places the one that does so for longest. A proxy's never.
    fn make_room_of_the_slow(&mut self) -> bool {
        let now = Instant::now();
        let slow = self.connections.iter().filter_map(|(id, one)| {
            let since = one.watch.waits_since()?;
            let places = *self.addresses.get(&one.network?)?;
            (now - since > GRACE).then_some((Reverse(places), since, *id))
        });
        let Some((_, _, id)) = slow.min() else {
            return false;
        };
        self.end(id);
        true
    }

    fn end(&mut self, id: u64) {
        if let Some(connected) = self.remove(id) {
            connected.given_up.cancel();
        }
    }

    /// Ends the one of these that has been quiet for longest; false if none is quiet.
    fn make_room(&mut self, among: impl Fn(&Connected) -> bool) -> bool {
        let quiet = self
            .connections
            .iter()
            .filter(|(_, one)| among(one))
            .filter_map(|(id, one)| Some((one.watch.quiet_since()?, *id)))
            .min();
        let Some((_, id)) = quiet else {
            return false;
        };
        self.end(id);
        true
    }

    fn remove(&mut self, id: u64) -> Option<Connected> {
        let connected = self.connections.remove(&id)?;
        if let Some(network) = connected.network
            && let Some(count) = self.addresses.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                self.addresses.remove(&network);
            }
        }
        Some(connected)
    }
}

impl Place {
    /// The watch over its connection.
    pub fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    /// Done when the place was given to somebody else.
    pub fn given_up(&self) -> WaitForCancellationFuture<'_> {
        self.given_up.cancelled()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.held().remove(self.id);
        self.shared.freed.notify_one();
    }
}
