// A command in JavaScript that does what its first argument names, for the comparison with another host.

import { getArguments } from "wasi:cli/environment@0.2.12";

export const run = {
  run() {
    const [action, argument] = getArguments().slice(1);
    if (action === "print") console.log("x".repeat(Number(argument)));
    if (action === "complain") console.error("on stderr");
    if (action === "fail") throw undefined;
    if (action === "throw") throw new Error("on purpose");
  },
};
