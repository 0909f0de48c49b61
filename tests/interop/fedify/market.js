// The federation: two actors, their keys, and what their inbox takes, on Fedify's public interface.

import { createFederation, generateCryptoKeyPair, MemoryKvStore } from "@fedify/fedify";
import { Activity, Endpoints, Follow, Organization, Person } from "@fedify/vocab";
import { read } from "./reading.js";

const CLASSES = { bikes: Organization, carol: Person };

export class Market {
  origin = null;

  constructor(ledger, firstKnock) {
    this.ledger = ledger;
    this.keys = {};
    this.federation = createFederation({
      kv: new MemoryKvStore(),
      allowPrivateAddress: true, // both sides are on loopback
      firstKnock,
    });
    this.#announceActors();
    this.#takeActivities();
  }

  async answer(request) {
    return await this.federation.fetch(request, { contextData: null });
  }

  get context() {
    return this.federation.createContext(new URL(this.origin), null);
  }

  /** The key pairs of an actor in the order RSA, Ed25519. */
  async keyPairs(identifier) {
    return await this.context.getActorKeyPairs(identifier);
  }

  /** Make the keys of both actors: an RSA key takes seconds, and whoever asked first would wait for it. */
  async makeKeys() {
    await Promise.all(Object.keys(CLASSES).map((identifier) => this.keyPairs(identifier)));
  }

  address(kind, id) {
    return new URL(`/${kind}/${id ?? crypto.randomUUID()}`, this.origin);
  }

  #announceActors() {
    this.federation
      .setActorDispatcher("/users/{identifier}", async (context, identifier) => {
        if (!(identifier in CLASSES)) return null;
        const pairs = await context.getActorKeyPairs(identifier);
        return new CLASSES[identifier]({
          id: context.getActorUri(identifier),
          preferredUsername: identifier,
          name: identifier,
          inbox: context.getInboxUri(identifier),
          endpoints: new Endpoints({ sharedInbox: context.getInboxUri() }),
          publicKey: pairs[0].cryptographicKey,
          assertionMethods: pairs.map((pair) => pair.multikey),
        });
      })
      .setKeyPairsDispatcher(async (_, identifier) => {
        this.keys[identifier] ??= Promise.all([
          generateCryptoKeyPair("RSASSA-PKCS1-v1_5"),
          generateCryptoKeyPair("Ed25519"),
        ]);
        return await this.keys[identifier];
      });
  }

  #takeActivities() {
    this.federation
      .setInboxListeners("/users/{identifier}/inbox", "/inbox")
      .on(Activity, async (context, activity) => {
        this.ledger.take(await read(activity, context));
      })
      .onError((_, error) => console.error(error));
  }
}
