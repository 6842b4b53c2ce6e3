//! The functions that a component exports, by the names under which they are called.
//!
//! A caller may write a name as WIT, WAVE or the component itself does, and leave out what is not needed to tell
//! functions apart: `demo:text/stats@0.1.0.count`, `demo:text/stats.count`, `stats.count` or `count`.

use std::fmt;

use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::wasm_wave::wasm::DisplayType;
use wasmtime::component::{Component, ComponentExportIndex};

use super::contract;
use super::surface::{unversioned, version};
use crate::job::lift::texts::shortened;

/// The most bytes of a type in an error. A type of a few lines of WIT may take megabytes when it is written out.
const LONGEST: usize = 2 << 10;

/// The exported functions of a component, in their order in it.
#[derive(Debug)]
pub(crate) struct Exports(Vec<Export>);

/// One exported function.
#[derive(Clone)]
pub(crate) struct Export {
    /// The interface that has it, with its version; `None` for a function of the component itself.
    interface: Option<String>,
    name: String,
    pub(crate) index: ComponentExportIndex,
    pub(crate) ty: ComponentFunc,
}

/// Why a name is not that of one function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotFound {
    /// No function has the name. Those that there are, the most similar name first.
    Unknown(Vec<String>),
    /// Several functions have the name.
    Ambiguous(Vec<String>),
}

/// The parts of a name, as a caller writes it.
struct Name<'a> {
    interface: Option<&'a str>,
    version: Option<&'a str>,
    function: &'a str,
}

impl Exports {
    /// Lists the functions of a component, without those of the contract, which only a host calls.
    pub(crate) fn of(component: &Component) -> Self {
        let (engine, ty) = (component.engine(), component.component_type());
        let mut all = Vec::new();
        for (name, export) in ty.exports(engine) {
            match export.ty {
                ComponentItem::ComponentFunc(ty) => {
                    let index = component.get_export_index(None, name);
                    all.extend(index.map(|index| Export::new(None, name, index, ty)));
                }
                ComponentItem::ComponentInstance(interface) if !contract::is_of_contract(name) => {
                    let Some(outer) = component.get_export_index(None, name) else { continue };
                    for (function, export) in interface.exports(engine) {
                        let ComponentItem::ComponentFunc(ty) = export.ty else { continue };
                        let index = component.get_export_index(Some(&outer), function);
                        all.extend(index.map(|index| Export::new(Some(name), function, index, ty)));
                    }
                }
                _ => {}
            }
        }
        // A method needs a resource, which a caller outside of the component cannot name.
        all.retain(|export| !export.name.starts_with('['));
        Self(all)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Export> {
        self.0.iter()
    }

    /// Returns the function with this name.
    ///
    /// # Errors
    ///
    /// There is none, or several.
    pub(crate) fn find(&self, name: &str) -> Result<&Export, NotFound> {
        let text = name.replace('#', ".");
        let parsed = Name::parse(&text);
        let found = self.0.iter().filter(|export| parsed.is_of(export)).collect::<Vec<_>>();
        // A function of the component itself has no other name.
        let own = found.iter().find(|export| export.interface.is_none());
        match (own, found.as_slice()) {
            (Some(export), _) | (None, [export]) => Ok(export),
            (None, []) => Err(NotFound::Unknown(self.most_similar_first(parsed.function))),
            (None, several) => Err(NotFound::Ambiguous(several.iter().map(ToString::to_string).collect())),
        }
    }

    fn most_similar_first(&self, function: &str) -> Vec<String> {
        let mut all = self.0.iter().collect::<Vec<_>>();
        all.sort_by_key(|export| strsim::osa_distance(&export.name, function));
        all.into_iter().map(ToString::to_string).collect()
    }
}

impl Export {
    fn new(interface: Option<&str>, name: &str, index: ComponentExportIndex, ty: ComponentFunc) -> Self {
        Self { interface: interface.map(str::to_owned), name: name.to_owned(), index, ty }
    }

