//! Rules for single files, and for two documents.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use super::lists::LONG_FUNCTIONS;
use super::source::{Problem, Source};

const LONGEST_FILE: usize = 500;
const LONGEST_FUNCTION: usize = 60;

/// The maximum length of an arm of a match that counts as a table.
const LONGEST_ARM: usize = 8;

pub(crate) fn opens_with_docs(source: &Source) -> Vec<Problem> {
    let what = "open the file with `//!` and one line that says what it is";
    if source.text.starts_with("//!") { Vec::new() } else { vec![source.problem(1, what)] }
}

pub(crate) fn is_short(source: &Source) -> Vec<Problem> {
    let lines = source.text.lines().count();
    let what = format!("{lines} lines: split this file, {LONGEST_FILE} is the limit");
    if lines <= LONGEST_FILE { Vec::new() } else { vec![source.problem(LONGEST_FILE + 1, what)] }
}

pub(crate) fn functions_are_short(source: &Source) -> Vec<Problem> {
    let mut functions = Functions(Vec::new());
    functions.visit_file(&source.syntax);
    let listed =
        |name: &str| LONG_FUNCTIONS.iter().any(|(path, long, _)| (*path, *long) == (&source.path, name));
    let is_long = |function: &Function| function.lines > LONGEST_FUNCTION && !listed(&function.name);
    let long = functions.0.into_iter().filter(is_long);
    let problem = |Function { name, line, lines }| {
        let what = format!(
            "`{name}` has {lines} lines: split it, {LONGEST_FUNCTION} is the limit (or list it in lists.rs)"
        );
        source.problem(line, what)
    };
    long.map(problem).collect()
}

struct Function {
    name: String,
    line: usize,
    /// Returns the number of lines from `fn` to the closing brace, without a table at the end.
    lines: usize,
}

struct Functions(Vec<Function>);

impl Functions {
    fn push(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let line = signature.fn_token.span.start().line;
        let lines = body.span().end().line - line + 1 - table(body);
        self.0.push(Function { name: signature.ident.to_string(), line, lines });
    }
}

