//! What a person made and what it cost, by day and by model: a page that is
//! only read, so all of it is the server's.

mod figures;
pub mod page;
