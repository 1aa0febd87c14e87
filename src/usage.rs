//! What a person made and what it cost, by day and by model, and the limits they set for
//! themselves. A page of the server alone.

pub mod api;
mod figures;
mod own_limits;
pub mod page;
