//! What an operator types beside `imgc serve`.

pub mod backup;
pub mod doctor;
