"""`freehold terms lint`: a policy, terms or an offer in plain words, read on this machine."""

import json
from pathlib import Path
from typing import Any

import pytest

import schemas
from node.core.linter import FLAGS
from node.terminal import policies
from protocol.plain_texts import plain_text, text_digest
from protocol.rosters import entry_of
from protocol.terms import TermsLanguage, read_data_terms
from tests.commands.nodes import Node, Run
from tests.protocol.data_terms import claim
from tests.protocol.policy_cells import DPV, ODRL
from tests.protocol.policy_drawing import constraint, duty, permission, policy

FOLDER = Path(__file__).parents[1] / "schemas/terms/valid"
EMAIL = "http://schema.org/email"
MODEST = policy(
    permission(
        [f"{DPV}Collect", f"{DPV}Store"],
        [EMAIL, "http://schema.org/name"],
        ["DeliveryOfGoods"],
        constraint(f"{ODRL}elapsedTime", "lteq", "P1D"),
        constraint(f"{ODRL}spatial", "isAnyOf", [{"id": "https://w3id.org/dpv/loc#EU27"}]),
        constraint(f"{ODRL}count", "lteq", 1),
    )
    | {"content": "To bring\u202e it."},
    duties=[duty("delete", "P30D"), duty("inform", "P365D")],
)
SAID = (
    "Collect and store: e-mail address and name, for delivery of goods; in EU27; kept at most 1 day; once. "
    "They say: To bring\\u202e it."
)
GREEDY = policy(permission([f"{DPV}Profiling", f"{DPV}Use"], [EMAIL], ["ServiceProvision"]))


def write(folder: Path, document: Any) -> str:
    path = folder / "terms.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def test_a_policy_is_said_in_plain_words_with_what_is_odd(run: Run, tmp_path: Path) -> None:
    ran = run("terms", "lint", write(tmp_path, MODEST), "--maximum", "SD-BASE")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        f"  permits     {SAID}",
        "  obliges     to delete it within 30 days",
        "  obliges     to say every 365 days what was done with it",
        "  odd         nothing",
        "  keeps to    SD-BASE",
        "  maximum     It asks for no more than SD-BASE allows.",
    ]


def test_what_permits_nothing_is_within_every_maximum(run: Run, tmp_path: Path) -> None:
    ran = run("terms", "lint", write(tmp_path, policy()), "--maximum", "SD-BASE-DP", "--json")
    said = json.loads(ran.out)
    assert said["maximum"]["kept"] is True
    assert "beyond-maximum" not in [flag["code"] for flag in said["flags"]]


def test_what_goes_beyond_a_maximum_is_said_with_what_both_permit(run: Run, tmp_path: Path) -> None:
    ran = run("terms", "lint", write(tmp_path, GREEDY), "--maximum", "SD-BASE", "--json")
    said = json.loads(ran.out)
    assert (ran.code, said["within"], said["maximum"]["kept"]) == (0, [], False)
    assert [flag["code"] for flag in said["flags"] if flag["severity"] == "refuse"] == ["selling"]
    assert said["refused"] == ["selling"]
    assert "beyond-maximum" in [flag["code"] for flag in said["flags"]]
    (both,) = said["maximum"]["both_permit"]["permission"]
    assert both["processing"] == [f"{DPV}Use"]
    ran = run("terms", "lint", write(tmp_path, GREEDY), "--maximum", "SD-BASE")
    assert "  keeps to    no agreement of the roster" in ran.out
    assert "  maximum     It asks for more than SD-BASE allows. What both permit:" in ran.out


def test_both_may_permit_in_more_pieces_than_a_policy_has(run: Run, tmp_path: Path) -> None:
    # Each of sixteen permissions is cut in two: what serves, and what SD-BASE-A allows beside that.
    why = ["PaymentManagement", "ServiceOptimisation", "Marketing"]
    many = [permission([f"{DPV}Use"], [field], why) for field in list(schemas.fields())[:16]]
    ran = run("terms", "lint", write(tmp_path, policy(*many)), "--maximum", "SD-BASE-A")
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.out.partition("What both permit:")[2].strip().splitlines()) == 32


def test_a_claim_beside_the_policy_is_checked(run: Run, tmp_path: Path) -> None:
    entry = entry_of("https://w3id.org/dpv/standards/ieee/7012#SD-BASE-DP")
    assert entry is not None
    claim = {"id": entry.iri, "type": "RosterEntry", "digestMultibase": entry.digest}
    ran = run(
        "terms", "lint", write(tmp_path, {"type": "Terms", "policy": MODEST, "roster": claim}), "--json"
    )
    assert (ran.code, json.loads(ran.out)["code"]) == (1, "policy-exceeds-roster")


