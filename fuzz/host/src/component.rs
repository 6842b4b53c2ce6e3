//! Component files: any bytes are loaded, inspected and composed, or rejected with one line.

mod sections;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fastrand::Rng;
use fuzz::{Make, Target, mutated};
use host::{Cache, Composition, Config, Host, RunConfig, Usage};

use crate::guests::COMPONENTS;
use crate::run::{By, run};
use crate::texts::{check_error, check_lines};
use crate::watch::{core_panics, peak, reset_peak, resident};
use crate::{exit, inspection};

/// The memory allowed beyond the size of a file: compiled code is larger, and the compiler needs more.
const SPARE: u64 = 256 << 20;

pub(crate) struct Components {
    host: Host,
    /// The file, and two others that it is composed with.
    file: PathBuf,
    app: PathBuf,
    plug: PathBuf,
}

impl Make for Components {
    fn make(files: &Path) -> Self {
        core_panics();
        let mut config = Config::default();
        config.cores = 2.try_into().expect("two is not zero");
        (config.slots, config.runs) = (10, 1);
        config.cache = Cache::Off;
        let host = Host::new(&config).expect("such a host can be had");
        let [file, app, plug] = ["file.wasm", "app.wasm", "plug.wasm"].map(|name| files.join(name));
        for (path, name) in [(&app, "template"), (&plug, "clock")] {
            fs::write(path, crate::guests::component(name)).expect("a file can be written");
        }
        Self { host, file, app, plug }
    }
}

impl Target for Components {
    const LIMIT: Duration = Duration::from_secs(60);

    fn input(&mut self, random: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
        if random.u8(..) < 16 {
            return mutated(random, seeds, &[b"\0asm\x0d\0\x01\0", b"\0asm\x01\0\0\0"]);
        }
        let mut component = choose(random).to_vec();
        // Only a few changes, because the first error hides all others.
        for _ in 0..1 << random.u32(0..3) {
            let other = choose(random);
            component = sections::changed(random, &component, other);
        }
        component
    }

    fn run(&mut self, input: &[u8]) -> Result<(), String> {
        fs::write(&self.file, input).map_err(|error| error.to_string())?;
        reset_peak();
        let resident = resident();
        self.inspect()?;
        self.compose()?;
        self.load()?;
        let grown = peak().saturating_sub(resident) << 10;
        if grown > SPARE {
            return Err(format!("the host grows by {grown} bytes"));
        }
        if core_panics() > 0 || self.host.usage() != Usage::default() {
            return Err(format!("a core has panicked, or {:?} is left", self.host.usage()));
        }
        Ok(())
    }
}

fn choose(random: &mut Rng) -> &'static [u8] {
    COMPONENTS[random.usize(..COMPONENTS.len())].1
}

impl Components {
    fn inspect(&self) -> Result<(), String> {
        for composition in [Composition::new(&self.file), Composition::new(&self.file).plug(&self.plug)] {
            match self.host.inspect(composition) {
                Ok(inspection) => {
                    check_lines(&inspection::text(&inspection))?;
                    check_lines(&inspection::json(&inspection))?;
                }
                Err(error) => check_error(&error.to_string(), exit::code(error.kind()))?,
            }
        }
        Ok(())
    }

    /// Composes the file as the app, with a plug and portable, and as a plug.
    fn compose(&self) -> Result<(), String> {
        let as_app = || Composition::new(&self.file);
        let as_plug = Composition::new(&self.app).plug(&self.file);
        let compositions = [as_app().portable(), as_app().plug(&self.plug).portable(), as_plug];
        compositions.iter().try_for_each(|composition| match composition.encode() {
            Ok(_) => Ok(()),
            Err(error) => check_error(&error.to_string(), exit::code(error.kind())),
        })
    }

    fn load(&self) -> Result<(), String> {
        let app = match self.host.load(&*self.file) {
            Ok(app) => app,
            Err(error) => return check_error(&error.to_string(), exit::code(error.kind())),
        };
        let mut config = RunConfig::default();
        config.limits.timeout = Some(Duration::from_millis(200));
        config.limits.memory = 64 << 20;
        run(&app, config, By::Itself).map(drop)
    }
}
