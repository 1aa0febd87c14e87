//! The rows of a move: read on one side, written on the other in pieces that any
//! engine takes, and compared by what both sides give back.

use super::{Hold, MoveError};
use crate::store::{
    Db, DbError,
    mover::{self, PARTS, Part},
};
use sha2::{Digest, Sha256};

/// The most bytes of rows in one statement: D1 takes no text of two million.
const PIECE_BYTES: usize = 1_500_000;
/// How often a piece is sent of which nobody knows whether it arrived.
const TRIES: u32 = 3;

/// What a part holds: the number of its rows, and a hash of all of them in whatever
/// order they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sum {
    rows: u64,
    hash: [u8; 32],
}

/// The hashes of a part's rows.
#[derive(Default)]
struct Summing(Vec<[u8; 32]>);

impl Summing {
    fn add(&mut self, row: &str) {
        self.0.push(Sha256::digest(row).into());
    }

    fn sum(mut self) -> Sum {
        self.0.sort_unstable();
        let mut all = Sha256::new();
        for hash in &self.0 {
            all.update(hash);
        }
        Sum {
            rows: self.0.len() as u64,
            hash: all.finalize().into(),
        }
    }
}

/// What each part held when it was moved, in the order of [`PARTS`].
pub(super) struct Sums(Vec<Sum>);

impl Sums {
    /// Number of rows; what is filled in afterwards is of rows that are counted.
    pub(super) fn rows(&self) -> u64 {
        let whole = PARTS
            .iter()
            .zip(&self.0)
            .filter(|(part, _)| part.is_table());
        whole.map(|(_, sum)| sum.rows).sum()
    }
}

/// Copies every row into a database that has none, and compares.
pub(super) async fn copy(from: &Db, to: &Db, hold: &mut Hold) -> Result<Sums, MoveError> {
    let mut sums = Vec::with_capacity(PARTS.len());
    for part in &PARTS {
        let sent = copy_part(from, to, part, hold).await?;
        if sum_of(to, part, hold).await? != sent {
            return Err(MoveError::Differs(part.name.to_owned()));
        }
        tracing::info!(part = part.name, rows = sent.rows, "rows were moved");
        sums.push(sent);
    }
    Ok(Sums(sums))
}

/// Whether every part still holds what was moved.
pub(super) async fn still_alike(from: &Db, sums: &Sums, hold: &mut Hold) -> Result<(), MoveError> {
    for (part, sum) in PARTS.iter().zip(&sums.0) {
        if sum_of(from, part, hold).await? != *sum {
            return Err(MoveError::Changed(part.name));
        }
    }
    Ok(())
}

/// Removes every row of a move that broke off.
pub(super) async fn empty(db: &Db, hold: &mut Hold) -> Result<(), MoveError> {
    for part in PARTS.iter().rev() {
        while mover::empty_some(db, part).await.map_err(of(part))? {
            hold.prolong().await?;
        }
    }
    Ok(())
}

async fn copy_part(from: &Db, to: &Db, part: &Part, hold: &mut Hold) -> Result<Sum, MoveError> {
    let (mut summing, mut after, mut done) = (Summing::default(), 0, 0);
    loop {
        let rows = mover::read(from, part, after).await.map_err(of(part))?;
        let Some(last) = rows.last else {
            return Ok(summing.sum());
        };
        after = last;
        for row in &rows.texts {
            summing.add(row);
        }
        for piece in pieces(&rows.texts, PIECE_BYTES) {
            fill(to, part, piece, done).await?;
            done += piece.len() as u64;
        }
        hold.prolong().await?;
    }
}

/// Writes a piece behind the `done` rows that are there. Where no answer came, the
/// number of rows tells whether it was written.
async fn fill(to: &Db, part: &Part, piece: &[String], done: u64) -> Result<(), MoveError> {
    for _ in 0..TRIES {
        match mover::fill(to, part, piece).await {
            Ok(()) => return Ok(()),
            Err(DbError::Unknown) => {
                let there = mover::count(to, part).await.map_err(of(part))?;
                if there == done + piece.len() as u64 {
                    return Ok(());
                }
                if there != done {
                    return Err(MoveError::Differs(part.name.to_owned()));
                }
            }
            Err(source) => return Err(of(part)(source)),
        }
    }
    Err(of(part)(DbError::Unknown))
}

async fn sum_of(db: &Db, part: &Part, hold: &mut Hold) -> Result<Sum, MoveError> {
    let (mut summing, mut after) = (Summing::default(), 0);
    loop {
        let rows = mover::read(db, part, after).await.map_err(of(part))?;
        let Some(last) = rows.last else {
            return Ok(summing.sum());
        };
        after = last;
        for row in &rows.texts {
            summing.add(row);
        }
        hold.prolong().await?;
    }
}

/// Rows cut into pieces of at most so many bytes, or of one row that is larger.
fn pieces(rows: &[String], bytes: usize) -> Vec<&[String]> {
    let (mut pieces, mut start, mut length) = (Vec::new(), 0, 0);
    for (index, row) in rows.iter().enumerate() {
        if index > start && length + row.len() > bytes {
            pieces.push(&rows[start..index]);
            (start, length) = (index, 0);
        }
        // The comma counts, too.
        length += row.len() + 1;
    }
    if start < rows.len() {
        pieces.push(&rows[start..]);
    }
    pieces
}

/// Names the part that an error is about.
fn of(part: &Part) -> impl Fn(DbError) -> MoveError + use<> {
    let part = part.name;
    move |source| MoveError::Rows { part, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_small_and_lose_no_row() {
        let rows: Vec<String> = [3, 3, 9, 1, 1, 1, 20].map(|n| "x".repeat(n)).to_vec();
        let lengths = |bytes| -> Vec<usize> {
            pieces(&rows, bytes)
                .iter()
                .map(|piece| piece.len())
                .collect()
        };
        assert_eq!(lengths(8), [2, 1, 3, 1]);
        assert_eq!(lengths(1), [1; 7]);
        assert_eq!(lengths(1000), [7]);
        assert!(pieces(&[], 8).is_empty());
    }

    #[test]
    fn a_sum_knows_every_row_and_no_order() {
        let sum = |rows: &[&str]| {
            let mut summing = Summing::default();
            rows.iter().for_each(|row| summing.add(row));
            summing.sum()
        };
        assert_eq!(sum(&["a", "b"]), sum(&["b", "a"]));
        assert_ne!(sum(&["a", "b"]), sum(&["ab"]));
        assert_ne!(sum(&["a", "a"]), sum(&["a"]));
        assert_ne!(sum(&["a", "a", "b"]), sum(&["a", "b", "b"]));
    }
}
