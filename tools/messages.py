"""Brings the translations up to date with the texts in the code, and compiles them: `make messages` (needs gettext).

A new text is empty in every language until somebody translates it; what is in no page any more is dropped.
"""

import os
import secrets
import sys
from pathlib import Path

import polib

ROOT = Path(__file__).parents[1]
LANGUAGES = ("de", "fr", "es", "zh_Hans", "ar")


def extract(source: Path) -> list[Path]:
    """Write the texts found below `source` into its catalogues, and give these."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gatehouse.config.settings")
    os.environ.setdefault("GATEHOUSE_SECRET_KEY", secrets.token_urlsafe(40))
    from django.core.management import call_command  # noqa: PLC0415 - after its settings are named

    (source / "locale").mkdir(exist_ok=True)
    before = Path.cwd()
    os.chdir(source)
    try:
        call_command("makemessages", locale=list(LANGUAGES), no_location=True, no_obsolete=True, verbosity=0)
    finally:
        os.chdir(before)
    catalogues = [source / "locale" / language / "LC_MESSAGES" / "django.po" for language in LANGUAGES]
    for path in catalogues:
        tidy(path)
    return catalogues


def tidy(path: Path) -> None:
    """Leave out what changes at every run, and guesses: a wrong text is worse than an English one."""
    catalogue = polib.pofile(str(path), wrapwidth=110)
    for name in ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Report-Msgid-Bugs-To", "Language-Team"):
        catalogue.metadata.pop(name, None)
    catalogue.metadata |= {"Project-Id-Version": "Gatehouse", "Language": path.parts[-3]}
    catalogue.header = ""
    for entry in catalogue:
        entry.comment = ""
        entry.tcomment = ""
        entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None
        if entry.fuzzy:
            entry.flags.remove("fuzzy")
            entry.msgstr = ""
            entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, "")
    catalogue.metadata_is_fuzzy = False
    catalogue.sort(key=lambda entry: (entry.msgctxt or "", entry.msgid))
    catalogue.save(str(path))


def compiled(path: Path) -> bytes:
    return bytes(polib.pofile(str(path)).to_binary())


def main() -> None:
    for path in extract(ROOT / "src" / "gatehouse"):
        path.with_suffix(".mo").write_bytes(compiled(path))
        catalogue = polib.pofile(str(path))
        sys.stdout.write(
            f"{path.parts[-3]}: {len(catalogue)} texts, {len(catalogue.untranslated_entries())} to translate\n"
        )


if __name__ == "__main__":
    main()