/// Returns the number of lines of a table at the end of a body: a match whose arms are short. It may have any
/// length, because two halves would each need a wildcard arm, and the compiler could not find missing variants.
fn table(body: &syn::Block) -> usize {
    let Some(syn::Stmt::Expr(syn::Expr::Match(table), None)) = body.stmts.last() else { return 0 };
    let lines = |span: Span| span.end().line - span.start().line + 1;
    if table.arms.iter().all(|arm| lines(arm.span()) <= LONGEST_ARM) { lines(table.span()) } else { 0 }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.push(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.push(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.push(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

pub(crate) fn unwraps_nothing(source: &Source) -> Vec<Problem> {
    let mut lines = Vec::new();
    each_level(source.without_tests().to_token_stream(), &mut |tokens| {
        let calls = tokens.windows(2).filter(|pair| is_punct(&pair[0], '.') && is_ident(&pair[1], "unwrap"));
        lines.extend(calls.map(|pair| pair[1].span().start().line));
    });
    let what = "`unwrap` outside tests: return the error, or `expect` with the invariant as its text";
    lines.into_iter().map(|line| source.problem(line, what)).collect()
}

/// Finds globs: they hide the origin of names, and export names unintentionally.
pub(crate) fn has_no_globs(source: &Source) -> Vec<Problem> {
    let mut globs = Globs { parent: None, lines: Vec::new() };
    globs.visit_file(&source.without_tests());
    let what = "a glob: name what is imported or exported (only a `prelude` may be taken whole)";
    globs.lines.into_iter().map(|line| source.problem(line, what)).collect()
}

struct Globs {
    /// The name before the `::` in front of the visited item.
    parent: Option<String>,
    lines: Vec<usize>,
}

impl<'ast> Visit<'ast> for Globs {
    fn visit_use_path(&mut self, path: &'ast syn::UsePath) {
        let parent = self.parent.replace(path.ident.to_string());
        visit::visit_use_path(self, path);
        self.parent = parent;
    }

    fn visit_use_glob(&mut self, glob: &'ast syn::UseGlob) {
        if self.parent.as_deref() != Some("prelude") {
            self.lines.push(glob.star_token.span().start().line);
        }
    }
}

/// Also checks generated code and macro output, which clippy skips.
pub(crate) fn gives_reasons(source: &Source) -> Vec<Problem> {
    let mut lines = Vec::new();
    each_level(source.syntax.to_token_stream(), &mut |tokens| {
        for (index, token) in tokens.iter().enumerate() {
            let is_attribute = match &tokens[..index] {
                [.., hash, bang] if is_punct(bang, '!') => is_punct(hash, '#'),
                [.., hash] => is_punct(hash, '#'),
                [] => false,
            };
            if let Some(attribute) = group(token, Delimiter::Bracket).filter(|_| is_attribute) {
                lines.extend(without_reason(attribute));
            }
        }
    });
    let what = "add `reason = \"...\"`: why is this exception right?";
    lines.into_iter().map(|line| source.problem(line, what)).collect()
}

/// Returns the lines of `allow(...)` and `expect(...)` without a `reason`, also inside a `cfg_attr`.
fn without_reason(attribute: TokenStream) -> Vec<usize> {
    let mut lines = Vec::new();
    each_level(attribute, &mut |tokens| {
        for pair in tokens.windows(2) {
            let is_exception = is_ident(&pair[0], "allow") || is_ident(&pair[0], "expect");
            if let Some(lints) = group(&pair[1], Delimiter::Parenthesis).filter(|_| is_exception)
                && !lints.into_iter().any(|token| is_ident(&token, "reason"))
            {
                lines.push(pair[0].span().start().line);
            }
        }
    });
    lines
}

pub(crate) fn changelog_has_version(changelog: &str, version: &str) -> Vec<Problem> {
    let heading =
        |line: &str| line.strip_prefix("## ").and_then(|rest| rest.split(' ').next()) == Some(version);
    if changelog.lines().any(heading) {
        return Vec::new();
    }
    let what = format!("add a section `## {version}` with what it brings its users");
    vec![Problem { path: "CHANGELOG.md".to_owned(), line: 1, what }]
}

pub(crate) fn examples_are_listed(readme: &str, examples: &[&str]) -> Vec<Problem> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let names = |example: &str| readme.split(|c| !is_part(c)).any(|word| word == example);
    let problem = |example: &&str| Problem {
        path: "examples/README.md".to_owned(),
        line: 1,
        what: format!("say what `{example}` shows and how to run it"),
    };
    examples.iter().filter(|example| !names(example)).map(problem).collect()
}

/// All guests are built into one folder, where equal names would overwrite each other.
pub(crate) fn guests_have_names_of_their_own(sources: &[Source]) -> Vec<Problem> {
    let mut seen = BTreeMap::new();
    let clash = |source: &Source| {
        let name = source.guest()?;
        let before = seen.insert(name.to_owned(), source.path.clone())?;
        Some(source.problem(1, format!("is built as {name}.wasm, as {before} is: rename one of them")))
    };
    sources.iter().filter_map(clash).collect()
}

/// Calls `look` with the tokens of this level, and with those of each nested group.
fn each_level(tokens: TokenStream, look: &mut impl FnMut(&[TokenTree])) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    look(&tokens);
    for token in tokens {
        if let TokenTree::Group(group) = token {
            each_level(group.stream(), look);
        }
    }
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}

pub(crate) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

pub(crate) fn group(token: &TokenTree, delimiter: Delimiter) -> Option<TokenStream> {
    match token {
        TokenTree::Group(group) if group.delimiter() == delimiter => Some(group.stream()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No line.
    const NOWHERE: [usize; 0] = [];

    /// Returns the lines in which a rule finds problems.
    fn lines(rule: fn(&Source) -> Vec<Problem>, text: &str) -> Vec<usize> {
        rule(&Source::new("host/lib/src/a.rs", text)).iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn a_file_without_docs_is_found() {
        assert_eq!(lines(opens_with_docs, "//! A file.\n"), NOWHERE);
        assert_eq!(lines(opens_with_docs, "// A file.\n"), [1]);
        assert_eq!(lines(opens_with_docs, "\n//! A file.\n"), [1]);
    }

    #[test]
    fn long_files_and_functions_are_found() {
        assert_eq!(lines(is_short, &"\n".repeat(500)), NOWHERE);
        assert_eq!(lines(is_short, &"\n".repeat(501)), [501]);

        let function = |lines: usize| format!("fn f() {{{}}}", "\n".repeat(lines - 1));
        let wrap = |lines| format!("\nimpl A {{ {} }}\ntrait B {{ {} }}", function(lines), function(lines));
        assert_eq!(lines(functions_are_short, &wrap(60)), NOWHERE);
        assert_eq!(lines(functions_are_short, &wrap(61)), [2, 63]);
        assert_eq!(lines(functions_are_short, &format!("fn g() {{ {} }}", function(61))), [1, 1]);
    }

    #[test]
    fn a_flat_match_may_be_long() {
        let function = |arm: &str| format!("fn f() {{ g();\nmatch a {{\n{}\n}} }}", [arm; 100].join(",\n"));
        assert_eq!(lines(functions_are_short, &function("B => c")), NOWHERE);
        assert_eq!(lines(functions_are_short, &function("B => {\n\n\n\n\n\n\n}")), NOWHERE);
        assert_eq!(lines(functions_are_short, &function("B => {\n\n\n\n\n\n\n\n}")), [1]);
        assert_eq!(
            lines(functions_are_short, &format!("{}; g() }}", function("B => c").trim_end_matches(" }"))),
            [1]
        );
    }

    #[test]
    fn unwraps_are_found() {
        assert_eq!(lines(unwraps_nothing, "fn f() {\n  g().unwrap();\n  dbg!(g()\n.unwrap());\n}"), [2, 4]);
        let fine = "/// g().unwrap()\nfn f() { \".unwrap()\"; g().unwrap_or(1) }
            #[cfg(test)] mod tests { fn f() { g().unwrap() } }";
        assert_eq!(lines(unwraps_nothing, fine), NOWHERE);
    }

    #[test]
    fn globs_are_found() {
        let text = "use a::*;\npub use a::{b, c::*};\nfn f() {\n  use d::*;\n}";
        assert_eq!(lines(has_no_globs, text), [1, 2, 4]);
        let fine = "use a::prelude::*;\nuse b::{c, d};\n#[cfg(test)] mod tests { use super::*; }";
        assert_eq!(lines(has_no_globs, fine), NOWHERE);
    }

    #[test]
    fn exceptions_without_a_reason_are_found() {
        let text = "#![allow(a)]\n#[expect(b)]\nfn f() {}\n#[cfg_attr(c, allow(d))]\nfn g() { quote!(\n#[allow(e)]) }";
        assert_eq!(lines(gives_reasons, text), [1, 2, 4, 6]);
        let fine = "#![expect(a, reason = \"b\")]\nfn f() { g().expect(\"c\"); allow(d); h![expect(1)]; }";
        assert_eq!(lines(gives_reasons, fine), NOWHERE);
    }

    #[test]
    fn a_version_that_is_missing_is_found() {
        let changelog = "# Changelog\n\n## 0.1.0 (unreleased)\n";
        assert!(changelog_has_version(changelog, "0.1.0").is_empty());
        assert_eq!(changelog_has_version(changelog, "0.1").len(), 1);
        assert_eq!(changelog_has_version(changelog, "0.2.0").len(), 1);
    }

    #[test]
    fn guests_of_one_name_are_found() {
        let paths = ["benches/src/bin/echo.rs", "benches/src/bin/other.rs", "examples/echo/main.rs"];
        let problems = guests_have_names_of_their_own(&paths.map(|path| Source::new(path, "")));
        assert_eq!(problems.len(), 1);
        assert!(problems[0].what.contains("as benches/src/bin/echo.rs is"), "{}", problems[0]);
    }

    #[test]
    fn an_example_that_is_not_listed_is_found() {
        let problems = examples_are_listed(
            "- `primes`, `by-lot` and [sort](sort_many.rs)",
            &["primes", "by-lot", "sort", "many"],
        );
        assert_eq!(problems.len(), 1);
        assert!(problems[0].what.contains("`many`"));
    }
}
