"""Fine-grained tokens named single repos; from now on they have those repos' rows, whatever these are called by then.

Each reaches what it reached on the day of this migration. A name that led nowhere is one that the token may make.
"""

import json

from django.db import migrations


def bind_all(apps, _editor):
    Repo, AccessToken = apps.get_model("repos", "Repo"), apps.get_model("accounts", "AccessToken")
    for token in list(AccessToken.objects.exclude(rights="").only("rights")):
        told = json.loads(token.rights)
        lines = [_bound(Repo, *line) for line in told.get("rights", [])]
        if lines != told.get("rights", []):
            token.rights = json.dumps(told | {"rights": lines})
            token.save(update_fields=["rights"])


def _bound(repos, key, kind, write, *repo):
    if kind is None or repo:
        return [key, kind, write, *repo]
    return [key, kind, write, *repos.objects.filter(kind=kind, key=key).values_list("pk", flat=True)]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_token_of_publisher"), ("repos", "0012_made_by")]

    operations = [migrations.RunPython(bind_all, migrations.RunPython.noop)]
