//! The size of an instance of a component: its core instances, and the bytes that the engine keeps for them beside
//! their memories and tables.
//!
//! A core instance has a record with its globals, its imports, and a reference for each function that other code
//! may call. A component may instantiate a module, or a component, any number of times. The engine reports none of
//! this, so it is estimated from the bytes of the component, and an instance pays for it in advance.

use wasmparser::{
    ComponentAlias, ComponentExport, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
};
use wasmparser::{ComponentTypeRef, ElementItems, Encoding, Instance, Payload, Result};

use super::engine::INSTANCE_SIZE;

/// The bytes of a record without any of the parts below.
const RECORD: u64 = 1 << 10;

/// The bytes of a global, and of an item of a passive element segment: a value, and a reference to the function
/// that it may be.
const VALUE: u64 = 48;

/// The bytes of an import, an export or a segment, and of a function of the canonical ABI.
const ENTRY: u64 = 32;
const CANONICAL: u64 = 64;

/// The bytes of a table or a memory in a record.
const PART: u64 = 128;

/// An instance of a module that another component passes. No record is larger in a pool.
const PASSED_MODULE: Size = Size { bytes: INSTANCE_SIZE as u64, instances: 1 };

/// An instance of a component that another component passes. It may contain any number of instances, so no app may
/// have one. No tool writes such components.
const PASSED_COMPONENT: Size = Size { bytes: u64::MAX, instances: u64::MAX };

/// The size of an instance of a module or of a component.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// The bytes of its records.
    pub(crate) bytes: u64,
    /// The number of instances of modules and components in it, with itself.
    pub(crate) instances: u64,
}

impl Size {
    fn add(&mut self, inner: Self) {
        self.bytes = self.bytes.saturating_add(inner.bytes);
        self.instances = self.instances.saturating_add(inner.instances);
    }
}

/// Adds up the sizes of the instances in a component while the component is read.
#[derive(Debug, Default)]
pub(super) struct Footprint {
    /// The modules and components around what is being read, outermost first.
    around: Vec<Part>,
    /// The size of an instance of the last component or module that was read to its end.
    last: Size,
}

/// A module or a component that is being read.
#[derive(Debug)]
struct Part {
    encoding: Encoding,
    /// The size of an instance, as far as it has been read.
    size: Size,
    /// The size of an instance of each of its modules and components, by index.
    modules: Vec<Size>,
    components: Vec<Size>,
}

impl Footprint {
    /// Returns the size of an instance.
    pub(super) fn size(&self) -> Size {
        self.last
    }

    /// Adds one payload. They come in the order of [`Parser::parse_all`](wasmparser::Parser::parse_all).
    pub(super) fn read(&mut self, payload: &Payload<'_>) -> Result<()> {
        match payload {
            Payload::Version { encoding, .. } => self.around.push(Part::new(*encoding)),
            Payload::End(_) => self.end(),
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    self.alias(&alias?);
                }
            }
            inside => {
                if let Some(part) = self.around.last_mut() {
                    part.read(inside)?;
                }
            }
        }
        Ok(())
    }

    /// Ends the innermost part, which is the next module or component of the part around it.
    fn end(&mut self) {
        let Some(ended) = self.around.pop() else { return };
        self.last = ended.size;
        if let Some(parent) = self.around.last_mut() {
            match ended.encoding {
                Encoding::Module => parent.modules.push(ended.size),
                Encoding::Component => parent.components.push(ended.size),
            }
        }
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) {
        match *alias {
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::CoreModule, count, index } => {
                let size = self.outer(count).map(|part| part.module(index));
                self.with_last(|part| part.modules.push(size.unwrap_or(PASSED_MODULE)));
            }
            ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                let size = self.outer(count).map(|part| part.component(index));
                self.with_last(|part| part.components.push(size.unwrap_or(PASSED_COMPONENT)));
            }
            ComponentAlias::InstanceExport { kind, .. } => self.with_last(|part| part.passed(kind)),
            ComponentAlias::Outer { .. } | ComponentAlias::CoreInstanceExport { .. } => {}
        }
    }

    fn outer(&self, count: u32) -> Option<&Part> {
        let place = self.around.len().checked_sub(1)?.checked_sub(count as usize)?;
        self.around.get(place)
    }

    fn with_last(&mut self, change: impl FnOnce(&mut Part)) {
        if let Some(part) = self.around.last_mut() {
            change(part);
        }
    }
}

impl Part {
    fn new(encoding: Encoding) -> Self {
        let size = Size { bytes: RECORD, instances: 1 };
        Self { encoding, size, modules: Vec::new(), components: Vec::new() }
    }

    /// Adds this many entries to the record.
    fn add(&mut self, number: u32, each: u64) {
        self.size.bytes = self.size.bytes.saturating_add(u64::from(number) * each);
    }

    fn module(&self, index: u32) -> Size {
        self.modules.get(index as usize).copied().unwrap_or(PASSED_MODULE)
    }

