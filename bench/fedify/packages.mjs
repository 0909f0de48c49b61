// Lets the scripts of this folder use the packages that are installed for the tests, in tests/interop: one
// installation, pinned by one lock. Given to Node.js with --import, before any of them is loaded.

import { registerHooks } from "node:module";

const installation = new URL("../../tests/interop/package.json", import.meta.url).href;
const here = new URL(".", import.meta.url).href;
const ownFile = /^(?:node:|file:|\.{0,2}\/)/;

registerHooks({
  resolve(specifier, context, next) {
    const foreign = !ownFile.test(specifier) && context.parentURL?.startsWith(here);
    return next(specifier, foreign ? { ...context, parentURL: installation } : context);
  },
});
