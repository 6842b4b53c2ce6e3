// What an app may open under `jco run`, which grants nothing: GRANT_DIR, as its `/`.
//
// The module that knows of grants has to be the very one that jco's own code imports.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const jco = createRequire(process.env.JCO_PACKAGE);
const { _setPreopens } = await import(pathToFileURL(jco.resolve("@bytecodealliance/preview2-shim/filesystem")));
_setPreopens(process.env.GRANT_DIR ? { "/": process.env.GRANT_DIR } : {});
