//! Who may be connected, and for how long: the accept loop under the router.
//!
//! `watch` knows what each connection is doing and when it has been too slow at
//! it, `stream` tells it of every byte, `answers` of every request, `places`
//! keeps count of all and of each address's, and `descriptors` asks the system
//! how many there can be. Where no place is left, the connection that has been
//! quiet for longest makes room: nobody is shut out by silence.

mod answers;
pub mod descriptors;
mod places;
mod stream;
mod watch;

use super::layers::headers;
use crate::server::config::{Config, Connections};
use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use ipnet::IpNet;
use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use answers::Answers;
use places::{Place, Places};
use stream::Watched;
use watch::Deadlines;

/// How much of a head, or of an answer, waits in memory for one connection, in
/// bytes.
const BUFFER: usize = 64 * 1024;
/// How much of an answer may lie in the system's buffers unsent, in bytes: a
/// client that reads slowly is seen to read, and one that does not is not.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 128 * 1024;
/// Requests one HTTP/2 connection may have under way.
const STREAMS: u32 = 100;
/// The largest head of an HTTP/2 request, in bytes.
const HEAD: u32 = 64 * 1024;
/// HTTP/2 connections are asked this often whether anybody is there.
const PING: Duration = Duration::from_secs(30);
/// How long nothing is accepted after the system has refused to.
const BREATHER: Duration = Duration::from_millis(100);

/// Under which rules connections are taken.
#[derive(Clone, Debug)]
pub struct Rules {
    deadlines: Deadlines,
    most: usize,
    per_address: usize,
    trusted: Vec<IpNet>,
    /// The headers of refusals that no layer sees, as lines.
    refusals: Arc<str>,
}

impl Rules {
    /// The configuration's; where it names no number of connections, what the
    /// system's limit of descriptors allows.
    pub fn new(config: &Config) -> Rules {
        let Connections {
            most, per_address, ..
        } = config.imgc.connections;
        Rules {
            deadlines: Deadlines::new(&config.imgc.connections),
            most: most.unwrap_or_else(descriptors::connections),
            per_address,
            trusted: config.imgc.trusted_proxies.clone(),
            refusals: headers::of_refusals(config).into(),
        }
    }
}

/// Serves on a listener until `shutdown`, and returns when the last request
/// under way then has its answer.
pub async fn serve(listener: TcpListener, app: Router, rules: Rules, shutdown: CancellationToken) {
    let listener = Arc::new(listener);
    let accept = || {
        let listener = listener.clone();
        async move {
            let (stream, peer) = listener.accept().await?;
            // Small answers leave at once; large ones wait with us rather than
            // in the system. Both are wishes: a connection works without.
            let _ = stream.set_nodelay(true);
            #[cfg(target_os = "linux")]
            let _ = socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT);
            Ok((stream, peer))
        }
    };
    serve_accepted(accept, app, rules, shutdown).await;
}

/// As [`serve`], with connections from anywhere.
async fn serve_accepted<S, A, F>(accept: A, app: Router, rules: Rules, shutdown: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Fn() -> F + Send,
    F: Future<Output = io::Result<(S, SocketAddr)>> + Send,
{
    let places = Places::new(&rules);
    let tasks = TaskTracker::new();
    let mut troubled = false;
    loop {
        let accepted = tokio::select! {
            accepted = accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                recover(&error, &places, &mut troubled).await;
                continue;
            }
        };
        troubled = false;
        let place = tokio::select! {
            place = places.take(peer) => place,
            () = shutdown.cancelled() => break,
        };
        if let Some(place) = place {
            let (app, deadlines) = (app.clone(), rules.deadlines);
            let stream = Watched::new(stream, place.watch().clone(), rules.refusals.clone());
            tasks.spawn(converse(
                stream,
                peer,
                app,
                place,
                deadlines,
                shutdown.clone(),
            ));
        }
    }
    tasks.close();
    tasks.wait().await;
}

/// After an error in accepting: a connection that broke before it was ours is
/// no trouble; anything else (no descriptors, no memory) passes when something
/// is freed, and asking again at once would only burn time.
async fn recover(error: &io::Error, places: &Places, troubled: &mut bool) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    ) {
        return;
    }
    // Once per trouble, not ten times a second.
    if !*troubled {
        tracing::warn!(%error, "connections cannot be accepted; trying again");
    }
    *troubled = true;
    places.make_room();
    sleep(BREATHER).await;
}

/// One connection from its first byte to its end.
async fn converse<S>(
    stream: Watched<S>,
    peer: SocketAddr,
    app: Router,
    place: Place,
    deadlines: Deadlines,
    shutdown: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let watch = place.watch().clone();
    let mut builder = Builder::new(TokioExecutor::new());
    // The watch minds the heads, too: hyper's own timer would also end every
    // connection that is kept alive.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None::<Duration>)
        .max_buf_size(BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(deadlines.head)
        .max_send_buf_size(BUFFER)
        .max_header_list_size(HEAD)
        .max_concurrent_streams(STREAMS);
    let io = TokioIo::new(stream);
    let service = Answers::new(app, peer, watch.clone());
    let mut connection = pin!(builder.serve_connection(io, service));
    let mut clock = interval(deadlines.tick());
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ending = false;
    loop {
        tokio::select! {
            _ = connection.as_mut() => break,
            () = place.given_up() => break,
            () = shutdown.cancelled(), if !ending => {
                ending = true;
                connection.as_mut().graceful_shutdown();
            }
            _ = clock.tick() => if let Some(why) = watch.overdue(&deadlines) {
                tracing::debug!(why, "a connection was ended");
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests;