    fn component(&self, index: u32) -> Size {
        self.components.get(index as usize).copied().unwrap_or(PASSED_COMPONENT)
    }

    /// Adds an item of this kind that comes from another component.
    fn passed(&mut self, kind: ComponentExternalKind) {
        match kind {
            ComponentExternalKind::Module => self.modules.push(PASSED_MODULE),
            ComponentExternalKind::Component => self.components.push(PASSED_COMPONENT),
            _ => {}
        }
    }

    fn read(&mut self, payload: &Payload<'_>) -> Result<()> {
        match self.encoding {
            Encoding::Module => self.read_module(payload),
            Encoding::Component => self.read_component(payload),
        }
    }

    fn read_module(&mut self, payload: &Payload<'_>) -> Result<()> {
        match payload {
            Payload::GlobalSection(section) => self.add(section.count(), VALUE),
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    import?;
                    self.add(1, ENTRY);
                }
            }
            Payload::ExportSection(section) => self.add(section.count(), ENTRY),
            Payload::TableSection(section) => self.add(section.count(), PART),
            Payload::MemorySection(section) => self.add(section.count(), PART),
            Payload::TagSection(section) => self.add(section.count(), ENTRY),
            Payload::DataSection(section) => self.add(section.count(), ENTRY),
            Payload::ElementSection(section) => {
                for element in section.clone() {
                    let items = match element?.items {
                        ElementItems::Functions(items) => items.count(),
                        ElementItems::Expressions(_, items) => items.count(),
                    };
                    self.add(1, ENTRY);
                    self.add(items, VALUE);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn read_component(&mut self, payload: &Payload<'_>) -> Result<()> {
        match payload {
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    if let Instance::Instantiate { module_index, .. } = instance? {
                        self.size.add(self.module(module_index));
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    if let ComponentInstance::Instantiate { component_index, .. } = instance? {
                        self.size.add(self.component(component_index));
                    }
                }
            }
            Payload::ComponentCanonicalSection(section) => self.add(section.count(), CANONICAL),
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    match import?.ty {
                        ComponentTypeRef::Module(_) => self.passed(ComponentExternalKind::Module),
                        ComponentTypeRef::Component(_) => self.passed(ComponentExternalKind::Component),
                        _ => {}
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    self.export(&export?);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives what is exported another index.
    fn export(&mut self, export: &ComponentExport<'_>) {
        match export.kind {
            ComponentExternalKind::Module => self.modules.push(self.module(export.index)),
            ComponentExternalKind::Component => self.components.push(self.component(export.index)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::Parser;

    use super::*;

    fn size(text: &str) -> Size {
        let bytes = wat::parse_str(text).unwrap();
        let mut footprint = Footprint::default();
        for payload in Parser::new(0).parse_all(&bytes) {
            footprint.read(&payload.unwrap()).unwrap();
        }
        footprint.size()
    }

    /// Returns the size of this many instances without entries.
    fn empty(instances: u64) -> Size {
        Size { bytes: instances * RECORD, instances }
    }

    #[test]
    fn only_what_is_instantiated_counts() {
        assert_eq!(size("(component (core module))"), empty(1));
        assert_eq!(size("(component (core module) (core instance (instantiate 0)))"), empty(2));
        let three = "(core instance (instantiate $m))".repeat(3);
        let globals = "(global i32 (i32.const 0))".repeat(1_000);
        let sized = size(&format!("(component (core module $m {globals}) {three})"));
        assert_eq!((sized.instances, sized.bytes), (4, 4 * RECORD + 3_000 * VALUE));
    }

    #[test]
    fn components_count_as_often_as_they_are_instantiated() {
        let doubled = "(component (core module $m) (component $a (core instance (instantiate $m)))
            (component $b (instance (instantiate $a)) (instance (instantiate $a)))
            (instance (instantiate $b)) (instance (instantiate $b)))";
        assert_eq!(size(doubled), empty(1 + 2 * (1 + 2 * (1 + 1))));
        let mut text = String::from("(component $c0 (core module $m) (core instance (instantiate $m)))");
        for depth in 1..100 {
            let twice = format!("(instance (instantiate $c{}))", depth - 1).repeat(2);
            text += &format!("(component $c{depth} {twice})");
        }
        assert_eq!(size(&format!("(component {text} (instance (instantiate $c99)))")), PASSED_COMPONENT);
    }

    #[test]
    fn what_another_component_passes_counts_as_the_largest() {
        let module = size("(component (import \"m\" (core module $m)) (core instance (instantiate $m)))");
        assert_eq!((module.instances, module.bytes), (2, RECORD + PASSED_MODULE.bytes));
        let component = "(component (import \"c\" (component $c)) (instance (instantiate $c)))";
        assert_eq!(size(component), PASSED_COMPONENT);
        let exported = "(component (core module $m) (export $e \"m\" (core module $m))
            (core instance (instantiate $e)))";
        assert_eq!(size(exported), empty(2));
    }
}
