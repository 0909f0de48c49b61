"""The command `freehold` with a term more, a warranty.

One row per layer and nothing else: what a later term has to touch, and all of it.
"""

import sys


def add_to_the_vocabulary() -> None:
    """Say what the key stands for; before anything reads the contexts."""
    from protocol import vocabulary

    (inline,) = (entry for entry in vocabulary.ACTIVITY_CONTEXT if isinstance(entry, dict))
    inline["warranty"] = "fh:warranty"


def add_to_the_protocol() -> None:
    """Say how the term is read, written, carried and said."""
    from protocol import drafts, members, offers

    warranty = drafts.member_term(
        "warranty",
        "warranty",
        read=members.read_text,
        absent="",
        say=lambda draft, _: f"{said} of warranty" if (said := warranty.of(draft)) else "",
    )
    offers.TERMS = drafts.list_terms(*offers.TERMS.all, warranty)


def add_to_the_owners_spelling() -> None:
    """Say how the owner's programs write the term and see it."""
    from node.core import drafts
    from protocol.members import read_text
    from protocol.offers import TERMS

    (term,) = (term for term in TERMS.all if term.name == "warranty")
    drafts.TERMS = (*drafts.TERMS, drafts.OwnersTerm(name=term.name, read=read_text, view=term.of))


def add_to_the_api() -> None:
    """Say what the owner's API takes and answers."""
    from node.web.api import drafts
    from node.web.api.members import text

    months = text("How long it is warranted.")
    drafts.TERMS = (*drafts.TERMS, drafts.DescribedTerm(name="warranty", sent=months, answered=months))


def add_to_the_terminal() -> None:
    """Say which flag states the term, and how it is shown."""
    from node.terminal import drafts

    flag = drafts.flag("warranty", "--warranty", help="How long it is warranted.")
    shown = drafts.TypedTerm(name="warranty", flag=flag, label="warranty", show=drafts.text_of("warranty"))
    drafts.TERMS = (*drafts.TERMS, shown)


def add_all() -> None:
    """Add the rows, in the order in which the layers stand on each other."""
    add_to_the_vocabulary()
    add_to_the_protocol()
    add_to_the_owners_spelling()
    add_to_the_api()
    add_to_the_terminal()


if __name__ == "__main__":
    add_all()
    import cli

    sys.exit(cli.main(sys.argv[1:]))
