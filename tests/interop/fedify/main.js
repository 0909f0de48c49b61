// A small market of its own on Fedify: actors who can sell and buy, and an owner's desk for the tests.
//
// It prints one line of JSON saying where it listens, and ends when its standard input does, so that it
// never outlives the test that started it. Both servers listen on loopback only.

import { listen } from "./listening.js";
import { Desk } from "./desk.js";
import { Ledger } from "./ledger.js";
import { Market } from "./market.js";

const firstKnock = process.argv[2] ?? "rfc9421";
const ledger = new Ledger();
const market = new Market(ledger, firstKnock);
const desk = new Desk(market, ledger);

market.origin = await listen((request) => ledger.gate(request, () => market.answer(request)));
const control = await listen((request) => desk.answer(request));
await market.makeKeys();
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
console.log(JSON.stringify({ origin: market.origin, control }));
