// What came to this server: every delivery as it arrived, and every activity that Fedify took for genuine.

const SCHEMES = { "signature-input": "rfc9421", signature: "draft-cavage-12" };

export class Ledger {
  deliveries = [];
  taken = [];
  refused = null;

  /** Write a delivery down, turn it away if it is signed in the refused way, otherwise let it be answered. */
  async gate(request, answer) {
    if (request.method !== "POST") return await answer();
    const headers = Object.fromEntries(request.headers);
    const scheme = SCHEMES[Object.keys(SCHEMES).find((name) => name in headers)] ?? null;
    const delivery = { path: new URL(request.url).pathname, scheme, headers, body: await request.clone().text() };
    this.deliveries.push(delivery);
    const response =
      scheme === this.refused && scheme !== null ? new Response("Not like that.", { status: 401 }) : await answer();
    delivery.status = response.status;
    return response;
  }

  /** Write down what an inbox listener was given: its document as it arrived, and what was read from it. */
  take(entry) {
    this.taken.push(entry);
  }
}
