//! Restricted environments: ignored signals, forbidden system calls, little address space, few descriptors.

// Signals that were ignored at startup stay ignored.
mod signals;
// The host works without system calls that a sandbox forbids.
mod sandbox;
// With little address space there are fewer instances, and jobs wait for them.
mod address_space;
// With few descriptors, servers delay accepting.
mod descriptors;
// An output file never overwrites another file of the command line.
mod overwriting;
// Names in a component cannot control the terminal.
mod names;
