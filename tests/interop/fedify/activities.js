// What this market says, written with the classes of @fedify/vocab: full addresses, typed decimals.

import { parseDecimal } from "@fedify/fedify";
import * as vocab from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";

const WEEK = { hours: 7 * 24 };

/** Everything an activity of this actor to that one has. */
function common(market, as, to) {
  return {
    id: market.address("activities"),
    actor: market.context.getActorUri(as),
    to: new URL(to),
    published: Temporal.Now.instant(),
  };
}

export function follow(market, as, to) {
  return new vocab.Follow({ ...common(market, as, to), object: new URL(to) });
}

export function unfollow(market, as, to, followed) {
  const object = new vocab.Follow({
    id: new URL(followed),
    actor: market.context.getActorUri(as),
    object: new URL(to),
  });
  return new vocab.Undo({ ...common(market, as, to), object });
}

export function acceptFollow(market, as, to, followed) {
  const object = new vocab.Follow({ id: new URL(followed), actor: new URL(to), object: market.context.getActorUri(as) });
  return new vocab.Accept({ ...common(market, as, to), object });
}

/** A message about a negotiation. */
export function note(market, as, to, { content, context }) {
  const object = new vocab.Note({
    id: market.address("notes"),
    attribution: market.context.getActorUri(as),
    to: new URL(to),
    content,
    contexts: [new URL(context)],
  });
  return new vocab.Create({ ...common(market, as, to), object, contexts: [new URL(context)] });
}

/** A request for one thing against euros, its price open. */
export function proposal(market, as, to, { name }) {
  const id = market.address("proposals");
  const intent = (part, values, measure) =>
    new vocab.Intent({
      id: new URL(`#${part}`, id),
      action: "transfer",
      resourceQuantity: new vocab.Measure({ unit: "one", ...measure }),
      ...values,
    });
  const euro = new URL("https://www.wikidata.org/wiki/Q4916");
  const object = new vocab.Proposal({
    id,
    attribution: market.context.getActorUri(as),
    to: new URL(to),
    name,
    purpose: "request",
    unitBased: false,
    publishes: intent("primary", {}, { numericalValue: parseDecimal("1") }),
    reciprocal: intent("reciprocal", { resourceConformsTo: euro }, {}),
    published: Temporal.Now.instant(),
    endTime: Temporal.Now.instant().add(WEEK),
  });
  return new vocab.Create({ ...common(market, as, to), object });
}

/** Take a proposal back. */
export function deletion(market, as, to, deleted) {
  return new vocab.Delete({ ...common(market, as, to), object: new vocab.Tombstone({ id: new URL(deleted) }) });
}

/** The terms of FEP-0837 and nothing else: a quantity for a total. */
function agreement(terms, ids = {}) {
  const commitment = (part, satisfies, value) =>
    new vocab.Commitment({
      ...(ids.id ? { id: new URL(`#${part}`, ids.id) } : {}),
      satisfies: new URL(satisfies),
      resourceQuantity: new vocab.Measure({ unit: "one", numericalValue: parseDecimal(value) }),
    });
  return new vocab.Agreement({
    ...ids,
    name: terms.name,
    stipulates: commitment("primary", terms.primary, terms.quantity ?? "1"),
    stipulatesReciprocal: commitment("reciprocal", terms.reciprocal, terms.total),
  });
}

export function offer(market, as, to, terms) {
  const replaces = terms.replaces ? { replyTarget: new URL(terms.replaces) } : {};
  return new vocab.Offer({
    ...common(market, as, to),
    object: agreement(terms),
    endTime: Temporal.Now.instant().add(WEEK),
    ...replaces,
  });
}

/** Withdraw an offer. */
export function undo(market, as, to, undone) {
  return new vocab.Undo({ ...common(market, as, to), object: new URL(undone) });
}

export function reject(market, as, to, rejected) {
  return new vocab.Reject({ ...common(market, as, to), object: new URL(rejected) });
}

/** Reject an offer and say what would be taken instead. */
export function counter(market, as, to, terms) {
  return new vocab.Reject({
    ...common(market, as, to),
    object: new URL(terms.offer),
    result: agreement(terms),
    endTime: Temporal.Now.instant().add(WEEK),
  });
}

/** Accept an offer the way FEP-0837 asks: with the final agreement, its ids, and no more. */
export function accept(market, as, to, terms) {
  const ids = { id: market.address("agreements"), attribution: market.context.getActorUri(as) };
  return new vocab.Accept({ ...common(market, as, to), object: new URL(terms.offer), result: agreement(terms, ids) });
}
