//! How often a call is made again. What cannot have run is tried twice more, what
//! may have run once more, and of writes only those that may run twice.

use super::{
    gateway::{Fault, Gateway},
    wire::{Call, Encoded, Hello, Mode},
};
use crate::store::{
    errors::{DbError, SharedError},
    rows::Row,
};
use std::time::Duration;

/// The middle of the first pause; the second is four times as long.
const PAUSE_MS: u64 = 100;

/// The tries that are left.
struct Tries {
    /// After a call that was not sent, or found no room.
    unsent: u32,
    /// After a call that may have run.
    unknown: u32,
    /// Made already.
    made: u32,
}

impl Tries {
    fn of_read() -> Tries {
        Tries {
            unsent: 2,
            unknown: 1,
            made: 0,
        }
    }

    /// Of reads that travel together: they part after a call that may have run.
    fn of_bus() -> Tries {
        Tries {
            unknown: 0,
            ..Tries::of_read()
        }
    }

    fn of_write(repeatable: bool) -> Tries {
        Tries {
            unknown: u32::from(repeatable),
            ..Tries::of_read()
        }
    }

    /// Waits before another try; false if there is none.
    async fn again(&mut self, fault: Fault) -> bool {
        let left = match fault {
            Fault::NotSent | Fault::Busy => &mut self.unsent,
            Fault::Unknown => &mut self.unknown,
            Fault::Constraint
            | Fault::Refused
            | Fault::Secret
            | Fault::Protocol
            | Fault::Stranger => return false,
        };
        if *left == 0 {
            return false;
        }
        *left -= 1;
        // Nodes that were refused together do not come back together.
        let middle = PAUSE_MS << (2 * self.made).min(4);
        self.made += 1;
        let pause = rand::random_range(middle / 2..=middle * 3 / 2);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        true
    }
}

/// Makes a call that only reads, for one or for several who travel together.
pub(super) async fn read(
    gateway: &Gateway,
    call: &Call,
    together: bool,
) -> Result<Vec<Vec<Row>>, Fault> {
    let mut tries = match together {
        true => Tries::of_bus(),
        false => Tries::of_read(),
    };
    loop {
        let fault = match gateway.make(call).await {
            Ok(answer) => return Ok(answer.results),
            Err(fault) => fault,
        };
        if !tries.again(fault).await {
            return Err(fault);
        }
    }
}

/// Makes a call of statements that write, all or none.
pub(super) async fn write(
    gateway: &Gateway,
    statements: &[Encoded],
    repeatable: bool,
) -> Result<Vec<Vec<Row>>, DbError> {
    let call = gateway.call(Mode::Write, statements);
    let mut tries = Tries::of_write(repeatable);
    let mut may_have_run = false;
    loop {
        let fault = match gateway.make(&call).await {
            Ok(answer) => return Ok(answer.results),
            Err(fault) => fault,
        };
        may_have_run |= fault == Fault::Unknown;
        if tries.again(fault).await {
            continue;
        }
        if fault == Fault::Constraint {
            return Err(DbError::Constraint);
        }
        let sql = statements.first().map(|statement| statement.sql);
        tracing::error!(sql, ?fault, may_have_run, "a write to the database failed");
        return Err(match may_have_run {
            true => DbError::Unknown,
            false => DbError::Failed,
        });
    }
}

/// Asks the gateway who it is.
pub(super) async fn hello(gateway: &Gateway) -> Result<Hello, SharedError> {
    let mut tries = Tries::of_read();
    loop {
        let trouble = match gateway.hello().await {
            Ok(hello) => return Ok(hello),
            Err(trouble) => trouble,
        };
        if !tries.again(trouble.fault).await {
            return Err(trouble.into());
        }
    }
}
