//! A program without jobs that does what its first argument names, for the comparison with another host.

mod printing;
mod streams;
mod surroundings;

fn main() -> std::io::Result<()> {
    let args = std::env::args().collect::<Vec<_>>();
    let args = args.iter().map(String::as_str).collect::<Vec<_>>();
    let rest = args.get(2..).unwrap_or_default();
    match args.get(1).copied().unwrap_or_default() {
        "lines" => printing::lines(rest),
        "lines?" => return printing::checked_lines(rest),
        "ignored" => printing::ignored(rest),
        "kept on" => printing::kept_on(rest),
        "says so" => printing::says_so(),
        "both" => printing::both(),
        "exit" => printing::exit(rest),
        "panic" => printing::panic(),
        "one write" => streams::one_write(rest),
        "unchecked" => streams::unchecked(rest),
        "zeroes" => streams::zeroes(rest),
        "partial" => streams::partial(rest),
        "splice" => streams::splice(),
        "after the end" => streams::after_the_end(),
        "stdin" => streams::stdin(rest),
        "random" => surroundings::random(rest),
        "environment" => surroundings::environment(),
        "list" => surroundings::list(rest),
        "directories" => surroundings::directories(),
        "files" => return surroundings::files(rest),
        "write file" => return surroundings::write_file(rest),
        other => panic!("no such action: {other}"),
    }
    Ok(())
}

/// Returns the argument at this place as a number.
fn number(args: &[&str], place: usize) -> usize {
    args[place].parse().unwrap()
}
