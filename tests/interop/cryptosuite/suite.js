// The public suite @digitalbazaar/eddsa-jcs-2022-cryptosuite, used as its README shows.
//
// Standard input is {"verify": [document...], "sign": [document...], "keys": {verification method: Multikey}};
// standard output says for each document to verify whether it holds and, if not, why, and repeats each document
// to sign with its proof. The key it signs with is in the answer.

import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";

import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { createSignCryptosuite, createVerifyCryptosuite } from "@digitalbazaar/eddsa-jcs-2022-cryptosuite";
import * as Ed25519Multikey from "@digitalbazaar/ed25519-multikey";
import jsigs from "jsonld-signatures";

const { AssertionProofPurpose } = jsigs.purposes;
const CONTROLLED = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"];

/** Show the suite the keys it is to know, and the documents of those who control them. */
function loader(keys) {
  const documents = new Map();
  for (const [id, publicKeyMultibase] of Object.entries(keys)) {
    const controller = id.split("#")[0];
    const key = { "@context": CONTROLLED[1], id, type: "Multikey", controller, publicKeyMultibase };
    const known = documents.get(controller)?.assertionMethod ?? [];
    documents.set(id, key);
    documents.set(controller, { "@context": CONTROLLED, id: controller, assertionMethod: [...known, key] });
  }
  return async (url) => {
    if (!documents.has(url)) throw new Error(`There is no ${url}.`);
    return { contextUrl: null, documentUrl: url, document: documents.get(url) };
  };
}

async function verify(document, documentLoader) {
  // The suite compares the members of the two contexts with !==, by which no two objects are the same. So where
  // the copy in the proof says the same, it is made the same.
  if (isDeepStrictEqual(document.proof?.["@context"], document["@context"])) {
    document.proof["@context"] = document["@context"];
  }
  const suite = new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() });
  const purpose = new AssertionProofPurpose();
  const { verified, error } = await jsigs.verify(document, { suite, purpose, documentLoader });
  return { verified, reason: error?.errors?.map((one) => one.message).join(" ") ?? null };
}

async function sign(document, keyPair) {
  const suite = new DataIntegrityProof({ signer: keyPair.signer(), cryptosuite: createSignCryptosuite() });
  return await jsigs.sign(document, { suite, purpose: new AssertionProofPurpose(), documentLoader: loader({}) });
}

const wish = JSON.parse(await text(process.stdin));
const keyPair = await Ed25519Multikey.generate({ controller: "https://bikes.example/actors/bikes" });
keyPair.id = `${keyPair.controller}#ed25519-9`;
const answer = { key: keyPair.publicKeyMultibase, verified: [], signed: [] };
for (const document of wish.verify) answer.verified.push(await verify(document, loader(wish.keys)));
for (const document of wish.sign) answer.signed.push(await sign(document, keyPair));
console.log(JSON.stringify(answer));
