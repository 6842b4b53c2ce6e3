"""An app that is not written in Rust and links no runtime: it has the contract, wit/, and nothing else.

    $ host run other-language.wasm --cores 8 -- 0 20000000
    1270607 primes from 0 to below 20000000

Main starts jobs with `jobs.start`, waits with the pollable of `jobs.subscribe`, and takes what has become of
them with `jobs.completed`. The host calls `worker.run` for each job, in another instance of this program on
another core. An entry is an index of ENTRIES, and a message is JSON: both ends are here.
"""

import json
import sys
import traceback

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import environment, jobs, parallel_futures_types as types


def primes(first, end):
    """How many primes there are from `first` to below `end`."""
    if first < 0:
        raise ValueError(f"{first} is no natural number")
    divisors = [n for n in range(2, int(end**0.5) + 1) if all(n % d for d in range(2, int(n**0.5) + 1))]
    is_prime = bytearray([1]) * (end - first)
    for d in divisors:
        start = max(d * d, -(-first // d) * d)
        is_prime[start - first :: d] = bytes(len(range(start, end, d)))
    return sum(is_prime) - sum(1 for n in (0, 1) if first <= n < end)


ENTRIES = [primes]

# How many numbers a job looks at.
STEP = 250_000


class Worker(exports.Worker):
    def run(self, entry, message):
        if entry >= len(ENTRIES):
            raise Err(types.Failure_Refused(types.Refusal_NoSuchEntry()))
        try:
            return json.dumps(ENTRIES[entry](*json.loads(message))).encode()
        except Exception as error:
            # An uncaught exception would trap. So the worker returns it as a failure with its text, and the
            # instance lives on.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = types.Place(frame.filename, frame.lineno, (frame.colno or 0) + 1)
            text = f"{type(error).__name__}: {error}"
            raise Err(types.Failure_Panicked(types.Panic(text, place, [])))


def call_all(function, calls):
    """The function of each of these tuples of arguments, in parallel, in order: values and failures."""
    entry, waiting, outcomes = ENTRIES.index(function), list(enumerate(calls))[::-1], {}
    options = jobs.Options(timeout=None, memory=None, fresh=False, window=0, name=function.__name__)
    started, arrival = {}, jobs.subscribe()
    while waiting or started:
        while waiting:
            place, call = waiting[-1]
            job = jobs.start(entry, json.dumps(call).encode(), options)
            # There is room again when one of them has ended.
            if job is None:
                break
            started[job] = place
            waiting.pop()
        arrival.block()
        for completion in jobs.completed():
            outcomes[started.pop(completion.job)] = completion.outcome
    return [outcomes[place] for place in sorted(outcomes)]


class Run(exports.Run):
    def run(self):
        arguments = environment.get_arguments()[1:]
        first, end = map(int, arguments) if arguments else (0, 20_000_000)
        parts = [(start, min(start + STEP, end)) for start in range(first, end, STEP)]
        count = 0
        for (start, _), outcome in zip(parts, call_all(primes, parts)):
            if isinstance(outcome, Err):
                print(f"from {start}: {outcome.value}", file=sys.stderr)
                raise Err(None)
            count += json.loads(outcome.value)
        print(f"{count} primes from {first} to below {end}")