def test_what_cannot_be_read_is_said_with_its_place(run: Run, tmp_path: Path) -> None:
    broken = policy(permission([f"{DPV}Copy"], [EMAIL], ["DeliveryOfGoods"]))
    ran = run("terms", "lint", write(tmp_path, broken))
    assert ran.code == 1
    assert "(permission.processing)" in ran.err
    ran = run("terms", "lint", write(tmp_path, MODEST), "--maximum", "SD-BASIC")
    assert ran.code == 2
    assert "it has SD-BASE, SD-BASE-DP" in ran.err


def test_every_bound_and_every_duty_is_said(run: Run, tmp_path: Path) -> None:
    used = permission(
        [f"{DPV}Use"], [EMAIL], ["PaymentManagement"],
        constraint(f"{ODRL}dateTime", "lt", "2026-08-31T00:00:00Z"),
        constraint(f"{ODRL}count", "lteq", 5),
    )  # fmt: skip
    paid = {"amount": "0.5", "currency": "EUR", "per": "use"}
    owed = [*MODEST["obligation"], {"type": "Duty", "processing": [f"{ODRL}compensate"], **paid}]
    claimed = {"type": "Terms", "policy": policy(used, duties=owed), "roster": claim("SD-BASE")}
    ran = run("terms", "lint", write(tmp_path, claimed))
    lines = ran.out.splitlines()
    assert any("before" in line and line.endswith("; at most 5 times.") for line in lines)
    assert "  obliges     to pay 0.50 EUR a use" in lines
    assert "  keeps to    SD-BASE" in lines


def flagged(**changes: Any) -> dict[str, Any]:
    """An offer with nearly every flag, whose plain text is that of its terms, with other members of these."""
    offer: dict[str, Any] = json.loads((FOLDER / "offer-flagged.jsonld").read_bytes())
    draft = offer["object"]
    draft["terms"]["plainText"][0] |= {"digestMultibase": digest_of_text(draft["terms"], "en")}
    draft["terms"] |= changes
    return offer


def digest_of_text(terms: dict[str, Any], language: str) -> str:
    return text_digest(read_data_terms(terms, currency="EUR"), TermsLanguage(language))


def test_a_whole_offer_has_the_flags_that_the_customer_gets(run: Run, tmp_path: Path) -> None:
    listed = json.loads((FOLDER / "offer-flagged.flags.json").read_bytes())
    known = ["--maximum", listed["maximum"], "--country", listed["customer country"].lower()]
    known += [part for each in listed["business accepts"] for part in ("--accepts", each)]
    ran = run("terms", "lint", write(tmp_path, flagged()), *known, "--json")
    said = json.loads(ran.out)
    assert (ran.code, sorted(flag["code"] for flag in said["flags"])) == (0, listed["flags"])
    assert set(said["refused"]) < set(listed["flags"])
    ran = run("terms", "lint", write(tmp_path, flagged()))
    assert "  refuse      Takes the courts away from you.  (arbitration-only)" in ran.out.splitlines()


def test_an_agreement_is_read_like_an_offer(run: Run, tmp_path: Path) -> None:
    offer = flagged()
    ran = run("terms", "lint", write(tmp_path, offer["object"]), "--json")
    codes = {flag["code"] for flag in json.loads(ran.out)["flags"]}
    assert {"long-term", "long-notice", "silent-renewal"} < codes
    del offer["published"]
    assert run("terms", "lint", write(tmp_path, offer), "--json").out == ran.out
    accepted = json.loads((FOLDER / "acceptance-with-terms.jsonld").read_bytes())["result"]
    accepted["terms"]["plainText"] = [
        text | {"digestMultibase": digest_of_text(accepted["terms"], text["inLanguage"])}
        for text in accepted["terms"]["plainText"]
    ]
    ran = run("terms", "lint", write(tmp_path, accepted))
    assert (ran.code, "  keeps to    SD-BASE-DP" in ran.out) == (0, True)
    del accepted["terms"]
    ran = run("terms", "lint", write(tmp_path, accepted))
    assert "  note        Says nothing about your data.  (no-data-terms)" in ran.out.splitlines()


def test_terms_are_read_before_they_are_between_anybody(run: Run, tmp_path: Path) -> None:
    template: dict[str, Any] = {
        "type": "Terms",
        "policy": MODEST,
        "conditions": {
            "type": "Conditions",
            "cancellationFee": "99",
            "jurisdiction": "https://w3id.org/dpv/loc#AT",
        },
    }
    path = write(tmp_path, template)
    ran = run("terms", "lint", path, "--country", "CH", "--json")
    codes = [flag["code"] for flag in json.loads(ran.out)["flags"]]
    assert codes == ["cancellation-fee", "no-roster", "foreign-law"]
    ran = run("terms", "lint", path, "--text", "en")
    assert (ran.code, "names none" in ran.err) == (2, True)
    template["conditions"] |= {"cancellationFee": "0.5"}
    ran = run("terms", "lint", write(tmp_path, template), "--currency", "JPY")
    assert (ran.code, "conditions" in ran.err) == (1, True)


