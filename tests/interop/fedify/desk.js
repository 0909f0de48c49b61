// What the tests ask of this market: one address per wish, JSON in, JSON out.

import { getDocumentLoader, signObject, verifyObject, verifyProof } from "@fedify/fedify";
import * as vocab from "@fedify/vocab";
import * as activities from "./activities.js";
import { Postbox } from "./postbox.js";
import { acceptWhole } from "./wholes.js";

export class Desk {
  constructor(market, ledger) {
    this.market = market;
    this.ledger = ledger;
    this.postbox = new Postbox(market);
  }

  async answer(request) {
    const verb = new URL(request.url).pathname.slice(1);
    const wish = await request.json();
    try {
      return Response.json((await this[`on_${verb}`](wish)) ?? null);
    } catch (error) {
      return Response.json({ error: `${verb}: ${error.stack ?? error}` }, { status: 500 });
    }
  }

  // --- looking ---------------------------------------------------------------------------------------

  async on_lookup({ what }) {
    const actor = await this.market.context.lookupObject(what);
    if (actor == null) return null;
    const keys = [];
    for await (const key of actor.getAssertionMethods()) keys.push(key.id.href);
    return {
      type: actor.constructor.name,
      id: actor.id.href,
      username: actor.preferredUsername?.toString(),
      name: actor.name?.toString(),
      inbox: actor.inboxId?.href,
      sharedInbox: actor.endpoints?.sharedInbox?.href,
      publicKey: actor.publicKeyId?.href,
      assertionMethods: keys,
    };
  }

  async on_webfinger({ what }) {
    return await this.market.context.lookupWebFinger(what);
  }

  async on_fetch({ as, iri }) {
    return await this.postbox.fetch(as, iri);
  }

  /** Whether Fedify verifies a document's proof, and takes the document for its actor's. */
  async on_verify({ document }) {
    const options = { documentLoader: loader(), contextLoader: loader() };
    const read = await vocab.Activity.fromJsonLd(document, options);
    const keys = [];
    for await (const proof of read.getProofs(options)) {
      keys.push((await verifyProof(document, proof, options))?.id?.href ?? null);
    }
    return { keys, object: (await verifyObject(vocab.Activity, document, options)) != null };
  }

  on_deliveries() {
    return this.ledger.deliveries;
  }

  on_taken() {
    return this.ledger.taken;
  }

  on_refuse({ scheme }) {
    this.ledger.refused = scheme;
  }

  // --- saying ----------------------------------------------------------------------------------------

  /** Write an activity of `activities.js` and, unless it is only to be composed, deliver it. */
  async on_say({ as, to, what, about, compose = false }) {
    const activity = activities[what](this.market, as, to, about);
    return compose ? await this.compose(as, activity) : await this.postbox.send(as, to, activity);
  }

  async on_accept_whole({ as, offer, key }) {
    return await acceptWhole(this.market, as, offer, key);
  }

  async on_post({ as, inbox, document, scheme }) {
    return await this.postbox.post(as, inbox, document, scheme);
  }

  async on_sign({ as, url, body, scheme }) {
    return await this.postbox.signed(as, url, body, scheme);
  }

  /** The JSON that Fedify would deliver, with its proof. */
  async compose(as, activity) {
    const [, ed25519] = await this.market.keyPairs(as);
    const options = { contextLoader: loader() };
    const signed = await signObject(activity, ed25519.privateKey, ed25519.multikey.id, options);
    return await signed.toJsonLd({ format: "compact", ...options });
  }
}

function loader() {
  return getDocumentLoader({ allowPrivateAddress: true });
}
