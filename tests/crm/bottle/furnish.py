"""What a small business has in its BottleCRM before the first customer comes; run by BottleCRM's own Python.

    python furnish.py

It makes the tables from BottleCRM's models at once, and then its row-level security: the outcome is that of
its 250 migrations, which take minutes. What is made here besides is what people make once, by hand: the
organisation, somebody who works in it, and a token for programs. The last line that is printed is the token.
"""

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

ORGANISATION = "Meadow Networks"
SELLER = "robin@meadow.example"


class Unmigrated:
    """Says of every application that it has no migrations."""

    def __contains__(self, name: str) -> bool:
        return True

    def __getitem__(self, name: str) -> None:
        return None


def main() -> str:
    """Furnish the database and return the token."""
    settings.MIGRATION_MODULES = Unmigrated()
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    protect()
    return make_token()


def protect() -> None:
    """Have PostgreSQL keep organisations apart, as the last of the migrations would."""
    from common.rls import ORG_SCOPED_TABLES, get_enable_policy_sql

    with connection.cursor() as cursor:
        for table in ORG_SCOPED_TABLES:
            cursor.execute(get_enable_policy_sql(table))


def make_token() -> str:
    """Make the organisation, its only administrator, and a token of theirs."""
    from common.models import Org, PersonalAccessToken, Profile, User

    user = User.objects.create_user(email=SELLER, password="as-good-as-any-other")
    org = Org.objects.create(name=ORGANISATION, default_currency="EUR")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.current_org', %s, false)", [str(org.id)])
    profile = Profile.objects.create(user=user, org=org, role="ADMIN")
    token, _ = PersonalAccessToken.generate(profile, "Freehold")
    return str(token)


if __name__ == "__main__":
    print(main())
