//! Where the host runs may be poor: signals that are ignored, system calls that are forbidden, little address
//! space, few descriptors.

// What was ignored at the start stays ignored.
mod signals;
// What a sandbox forbids is done without.
mod sandbox;
// With little address space there are fewer instances, and jobs wait for them.
mod address_space;
// With few descriptors, servers accept when they can.
mod descriptors;
// No file that the command was given is overwritten by another.
mod overwriting;
// Names in a file do not steer a terminal.
mod names;
