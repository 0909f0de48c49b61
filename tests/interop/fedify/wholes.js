// A whole acceptance as Freehold's protocol asks for it: an agreement that names both parties, their keys and
// the offer's digest. @fedify/vocab has no members for these, so the document is plain JSON, signed as such.

import { encodeMultibase } from "@fedify/fedify";
import canonicalize from "canonicalize";

const CONTEXTS = 2; // ActivityStreams and Data Integrity come first, and are all a proof needs

/** Accept an offer as it was delivered; `offerer` is the Multikey its proof was made with. */
export async function acceptWhole(market, as, offer, offerer) {
  const actor = market.context.getActorUri(as).href;
  const [, ed25519] = await market.keyPairs(as);
  const method = ed25519.multikey.id.href;
  const own = (await ed25519.multikey.toJsonLd()).publicKeyMultibase;
  const digest = await digestOf(offer);
  const id = market.address("agreements").href;
  const published = new Date().toISOString().replace(/\.\d+/, "");
  const { stipulates, stipulatesReciprocal, ...terms } = offer.object;
  const agreement = {
    ...terms,
    id,
    attributedTo: actor,
    stipulates: { ...stipulates, id: `${id}#primary` },
    stipulatesReciprocal: { ...stipulatesReciprocal, id: `${id}#reciprocal` },
    offer: offer.id,
    digestMultibase: digest,
    parties: [
      party("offerer", offer.actor, offer.proof.verificationMethod, offerer),
      party("offeree", actor, method, own),
    ],
    salt: Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url"),
    published,
  };
  const acceptance = {
    "@context": offer["@context"],
    id: market.address("activities").href,
    type: "Accept",
    actor,
    to: [offer.actor],
    context: offer.context,
    object: offer.id,
    digestMultibase: digest,
    result: agreement,
    published,
  };
  return await prove(acceptance, ed25519.privateKey, method);
}

function party(role, actor, verificationMethod, publicKeyMultibase) {
  return { type: "Party", role, actor, verificationMethod, publicKeyMultibase };
}

/** The SHA-256 multihash of a document's canonical form, in base58btc multibase. */
async function digestOf(document) {
  const hash = await sha256(document);
  return text(encodeMultibase("base58btc", Uint8Array.of(0x12, 0x20, ...hash)));
}

/** Attach an eddsa-jcs-2022 proof (vc-di-eddsa §3.3). */
async function prove(document, privateKey, verificationMethod) {
  const options = {
    "@context": document["@context"],
    type: "DataIntegrityProof",
    cryptosuite: "eddsa-jcs-2022",
    verificationMethod,
    proofPurpose: "assertionMethod",
    created: document.published,
  };
  const message = Uint8Array.of(...(await sha256(options)), ...(await sha256(document)));
  const signature = await crypto.subtle.sign("Ed25519", privateKey, message);
  const proofValue = text(encodeMultibase("base58btc", new Uint8Array(signature)));
  return { ...document, proof: { ...options, proofValue } };
}

async function sha256(document) {
  const bytes = new TextEncoder().encode(canonicalize(document));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function text(bytes) {
  return new TextDecoder().decode(bytes);
}
