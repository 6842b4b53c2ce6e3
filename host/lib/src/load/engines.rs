//! The engines of a host, each made when an app first needs it.
//!
//! Nearly all apps share one. An app for WASI 0.3 has another, because the concurrency of the component model
//! makes each call of a guest slower. An app with unusually many or large parts has one with a pool of that
//! shape, so that no limit of the pool is a reason to refuse an app.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::component::Component;
use wasmtime::{Engine, EngineWeak};

use super::compiler::{self, Task};
use super::engine::{self, Demand, Pooled, Room};
use crate::Error;
use crate::config::Config as HostConfig;

/// The engines of a host. A clone refers to the same ones.
#[derive(Clone)]
pub(crate) struct Engines(Arc<Made>);

struct Made {
    config: HostConfig,
    room: Room,
    engines: Mutex<Vec<(Demand, Pooled)>>,
    clock: Clock,
}

impl Engines {
    /// Creates the engine for apps with this demand. Returns how many concurrent instances it may have.
    pub(crate) fn new(room: Room, config: &HostConfig, first: Demand) -> Result<(Self, u32), Error> {
        let made = Made { config: config.clone(), room, engines: Mutex::default(), clock: Clock::default() };
        let engines = Self(Arc::new(made));
        engines.get(first)?;
        let instances = engines.made().first().map_or(0, |(_, first)| first.instances);
        Ok((engines, instances))
    }

    /// Returns the engine for apps with this demand, and creates it if there is none yet.
    pub(crate) fn get(&self, demand: Demand) -> Result<Engine, Error> {
        let mut made = self.made();
        if let Some((_, known)) = made.iter().find(|(known, _)| *known == demand) {
            return Ok(known.engine.clone());
        }
        let pooled = engine::new(demand, self.0.room, &self.0.config)?;
        let engine = pooled.engine.clone();
        self.0.clock.add(&engine);
        made.push((demand, pooled));
        Ok(engine)
    }

    /// Compiles a component for the engine with this demand, in a process of its own if the host has such.
    pub(crate) fn compile(
        &self,
        demand: Demand,
        engine: &Engine,
        bytes: &[u8],
    ) -> wasmtime::Result<Component> {
        let config = &self.0.config;
        let Some(process) = &config.compiler else { return compiler::compile_here(engine, bytes) };
        let is_pooled = self.made().iter().any(|(known, pooled)| *known == demand && pooled.room.is_some());
        let task = Task { demand, preemption: config.preemption, stack: config.stack, is_pooled };
        process.compile(engine, task, bytes)
    }

    /// Returns the demand of a component, which the engine for `demand` has compiled, if that engine does not
    /// have room for this many instances of it.
    pub(crate) fn exceeded(&self, demand: Demand, component: &Component, instances: u32) -> Option<Demand> {
        let required = component.resources_required()?;
        let (memories, tables) = (required.num_memories, required.num_tables);
        let made = self.made();
        let (_, pooled) = made.iter().find(|(known, _)| *known == demand)?;
        let is_enough = pooled.holds(demand.parts, memories, tables) >= instances;
        (!is_enough).then(|| Demand { parts: demand.parts.with_numbers(memories, tables), ..demand })
    }

    /// Returns how many parts of all pools are in use.
    pub(crate) fn used(&self) -> u64 {
        let made = self.made();
        let pools = made.iter().filter_map(|(_, pooled)| pooled.engine.pooling_allocator_metrics());
        let used = pools.map(|pool| {
            pool.core_instances() + pool.memories() as u64 + pool.tables() as u64 + pool.stacks() as u64
        });
        used.sum()
    }

    /// Returns the clock of all engines.
    pub(crate) fn clock(&self) -> Clock {
        self.0.clock.clone()
    }

    /// Returns the number of cores.
    pub(crate) fn cores(&self) -> u32 {
        u32::try_from(self.0.config.cores.get()).unwrap_or(u32::MAX)
    }

    /// Returns the bytes of stack that a guest has.
    pub(crate) fn stack(&self) -> u64 {
        self.0.config.stack as u64
    }

    fn made(&self) -> MutexGuard<'_, Vec<(Demand, Pooled)>> {
        self.0.engines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The epochs of all engines of a host. It keeps no engine alive.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<Mutex<Vec<EngineWeak>>>);

impl Clock {
    fn add(&self, engine: &Engine) {
        self.engines().push(engine.weak());
    }

    /// Begins the next epoch in each engine, so that computing guests check whether they may continue.
    pub(crate) fn tick(&self) {
        for engine in self.engines().iter().filter_map(EngineWeak::upgrade) {
            engine.increment_epoch();
        }
    }

    // The lock is held for a few atomic additions, and while an engine is added.
    fn engines(&self) -> MutexGuard<'_, Vec<EngineWeak>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component that consists of this many empty memories, each in a module of its own.
    fn memories(n: usize) -> Vec<u8> {
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        // A core module with one memory of 0 pages.
        let module = b"\0asm\x01\0\0\0\x05\x03\x01\0\0";
        bytes.extend([1, module.len() as u8]);
        bytes.extend(module);
        for _ in 0..n {
            // A section of one core instance: module 0, without arguments.
            bytes.extend([2, 4, 1, 0, 0, 0]);
        }
        bytes
    }

    #[test]
    fn apps_share_an_engine_unless_they_need_another() {
        let room = Room { instances: 1, parts_of: 25 };
        let (engines, instances) = Engines::new(room, &HostConfig::default(), Demand::default()).unwrap();
        assert_eq!(instances, 1);
        let first = engines.get(Demand::default()).unwrap();
        assert!(Engine::same(&first, &engines.get(Demand::default()).unwrap()));
        let few = Component::from_binary(&first, &memories(99)).unwrap();
        assert_eq!(engines.exceeded(Demand::default(), &few, 1), None);
        let many = Component::from_binary(&first, &memories(600)).unwrap();
        let demand = engines.exceeded(Demand::default(), &many, 1).unwrap();
        assert_eq!(demand.parts.memories, 601);
        let own = engines.get(demand).unwrap();
        assert!(!Engine::same(&first, &own));
        assert_eq!(first.precompile_compatibility_hash_of(), own.precompile_compatibility_hash_of());
        let many = Component::from_binary(&own, &memories(600)).unwrap();
        assert_eq!(engines.exceeded(demand, &many, 1), None);
    }

    /// The hash of an engine, which is part of the key of the cache.
    trait Hashed {
        fn precompile_compatibility_hash_of(&self) -> u64;
    }

    impl Hashed for Engine {
        fn precompile_compatibility_hash_of(&self) -> u64 {
            use std::hash::{DefaultHasher, Hash as _, Hasher as _};
            let mut hasher = DefaultHasher::new();
            self.precompile_compatibility_hash().hash(&mut hasher);
            hasher.finish()
        }
    }

    #[test]
    fn a_tick_reaches_every_engine_and_keeps_none() {
        let clock = Clock::default();
        let (kept, dropped) = (Engine::default(), Engine::default());
        for engine in [&kept, &dropped] {
            clock.add(engine);
        }
        drop(dropped);
        clock.tick();
        assert_eq!(clock.engines().iter().filter_map(EngineWeak::upgrade).count(), 1);
    }
}
