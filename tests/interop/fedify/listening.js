// Serving HTTP with the adaptor Fedify's manual uses on Node.js.

import { serve } from "@hono/node-server";

/** Listen on a free port of loopback; return the origin. */
export function listen(answer) {
  return new Promise((resolve) => {
    serve({ fetch: answer, hostname: "127.0.0.1", port: 0 }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    );
  });
}
