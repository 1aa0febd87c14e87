//! The bus: reads that are asked for at the same time travel together, because a
//! call costs the same for one statement as for several.
//!
//! A bus leaves when none is under way, so that whoever asks alone never waits;
//! while others are, when it is full or some milliseconds after the one before:
//! the more are under way, the longer it waits for others to come along.

use super::{
    gateway::{Fault, Gateway},
    retry,
    wire::{Encoded, Mode, STATEMENTS_MAX},
};
use crate::store::{errors::DbError, rows::Row};
use futures::{StreamExt, stream};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

/// The time between two buses while one is under way; four times that while two
/// are, nine times while three are.
const EVERY: Duration = Duration::from_millis(2);
/// The most buses under way.
const UNDER_WAY_MAX: usize = 4;
/// The most bytes on a bus; one passenger may have more.
const BYTES_MAX: usize = 2_000_000;
/// Passengers of a bus that was refused who travel alone at the same time.
const ALONE_AT_ONCE: usize = 4;

/// Reads that stay together, and whoever waits for their rows.
struct Passenger {
    statements: Vec<Encoded>,
    reply: oneshot::Sender<Result<Vec<Vec<Row>>, DbError>>,
}

impl Passenger {
    fn bytes(&self) -> usize {
        self.statements.iter().map(Encoded::bytes).sum()
    }

    fn answer(self, result: Result<Vec<Vec<Row>>, Fault>) {
        let result = result.map_err(|fault| {
            let sql = self.statements.first().map(|statement| statement.sql);
            tracing::error!(sql, ?fault, "a read of the database failed");
            DbError::Failed
        });
        // Whoever asked may have gone.
        let _ = self.reply.send(result);
    }
}

/// The stop where reads queue.
#[derive(Clone)]
pub(super) struct Bus {
    queue: mpsc::UnboundedSender<Passenger>,
}

impl Bus {
    /// Opens the line; it ends with the last of this value's copies.
    pub(super) fn start(gateway: Arc<Gateway>) -> Bus {
        let (queue, arriving) = mpsc::unbounded_channel();
        tokio::spawn(run(gateway, arriving));
        Bus { queue }
    }

    /// Takes a bus with statements that only read.
    pub(super) async fn ride(&self, statements: Vec<Encoded>) -> Result<Vec<Vec<Row>>, DbError> {
        let (reply, answer) = oneshot::channel();
        let passenger = Passenger { statements, reply };
        self.queue.send(passenger).map_err(|_| DbError::Failed)?;
        answer.await.map_err(|_| DbError::Failed)?
    }
}

async fn run(gateway: Arc<Gateway>, mut arriving: mpsc::UnboundedReceiver<Passenger>) {
    let mut waiting = VecDeque::new();
    let mut under_way = JoinSet::new();
    let mut left_at = Instant::now();
    loop {
        while let Ok(passenger) = arriving.try_recv() {
            waiting.push_back(passenger);
        }
        waiting.retain(|passenger: &Passenger| !passenger.reply.is_closed());
        while under_way.try_join_next().is_some() {}
        let has_place = under_way.len() < UNDER_WAY_MAX;
        let next_at = left_at + pause(under_way.len());
        let is_time = is_full(&waiting) || next_at <= Instant::now();
        if !waiting.is_empty() && has_place && is_time {
            left_at = Instant::now();
            under_way.spawn(travel(gateway.clone(), board(&mut waiting)));
            continue;
        }
        tokio::select! {
            passenger = arriving.recv() => match passenger {
                Some(passenger) => waiting.push_back(passenger),
                // Nobody is left who could wait for an answer.
                None => return,
            },
            Some(_) = under_way.join_next() => {}
            () = tokio::time::sleep_until(next_at.into()),
                if !waiting.is_empty() && has_place => {}
        }
    }
}

/// The time between two buses while so many are under way.
fn pause(under_way: usize) -> Duration {
    EVERY * u32::try_from(under_way * under_way).unwrap_or(u32::MAX)
}

fn is_full(waiting: &VecDeque<Passenger>) -> bool {
    let statements: usize = waiting.iter().map(|p| p.statements.len()).sum();
    statements >= STATEMENTS_MAX
}

/// Takes as many of those who wait as there is room for, in order.
fn board(waiting: &mut VecDeque<Passenger>) -> Vec<Passenger> {
    let (mut on_board, mut statements, mut bytes) = (Vec::new(), 0, 0);
    while let Some(next) = waiting.front() {
        statements += next.statements.len();
        bytes += next.bytes();
        let fits = statements <= STATEMENTS_MAX && bytes <= BYTES_MAX;
        if !fits && !on_board.is_empty() {
            break;
        }
        on_board.extend(waiting.pop_front());
    }
    on_board
}

async fn travel(gateway: Arc<Gateway>, passengers: Vec<Passenger>) {
    let gateway = &*gateway;
    let call = gateway.call(Mode::Read, passengers.iter().flat_map(|p| &p.statements));
    // What ends a bus in the middle may be one passenger's: the next try is each one's own.
    let together = passengers.len() > 1;
    match retry::read(gateway, &call, together).await {
        Ok(rows) => {
            let mut rows = rows.into_iter();
            for passenger in passengers {
                let own = rows.by_ref().take(passenger.statements.len()).collect();
                passenger.answer(Ok(own));
            }
        }
        // One of them may be to blame; the others shall not suffer for it.
        Err(Fault::Refused | Fault::Unknown) if passengers.len() > 1 => {
            stream::iter(passengers)
                .for_each_concurrent(ALONE_AT_ONCE, |passenger| alone(gateway, passenger))
                .await;
        }
        Err(fault) => {
            for passenger in passengers {
                passenger.answer(Err(fault));
            }
        }
    }
}

async fn alone(gateway: &Gateway, passenger: Passenger) {
    let call = gateway.call(Mode::Read, &passenger.statements);
    let rows = retry::read(gateway, &call, false).await;
    passenger.answer(rows);
}