def test_the_plain_text_is_printed_as_it_is_signed(run: Run, tmp_path: Path) -> None:
    offer = flagged()
    terms = read_data_terms(offer["object"]["terms"], currency="EUR")
    for language in ("en", "de"):
        text = plain_text(terms, TermsLanguage(language))
        ran = run("terms", "lint", write(tmp_path, offer), "--text", language)
        assert (ran.code, ran.out) == (0, text)
        ran = run("terms", "lint", write(tmp_path, offer["object"]["terms"]), "--text", language, "--json")
        digest = text_digest(terms, TermsLanguage(language))
        said = {"language": language, "edition": "1", "digest": digest, "text": text}
        assert json.loads(ran.out) == said
        unsealed = {key: value for key, value in offer["object"]["terms"].items() if key != "plainText"}
        path = write(tmp_path, unsealed)
        assert json.loads(run("terms", "lint", path, "--text", language, "--json").out) == said
        assert "plainText" in run("terms", "lint", path).err


@pytest.mark.parametrize(
    "asked", [["--text", "fr"], ["--country", "EU27"], ["--country", "X"], ["--accepts", "SD"]]
)
def test_what_is_none_of_the_words_is_said(run: Run, tmp_path: Path, asked: list[str]) -> None:
    assert run("terms", "lint", write(tmp_path, flagged()), *asked).code == 2


def test_a_policy_has_no_plain_text(run: Run, tmp_path: Path) -> None:
    assert run("terms", "lint", write(tmp_path, MODEST), "--text", "de").code == 2


def test_terms_with_the_digest_of_another_text_are_refused_and_still_said(run: Run, tmp_path: Path) -> None:
    other = json.loads((FOLDER / "offer-flagged.jsonld").read_bytes())
    ran = run("terms", "lint", write(tmp_path, other), "--json")
    assert (ran.code, json.loads(ran.out)["code"]) == (1, "text-mismatch")
    ran = run("terms", "lint", write(tmp_path, other), "--text", "en", "--json")
    assert json.loads(ran.out)["digest"] == flagged()["object"]["terms"]["plainText"][0]["digestMultibase"]
    later = {"type": "PlainText", "inLanguage": "de", "edition": "99", "digestMultibase": "z1"}
    ran = run("terms", "lint", write(tmp_path, flagged(plainText=[later])), "--json")
    assert (ran.code, json.loads(ran.out)["code"]) == (1, "text-unknown")
    known = flagged()["object"]["terms"]["plainText"]
    ran = run("terms", "lint", write(tmp_path, flagged(plainText=[*known, later])))
    said = "  warn        Has you sign a text that your node cannot read, too.  (text-unverified)"
    assert said in ran.out.splitlines()


def test_what_is_allowed_is_set_piece_by_piece(run: Run, business: Node, customer: Node) -> None:
    here = ("--data", business.folder)
    assert "at most" in run("terms", "show", *here).out
    assert run("terms", "maximum", "SD-BASE-A", "--beyond", "refuse", *here).code == 0
    assert (
        run("terms", "maximum", "SD-BASE", "--category", "https://categories.example/bikes", *here).code == 0
    )
    assert run("terms", "refuse", "tracking", *here).code == 0
    assert run("terms", "refuse", "selling", "warn", *here).code == 0
    assert run("terms", "require", "always", *here).code == 0
    tried = run("terms", "accepts", "SD-BASE", "--dry-run", *here)
    assert (tried.code, run("terms", "show", "--json", *here).json["accepts"]) == (0, [])
    set = run("terms", "accepts", "SD-BASE", "SD-BASE-DP", *here)
    assert set.code == 0, set.err
    shown = run("terms", "show", "--json", *here).json
    assert shown == {
        "maximum": "SD-BASE-A",
        "categories": {"https://categories.example/bikes": "SD-BASE"},
        "businesses": {},
        "cap": None,
        "flags": {"tracking": "refuse", "selling": "warn"},
        "beyond": "refuse",
        "require": "always",
        "undertake": "ask",
        "accepts": ["SD-BASE", "SD-BASE-DP"],
        "ignored": [],
    }
    said = run("terms", "show", *here).out
    for words in ("what asks for more is refused", "SD-BASE for https://categories", "in every offer"):
        assert words in said, words
    lacking = run("terms", "undertake", "auto", *here)
    assert (
        "by itself for more of a wish, under what you accept; most wishes ask for PDC-INTENT" in lacking.out
    )
    assert "PDC-INTENT, which" not in run("terms", "accepts", "PDC-INTENT", *here).out
    assert run("terms", "accepts", *here).code == 0
    assert "which is not among it" in run("terms", "show", *here).out
    assert run("terms", "refuse", "selling", "default", *here).code == 0
    back = ("default", "--category", "https://categories.example/bikes")
    assert run("terms", "maximum", *back, "--beyond", "hold", *here).code == 0
    shown = run("terms", "show", "--json", *here).json
    assert (shown["flags"], shown["categories"], shown["beyond"]) == ({"tracking": "refuse"}, {}, "hold")
    assert run("terms", "maximum", "SD-ALL", *here).code != 0
    both = ("--category", "https://categories.example/bikes", "--business", "somebody")
    assert run("terms", "maximum", "SD-BASE", *both, *here).code == 2
    assert run("terms", "maximum", "SD-BASE", "--business", "nobody", *here).code != 0
    known = run("peer", "add", customer.actor, "--yes", *here)
    assert known.code == 0, known.err
    assert run("terms", "maximum", "SD-BASE-AT", "--business", customer.actor, *here).code == 0
    assert run("terms", "show", "--json", *here).json["businesses"] == {customer.actor: "SD-BASE-AT"}


