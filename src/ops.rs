//! What an operator types beside `imgc serve`.

pub mod backup;
pub mod cli;
pub mod doctor;
pub mod hold;
pub mod invite;
pub mod migrate;
pub mod move_data;
pub mod paper;
pub mod people;
pub mod purge;
pub mod suspend;
pub mod words;
