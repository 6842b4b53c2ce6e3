"""The native peer of examples/polyglot with its Python component: the same functions in several processes.

`polyglot_peer.py PROCESSES DIRECTORY` prints how long it took, as the example does.
"""

import multiprocessing
import pathlib
import sys
import time
import types

EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "polyglot" / "python"


def module(name, **contents):
    """Replaces a module that componentize-py generates."""
    made = types.ModuleType(name)
    vars(made).update(contents)
    sys.modules[name] = made
    return made


def record(name):
    return type(name, (types.SimpleNamespace,), {"__init__": lambda self, *_, **fields: vars(self).update(fields)})


class Stats:
    pass


class Err(Exception):
    pass


module("componentize_py_types", Err=Err)
stats = module(
    "wit_world.exports.stats",
    **{name: record(name) for name in ["Frequency", "Problem_NotText", "Problem_TooFewWords", "Stats"]},
)
module("wit_world", exports=module("wit_world.exports", Stats=Stats, stats=stats))
sys.path.insert(0, str(EXAMPLE))
import text  # noqa: E402


def words(path):
    return text.Stats().analyse(path.read_text()).words


if __name__ == "__main__":
    processes, directory = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    with multiprocessing.Pool(processes) as pool:
        files = sorted(directory.iterdir())
        # Starts the processes before the measurement.
        pool.map(abs, range(100 * processes), chunksize=1)
        start = time.perf_counter()
        print(sum(pool.map(words, files, chunksize=1)), "words")
        print(f"{len(files)} texts in {time.perf_counter() - start:.4f} s", file=sys.stderr)