def test_every_flag_is_listed_with_what_it_does_and_did_at_first() -> None:
    rows = policies.flags_that_may_be({"training": "note", "tracking": "refuse"})
    assert {row["code"] for row in rows} == {flag.code for flag in FLAGS}
    weights = [row["severity"] for row in rows]
    assert weights == sorted(weights, key=["refuse", "warn", "note"].index)
    by_code = {row["code"]: row for row in rows}
    assert by_code["training"]["severity"] == "note"
    assert by_code["training"]["at_first"] == "refuse"
    assert by_code["tracking"]["severity"] == "refuse"
    assert by_code["tracking"]["sentence"] == "Follows what you do."


def test_the_roster_is_read_without_a_node(run: Run) -> None:
    listed = run("terms", "roster", "--json").json["items"]
    assert [row["name"] for row in listed] == list(schemas.roster())
    ran = run("terms", "roster", "SD-BASE-A")
    assert ran.code == 0
    assert "  in short   As SD-BASE, and the business may analyse how its own service is used." in ran.out
    assert "  obliges    to delete it within 30 days" in ran.out.splitlines()
    assert run("terms", "roster", "SD-BASE-A", "--json").json == schemas.roster_entry("SD-BASE-A")
    ran = run("terms", "roster", "SD-ALL")
    assert (ran.code, "it has SD-BASE, " in ran.err) == (2, True)


def test_what_only_promises_too_little_is_told_what_would_be_promised(run: Run, tmp_path: Path) -> None:
    promising = policy(*MODEST["permission"], duties=[duty("delete", "P30D")])
    lines = run("terms", "lint", write(tmp_path, promising), "--maximum", "SD-BASE").out.splitlines()
    at = lines.index("  maximum     It permits no more than SD-BASE, and promises less. That obliges:")
    assert lines[at + 1 :] == [
        "              to delete it within 30 days",
        "              to say every 365 days what was done with it",
    ]


def test_a_file_that_is_something_else_is_said_to_be(run: Run, tmp_path: Path) -> None:
    ran = run("terms", "lint", write(tmp_path, {"name": "A touring bike"}))
    assert (ran.code, "This is no policy" in ran.err) == (2, True)


def test_a_flag_or_an_agreement_that_is_none_is_told_where_those_stand(
    run: Run, customer: Node, tmp_path: Path
) -> None:
    here = ("--data", customer.folder)
    ran = run("terms", "refuse", "traking", *here)
    assert (ran.code, "terms flags" in ran.err) == (2, True)
    ran = run("terms", "maximum", "SD-ALL", *here)
    assert (ran.code, "terms roster" in ran.err) == (2, True)
    assert run("terms", "accepts", "SD-ALL", *here).code == 2
    assert run("terms", "maximum", "SD-BASE-A", "--category", "mobility", *here).code == 0
    kept = run("terms", "show", "--json", *here).json["categories"]
    assert kept == {"https://w3id.org/freehold/categories#mobility": "SD-BASE-A"}
    assert run("terms", "maximum", "default", "--category", "mobility", *here).code == 0
    assert run("terms", "refuse", "deriving", *here).code == 0
    row = next(
        row for row in run("terms", "flags", "--json", *here).json["items"] if row["code"] == "deriving"
    )
    assert (row["severity"], row["at_first"]) == ("refuse", "warn")
    assert run("terms", "refuse", "deriving", "default", *here).code == 0
