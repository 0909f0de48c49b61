"""What terms about data cost who has to read them, in steps: a stranger chooses how large they are."""

from typing import Any

from node.core.linter import lint_terms
from node.core.term_settings import TermSettings
from protocol import plain_texts
from protocol.plain_texts import EDITION, check_texts, text_digest
from protocol.policy_reading import PERMISSIONS_LIMIT
from protocol.registries import DPV, LOC, fields, purposes
from protocol.rosters import entries
from protocol.terms import PlainText, TermsLanguage, read_data_terms, write_data_terms
from tests.protocol.data_terms import terms
from tests.protocol.policy_drawing import constraint, duty, permission, policy
from tests.services.tracing import Trace

ODRL = "http://www.w3.org/ns/odrl/2/"
STEPS = 20_000  # of a microsecond or less
WIDEST = [iri.removeprefix(DPV) for iri in purposes().wide[:16]]


def largest() -> dict[str, Any]:
    """Terms with as many permissions as there may be, each with as much as can stand in one."""
    named = sorted(fields().words)
    parts = [named[start::PERMISSIONS_LIMIT] for start in range(PERMISSIONS_LIMIT)]
    kept = constraint(f"{ODRL}elapsedTime", "lteq", "P30D")
    where = constraint(f"{ODRL}spatial", "isAnyOf", [{"id": f"{LOC}EEA30"}])
    actions = [f"{DPV}{action}" for action in ("Collect", "Use", "Store", "Analyse", "Profiling", "Derive")]
    wide = [permission(actions, part, WIDEST, kept, where) for part in parts]
    return terms(policy=policy(*wide, duties=[duty("delete", "P30D")]))


def test_the_largest_terms_are_read_compared_and_put_into_words_in_a_bounded_number_of_steps() -> None:
    read = read_data_terms(largest() | {"plainText": terms()["plainText"]}, currency="EUR")
    texts = [PlainText(language, EDITION, text_digest(read, language)) for language in TermsLanguage]
    written = write_data_terms(read, currency="EUR") | {
        "plainText": [
            {
                "type": "PlainText",
                "inLanguage": text.language.value,
                "edition": text.edition,
                "digestMultibase": text.digest,
            }
            for text in texts
        ]
    }
    allowance = TermSettings().allowance(business="")
    trace = Trace()

    plain_texts._permission_lines.cache_clear()  # nobody has sent these before

    def judge() -> None:
        judged = read_data_terms(written, currency="EUR")
        check_texts(judged)
        lint_terms(judged, tuple(entries()), allowance)

    trace.run(judge)
    assert (
        trace.count("protocol/policy_order.py", "overlap") == PERMISSIONS_LIMIT * (PERMISSIONS_LIMIT - 1) / 2
    )
    assert sum(trace.entered.values()) < STEPS
