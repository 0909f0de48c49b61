"""What a small business has in its Tryton before the first customer comes; run by Tryton's own Python.

    python furnish.py CONFIGURATION DATABASE

The database has the modules already. What is made here is what people make once, by hand: the company, its
chart of accounts, something to sell, somebody who sells it, and a key for programs. The last line that is
printed is the key.
"""

import sys
from decimal import Decimal
from typing import Any

from proteus import Model, Wizard, config

COMPANY = "Meadow Networks"
PRODUCT, CODE, PRICE = "Fibre 500", "FIB500", Decimal("39.90")
SELLER = "Robin Meadow"


def main(configuration: str, database: str) -> str:
    """Furnish the database and return the key."""
    session = config.set_trytond(database=database, config_file=configuration)
    company = make_company()
    user = Model.get("res.user")
    session._context = {**user.get_preferences(True, session.context), "company": company.id}
    make_accounts(company)
    make_product(company)
    new("country.country", name="Germany", code="DE")  # Tryton imports the others, from the network
    seller = new("party.party", name=SELLER)
    new("company.employee", party=seller, company=company)
    (admin,) = user.find([("login", "=", "admin")])
    key = new("res.user.application", application="rest", user=admin)
    key.reload()
    return str(key.key)


def make_company() -> Any:
    """Make the company, with the euro, and let the administrator work for it."""
    currency = Model.get("currency.currency")
    euros = currency.find([("code", "=", "EUR")]) or [
        new("currency.currency", name="Euro", symbol="€", code="EUR", rounding=Decimal("0.01"), digits=2)
    ]
    wizard = Wizard("company.company.config")
    wizard.execute("company")
    wizard.form.party = new("party.party", name=COMPANY)
    wizard.form.currency = euros[0]
    wizard.form.timezone = "Europe/Berlin"
    wizard.execute("add")
    companies = Model.get("company.company")
    (company,) = companies.find([])
    (admin,) = Model.get("res.user").find([("login", "=", "admin")])
    admin.companies.append(companies(company.id))
    admin.company = companies(company.id)
    admin.save()
    return company


def make_accounts(company: Any) -> None:
    """Make the chart of accounts out of the template that Tryton ships."""
    template = Model.get("account.account.template")
    wizard = Wizard("account.create_chart")
    wizard.execute("account")
    (wizard.form.account_template,) = template.find([("parent", "=", None)], limit=1)
    wizard.form.company = company
    wizard.execute("create_account")
    wizard.form.account_receivable = account("receivable", company, by_party=True)
    wizard.form.account_payable = account("payable", company, by_party=True)
    wizard.execute("create_properties")


def make_product(company: Any) -> None:
    """Make the one thing that is sold. A product's code is made of its template's and a suffix."""
    (unit,) = Model.get("product.uom").find([("name", "=", "Unit")])
    sold = new(
        "product.category",
        name="Sold",
        accounting=True,
        account_revenue=account("revenue", company, by_party=False),
    )
    template = Model.get("product.template")(name=PRODUCT, default_uom=unit, type="service", salable=True)
    template.list_price = PRICE
    template.account_category = sold
    template.products[0].suffix_code = CODE
    template.save()


def account(kind: str, company: Any, *, by_party: bool) -> Any:
    """Return the first account of a kind."""
    found = Model.get("account.account").find(
        [(f"type.{kind}", "=", True), ("party_required", "=", by_party), ("company", "=", company.id)],
        limit=1,
    )
    return found[0]


def new(model: str, **values: Any) -> Any:
    """Make one record."""
    record = Model.get(model)(**values)
    record.save()
    return record


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2]))
