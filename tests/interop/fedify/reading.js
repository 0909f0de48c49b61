// What this market understands of an activity, said in plain words through Fedify's own classes.
//
// Only what came inside the activity is looked at: an object that is merely named is not fetched. One that is
// inside but belongs to another origin, Fedify fetches from there instead, and finds or does not find it.

import { verifyObject } from "@fedify/fedify";
import { Activity, Agreement, Note, Proposal } from "@fedify/vocab";

/** Read an activity: who did what, to what, and whether the document itself proves it. */
export async function read(activity, loaders) {
  const document = await activity.toJsonLd();
  const lenient = { ...loaders, suppressError: true };
  return {
    type: activity.constructor.name,
    id: activity.id?.href ?? null,
    actor: activity.actorId?.href ?? null,
    objectId: activity.objectId?.href ?? null,
    object: isInside(document.object) ? await readObject(await activity.getObject(lenient)) : null,
    result: isInside(document.result) ? await readObject(await activity.getResult(lenient)) : null,
    replyTo: activity.replyTargetId?.href ?? null,
    context: activity.contextIds?.map((iri) => iri.href) ?? [],
    endTime: activity.endTime?.toString() ?? null,
    proved: await isProved(document, loaders),
    document,
  };
}

/** Whether a document carries a proof that Fedify verifies as its actor's. */
export async function isProved(document, loaders) {
  if (document.proof == null) return false;
  return (await verifyObject(Activity, document, loaders)) != null;
}

function isInside(member) {
  return member != null && typeof member === "object";
}

async function readObject(object) {
  if (object instanceof Proposal) return readProposal(object);
  if (object instanceof Agreement) return readAgreement(object);
  const seen = { type: object?.constructor.name ?? null, id: object?.id?.href ?? null };
  if (object instanceof Note) seen.content = object.content?.toString();
  return seen;
}

async function readProposal(proposal) {
  return {
    type: "Proposal",
    id: proposal.id?.href,
    by: proposal.attributionId?.href,
    name: proposal.name?.toString(),
    purpose: proposal.purpose,
    unitBased: proposal.unitBased,
    endTime: proposal.endTime?.toString() ?? null,
    publishes: readIntent(proposal.publishes),
    reciprocal: readIntent(proposal.reciprocal),
  };
}

function readIntent(intent) {
  return {
    id: intent.id?.href,
    action: intent.action,
    conformsTo: intent.resourceConformsTo?.href ?? null,
    ...readMeasure(intent.resourceQuantity),
  };
}

async function readAgreement(agreement) {
  return {
    type: "Agreement",
    id: agreement.id?.href ?? null,
    by: agreement.attributionId?.href ?? null,
    name: agreement.name?.toString() ?? null,
    stipulates: readCommitment(agreement.stipulates),
    stipulatesReciprocal: readCommitment(agreement.stipulatesReciprocal),
  };
}

function readCommitment(commitment) {
  return {
    id: commitment.id?.href ?? null,
    satisfies: commitment.satisfies?.href,
    ...readMeasure(commitment.resourceQuantity),
  };
}

function readMeasure(measure) {
  return { unit: measure?.unit ?? null, value: measure?.numericalValue?.toString() ?? null };
}
