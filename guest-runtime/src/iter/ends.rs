//! The ends of chains.

mod collect;
mod combine;
mod compare;
mod each;
mod find;
mod query;
mod reduce;
mod split;
mod sum;
