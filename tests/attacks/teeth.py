"""Show that the catalogue bites: seed one fault after the other in a copy of the code, and watch it turn red.

`python -m tests.attacks.teeth [GROUP, NUMBER or PART OF A NAME ...]`. Each fault is something a developer
could do in good faith. A fault that no case notices, or that can no longer be seeded because the code has
moved on, is a failure. A scene that falls apart has noticed nothing. It takes minutes, so it runs with `make
torture` and not with every test.

Exit codes: 0 every fault was noticed, 1 one was not, or a case is red without any.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.attacks.__main__ import FALLS_APART

ROOT: Final = Path(__file__).parents[2]
COPIED: Final = ("node", "protocol", "schemas", "tests/attacks", "cli.py")
_START_SECONDS: Final = 600  # of patience with a run, whatever it plays ...
_CASE_SECONDS: Final = 15  # ... and with each case of it, on a machine that has other work


@dataclass(frozen=True, slots=True)
class Fault:
    """A change for the worse: in each file one text is replaced by another; `cases` are to notice."""

    name: str
    edits: tuple[tuple[str, str, str], ...]
    cases: tuple[str, ...]


def fault(name: str, path: str, old: str, new: str, *cases: str) -> Fault:
    """Make a fault of one edit."""
    return Fault(name, ((path, old, new),), cases)


FAULTS: Final = (
    # --- terms about data -----------------------------------------------------------------------------------
    fault(
        "a rule agrees to more than the maximum",
        "node/core/terms_door.py",
        'HOLDING: Final = frozenset({"no-roster", BEYOND_MAXIMUM, "terms-widened", "text-unverified"})\n',
        'HOLDING: Final = frozenset({"no-roster", "terms-widened", "text-unverified"})\n',
        "TP-14",
    ),
    fault(
        "a rule agrees to a change that asks for more",
        "node/core/terms_door.py",
        'HOLDING: Final = frozenset({"no-roster", BEYOND_MAXIMUM, "terms-widened", "text-unverified"})\n',
        'HOLDING: Final = frozenset({"no-roster", BEYOND_MAXIMUM, "text-unverified"})\n',
        "TP-17",
    ),
    Fault(
        "more about data than was asked for is what was asked for",
        (
            (
                "node/core/terms_door.py",
                ', BEYOND_MAXIMUM, "terms-widened", "text-unverified"})\n',
                ', BEYOND_MAXIMUM, "text-unverified"})\n',
            ),
            (
                "node/core/data_terms.py",
                "given is None or widens(offered, wanted) or not",
                "given is None or not",
            ),
        ),
        ("TP-15",),
    ),
    fault(
        "whatever a text is said to be is taken for it",
        "node/core/data_terms.py",
        "        check_texts(draft.terms)\n",
        "        draft.terms.plain_texts\n",
        "TP-18",
    ),
    fault(
        "what nobody here can read is signed",
        "protocol/plain_texts.py",
        "    if terms.plain_texts and all(text.edition != EDITION for text in terms.plain_texts):\n",
        "    if not terms.plain_texts:\n",
        "TP-18",
    ),
    fault(
        "another offer washes off that the one before asked for more",
        "node/core/threads.py",
        "        return self.countered or self.exceeded or self.draft\n",
        "        return self.countered or self.draft\n",
        "TP-15",
    ),
    fault(
        "a worse condition is nothing more about data",
        "node/core/data_terms.py",
        "    return not is_within(draft.terms.policy, policy) or bool(\n",
        "    return not is_within(draft.terms.policy, policy) and bool(\n",
        "TP-15",
    ),
    fault(
        "terms that are gone ask for nothing",
        "node/core/data_terms.py",
        "        return held is not None\n",
        "        return False\n",
        "TP-15",
    ),
    fault(
        "a condition stands in no sentence",
        "protocol/conditions.py",
        "    _check_effect(conditions)\n",
        "",
        "TP-21",
    ),
    fault(
        "euros become as many dollars",
        "node/core/data_terms.py",
        "    if fee and fee == before.conditions.cancellation_fee:\n",
        "    if fee < 0:\n",
        "TP-22",
    ),
    # --- intentions in rings --------------------------------------------------------------------------------
    fault(
        "whoever signs is told more of an intention",
        "node/services/intentions/undertakings.py",
        "    if row is None or not row.own or not is_invited(session, row, received.peer):\n",
        "    if row is None or not row.own:\n",
        "TR-01",
    ),
    fault(
        "another edition of what is asked for will do",
        "protocol/undertakings.py",
        "        if error.code == codes.ROSTER_DIGEST:\n",
        "        if not error.code:\n",
        "TR-03",
    ),
    fault(
        "whatever agreement is signed will do",
        "node/services/intentions/undertakings.py",
        "    if telling.rings is None or signed.undertaking.roster != asked:\n",
        "    if telling.rings is None:\n",
        "TR-03",
    ),
    fault(
        "who signs for little is told all",
        "node/services/intentions/undertakings.py",
        "    if not kept_back <= {part.value for part in signed.undertaking.fields}:\n",
        "    if not kept_back:\n",
        "TR-04",
    ),
    fault(
        "what was signed counts for any copy",
        "node/services/intentions/undertakings.py",
        "        if reader.proffer is None or digest_of(shown) != signed.copy:\n",
        "        if reader.proffer is None:\n",
        "TR-05",
    ),
    fault(
        "what is over is told to who signs",
        "node/services/intentions/undertakings.py",
        "    if row.state is not IntentionState.OPEN or is_over:\n",
        "    if row.state is IntentionState.AWARDED:\n",
        "TR-06",
    ),
    fault(
        "only the copy that stands can be signed on",
        "node/services/intentions/undertakings.py",
        "    if sent is not None and sent.asks == asked.digest:\n",
        "    if sent is not None and sent.asks != asked.digest:\n",
        "TR-06",
    ),
    fault(
        "an intention is served whole to whoever was told of it",
        "node/services/intentions/readers.py",
        "        return told(self.intention, self.rings, reader, updated=updated)\n",
        "        return told(self.intention, None, reader, updated=updated)\n",
        "TR-07",
    ),
    fault(
        "a server signs with as many actors as it likes",
        "node/services/intentions/undertakings.py",
        "    if is_crowd or len(signers) >= _MOST:\n",
        "    if is_crowd and len(signers) >= _MOST:\n",
        "TR-09",
    ),
    fault(
        "time ends before the month after its last one begins",
        "node/core/rings.py",
        "    return None if is_last else step(first, Period.MONTH, 1)\n",
        "    return step(first, Period.MONTH, 1 + is_last)\n",
        "TR-10",
    ),
    fault(
        "whatever is at the address of an intention is that",
        "node/services/intentions/own_copies.py",
        '    if kind(proposal.get("type")) != "Proposal" or ref(proposal.get("id")) != iri:\n',
        '    if kind(proposal.get("type")) != "Proposal":\n',
        "TR-11",
    ),
    fault(
        "what is for somebody else is signed on",
        "node/services/intentions/own_copies.py",
        '    if "terms" in proposal and acting.iri not in addressees(proposal):\n',
        "    if not addressees(proposal):\n",
        "TR-11",
    ),
    fault(
        "what many are told stands for our own copy",
        "node/services/intentions/taking.py",
        "    if asked and known is not None and _is_for_many(intention, known):\n",
        "    if asked and known is not None and intention == known:\n",
        "TR-12",
    ),
    fault(
        "whatever a copy asks for is signed unseen",
        "node/services/intentions/signing.py",
        "        if agreement not in (None, _asked_for(held).name):\n",
        "        if agreement not in (None, agreement):\n",
        "TR-13",
    ),
    fault(
        "nobody looks for the limit in the words",
        "node/core/giveaways.py",
        "    if limit in bounds or any(limit in {*_numbers(text)} for text in texts):\n",
        "    if limit in bounds:\n",
        "TR-08",
    ),
    # --- grants ---------------------------------------------------------------------------------------------
    fault(
        "whoever knows the address reads",
        "node/core/accesses.py",
        "        (not standing.is_theirs, AccessRefusal.NOT_THEIRS),\n",
        "",
        "TG-01",
    ),
    fault(
        "a reading is answered again as it was",
        "node/services/grants/reading.py",
        "        raise Unauthenticated(codes.REPLAY)\n",
        "        pass\n",
        "TG-01",
    ),
    Fault(
        "a grant never ends by itself",
        (
            (
                "node/core/accesses.py",
                "        (standing.ends_at is not None and now >= standing.ends_at, AccessRefusal.OVER),\n",
                "",
            ),
            (
                "node/services/grants/ending.py",
                "    moments = (grants.next_end(session), holdings.next_purge(session))\n",
                "    moments = (None, holdings.next_purge(session))\n",
            ),
            (
                "node/services/grants/ending.py",
                "    over = grants.due_grants(session, now, limit=_STEP)\n",
                "    over = grants.due_grants(session, now, limit=0)\n",
            ),
        ),
        ("TG-02",),
    ),
    fault(
        "one more is read than may be",
        "node/services/grants/projecting.py",
        "    if uses is not None and row.serial >= uses:\n",
        "    if uses is not None and row.serial > uses:\n",
        "TG-02",
    ),
    fault(
        "what was taken back is told",
        "node/core/accesses.py",
        "        (standing.state is not GrantState.ACTIVE, AccessRefusal.OVER),\n",
        "",
        "TG-03",
    ),
    fault(
        "any field is told by its name",
        "node/core/accesses.py",
        "        (field is not None and field not in standing.fields, AccessRefusal.FIELD_NOT_GRANTED),\n",
        "",
        "TG-04",
    ),
    fault(
        "a query is passed over",
        "node/core/accesses.py",
        "        (has_query, AccessRefusal.QUERY),\n",
        "",
        "TG-05",
    ),
    fault(
        "anybody gives under an agreement",
        "node/services/grants/taking.py",
        "    if terms.first_party != received.sender.iri:\n",
        "    if not terms.first_party:\n",
        "TG-06",
    ),
    fault(
        "an agreement that is over is one to give under",
        "node/services/grants/basis.py",
        "    if row.state not in _IN_FORCE:\n",
        "    if not row.state:\n",
        "TG-06",
    ),
    fault(
        "a grant is as wide as it likes",
        "protocol/grants.py",
        "    if not is_within(policy, terms.policy):\n",
        "    if not terms.policy:\n",
        "TG-07",
    ),
    # --- second signatures ----------------------------------------------------------------------------------
    fault(
        "one person gives both signatures",
        "node/core/cosigning.py",
        "    if person == asked_by:\n",
        "    if not person and person == asked_by:\n",
        "AU-08",
    ),
    fault(
        "what a limit forbids one person is signed",
        "node/services/negotiations/asking.py",
        "    if any(is_above(limit, draft) for draft in _at_stake(negotiation, signed)):\n",
        "    if any(draft.total == -1 for draft in _at_stake(negotiation, signed)):\n",
        "AU-08",
    ),
    # --- signed webhooks ------------------------------------------------------------------------------------
    fault(
        "a webhook is taken however old it is",
        "protocol/webhooks.py",
        "    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():\n",
        "    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds() * 10_000:\n",
        "CR-02",
    ),
    fault(
        "a webhook is taken as often as it comes",
        "node/services/tray/rows.py",
        "    receipt = tray.load_receipt(session, sender, id)\n",
        "    receipt = tray.load_receipt(session, sender, id + str(acting.now))\n",
        "CR-01",
    ),
    fault(
        "a secret is taken beyond its end",
        "node/services/tray/senders.py",
        "if key.ends_at is None or now < key.ends_at]\n",
        "if key.ends_at is None or key.raw]\n",
        "CR-03",
    ),
    fault(
        "a webhook may have any length",
        "node/core/tray.py",
        "LIMIT_BYTES: Final = 1_048_576\n",
        "LIMIT_BYTES: Final = 104_857_600\n",
        "CR-04",
    ),
    fault(
        "a webhook may lead to any number of a host",
        "node/core/hook_reach.py",
        "        if reach.why_not_address(host_of(url)) not in {None, _UNREADABLE}:\n",
        "        if reach.why_not_address(host_of(url)) == url:\n",
        "CR-05",
    ),
    fault(
        "a webhook is posted wherever a name leads",
        "node/delivery/envelopes/webhooks.py",
        "        chosen = self._named if self.reach.names(message.url) else client\n",
        "        chosen = self._named if message.url else client\n",
        "CR-05",
    ),
    fault(
        "the message says how a webhook is signed",
        "protocol/webhooks.py",
        "raw) for version, raw in signatures if version == HookAlgorithm.V1\n",
        "raw) for version, raw in signatures if version != 'none'\n",
        "CR-06",
    ),
    fault(
        "a beginning of a signature is enough",
        "protocol/webhooks.py",
        "            hmac.compare_digest(expected, raw) for version",
        "            expected.startswith(raw) for version",
        "CR-07",
    ),
    fault(
        "a timestamp is whatever has digits",
        "protocol/webhooks.py",
        "    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _MOST_DIGITS):\n",
        "    if not (stamp.isdigit() and len(stamp) <= _MOST_DIGITS):\n",
        "CR-09",
    ),
    fault(
        "of two headers the first counts",
        "node/web/federation/tray.py",
        "for name, values in given.items() if len(values) == 1}\n",
        "for name, values in given.items() if values}\n",
        "CR-09",
    ),
    fault(
        "a webhook's id is not signed",
        "protocol/webhooks.py",
        '    return b".".join((id.encode("ascii"), stamp.encode("ascii"), body))\n',
        '    return b".".join((id[:4].encode("ascii"), stamp.encode("ascii"), body))\n',
        "CR-10",
    ),
    # --- the business's CRM ---------------------------------------------------------------------------------
    fault(
        "a CRM may be a cloud's metadata",
        "node/crm/client.py",
        '"127.0.0.0/8", "::1/128"',
        '"127.0.0.0/8", "169.254.0.0/16", "::1/128"',
        "CR-11",
        "CR-13",
    ),
    fault(
        "a key goes over plain http to anybody",
        "node/crm/client.py",
        'only_allowed=self._base.scheme == "http"',
        'only_allowed=self._base.scheme == ""',
        "CR-11",
    ),
    fault(
        "an answer of a CRM may have any length",
        "node/crm/client.py",
        "LIMIT_ANSWER_BYTES: Final = 4_194_304",
        "LIMIT_ANSWER_BYTES: Final = 4_194_304_000",
        "CR-21",
    ),
    fault(
        "a key that a CRM says back is told",
        "node/crm/client.py",
        'body = body.replace(secret.encode(), "…".encode())',
        'body = body[:2_400].replace(secret.encode(), "…".encode())',
        "CR-46",
    ),
    fault(
        "a record is ours whatever it says now",
        "node/crm/reconciling.py",
        'if record.external_id in {"", aim.external_id}:',
        "if record.external_id is not None:",
        "CR-26",
    ),
    fault(
        "what was deleted there is made anew",
        "node/crm/reconciling.py",
        "        if record is None and known is not None:\n",
        "        if record is None and known is not None and known.ignored:\n",
        "CR-30",
    ),
    fault(
        "one of several is written as if it were alone",
        "node/crm/reconciling.py",
        "    if known is None:  # it was found just now",
        "    if known is None or row:  # it was found just now",
        "CR-29",
    ),
    fault(
        "whatever has an address waits to be written",
        "node/crm/noticing.py",
        "    if await reconciler.store.read(read) is not None:  # no row",
        "    if await reconciler.store.read(read) is not read:  # no row",
        "CR-23",
    ),
    fault(
        "a CRM is left in peace even if its owner asks",
        "node/services/crm/connecting.py",
        "    if row.active and row.rests_until is not None:",
        "    if row.active and row.rests_until == crm.UNTIL_SYNC:",
        "CR-24",
    ),
    fault(
        "an order in the CRM is an order",
        "node/core/crm_quotations.py",
        "        return QuotationMove.NOTHING if agreed else QuotationMove.UNSIGNED\n",
        "        return QuotationMove.NOTHING if agreed else QuotationMove.NOTHING\n",
        "CR-34",
    ),
    fault(
        "signs that nobody sees are offered",
        "node/core/crm_quotations.py",
        "    if not all(map(is_line, (",
        "    if not all(map(str, (",
        "CR-39",
    ),
    fault(
        "two fields go into one",
        "node/core/crm_mapping.py",
        "    if len(set(targets)) != len(targets):\n",
        "    if not targets:\n",
        "CR-17",
    ),
    fault(
        "a program may run what a customer wrote",
        "node/crm/adapters/spreadsheet/cells.py",
        """    return f"'{held}" if _RUN.match(text) else held""",
        "    return held",
        "CR-40",
    ),
    fault(
        "a file is read while it is written",
        "node/crm/adapters/spreadsheet/__init__.py",
        "            if not seconds:\n",
        "            if seconds >= 0:\n",
        "CR-44",
    ),
    Fault(
        "a file is written through whatever link is there",
        (
            (
                "node/crm/adapters/spreadsheet/tables.py",
                "        beside.unlink(missing_ok=True)  #",
                "        #",
            ),
            ("node/crm/adapters/spreadsheet/tables.py", 'beside.open("xb")', 'beside.open("wb")'),
        ),
        ("CR-45",),
    ),
    fault(
        "any number of things is synced at once",
        "node/web/api/crm.py",
        '                "minimum": 1,\n',
        '                "minimum": -1,\n',
        "CR-48",
    ),
    # --- pictures of others ---------------------------------------------------------------------------------
    fault(
        "the pixels of a picture are not counted",
        "node/core/pictures.py",
        "    if head.width * head.height > LIMIT_PIXELS:\n",
        "    if head.width * head.height > LIMIT_PIXELS * LIMIT_PIXELS:\n",
        "UI-16",
    ),
    fault(
        "a picture is shown as it came",
        "node/delivery/faces.py",
        "return await asyncio.to_thread(redraw, body)",
        "return body if redraw(body) else b''",
        "UI-04",
    ),
    fault(
        "a stranger is asked for a picture",
        "node/delivery/faces.py",
        "        if not dealt_with:\n",
        "        if not dealt_with and not row.source:\n",
        "UI-16",
    ),
    fault(
        "a picture is asked for by whoever is looked at again",
        "node/core/faces.py",
        "    return replace(course, due_at=None, asked_at=now, tries=0)",
        "    return replace(course, due_at=now, asked_at=now, tries=0)",
        "UI-16",
    ),
    # --- who is let into the pages --------------------------------------------------------------------------
    fault(
        "a form is taken from wherever it comes",
        "node/web/edge/forms.py",
        "if not known or not is_own_page(_only(sites), _only(origins), own=own):",
        "if not known and is_own_page(_only(sites), _only(origins), own=own):",
        "UI-01",
    ),
    fault(
        "the token of a form is not compared",
        "node/web/edge/forms.py",
        "if visitor is not None and not masks.covers(form.one(TOKEN), visitor.form_token):",
        "if visitor is not None and not form.has(TOKEN):",
        "UI-01",
    ),
    fault(
        "the token of a form is always under the same mask",
        "node/web/edge/masks.py",
        "    covering = _bytes(pad)\n",
        "    covering = bytes(len(_bytes(pad)))\n",
        "UI-01",
    ),
    fault(
        "the token of a form is shown as it is",
        "node/web/pages/frame/page.py",
        "masks.mask(self.visitor.form_token, self.runtime.residents.salt())",
        "self.visitor.form_token",
        "UI-01",
    ),
    fault(
        "a sign-in goes on wherever it is told",
        "node/core/access.py",
        'return text if len(text) <= _LONGEST_PATH and _OWN_PATH.fullmatch(text) else "/"',
        'return text if len(text) <= _LONGEST_PATH and _OWN_PATH is not None else "/"',
        "UI-07",
    ),
    fault(
        "a sign-in before is left as it is",
        "node/services/access/sessions.py",
        "    if previous is not None:\n",
        "    if previous is not None and not previous.id:\n",
        "AU-01",
    ),
    fault(
        "a link is not used up",
        "node/services/access/links.py",
        "    web_sessions.remove_link(session, hash)\n",
        "",
        "AU-01",
    ),
    fault(
        "a calendar's address before the last goes on to be read",
        "node/storage/calendars.py",
        '_CALENDARS = Table(CalendarRow, "calendars", key=("handle",))',
        '_CALENDARS = Table(CalendarRow, "calendars", key=("hash",))',
        "AU-13",
    ),
    fault(
        "a subscription to push messages leads anywhere",
        "node/core/subscriptions.py",
        "        check_iri(endpoint, allow_http=allow_http)\n",
        "",
        "SS-20",
    ),
    fault(
        "a wrong password costs nothing",
        "node/web/edge/tries.py",
        "if wait_seconds > 0:",
        "if wait_seconds < 0:",
        "AU-04",
    ),
    fault(
        "a node is everybody's before it is claimed",
        "node/web/pages/frame/serving.py",
        "if not page.always and runtime.claims.claimed is (page.needs is Needs.CLAIM):",
        "if not page.always and runtime.claims.claimed and page.needs is Needs.CLAIM:",
        "AU-05",
    ),
    # --- what is HTTP ---------------------------------------------------------------------------------------
    fault(
        "the Host is not checked",
        "node/web/edge/hosts.py",
        'request.headers.get("Host", "").lower() not in hosts',
        "False",
        "HT-04",
    ),
    fault(
        "a forwarded address is believed from anybody",
        "node/web/edge/callers.py",
        "if not trusted or not is_within(peer, trusted):",
        "if not forwarded:",
        "HT-25",
    ),
    Fault(
        "bodies have no limit",
        (
            ("node/web/edge/bodies.py", "if size_bytes > limit_bytes:", "if False:"),
            ("protocol/strictjson.py", "if len(body) > limit_bytes:", "if False:"),
        ),
        ("HT-13",),
    ),
    Fault(
        "bodies have all the time in the world",
        (
            (
                "node/web/edge/bodies.py",
                "timeout_at(began + min(seconds, START_SECONDS))",
                "timeout_at(began + 3_600)",
            ),
            ("node/web/edge/bodies.py", "patience.reschedule(began +", "patience.reschedule(began + 3_600 +"),
        ),
        ("HT-19",),
    ),
    fault(
        "connections of one address are not counted",
        "node/web/edge/connections.py",
        "        elif self._by_caller[caller] >= self._per_address:\n",
        "        elif self._by_caller[caller] < 0:\n",
        "HT-20",
    ),
    fault(
        "the answer says what was wrong with the bytes",
        "node/web/edge/connections.py",
        "codes.NOT_HTTP, close",
        'codes.NOT_HTTP, f"The request is not valid HTTP: {message} {exc}", close',
        "HT-17",
        "HT-10",
    ),
    fault(
        "any media type will do",
        "node/web/edge/bodies.py",
        "if len(types) != 1 or not is_activity_type(types[0]):",
        "if not types:",
        "JS-01",
    ),
    # --- what is JSON ---------------------------------------------------------------------------------------
    fault(
        "a key may be said twice",
        "protocol/strictjson.py",
        'if _count_members(document) != outside.count(b":"):',
        "if _count_members(document) < 0:",
        "JS-02",
    ),
    fault("depth has no limit", "protocol/strictjson.py", "LIMIT_DEPTH = 32", "LIMIT_DEPTH = 10**9", "JS-08"),
    fault(
        "any character will do",
        "protocol/strictjson.py",
        "and _FORBIDDEN.search(unescaped):",
        "and False:",
        "JS-05",
    ),
    fault(
        "unknown members of the terms are passed over",
        "protocol/members.py",
        "    if document.keys() <= known:\n",
        "    if True:\n",
        "JS-11",
        "AG-16",
    ),
    # --- who sent it ----------------------------------------------------------------------------------------
    fault(
        "the digest is not recomputed",
        "protocol/digests.py",
        "or any(digest != (_HASHES[name](body).digest(), {}) for name, digest in known.items()):",
        ":",
        "SG-02",
    ),
    fault(
        "the digest need not be covered",
        "protocol/rfc9421.py",
        'needed.add("content-digest")',
        "pass",
        "SG-04",
    ),
    fault(
        "the method need not be covered",
        "protocol/rfc9421.py",
        'needed = {"@method"}',
        "needed = set()",
        "SG-04",
    ),
    fault(
        "old signatures need not cover the host",
        "protocol/cavage.py",
        'needed = {"(request-target)", "host"}',
        'needed = {"(request-target)"}',
        "SG-04",
    ),
    fault(
        "parameters of components are overlooked",
        "protocol/rfc9421.py",
        "if any(parameters for _, parameters in covered[0]) or not all(map(_is_supported, names)):",
        "if not all(map(_is_supported, names)):",
        "SG-10",
    ),
    fault(
        "any number of signatures is examined",
        "protocol/rfc9421.py",
        "_LIMIT_SIGNATURES = 3",
        "_LIMIT_SIGNATURES = 1_000",
        "SG-07",
    ),
    fault(
        "the algorithm is whatever the signature says",
        "protocol/signatures.py",
        "if signature.algorithm not in (None, key.algorithm):",
        "if False:",
        "SG-08",
    ),
    fault(
        "signatures are fresh for ever",
        "protocol/httpmessages.py",
        "if not now - self.max_age.total_seconds() <= created_seconds <= now + skew:",
        "if False:",
        "RP-02",
    ),
    fault(
        "keys of small order are taken",
        "protocol/keys.py",
        "if y in _SMALL_ORDER:",
        "if False:",
        "SG-14",
    ),
    fault(
        "small RSA keys are taken",
        "protocol/keys.py",
        "_RSA_SMALLEST_BITS = 2048",
        "_RSA_SMALLEST_BITS = 512",
        "SG-13",
    ),
    fault(
        "any RSA exponent is taken",
        "protocol/keys.py",
        "_RSA_SMALLEST_EXPONENT = 65537",
        "_RSA_SMALLEST_EXPONENT = 1",
        "SG-13",
    ),
    fault(
        "a 401 says why",
        "node/web/edge/problems.py",
        "codes.UNAUTHENTICATED, headers",
        "codes.UNAUTHENTICATED, f\"Not signed ({__import__('time').time_ns()}).\", headers",
        "SG-17",
        "SG-01",
    ),
    # --- whose key it is ------------------------------------------------------------------------------------
    fault(
        "key ids are compared by their beginning",
        "protocol/actors.py",
        "if key.id == key_id and purpose in key.purposes:",
        "if key.id.startswith(key_id) and purpose in key.purposes:",
        "KY-02",
        "PR-05",
    ),
    Fault(
        "the actor need not be the owner of the key",
        (
            (
                "protocol/verification.py",
                "if not same_origin(signature.key_id, signature.key_id if actor is None else actor):",
                "if False:",
            ),
            (
                "protocol/verification.py",
                "iri = without_fragment(signature.key_id) if actor is None else actor",
                "iri = without_fragment(signature.key_id)",
            ),
            (
                "protocol/verification.py",
                "if key is None or expected not in (None, candidate.iri):",
                "if key is None:",
            ),
        ),
        ("KY-01", "KY-02"),
    ),
    fault(
        "an actor need not be the one that was asked for",
        "protocol/actors.py",
        'if plain.get("id") != iri:',
        "if False:",
        "KY-05",
    ),
    fault(
        "a key's owner is not looked at",
        "protocol/actors.py",
        'if any(_address(owner) != iri for owner in named) or not same_origin(node.get("id"), iri):',
        'if not isinstance(node.get("id"), str):',
        "KY-04",
    ),
    fault(
        "contexts may do with actors as they like",
        "protocol/actors.py",
        "plain = jsonld.read(document, relied_on=_NAMES)",
        "plain = jsonld.read(document, relied_on=frozenset())",
        "KY-04",
    ),
    fault(
        "a key is revoked only at a date",
        "protocol/actors.py",
        'node.get("revoked") is not None',
        'node.get("revoked")',
        "KY-04",
    ),
    fault(
        "a thousand keys are read",
        "protocol/actors.py",
        "LIMIT_KEYS: Final = 16",
        "LIMIT_KEYS: Final = 1_000",
        "KY-13",
    ),
    fault(
        "keys count at the time the signature claims",
        "protocol/verification.py",
        "if _has_expired(key, signature.received):",
        "if _has_expired(key, signature.created):",
        "KY-11",
    ),
    fault(
        "an actor is believed as whatever it is served",
        "node/delivery/client.py",
        "if len(types) != 1 or not media.admits(types[0]):",
        "if not types and False:",
        "KY-07",
    ),
    fault(
        "a document is read to its end",
        "node/delivery/client.py",
        "if len(body) > limit_bytes:",
        "if len(body) > 10**10:",
        "KY-08",
    ),
    fault(
        "a bad signature makes us ask again each time",
        "node/delivery/directory.py",
        "RETRY_AFTER = timedelta(minutes=5)",
        "RETRY_AFTER = timedelta(0)",
        "KY-01",
        "KY-14",
    ),
    fault(
        "strangers can make us fetch as they like",
        "node/delivery/budgets.py",
        "BURST_PER_ORIGIN = 100",
        "BURST_PER_ORIGIN = 100_000",
        "KY-13",
    ),
    fault(
        "anybody announces anybody's change",
        "node/services/people/chapter.py",
        "if received.named != received.sender.iri:",
        "if False:",
        "KY-10",
    ),
    # --- who said it ----------------------------------------------------------------------------------------
    fault(
        "moves need no proof",
        "node/services/negotiations/taking.py",
        "if received.proof_key is None:",
        "if False:",
        "PR-01",
    ),
    fault(
        "proofs are not checked",
        "protocol/proofs.py",
        "if not any(key.verifies(proof.signature, message) for",
        "if not any([True] for",
        "PR-02",
        "PR-10",
    ),
    fault(
        "options of a proof are passed over",
        "protocol/proofs.py",
        "if not proof.keys() <= MEMBERS:",
        "if False:",
        "PR-08",
    ),
    fault(
        "any key of the actor makes proofs",
        "protocol/verification.py",
        "_own_key(candidate, proof.verification_method, KeyPurpose.ASSERTION)",
        "_own_key(candidate, proof.verification_method, KeyPurpose.HTTP)",
        "PR-05",
    ),
    Fault(
        "the proof is checked after compaction",
        (
            (
                "node/web/federation/inbox.py",
                "            document,\n            actor=sender,",
                "            arrival.reading,\n            actor=sender,",
            ),
            ("node/web/federation/inbox.py", "unsecured=arrival.unsecured", "unsecured=None"),
        ),
        ("LD-08",),
    ),
    fault(
        "an acceptance need not hash what it accepts",
        "node/core/threads.py",
        "if move.answers_digest != link.digest:",
        "if False:",
        "PR-13",
    ),
    # --- whose it is ----------------------------------------------------------------------------------------
    Fault(
        "an activity's id may be anybody's",
        (
            ("node/web/federation/inbox.py", "if not same_origin(id, actor):", "if False:"),
            (
                "node/services/inbox.py",
                "if not same_origin(activity, authentic.sender.iri):",
                "if False:",
            ),
        ),
        ("OR-01",),
    ),
    fault(
        "who is addressed is not looked at",
        "node/services/inbox.py",
        " and not found[0].reaches(session, acting, received):",
        " and False:",
        "OR-10",
    ),
    fault(
        "anybody may go on with a negotiation",
        "node/services/negotiations/taking.py",
        "if row.peer != received.peer.id:",
        "if False:",
        "OR-04",
        "OR-07",
    ),
    Fault(
        "anybody may delete anything",
        (
            (
                "node/services/intentions/taking.py",
                "if not _is_senders(received, iri, known):",
                "if False:",
            ),
            ("node/services/negotiations/chapter.py", "if offer.peer != received.peer.id:", "if False:"),
        ),
        ("OR-04", "OR-07"),
    ),
    fault(
        "attribution is not looked at",
        "protocol/moves.py",
        'if read_iri(activity, "attributedTo") not in (None, actor):',
        "if False:",
        "OR-02",
    ),
    # --- what it means --------------------------------------------------------------------------------------
    fault(
        "an inline context may redefine",
        "protocol/contexts.py",
        "if not all(_may_define(name, term, known) for name, term in terms.items()):",
        "if False:",
        "LD-02",
    ),
    fault(
        "what a context redefines may be used all the same",
        "protocol/jsonld.py",
        "if used is not None:",
        "if False:",
        "LD-02",
    ),
    fault(
        "only keys use what a context redefines",
        "protocol/jsonld.py",
        'yield from (value, value.partition(":")[0])',
        "pass",
        "LD-02",
    ),
    fault(
        "a context that is null is none",
        "protocol/jsonld.py",
        'if node["@context"] is None:',
        "if False:",
        "LD-01",
    ),
    fault(
        "of two types the first counts",
        "protocol/jsonld.py",
        "return one(ours or value)",
        "return (ours or value)[0]",
        "JS-10",
    ),
    fault(
        "any profile is ActivityStreams",
        "node/web/edge/bodies.py",
        "(kind == LD_JSON and ACTIVITYSTREAMS_CONTEXT in profiles)",
        "kind == LD_JSON",
        "JS-01",
    ),
    fault(
        "JSON-LD that anybody may have put there is an actor",
        "node/delivery/media.py",
        "return essence in self.types and (essence != LD_JSON or ACTIVITYSTREAMS_CONTEXT in parameters)",
        "return essence in self.types",
        "KY-07",
    ),
    fault(
        "what is signed may have a layer that is not shown",
        "protocol/members.py",
        "if binding and hides:",
        "if False:",
        "AG-16",
    ),
    fault(
        "terms may be attributed to anybody",
        "protocol/offers.py",
        'if author is not None and read_iri(document, "attributedTo") not in (None, author):',
        "if False:",
        "AG-16",
    ),
    fault(
        "a commitment may be to do anything",
        "protocol/offers.py",
        'if commitment.get("action") is not None and ref(commitment["action"]) not in ACTIONS:',
        "if False:",
        "AG-16",
    ),
    fault(
        "keywords may restructure",
        "protocol/jsonld.py",
        "if keyword not in _KEYWORDS:\n"
        '            raise _refused(f"({keyword})" if keyword in _STRUCTURAL else "")\n'
        "        return _KEYWORDS[keyword]",
        "return _KEYWORDS.get(keyword, keyword)",
        "LD-04",
        "LD-07",
    ),
    fault(
        "blank nodes are names",
        "protocol/contexts.py",
        'NOWHERE: Final = "_:"',
        'NOWHERE: Final = "__:"',
        "LD-11",
        "LD-10",
    ),
    # --- where it leads -------------------------------------------------------------------------------------
    fault(
        "the standard library says what is global",
        "node/core/addresses.py",
        "return _why_not_ipv4(judged) if isinstance(judged, IPv4Address) else _why_not_ipv6(judged)",
        'return None if parsed.is_global else "not global"',
        "SS-02",
        "SS-04",
    ),
    fault(
        "literal addresses are dialled",
        "node/delivery/guard.py",
        "if reason is not None:",
        "if False:",
        "SS-01",
        "SS-08",
    ),
    Fault(
        "redirects lead anywhere",
        (
            ("node/delivery/client.py", "if signed and not same_origin(target, following):", "if False:"),
            ("node/delivery/client.py", "LIMIT_HOPS = 2", "LIMIT_HOPS = 20"),
        ),
        ("SS-10", "SS-11"),
    ),
    fault(
        "any certificate will do",
        "node/delivery/client.py",
        'tls = await self._trust.context() if url.scheme == "https" else True',
        "tls = False",
        "SS-19",
    ),
    fault(
        "any port will do",
        "protocol/iris.py",
        "port in _REFUSED_PORTS",
        "False",
        "SS-13",
    ),
    fault(
        "development is for everybody",
        "node/settings/loading.py",
        "if settings.dev and not is_loopback(settings.host):",
        "if False:",
        "SS-22",
    ),
    # --- again, and in which order --------------------------------------------------------------------------
    fault(
        "receipts are not looked up",
        "node/services/inbox.py",
        "if sender.taken is not None:",
        "if False:",
        "RP-01",
        "RP-04",
    ),
    fault(
        "other bytes under a known id are a repetition",
        "node/services/inbox.py",
        "if sender.taken != authentic.digest:",
        "if False:",
        "RP-01",
    ),
    fault(
        "signatures can be used again",
        "node/services/inbox.py",
        "if not is_new and receipt.status == ACCEPTED:",
        "if False:",
        "RP-01",
    ),
    fault(
        "offers are taken after their end",
        "node/core/conditions.py",
        "if move.ends_at is not None and move.ends_at <= now:",
        "if False:",
        "RP-10",
    ),
    fault(
        "a business may offer as often as it likes",
        "node/core/conditions.py",
        "most = policy.offers_per_intention",
        "most = 10**9",
        "RP-05",
    ),
    # --- what is agreed -------------------------------------------------------------------------------------
    fault(
        "the total is taken as stated",
        "protocol/offers.py",
        "if draft.charge.least != _read_stated_amount(reciprocal):",
        "if False:",
        "AG-10",
    ),
    fault(
        "a pause keeps nobody from offering",
        "node/core/conditions.py",
        "    check_not_paused(wanted, now=now)\n    return intention\n",
        "    return intention\n",
        "AG-11",
    ),
    fault(
        "a standing offer is replaced unasked in a pause",
        "node/core/conditions.py",
        "    check_not_paused(negotiation.intention, now=now, thread=negotiation.begun)\n",
        "",
        "AG-11",
    ),
    fault(
        "whoever was not asked is told of a pause",
        "node/core/conditions.py",
        "    wanted = negotiation.intention\n    if wanted is None or not wanted.own",
        "    wanted = negotiation.intention\n    check_not_paused(wanted, now=now)\n"
        "    if wanted is None or not wanted.own",
        "AG-11",
    ),
    fault(
        "what runs on needs no way out",
        "protocol/charges.py",
        "if span.end is None:",
        "if span.end is None and span.start is not None:",
        "AG-24",
    ),
    fault(
        "notice counts for nothing in what is owed",
        "protocol/charges.py",
        "return max(periods_before(free, anchor=span.start, period=per), 1)",
        "return 1",
        "AG-24",
    ),
    fault(
        "a discount counts before it is had",
        "protocol/charges.py",
        "min(times, least)",
        "times",
        "AG-24",
    ),
    fault(
        "an estimate is owed",
        "protocol/charges.py",
        "    return Charge(_NOTHING, None)",
        "    return Charge(each(line), None)",
        "AG-24",
    ),
    fault(
        "a discount may be as large as the price",
        "protocol/charges.py",
        "if None not in times and sum(amounts, _NOTHING) <= 0:",
        "if None not in times and sum(amounts, _NOTHING) < 0:",
        "AG-24",
    ),
    fault(
        "what runs on may pay the customer",
        "protocol/charges.py",
        "if sum([each(line) for line in beside], _NOTHING) < 0:",
        "if False:",
        "AG-24",
    ),
    fault(
        "what is taken off for a time may pay the customer",
        "protocol/charges.py",
        "(line.runs_on or line in discounts)",
        "line.runs_on",
        "AG-24",
    ),
    fault(
        "a rate needs no estimate",
        "protocol/prices.py",
        "if form.by_unit != bool(unit) or form.by_unit != (estimate is not None):",
        "if form.by_unit != bool(unit):",
        "AG-24",
    ),
    fault(
        "a discount is a price",
        "protocol/prices.py",
        "if not any(line.amount for line in lines if not FORMS[line.kind].takes_off):",
        "if not any(line.amount for line in lines):",
        "AG-24",
    ),
    fault(
        "amounts have any number of decimals",
        "protocol/prices.py",
        'if len(text.partition(".")[2]) > decimals:',
        "if False:",
        "AG-08",
    ),
    fault(
        "anything follows anything",
        "protocol/negotiation.py",
        "        return TRANSITIONS[state, party, event]\n",
        "        return TRANSITIONS.get((state, party, event), state)\n",
        "AG-13",
        "AG-14",
    ),
    fault(
        "what was looked at need not be what is accepted",
        "node/core/conditions.py",
        "if seen is not None and seen != thread.standing.digest:",
        "if False:",
        "AG-05",
    ),
    fault(
        "a counter may be about anything",
        "node/core/decisions.py",
        "case Event.COUNTER:\n            check_expiry(move, now)\n"
        "            check_amending_term(drafted(move), negotiation.amended, at=now)\n"
        "            check_terms(negotiation, drafted(move))",
        "case Event.COUNTER:\n            check_expiry(move, now)",
        "AG-07",
    ),
    fault(
        "the final agreement may have other terms",
        "protocol/agreements.py",
        "if final.draft != draft and not (plain and _repeats(final.draft, draft)):",
        "if False:",
        "AG-16",
    ),
    fault(
        "anyone may be told that an intention exists",
        "node/core/conditions.py",
        "if wanted is None or not wanted.own or not wanted.invited:",
        "if wanted is None or not wanted.own:",
        "AG-11",
    ),
    fault(
        "an acceptance ends only when a clock looks at it",
        "node/core/deadlines.py",
        "if _is_over(thread.holds_until, at, grace=grace):",
        "if False:",
        "AG-18",
    ),
    fault(
        "nothing ends an acceptance",
        "node/services/negotiations/chapter.py",
        "lapsing = agreements.lapsing_agreements(session, now - _skew(residents))",
        "lapsing = agreements.lapsing_agreements(session, now, limit=0)",
        "AG-18",
    ),
    fault(
        "an acceptance holds as long as it likes",
        "protocol/moves.py",
        "if ends_at is not None and offer_ends_at is not None and ends_at > offer_ends_at:",
        "if False:",
        "AG-18",
    ),
    fault(
        "a countersignature gets no receipt",
        "node/core/decisions.py",
        "            return Event.ACKNOWLEDGE\n",
        "            return None\n",
        "AG-18",
    ),
    # --- what nobody could keep, and what is taken and then not done ----------------------------------------
    fault(
        "a notice may be of any length",
        "protocol/validity.py",
        "if not 0 < days <= _LONGEST_NOTICE_DAYS:",
        "if False:",
        "AG-08",
    ),
    fault(
        "a notice may be longer than what it ends",
        "protocol/validity.py",
        "if notice is not None and _is_beyond(starts_at, notice, ends_at):",
        "if False:",
        "AG-08",
    ),
    fault(
        "payments may go on after the end",
        "protocol/validity.py",
        "if any(_last_due(line, draft.span, starts_at) > ends_at for line in draft.price):",
        "if False:",
        "AG-08",
    ),
    fault(
        "terms may be over when they are offered",
        "node/core/deadlines.py",
        "if draft.ends_at is not None and draft.ends_at <= at:",
        "if False:",
        "AG-08",
    ),
    fault(
        "the address of an agreement is used as it is spelled",
        "protocol/moves.py",
        'if not (agreement.get("id") and isinstance(agreement["id"], str)):',
        "if False:",
        "AG-16",
    ),
    fault(
        "an agreement is in force until a clock has looked",
        "node/core/deadlines.py",
        "return ends_at is not None and ends_at <= at",
        "return False",
        "AG-13",
    ),
    fault(
        "notice may be given without end",
        "node/core/leaving.py",
        "if negotiation.notices >= NOTICES:",
        "if False:",
        "AG-14",
    ),
    fault(
        "a deletion is acknowledged and nothing is deleted",
        "node/services/negotiations/messages.py",
        "payloads.purge_payload(session, digest, why=_DELETED, at=acting.now)",
        "del digest",
        "OR-04",
    ),
    fault(
        "anybody deletes a message",
        "node/services/negotiations/messages.py",
        "if message.own or offer is None or offer.peer != received.peer.id:",
        "if message.own:",
        "OR-04",
    ),
    fault(
        "the answer to a request that was never made is taken",
        "node/services/people/chapter.py",
        "    raise Conflict(codes.UNKNOWN_FOLLOW)\n",
        "    return None\n",
        "RP-07",
    ),
    fault(
        "a negotiation shows what our clock did",
        "node/services/disclosure.py",
        " for move in list_moves(session, row.id) if move.by_party is not Party.CLOCK]",
        " for move in list_moves(session, row.id)]",
        "AC-11",
    ),
    fault(
        "a signature may expire before it is made",
        "protocol/httpmessages.py",
        "if expires_seconds is not None and expires_seconds < created_seconds:",
        "if False:",
        "RP-02",
    ),
    fault(
        "a key is believed because the address lists it",
        "node/services/ledger/keys.py",
        "(sender.key or KeyState.HELD)",
        "(sender.key or KeyState.KNOWN)",
        "KY-14",
    ),
    fault(
        "a key that the owner refused is held again",
        "node/services/ledger/keys.py",
        "    if state is KeyState.REFUSED:\n        raise Forbidden(codes.KEY_REFUSED)\n",
        "",
        "KY-14",
    ),
    fault(
        "an announcement needs no key that was known",
        "node/services/inbox.py",
        "    is_added = keys.check(session, sender, authentic)\n",
        '    update = authentic.activity.get("type") == "Update"\n'
        "    is_added = update or keys.check(session, sender, authentic)\n",
        "KY-10",
    ),
    fault(
        "which key signed is asked of a document that came later",
        "node/web/federation/inbox.py",
        "http_key=http_key,",
        "http_key=sender.key(http_key.id, KeyPurpose.HTTP) if http_key else None,",
        "KY-10",
    ),
    fault(
        "whoever serves an address reads what was told to it",
        "node/services/disclosure.py",
        "if peer is None or reader is None or not keys.is_trusted(session, actor, peer, reader.fragment):",
        "if peer is None:",
        "AC-05",
    ),
    fault(
        "an announced rotation is acknowledged and forgotten",
        "node/services/people/chapter.py",
        "keys.announce(session, acting, received.peer, keys.fragments_of(described))",
        "pass",
        "KY-14",
    ),
    fault(
        "nobody looks who else has a key",
        "node/services/people/peers.py",
        "peer_keys.others_with(session, acting.iri, row.id, fragments, limit=keys.TOLD)",
        "peer_keys.others_with(session, acting.iri, row.id, [], limit=keys.TOLD)",
        "KY-04",
    ),
    fault(
        "a receipt is taken unseen",
        "node/core/decisions.py",
        "PROVING = frozenset({Event.ACCEPT, Event.COUNTERSIGN, Event.ACKNOWLEDGE})",
        "PROVING = frozenset({Event.ACCEPT, Event.COUNTERSIGN})",
        "AG-18",
    ),
    fault(
        "a Read may be of anything",
        "protocol/moves.py",
        "event = of_move.get(move.event, move.event if move.event in _OF_OFFER else None)",
        "event = of_move.get(move.event, move.event)",
        "AG-18",
    ),
    fault(
        "what has lapsed is not revoked",
        "node/services/negotiations/revoking.py",
        "kinds=frozenset({LAPSED, REFUSED})",
        "kinds=frozenset({REFUSED})",
        "AG-18",
    ),
    fault(
        "what was refused is not revoked",
        "node/services/negotiations/revoking.py",
        "kinds=frozenset({LAPSED, REFUSED})",
        "kinds=frozenset({LAPSED})",
        "AG-19",
    ),
    fault(
        "an acceptance of ours says no end",
        "node/services/negotiations/making.py",
        "agreement=document, ends_at=until)",
        "agreement=document)",
        "AG-19",
    ),
    fault(
        "an acceptance is revoked whenever it pays",
        "node/core/deadlines.py",
        "and at < thread.holds_until:",
        "and False:",
        "AG-20",
    ),
    fault(
        "an offer that was taken back is countersigned by itself",
        "node/core/decisions.py",
        "return made_at <= retracted_at and at - retracted_at <= CROSSING",
        "return True",
        "AG-20",
    ),
    fault(
        "a plain offer waits for a countersignature",
        "node/services/outbox/endings.py",
        "concluding = [row for row in rows if row.envelope == CONCLUSION]",
        "concluding = []",
        "AG-21",
    ),
    # --- more than a node can take --------------------------------------------------------------------------
    fault(
        "bodies together have no limit",
        "node/web/edge/bodies.py",
        "while self.held_bytes + more_bytes > self.limit_bytes:",
        "while False:",
        "DO-02",
    ),
    fault(
        "who holds most does not give way",
        "node/web/edge/bodies.py",
        "            other = self._crowd(share, more_bytes)\n",
        "            other = None\n",
        "DO-02",
    ),
    fault(
        "callers are not counted",
        "node/web/edge/rates.py",
        "if tokens < 1.0:",
        "if False:",
        "DO-01",
        "DO-11",
    ),
    fault(
        "what is sent waits for what strangers name",
        "node/app.py",
        "    reader = open_reader(opening, client)\n",
        "    reader = client if open_reader else client\n",
        "DO-17",
    ),
    fault(
        "one network has us ask whomever it names",
        "node/delivery/budgets.py",
        "BURST_PER_CALLER = 120",
        "BURST_PER_CALLER = 120_000",
        "DO-17",
    ),
    fault(
        "whom we know is paid for by its server",
        "node/delivery/budgets.py",
        "        if known:\n",
        "        if known and not by:\n",
        "DO-18",
    ),
    fault(
        "one network has all that a server is asked for",
        "node/delivery/budgets.py",
        "BURST_OF_CALLER_PER_ORIGIN = 80",
        "BURST_OF_CALLER_PER_ORIGIN = 80_000",
        "DO-18",
    ),
    fault(
        "whoever guesses uses up what the owner needs",
        "node/web/edge/runtime.py",
        "FIRST_TRIES: Final = 3 ",
        "FIRST_TRIES: Final = 0 ",
        "AU-15",
    ),
    fault(
        "a few wrong posts end the code of a new node",
        "node/core/claims.py",
        "TRIES: Final = 1 << 20 ",
        "TRIES: Final = 5 ",
        "AU-16",
    ),
    fault(
        "who guesses the code uses up what its owner needs",
        "node/web/edge/tries.py",
        "claim_tries.take(network_of(client_of(request))",
        "claim_tries.take(network_of(client_of(request))[:0]",
        "AU-16",
    ),
    fault(
        "who comes first keeps all connections",
        "node/web/edge/connections.py",
        "        if self.open >= self._limit and not self._make_room(network):\n",
        "        if self.open >= self._limit and not (network == '' and self._make_room(network)):\n",
        "DO-20",
    ),
    fault(
        "every slow name of a domain is waited for",
        "node/delivery/lanes.py",
        "IN_FLIGHT_PER_NEIGHBOURHOOD = 32",
        "IN_FLIGHT_PER_NEIGHBOURHOOD = 64",
        "DO-19",
    ),
    fault(
        "names of one domain have all threads that ask for names",
        "node/delivery/names.py",
        "            if self._held[near] >= THREADS_PER_NEIGHBOURHOOD:\n",
        "            if self._held[near] >= THREADS:\n",
        "DO-21",
    ),
    fault(
        "a body is walked through, whatever its parts",
        "protocol/incoming.py",
        'body.count(b"[") + body.count(b"{") > LIMIT_PARTS',
        'body.count(b"[[[[") > LIMIT_PARTS',
        "DO-22",
    ),
    fault(
        "every name of a domain has a budget of its own",
        "node/delivery/budgets.py",
        'return host if host.startswith("[") or labels[-1].isdigit() else ".".join(labels[-2:])',
        "return host if labels else host",
        "DO-04",
    ),
    fault(
        "a pattern backtracks",
        "protocol/times.py",
        r"P(?=\d)(?:(\d{1,4})Y)?",
        r"P(?=\d)(?:(?:\d+)+X)?(?:(\d{1,4})Y)?",
        "DO-07",
    ),
    fault(
        "documents of strangers are kept, however large",
        "node/delivery/directory.py",
        "LIMIT_KEPT_BYTES = 16_384",
        "LIMIT_KEPT_BYTES = 16_384_000",
        "DO-08",
    ),
    fault(
        "a cursor is anything",
        "node/services/negotiations/messages.py",
        "if cursor is not None and (last is None or last.offer != row.id):",
        "if False:",
        "DO-10",
    ),
    fault(
        "refusals are kept whole",
        "node/storage/refusals.py",
        "body[:BODY_LIMIT_BYTES]",
        "body",
        "DO-13",
    ),
    fault(
        "connections may use up every descriptor",
        "node/host.py",
        "else limit - min(DESCRIPTORS_KEPT, limit // 2)",
        "else limit",
        "DO-16",
    ),
    # --- what looks alike -----------------------------------------------------------------------------------
    fault(
        "host names may be mapped ones in disguise",
        "protocol/iris.py",
        'and unicodedata.normalize("NFKC", name) == name == name.lower()',
        "",
        "UN-01",
    ),
    fault(
        "what cannot be seen is printed as it is",
        "node/core/legible.py",
        '_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})',
        '_UNSEEN: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})',
        "UN-04",
    ),
    fault(
        "currencies are read in capitals",
        "protocol/prices.py",
        'currency = read_required_text(document, "currency")',
        'currency = read_required_text(document, "currency").strip().upper()',
        "UN-05",
    ),
    fault(
        "anything may be in a language",
        "protocol/jsonld.py",
        'if "@language" in seen and "@value" not in seen:',
        "if False:",
        "UN-08",
    ),
    fault(
        "any text is a handle",
        "protocol/discovery.py",
        "isinstance(json, str) and _HANDLE.fullmatch(json)",
        "isinstance(json, str)",
        "UN-07",
    ),
    fault(
        "an offset may have any number of minutes",
        "protocol/times.py",
        r"(?:[01]\d|2[0-3]):[0-5]\d)",
        r"\d\d:\d\d)",
        "UN-08",
    ),
    # --- what is sent ---------------------------------------------------------------------------------------
    fault(
        "a peer may ask us to wait for years",
        "node/core/retries.py",
        "return min(wait, LONGEST_WISH)",
        "return wait",
        "DL-01",
    ),
    fault(
        "a gone inbox is believed though nobody could be asked",
        "node/delivery/envelopes/activities.py",
        "return replace(gone, status=None, wait=RETRY_AFTER, answered=True)",
        "return gone",
        "DL-07",
    ),
    fault(
        "a refusal is tried again",
        "node/core/retries.py",
        "return Fate.REFUSED if 400 <= status < 500 else Fate.QUEUED",
        "return Fate.QUEUED",
        "DL-02",
    ),
    fault(
        "the window never ends",
        "node/core/retries.py",
        "WINDOW = timedelta(days=7)",
        "WINDOW = timedelta(days=700)",
        "DL-04",
    ),
    fault(
        "an answer to a post is read to its end",
        "node/delivery/client.py",
        "if len(body) >= LIMIT_ANSWER_BYTES:",
        "if False:",
        "DL-05",
    ),
    fault(
        "a retry goes where the inbox was",
        "node/delivery/envelopes/activities.py",
        "if row.attempts == 0 and (hint is not None or has_inbox):",
        "if hint is not None or has_inbox:",
        "DL-07",
    ),
    fault(
        "a retry is dated like the first attempt",
        "node/delivery/client.py",
        "            key_id=signing.id,\n            now=self._clock(),",
        "            key_id=signing.id,\n            now=self._clock() - timedelta(days=2),",
        "DL-08",
    ),
    fault(
        "notes go along with what is sent",
        "node/core/intentions.py",
        'content=read_text(wish, "content", limit=CONTENT_LIMIT),\n        quantity',
        'content=read_text(wish, "content") + read_text(wish, "notes"),\n        quantity',
        "DL-10",
    ),
    # --- who may see it -------------------------------------------------------------------------------------
    fault(
        "whoever signs may read an agreement",
        "node/services/disclosure.py",
        "return peer is not None and peer.id == row.peer and not peer.blocked",
        "return reader is not None and (peer is None or not peer.blocked)",
        "AC-01",
    ),
    fault(
        "an activity is shown to anybody",
        "node/services/disclosure.py",
        "    if not reader.may_hear(session, entry, activity):\n        return None\n",
        "",
        "AC-01",
    ),
    fault(
        "what is private is kept by caches",
        "node/web/federation/documents.py",
        '"Cache-Control": "private, no-store"',
        '"Cache-Control": "private, max-age=60"',
        "AC-04",
    ),
    fault(
        "an offer says by what is wrong with it that a wish is here",
        "node/services/negotiations/taking.py",
        "return row if row is not None and _concerns(session, row, received.peer) else None",
        "return row",
        "AC-14",
    ),
    fault(
        "that something changed at home is told",
        "node/services/intentions/casting.py",
        "    return before.render(before.for_copy(session, copy)) != after.render(reader)\n",
        "    return bool(reader)\n",
        "AC-15",
    ),
    fault(
        "what was taken back stays in the outbox",
        "node/services/disclosure.py",
        "    if row is None or row.state in _OVER:\n        return False\n    told = ",
        "    if row is None:\n        return False\n    told = ",
        "AC-16",
    ),
    fault(
        "what was left out of a wish stays in the outbox",
        "node/services/disclosure.py",
        'return version_of(activity["object"]) == (version_of(row.document) if told is None else told)',
        'return version_of(activity["object"]) <= (version_of(row.document) if told is None else told)',
        "AC-16",
    ),
    fault(
        "what of a profile was public stays so in what told of it",
        "node/services/disclosure.py",
        'return public is not None and public.members == entry.decision.get("members")',
        "return public is not None",
        "AC-16",
    ),
    fault(
        "a message that was refused once outlives its deletion",
        "node/services/negotiations/messages.py",
        "    refusals.forget_refusals(session, acting.iri, message.iri, ",
        "    refusals.forget_refusals(session, message.iri, acting.iri, ",
        "AC-16",
    ),
    fault(
        "a message about an offer in quarantine is about nothing",
        "node/services/negotiations/apart.py",
        "    held = rows.quarantined_negotiation(session, acting.iri, messages.negotiation_of(received))\n",
        "    held = rows.quarantined_negotiation(session, acting.iri, received.peer.id)\n",
        "AC-17",
    ),
    fault(
        "a new offer in place of one in quarantine is about nothing",
        "node/services/negotiations/apart.py",
        "    held = _held(session, acting, received)\n",
        '    held = _held(session, acting, received) if received.activity["type"] == "Undo" else []\n',
        "AC-17",
    ),
    fault(
        "whoever may read is shown where the owner is told",
        "node/web/api/notices.py",
        "        scope=Scope.ADMIN,  # who knows a topic reads along\n",
        "",
        "AC-18",
    ),
    fault(
        "a rule answers counter after counter",
        "node/services/trade/haggling.py",
        "    if len(countered) != 1 or held is None:\n",
        "    if not countered or held is None:\n",
        "AC-19",
    ),
    fault(
        "a rule forgets which counters it has answered",
        "node/services/trade/haggling.py",
        "    since = acting.now - WITHIN\n",
        "    since = acting.now\n",
        "AC-19",
    ),
    fault(
        "what waits to be undone stands in the way of what the other end does",
        "node/core/crossings.py",
        "        if pending.waits:\n",
        "        if pending.waits and not pending.moves:\n",
        "AC-20",
    ),
    fault(
        "who is told goes on to be told after the lock",
        "node/services/access/security.py",
        "    channels.lock_all(session)\n",
        "",
        "AC-23",
    ),
    fault(
        "an inbox is shared with who is blocked",
        "node/storage/peers.py",
        "    return first is not None and str(first[0]).startswith(place)\n",
        "    return first is not None and str(first[0]) == place\n",
        "AC-22",
    ),
    fault(
        "a move that has not left is listed",
        "node/services/disclosure.py",
        "            moves = [move.iri for move in made if move.iri not in kept_back]\n",
        "            moves = [move.iri for move in made if move.iri != kept_back]\n",
        "AC-21",
    ),
    fault(
        "a move that was taken back before it left can be fetched",
        "node/services/disclosure.py",
        "    return None if _kept_back(session, entry.actor, [asked.iri]) else activity\n",
        "    return activity\n",
        "AC-21",
    ),
    fault(
        "the blocked get their receipts again",
        "node/services/inbox.py",
        "    if peer.blocked:\n",
        "    if peer.blocked and sender.taken is None:\n",
        "AC-05",
    ),
    fault(
        "the blocked are told apart by their signature",
        "node/services/disclosure.py",
        "return bool(known) and all(peer is not None and peer.blocked for peer in known)",
        "return bool(known) and all(peer is not None and not peer.handle for peer in known)",
        "AC-05",
    ),
    fault(
        "the blocked are heard",
        "node/services/inbox.py",
        "if peer.blocked:",
        "if False:",
        "AC-05",
    ),
    Fault(
        "the blocked may read on",
        (
            (
                "node/services/disclosure.py",
                "return bool(known) and all(peer is not None and peer.blocked for peer in known)",
                "return False",
            ),
            ("node/services/intentions/audiences.py", "if peer.blocked:", "if False:"),
        ),
        ("AC-05",),
    ),
    Fault(
        "what the blocked have offered stands in the way",
        (
            ("node/services/negotiations/rivals.py", "if not negotiation.peer.blocked:", "if True:"),
            ("node/services/negotiations/rivals.py", "if isinstance(error, ProtocolError):", "if False:"),
        ),
        ("AC-05",),
    ),
    fault(
        "events tell what was offered",
        "node/web/edge/streams.py",
        '"peer": entry.peer,',
        '"peer": entry.peer, "body": entry.body.decode(),',
        "AC-10",
    ),
    fault(
        "a notice names who sent what it is about",
        "node/services/notices/tidings.py",
        "return _named(session, row, told) if saying is Saying.WHO else told",
        "return _named(session, row, told)",
        "AC-10",
    ),
    fault(
        "the owner is told what the owner did",
        "node/services/notices/following.py",
        "if entry.direction is Direction.OUT:",
        "if False:",
        "AC-10",
    ),
    fault(
        "each offer is a message of its own",
        "node/services/notices/outbox.py",
        "        if free <= now and not spent:\n            return of_kind",
        "        if free <= now or not spent:\n            return of_kind[:1]",
        "DO-14",
    ),
    fault(
        "what it takes to tell the owner is shown",
        "node/services/notices/channels.py",
        '"medium": row.medium,',
        '"medium": row.medium, "config": row.config,',
        "AC-11",
    ),
    fault(
        "the chain is not recomputed",
        "node/storage/chains.py",
        "if reason is not None:\n        return replace(walk, reason=reason)",
        "if False:\n        return replace(walk, reason=reason)",
        "AC-13",
    ),
    # --- the ways in ----------------------------------------------------------------------------------------
    fault(
        "a token may do everything",
        "node/web/edge/authentication.py",
        "if scope not in self.scopes:",
        "if False:",
        "AU-08",
    ),
    fault(
        "a revoked token is a token",
        "node/storage/tokens.py",
        '"hash = ? AND revoked_at IS NULL"',
        '"hash = ?"',
        "AU-13",
    ),
    fault(
        "a header names the owner",
        "node/web/edge/authentication.py",
        "    if over_socket(request):\n        return OWNER",
        '    if over_socket(request) or "Remote-User" in request.headers:\n        return OWNER',
        "AU-10",
    ),
    fault(
        "the socket is everybody's",
        "node/host.py",
        "path.chmod(folder.PRIVATE_FILE)",
        "path.chmod(0o666)",
        "AU-11",
    ),
    fault(
        "the first token goes to the log",
        "node/commands/up.py",
        'if not call.out.terminal:\n        return ""',
        'if False:\n        return ""',
        "AU-05",
    ),
    fault(
        "the other address of localhost is left to others",
        "node/host.py",
        "    for family in _BY_LOCALHOST.get(settings.host, ()):\n",
        "    for family in _BY_LOCALHOST.get(settings.origin, ()):\n",
        "LO-15",
    ),
    fault(
        "whoever works here locks the node",
        "node/services/access/security.py",
        "    acting.check_owner()\n    now = acting.now\n",
        "    now = acting.now\n",
        "AU-08",
    ),
    fault(
        "whoever works here silences the owner's notices",
        "node/services/notices/channels.py",
        "    if acting.person != row.person:\n",
        "    if not row.person:\n",
        "AU-08",
    ),
    fault(
        "whoever works here takes the calendar back",
        "node/services/access/calendars.py",
        "    acting.check_owner()\n    shown",
        "    shown",
        "AU-08",
    ),
    fault(
        "who is led here by a neighbour may press at once",
        "node/web/edge/pages.py",
        '_FOREIGN: Final = frozenset({"cross-site", "same-site"})',
        '_FOREIGN: Final = frozenset({"cross-site"})',
        "UI-18",
    ),
    # --- words of others in the place of ours ---------------------------------------------------------------
    fault(
        "a line of a price is called whatever others like",
        "node/web/pages/wording/revisions.py",
        "    return labels.theirs(said) if said else",
        "    return said if said else",
        "UI-17",
    ),
    fault(
        "a name goes on like the list that it stands in",
        "node/web/pages/templates/spread.html",
        "{{ quoted(offer.peer.name) if ",
        "{{ name_of(offer.peer.name).text if ",
        "UI-17",
    ),
    fault(
        "a unit reads on in its number",
        "node/web/pages/wording/labels.py",
        "    return unit if not unit or unit[0].isalpha()",
        "    return unit if not unit or unit[0].isprintable()",
        "UI-17",
    ),
    fault(
        "of a long host the beginning is shown",
        "node/web/pages/wording/words.py",
        '"…" + seen[-NAME_GRAPHEMES:] if cut',
        'seen[:NAME_GRAPHEMES] + "…" if cut',
        "UI-17",
    ),
    fault(
        "a host goes on behind a question mark",
        "node/web/pages/wording/words.py",
        '_AFTER_HOST: Final = re.compile(r"[/?#\\\\]")',
        '_AFTER_HOST: Final = re.compile(r"[/#\\\\]")',
        "UI-17",
    ),
    fault(
        "what is signed is cut where it is long",
        "node/web/pages/wording/words.py",
        "    return Words(said, hidden, mixed=_is_mixed(said), posing=_is_posing(said))",
        "    return Words(said[:NAME_GRAPHEMES], hidden, mixed=_is_mixed(said), posing=_is_posing(said))",
        "UI-17",
    ),
    fault(
        "the one line of a price is accepted without what it is for",
        "node/web/pages/templates/accept.html",
        '{% if lines|length != 1 or price[0].get("label") or ',
        "{% if lines|length != 1 or ",
        "UI-17",
    ),
    fault(
        "any name is read from behind its last sign",
        "node/web/pages/wording/words.py",
        "    if _ADDRESS.fullmatch(said):",
        "    if said:",
        "UI-17",
    ),
    fault(
        "two of one name are listed alike",
        "node/web/pages/wording/words.py",
        "    return frozenset(iri for those in named.values() if len(those) > 1",
        "    return frozenset(iri for those in named.values() if len(those) < 1",
        "UI-17",
    ),
    fault(
        "it is not said at whose server an offer is accepted",
        "node/web/pages/templates/accept.html",
        '{% call ui.fact(_("From")) %}{{ ui.party(peer) }}{% endcall %}\n',
        "",
        "UI-17",
    ),
    fault(
        "a name may say what the page says",
        "node/web/pages/wording/words.py",
        "    return _SEALS.search(text) is not None or _read_as(text) in _OURS\n",
        "    return _SEALS.search(text) is not None\n",
        "UI-17",
    ),
    fault(
        "letters of formulas are letters",
        "node/web/pages/wording/words.py",
        '_DRAWN_AS: Final = "<font>"',
        '_DRAWN_AS: Final = "<fonts>"',
        "UI-17",
    ),
    # --- what lies on the disk ------------------------------------------------------------------------------
    fault(
        "the folder may be a link",
        "node/folder.py",
        "if folder.is_symlink():",
        "if False:",
        "LO-01",
    ),
    fault(
        "the folder may be another user's",
        "node/folder.py",
        "if status.st_uid != os.getuid():",
        "if False:",
        "LO-01",
    ),
    fault(
        "what others can read stays so",
        "node/folder.py",
        "    path.chmod(mode)\n    return True",
        "    return True",
        "LO-01",
    ),
    fault(
        "a database that holds nothing is that of a new node",
        "node/folder.py",
        "if _is_bare(folder / DATABASE_NAME) and not log and (was_set_up or lock is None):",
        "if False:",
        "LO-14",
    ),
    fault(
        "a database that is gone is made anew",
        "node/folder.py",
        "if database is None and was_set_up:",
        "if False:",
        "LO-14",
    ),
    fault(
        "unknown settings are passed over",
        "node/settings/loading.py",
        "if key not in FIELDS:",
        "if False:",
        "LO-10",
    ),
    fault(
        "databases can be attached",
        "node/storage/sqlite/connections.py",
        "return _DENY if action == _ATTACH else _OK",
        "return _OK",
        "LO-11",
    ),
    fault(
        "links are followed where a file is prepared",
        "node/terminal/settings_file.py",
        " | os.O_TRUNC | os.O_NOFOLLOW, 0o600)",
        " | os.O_TRUNC, 0o600)",
        "LO-13",
    ),
    fault(
        "any schema will do",
        "node/storage/sqlite/migrations.py",
        "    if schema_hash(session) != _expected_hash((*RELEASED, *more)):",
        "    if False:",
        "LO-14",
    ),
    fault(
        "a trigger can hide behind a name of SQLite's",
        "node/storage/sqlite/migrations.py",
        "AND NOT (type = 'table' AND substr(name, 1, 7) = 'sqlite_') ",
        "AND substr(name, 1, 7) <> 'sqlite_' ",
        "LO-14",
    ),
    # --- what is read as RDF, and what a page could do ------------------------------------------------------
    fault(
        "any name is a term",
        "node/core/profiles.py",
        "if not isinstance(name, str) or not _TERM.fullmatch(name):",
        "if not isinstance(name, str):",
        "RD-07",
    ),
    fault(
        "any text is an address",
        "node/core/profiles.py",
        " or not _IRI.fullmatch(given):",
        ":",
        "RD-07",
    ),
    fault(
        "a profile may come as anything",
        "node/web/api/operations.py",
        "if media_type not in JSON_TYPES or not operation.body:",
        "if not operation.body:",
        "RD-04",
    ),
    fault(
        "streams are not counted",
        "node/web/edge/streams.py",
        ">= runtime.settings.streams_per_token:",
        ">= 10**9:",
        "UI-14",
    ),
    fault(
        "answers can be framed",
        "node/web/edge/gate.py",
        "response.headers.setdefault(name, value)",
        "pass",
        "UI-08",
    ),
    # --- what has run out, and what is to come --------------------------------------------------------------
    fault(
        "a counter that has run out is accepted in the owner's name",
        "node/core/decisions.py",
        "return None if is_run_out(met.begun, at=now) else Event.ACCEPT",
        "return Event.ACCEPT",
        "AG-22",
    ),
    fault(
        "an offer may be of any year",
        "node/core/deadlines.py",
        "if move.published is not None and move.published - at > grace:",
        "if False:",
        "AG-23",
    ),
    fault(
        "only the other end is bound by the number of rounds",
        "node/core/decisions.py",
        "            check_rounds(negotiation.begun, policy)\n",
        "",
        "QU-04",
    ),
    fault(
        "an agreement is amended any number of times at once",
        "node/core/conditions.py",
        "if crowd.open_about_intention >= policy.offers_per_intention:",
        "if False:",
        "QU-05",
    ),
    fault(
        "an inbox is believed whoever's document it is from",
        "node/services/ledger/keys.py",
        "    return bool(known) and (KeyState.KNOWN not in states or",
        "    return False and (KeyState.KNOWN not in states or",
        "KY-14",
    ),
    fault(
        "a key beside an old one is its owner's",
        "node/services/ledger/keys.py",
        "    if known.get(by.key.fragment) is not KeyState.KNOWN:",
        "    if False:",
        "KY-14",
    ),
    fault(
        "nobody adds a key",
        "node/services/ledger/keys.py",
        "    if state is KeyState.HELD and not _is_added(session, sender, authentic):",
        "    if state is KeyState.HELD:",
        "KY-14",
    ),
    fault(
        "what is under way was never sent",
        "node/delivery/carrier.py",
        "                await self._mark_tried(parcels)\n",
        "",
        "AG-19",
    ),
    fault(
        "a counter that is taken back gives the offer life again",
        "protocol/negotiation.py",
        "(State.COUNTERED, Party.OFFEREE, Event.RECANT): State.REJECTED,",
        "(State.COUNTERED, Party.OFFEREE, Event.RECANT): State.OFFERED,",
        "AG-25",
    ),
    fault(
        "whatever bytes a counter has, it is taken back",
        "node/core/threads.py",
        "    if move.answers_digest != link.digest:\n",
        "    if move.event is not Event.RECANT and move.answers_digest != link.digest:\n",
        "AG-25",
    ),
    # --- what is signed, and was shown to nobody ------------------------------------------------------------
    fault(
        "whoever accepts may add links",
        "protocol/agreements.py",
        '"published", "supersedes"}\n',
        '"published", "supersedes", "url"}\n',
        "AG-26",
    ),
    fault(
        "an inner proof is passed over",
        "protocol/jsonld.py",
        "    known |= {UNREAD + key: True for key in value.keys() & _PROOFS}\n",
        "",
        "AG-26",
    ),
    fault(
        "an inner proof by its whole name is passed over",
        "protocol/folding.py",
        "            folded[UNREAD + iri.removeprefix(vocabulary.SECURITY)] = True\n",
        "            continue\n",
        "AG-26",
    ),
    fault(
        "what expansion drops was never there",
        "protocol/jsonld.py",
        "    if any(map(str.isspace, term.iri)):\n",
        "    if term.iri.isspace():\n",
        "AG-26",
    ),
    fault(
        "only style and comments hide something",
        "protocol/hypertext.py",
        'hides = hides or name not in _MEANINGLESS or mark[3].strip(" /\\t\\r\\n\\f") != ""',
        'hides = hides or "style" in mark[3]',
        "AG-26",
    ),
    fault(
        "terms may be of another type as well",
        "protocol/members.py",
        "        if isinstance(named, list) and len(named) > 1:\n",
        "        if not named:\n",
        "AG-26",
    ),
    fault(
        "a commitment may be anybody's",
        "protocol/agreements.py",
        "        if not same_origin(read_within(member, _read_id, one(document[member])), iri):\n",
        "        if not read_within(member, _read_id, one(document[member])):\n",
        "AG-26",
    ),
    fault(
        "a property may be stated in two spellings",
        "protocol/specifications.py",
        "    if len({property_form(property.name) for property in properties}) < len(properties):",
        "    if len({caseless(property.name) for property in properties}) < len(properties):",
        "AG-26",
    ),
    fault(
        "what recurs may have begun at any time",
        "node/core/deadlines.py",
        "        if min(second, default=at) + _LATE <= at:\n",
        "        if min(second, default=at) + _LATE < starts_at:\n",
        "AG-27",
    ),
    fault(
        "what has begun meanwhile is accepted",
        "node/core/conditions.py",
        "    check_amending_term(thread.draft, negotiation.amended, at=now)\n",
        "",
        "AG-27",
    ),
    fault(
        "an agreement may outlive everybody",
        "node/core/deadlines.py",
        "> _LIFETIME:",
        "> 1_000 * _LIFETIME:",
        "AG-28",
    ),
    fault(
        "years are counted like months",
        "protocol/prices.py",
        "YEARS_LIMIT if per is Period.YEAR else COUNT_LIMIT",
        "COUNT_LIMIT",
        "AG-28",
    ),
    Fault(
        "a floor is an amount of any currency",
        (
            ("node/core/matching.py", " if item.currency == offered.currency else None\n", "\n"),
            (
                "node/core/matching.py",
                "    if not _is_by_list(item, offered, lowest=lowest):\n",
                "    if False:\n",
            ),
        ),
        ("AG-29",),
    ),
    fault(
        "a floor counts whatever a person has priced",
        "node/core/matching.py",
        "    if not _is_by_list(item, offered, lowest=lowest):\n",
        "    if False:\n",
        "AG-43",
    ),
    fault(
        "a shelf holds what the rule had offered",
        "node/services/negotiations/offers.py",
        "    kept = held_for(session, negotiation, terms.draft)\n",
        "    kept: dict[str, Any] = {}\n",
        "QU-11",
    ),
    fault(
        "what a refused signature has superseded stays so",
        "node/services/negotiations/projecting.py",
        "    if thread.amends is not None and any(move.event is Event.COUNTERSIGN for move in gone):\n",
        "    if thread.amends == '' and any(move.event is Event.COUNTERSIGN for move in gone):\n",
        "AG-41",
    ),
    fault(
        "a refusal comes before every answer",
        "node/services/negotiations/undoing.py",
        "    if any(made.by_party is other(offer.role) for made in moves if made.iri in void):\n",
        "    if any(made.iri == '' for made in moves if made.iri in void):\n",
        "AG-44",
    ),
    fault(
        "a refusal comes before every change",
        "node/services/negotiations/undoing.py",
        "    if status is not None and signed and goes_on(session, offer):\n",
        "    if status == 0 and signed and goes_on(session, offer):\n",
        "AG-45",
    ),
    fault(
        "what was changed may still be revoked",
        "node/services/negotiations/folding.py",
        "    if signature in own and goes_on(session, row):\n",
        "    if signature == '' and goes_on(session, row):\n",
        "AG-45",
    ),
    fault(
        "a notice needs the consent of who is left",
        "node/services/negotiations/undoing.py",
        "        if against is None:\n",
        "        if against == '':\n",
        "AG-46",
    ),
    fault(
        "a notice that counts is sent no more",
        "node/services/outbox/deliveries.py",
        "    if goes_again(session, row, notice, now=now):\n",
        "    if goes_again(session, row, notice, now=now) and row.id == '':\n",
        "AG-46",
    ),
    fault(
        "silence shows nothing",
        "node/services/negotiations/refused_notices.py",
        "    if is_late and not is_decided(session, sent.actor, sent.activity) and _has_heard(",
        "    if told is None and _has_heard(",
        "AG-47",
    ),
    fault(
        "a notice behind another delivery is forgotten",
        "node/services/outbox/deliveries.py",
        "    for waiting in deliveries.notices_behind(session, row):\n",
        "    for waiting in ():\n",
        "AG-47",
    ),
    fault(
        "a notice counts from when it says",
        "node/core/leaving.py",
        "    return min(max(move.published or now, now - LATENESS), now)\n",
        "    return min(move.published or now, now)\n",
        "AG-48",
    ),
    fault(
        "what is not agreed on yet is left",
        "protocol/agreements.py",
        "    since = now if agreement.published is None else max(now, agreement.published)\n",
        "    since = now\n",
        "AG-48",
    ),
    fault(
        "an agreement is of any date",
        "node/core/decisions.py",
        "            check_agreed_date(move, since=negotiation.begun.opened_at, at=now, grace=policy.grace)",
        "            pass",
        "AG-49",
    ),
    fault(
        "what ends has ended before",
        "node/core/leaving.py",
        "    if move.ends_at is not None and move.ends_at <= now:",
        "    if move.ends_at is None:",
        "AG-48",
    ),
    fault(
        "whoever changes their mind may",
        "node/core/leaving.py",
        "    return by_customer and until is not None and _signed_at(move, given_at) <= until\n",
        "    return until is not None and _signed_at(move, given_at) <= until\n",
        "AG-50",
    ),
    fault(
        "a mind may be changed for ever",
        "node/core/leaving.py",
        "    return by_customer and until is not None and _signed_at(move, given_at) <= until\n",
        "    return by_customer and until is not None\n",
        "AG-50",
    ),
    fault(
        "what is withdrawn from was never agreed",
        "node/core/leaving.py",
        "        if move.ends_at is None or move.ends_at < earliest:\n",
        "        if move.ends_at is None:\n",
        "AG-50",
    ),
    fault(
        "a change takes a notice away by itself",
        "node/core/decisions.py",
        "        case _ if met.amended is not None and met.amended.state is State.ENDING:\n",
        "        case _ if met.amended is not None and met.amended.state is State.ENDED:\n",
        "AG-42",
    ),
    fault(
        "a change counts by its own terms",
        "node/services/negotiations/asking.py",
        "    if amended is None:\n        return [terms]\n",
        "    if amended is None or amended.id:\n        return [terms]\n",
        "AU-08",
    ),
    fault(
        "a quotation that was shown is offered as it shows",
        "node/services/crm/taking.py",
        "        quoted = requote(change.quoted, change.record, mapping, standing)\n",
        "        quoted = change.quoted\n",
        "CR-61",
    ),
    fault(
        "what has no total is within every limit",
        "node/core/comparison.py",
        "    if limit is None or draft.least > limit:\n",
        "    if limit is None or (draft.total is not None and draft.total > limit):\n",
        "AG-30",
    ),
    fault(
        "an amendment that meets a counter waits",
        "node/services/negotiations/taking.py",
        "    if thread.amends is None:  # else",
        "    if thread.negotiation:  # else",
        "AG-07",
    ),
    # --- attention ------------------------------------------------------------------------------------------
    fault(
        "each port of a host is a server",
        "protocol/iris.py",
        'return str(place) if _is_loopback(place.host) else f"{place.scheme}://{place.host}"',
        "return str(place)",
        "QU-08",
    ),
    fault(
        "the actors of one server are heard one by one",
        "node/core/conditions.py",
        "if crowd.of_origin >= policy.offers_per_origin:",
        "if False:",
        "QU-06",
    ),
    fault(
        "an intention has room for everybody",
        "node/core/conditions.py",
        "Crowding.INTENTION if crowd.open_of_all >= policy.open_per_intention else None",
        "None",
        "QU-06",
    ),
    fault(
        "what is kept apart weighs nothing",
        "node/services/negotiations/quarantine.py",
        "    acting.weigh(len(row.raw))\n",
        "",
        "QU-06",
    ),
    fault(
        "what was let out is held again",
        "node/services/negotiations/apart.py",
        "receive_opening(session, acting, received, move, released=True)",
        "receive_opening(session, acting, received, move)",
        "QU-06",
    ),
    fault(
        "anybody takes back what is in quarantine",
        "node/services/negotiations/apart.py",
        "if newest.peer != received.peer.id:",
        "if False:",
        "QU-06",
    ),
    # --- goods ----------------------------------------------------------------------------------------------
    fault(
        "a rule promises all there is to anybody",
        "node/services/trade/promising.py",
        "    if offers.has_agreed(session, acting.iri, peer):\n        return True\n",
        "    return True\n",
        "QU-07",
    ),
    fault(
        "what others of a server hold is not counted",
        "node/services/trade/promising.py",
        "wanted=wanted, held=held)",
        "wanted=wanted, held=0)",
        "QU-07",
    ),
    fault(
        "whoever is unknown is promised goods for as long as a partner",
        "node/services/trade/promising.py",
        "    known = offers.has_agreed(session, acting.iri, peer)\n",
        "    known = True\n",
        "QU-07",
    ),
    # --- more than a share ----------------------------------------------------------------------------------
    fault(
        "there is always room for more",
        "node/core/quotas.py",
        "if use is not None and over >= 0:",
        "if False:",
        "QU-01",
    ),
    fault(
        "the actors of one server have nothing in common",
        "node/core/quotas.py",
        "        of_origin,\n        Share(",
        "        Share(",
        "QU-01",
    ),
    fault(
        "partners of one server have nothing in common",
        "node/core/quotas.py",
        "            Share(scope=Extent.PARTNERS, who=origin, allowance=quotas.partners),\n",
        "",
        "QU-01",
    ),
    fault(
        "whoever was answered stays a stranger",
        "node/services/ledger/quotas.py",
        "if sender.answered or sender.followed",
        "if sender.followed",
        "QU-01",
    ),
    fault(
        "the owner is told of every refusal for want of room",
        "node/services/ledger/quotas.py",
        "if is_told(use, now=acting.now):",
        "if False:",
        "QU-01",
    ),
    fault(
        "what nobody reads is kept",
        "node/services/ledger/recording.py",
        'body=received.raw if evidence else b"",',
        "body=received.raw,",
        "QU-02",
    ),
    fault(
        "a change of nothing is news",
        "node/services/intentions/taking.py",
        "if known is not None and _says_the_same(known, as_read):",
        "if False:",
        "QU-02",
    ),
    fault(
        "a move may be as large as a body",
        "protocol/moves.py",
        "if len(body) > LIMIT_BYTES:",
        "if False:",
        "QU-03",
    ),
)


def copy(folder: Path) -> None:
    """Copy what is attacked, and what attacks it."""
    for name in COPIED:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)


def seed(folder: Path, seeded: Fault) -> list[tuple[Path, str]]:
    """Put a fault into the copy; return what stood there before.

    Raises:
        LookupError: the code is not as the fault expects it.
    """
    before: list[tuple[Path, str]] = []
    for name, old, new in seeded.edits:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise LookupError(f"{name} has {text.count(old)} places for it")
        before.append((path, text))
        path.write_text(text.replace(old, new), encoding="utf-8")
    return before


def attack(folder: Path, cases: Sequence[str]) -> dict[str, list[str]]:
    """Run cases in the copy; return those that did not hold, with what was wrong.

    Raises:
        LookupError: they could not be run.
    """
    patience = _START_SECONDS + len(cases) * _CASE_SECONDS
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tests.attacks", *cases],
            cwd=folder, capture_output=True, text=True, timeout=patience,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise LookupError(f"the cases took more than {patience} s") from error
    if done.returncode != 0:
        raise LookupError(f"the cases could not be run: {done.stderr.strip()[-400:]}")
    played = [json.loads(line) for line in done.stdout.splitlines()]
    return {f"{one['id']} {one['vector']}": one["found"] for one in played if one["found"]}


def main(words: Sequence[str]) -> int:
    """Seed every fault that is asked for, and say which were noticed."""
    wanted = [one for one in FAULTS if not words or any(_is_meant(one, word) for word in words)]
    if not wanted:
        print("There is no such fault.")
        return 1
    missed = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="teeth-") as name:
        folder = Path(name)
        copy(folder)
        sound = attack(folder, sorted({id for one in wanted for id in one.cases}))
        for red in sound:
            print(f"✗ red without a fault: {red}")
        for one in wanted:
            missed += not _bites(folder, one)
    print(f"{len(wanted) - missed} of {len(wanted)} faults were noticed, {time.monotonic() - began:.0f} s")
    return 1 if missed or sound else 0


def _is_meant(one: Fault, word: str) -> bool:
    return word in one.name or any(case == word or case[:2] == word for case in one.cases)


def _bites(folder: Path, one: Fault) -> bool:
    before: list[tuple[Path, str]] = []
    try:
        before = seed(folder, one)
        found = attack(folder, one.cases)
    except LookupError as error:
        print(f"✗ {one.name}: {error}", flush=True)
        return False
    finally:
        for path, text in reversed(before):
            path.write_text(text, encoding="utf-8")
    red = [name for name, sentences in found.items() if not all(map(_is_accident, sentences))]
    shown = f"{len(red)} red, such as {red[0]}" if red else f"nobody noticed {found or ''}".strip()
    print(f"{'✓' if red else '✗'} {one.name}: {shown}", flush=True)
    return bool(red)


def _is_accident(sentence: str) -> bool:
    return sentence.startswith(FALLS_APART)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
