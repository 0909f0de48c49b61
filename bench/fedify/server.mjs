// A Fedify server as its manual describes it for one machine: `SqliteKvStore`, with --queue also
// `SqliteMessageQueue`, and `@hono/node-server` in front (manual: "Deployment", "Message queue", "Inbox
// listeners"). One actor, one inbox listener that keeps every activity in SQLite once, and POST /fan-out, which
// sends one activity to the recipients it is given.
//
// The database is as durable as Freehold's: write-ahead log, synchronous = FULL, one file, one connection.
//
//   node --import ./packages.mjs server.mjs --port 8500 --database peer.db [--queue] [--workers 64]
//
// When it takes requests it prints one line of JSON: its actor, its inbox and what the database says of itself.

import { serve } from "@hono/node-server";
import { createFederation, generateCryptoKeyPair, ParallelMessageQueue } from "@fedify/fedify";
import { SqliteKvStore, SqliteMessageQueue } from "@fedify/sqlite";
import { Activity, Create, Note, Organization, PUBLIC_COLLECTION } from "@fedify/vocab";
import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    port: { type: "string" },
    database: { type: "string" },
    queue: { type: "boolean", default: false },
    workers: { type: "string", default: "1" },
  },
});
const origin = `http://127.0.0.1:${options.port}`;
const HANDLE = "ada";

const db = new DatabaseSync(options.database);
db.exec("PRAGMA journal_mode = WAL");
db.exec("PRAGMA synchronous = FULL");
db.exec("CREATE TABLE received (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT");

const keep = db.prepare("INSERT INTO received (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING");

const federation = createFederation({
  kv: new SqliteKvStore(db),
  queue: options.queue ? makeQueue(Number(options.workers)) : undefined,
  origin,
  allowPrivateAddress: true, // the loopback interface is all there is
});

function makeQueue(workers) {
  const queue = new SqliteMessageQueue(db);
  return workers > 1 ? new ParallelMessageQueue(queue, workers) : queue;
}

// Both kinds of keys, as the manual recommends: RSA signs requests, Ed25519 makes proofs. Left to itself Fedify
// makes RSA keys of 4,096 bits, which cost several times as much to sign with; here it gets 2,048, as Freehold has.
const rsa = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const keys = [
  await crypto.subtle.generateKey(rsa, true, ["sign", "verify"]),
  await generateCryptoKeyPair("Ed25519"),
];

federation
  .setActorDispatcher("/users/{identifier}", async (context, identifier) => {
    if (identifier !== HANDLE) return null;
    const pairs = await context.getActorKeyPairs(identifier);
    return new Organization({
      id: context.getActorUri(identifier),
      preferredUsername: identifier,
      name: "A Fedify server",
      inbox: context.getInboxUri(identifier),
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
    });
  })
  .setKeyPairsDispatcher((_context, identifier) => (identifier === HANDLE ? keys : []));

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Activity, async (_context, activity) => {
    keep.run(activity.id.href, JSON.stringify(await activity.toJsonLd()));
  });

async function fanOut(request) {
  const { recipients, content, immediate } = await request.json();
  const context = federation.createContext(new URL(origin), undefined);
  const actor = context.getActorUri(HANDLE);
  const id = new URL(`/activities/${randomUUID()}`, origin);
  const note = new Note({ id: new URL("#note", id), attribution: actor, to: PUBLIC_COLLECTION, content });
  await context.sendActivity(
    { identifier: HANDLE },
    recipients.map(({ id, inbox }) => ({ id: new URL(id), inboxId: new URL(inbox) })),
    new Create({ id, actor, to: PUBLIC_COLLECTION, object: note }),
    { immediate },
  );
  return new Response(null, { status: 202 });
}

function answer(request) {
  if (request.method === "POST" && request.url.endsWith("/fan-out")) return fanOut(request);
  return federation.fetch(request, { contextData: undefined });
}

serve({ fetch: answer, hostname: "127.0.0.1", port: Number(options.port) }, () => {
  const pragma = (name) => Object.values(db.prepare(`PRAGMA ${name}`).get())[0];
  console.log(JSON.stringify({
    actor: `${origin}/users/${HANDLE}`,
    inbox: `${origin}/users/${HANDLE}/inbox`,
    journal_mode: pragma("journal_mode"),
    synchronous: pragma("synchronous"),
    node: process.version,
  }));
});
