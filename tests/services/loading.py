"""A price list loaded at once, as a program does it step by step."""

from node.services.acting import Acting
from node.services.trade import pricelists
from node.services.trade.pricelists import Loading
from node.storage.session import Session


def load(session: Session, acting: Acting, loading: Loading) -> None:
    """Do all steps that are left of a loading."""
    while not loading.finished:
        loading = pricelists.take(session, acting, loading)
