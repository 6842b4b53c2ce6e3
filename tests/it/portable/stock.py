"""Runs an app of WASI 0.2 in wasmtime as it comes from PyPI: stock.py APP.wasm DIR ARGUMENTS..

The app gets DIR as its `/`, if that is not empty.
"""

import sys

from wasmtime import Engine, ExitTrap, Store, WasiConfig
from wasmtime.component import Component, Linker

app, directory, *arguments = sys.argv[1:]
wasi = WasiConfig()
wasi.argv = [app, *arguments]
wasi.inherit_stdin()
wasi.inherit_stdout()
wasi.inherit_stderr()
if directory:
    wasi.preopen_dir(directory, "/")

engine = Engine()
store = Store(engine)
store.set_wasi(wasi)
store.set_wasi_http()
linker = Linker(engine)
linker.add_wasip2()
linker.add_wasi_http()
component = Component.from_file(engine, app)
instance = linker.instantiate(store, component)

(interface,) = [name for name in component.type.exports(engine) if name.startswith("wasi:cli/run@")]
run = component.get_export_index("run", component.get_export_index(interface))
try:
    ended = instance.get_func(store, run)(store)
except ExitTrap as exit:
    sys.exit(exit.code)
sys.exit(ended.tag != "ok")