    /// Returns its name with its type, as WIT writes it.
    pub(crate) fn signature(&self) -> String {
        let params = self.ty.params().map(|(name, ty)| format!("{name}: {}", DisplayType(&ty)));
        let results = self.ty.results().map(|ty| format!(" -> {}", DisplayType(&ty)));
        let params = params.collect::<Vec<_>>().join(", ");
        format!("{self}: func({params}){}", results.collect::<String>())
    }

    /// Returns the beginning of the signature, for an error.
    pub(crate) fn short_signature(&self) -> String {
        shortened(self.signature(), LONGEST)
    }
}

impl fmt::Display for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.interface {
            None => f.write_str(&self.name),
            Some(interface) => {
                write!(f, "{}.{}", unversioned(interface), self.name)?;
                match version(interface) {
                    "" => Ok(()),
                    version => write!(f, "@{version}"),
                }
            }
        }
    }
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'a> Name<'a> {
    fn parse(text: &'a str) -> Self {
        let (name, version) = match text.split_once('@') {
            None => (text, None),
            Some((interface, rest)) if !interface.contains('.') => {
                // A version has dots, too: the function is behind the last one.
                return match rest.rsplit_once('.') {
                    Some((version, function)) => {
                        Self { interface: Some(interface), version: Some(version), function }
                    }
                    None => Self { interface: None, version: Some(rest), function: interface },
                };
            }
            Some((name, version)) => (name, Some(version)),
        };
        match name.rsplit_once('.') {
            Some((interface, function)) => Self { interface: Some(interface), version, function },
            None => Self { interface: None, version, function: name },
        }
    }

    fn is_of(&self, export: &Export) -> bool {
        let full = export.interface.as_deref().unwrap_or_default();
        let interface = unversioned(full);
        let short = interface.rsplit('/').next();
        self.function == export.name
            && self.interface.is_none_or(|own| own == interface || Some(own) == short)
            && self.version.is_none_or(|own| own == version(full))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime::Engine;

    fn exports() -> Exports {
        let interface = r#"(component $i
            (core module $m (func (export "f") (param i32)))
            (core instance $m (instantiate $m))
            (func $f (param "number" u32) (canon lift (core func $m "f")))
            (export "count" (func $f)) (export "sort" (func $f)))"#;
        let instance = |name: &str| format!(r#"(export "{name}" (instance $i))"#);
        let names = ["demo:text/stats@0.1.0", "demo:text/stats@0.2.0", "demo:list/order"];
        let text = format!(
            r#"(component {interface} (instance $i (instantiate $i)) (alias export $i "sort" (func $f))
               {} (export "own" (func $f)))"#,
            names.map(instance).join(" ")
        );
        let bytes = wat::parse_str(text).unwrap();
        Exports::of(&Component::new(&Engine::default(), bytes).unwrap())
    }

    #[test]
    fn a_function_has_several_names() {
        let exports = exports();
        for (name, found) in [
            ("demo:text/stats@0.1.0.count", "demo:text/stats.count@0.1.0"),
            ("demo:text/stats.count@0.2.0", "demo:text/stats.count@0.2.0"),
            ("demo:text/stats@0.2.0#count", "demo:text/stats.count@0.2.0"),
            ("demo:list/order.count", "demo:list/order.count"),
            ("order#sort", "demo:list/order.sort"),
            ("own", "own"),
        ] {
            assert_eq!(exports.find(name).unwrap().to_string(), found);
        }
        assert_eq!(exports.find("own").unwrap().signature(), "own: func(number: u32)");
    }

    #[test]
    fn what_is_not_found_names_what_there_is() {
        let exports = exports();
        let Err(NotFound::Unknown(all)) = exports.find("stats.cuont") else { panic!() };
        assert_eq!((all.len(), all[0].as_str()), (7, "demo:text/stats.count@0.1.0"));
        let Err(NotFound::Ambiguous(several)) = exports.find("stats.count") else { panic!() };
        assert_eq!(several, ["demo:text/stats.count@0.1.0", "demo:text/stats.count@0.2.0"]);
        assert!(exports.find("").is_err() && exports.find("@.@").is_err() && exports.find(".").is_err());
    }
}
