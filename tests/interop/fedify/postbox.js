// How activities leave: Fedify's own delivery for its objects, and single signed requests for everything else.

import { getDocumentLoader, SendActivityError, signRequest } from "@fedify/fedify";

const SPECS = { rfc9421: "rfc9421", "draft-cavage-12": "draft-cavage-http-signatures-12" };

export class Postbox {
  constructor(market) {
    this.market = market;
  }

  /** Deliver an activity as Fedify does: with a proof, a Linked Data signature, and both knocks if need be. */
  async send(as, to, activity) {
    const recipient = await this.market.context.lookupObject(to);
    try {
      await this.market.context.sendActivity({ identifier: as }, recipient, activity, { immediate: true });
    } catch (error) {
      if (!(error instanceof SendActivityError)) throw error;
      return { id: activity.id.href, status: error.statusCode, answer: error.responseBody };
    }
    return { id: activity.id.href, status: 202 };
  }

  /** Deliver a document just as it is, signed once. */
  async post(as, inbox, document, scheme = "rfc9421") {
    const body = JSON.stringify(document);
    const response = await fetch(await this.sign(as, inbox, body, scheme));
    return { id: document.id, status: response.status, answer: await response.text() };
  }

  /** Sign a POST and return its headers, for a test that sends something else under them. */
  async signed(as, url, body, scheme) {
    return Object.fromEntries((await this.sign(as, url, body, scheme)).headers);
  }

  async sign(as, url, body, scheme) {
    const [rsa] = await this.market.keyPairs(as);
    const headers = { "Content-Type": "application/activity+json" };
    const request = new Request(url, { method: "POST", headers, body });
    return await signRequest(request, rsa.privateKey, rsa.keyId, { spec: SPECS[scheme] });
  }

  /** Ask for a document, signed as this actor or, without one, by nobody; return null if there is none. */
  async fetch(as, iri) {
    const loader = as
      ? await this.market.context.getDocumentLoader({ identifier: as })
      : getDocumentLoader({ allowPrivateAddress: true });
    try {
      return (await loader(iri)).document;
    } catch {
      return null;
    }
  }
}
