"""A command in Python that does what its first argument names, for the comparison with another host."""

import sys

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import environment


def main(action, *arguments):
    if action == "print":
        print("x" * int(arguments[0]))
    elif action == "upper":
        for line in sys.stdin:
            print(line.upper(), end="")
    elif action == "write":
        with open(arguments[0], "w") as file:
            file.write("y" * int(arguments[1]))
    elif action == "fail":
        print("before the failure")
        raise Err(None)


class Run(exports.Run):
    def run(self):
        main(*environment.get_arguments()[1:])
