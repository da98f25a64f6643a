"""Where the links and images of a Markdown text lead."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

ID_PREFIX = "user-content-"

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_DATA_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*+", re.IGNORECASE)
_PARTS = re.compile(r"([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class CardLinks:
    """Resolves a text's addresses against the repo it stands in; an empty base drops relative ones.

    The bases end in "/" and stand for the repo's root; `directory` is the text's own folder in the repo.
    """

    link_base: str = ""
    image_base: str = ""
    directory: str = ""

    def link(self, url: str) -> str | None:
        """The address of a link, None if it may not be followed."""
        url = _UNPRINTABLE.sub("", url).strip()
        if url.startswith("#"):
            return f"#{ID_PREFIX}{quote(unquote(url[1:]).removeprefix(ID_PREFIX))}" if len(url) > 1 else "#"
        scheme = _SCHEME.match(url)
        if scheme:
            return url if scheme[1].lower() in {"http", "https", "mailto"} else None
        return self._on_this_hub(url, self.link_base)

    def image(self, url: str) -> str | None:
        """The address of an image, None if it may not be loaded."""
        if _DATA_IMAGE.fullmatch(url):
            return url
        url = _UNPRINTABLE.sub("", url).strip()
        scheme = _SCHEME.match(url)
        if scheme:
            return url if scheme[1].lower() in {"http", "https"} else None
        return self._on_this_hub(url, self.image_base)

    def image_set(self, value: str) -> str | None:
        """The addresses of a `srcset`."""
        candidates = (candidate.split() for candidate in value.split(","))
        resolved = [(self.image(words[0]), *words[1:2]) for words in candidates if words]
        return ", ".join(" ".join(filter(None, words)) for words in resolved if words[0]) or None

    def _on_this_hub(self, url: str, base: str) -> str | None:
        if url[:1] in {"/", "\\"}:
            slashes = url.replace("\\", "/")
            return f"https://{slashes.lstrip('/')}" if slashes.startswith("//") else slashes
        if not base:
            return None
        match = _PARTS.fullmatch(url)
        path, query, fragment = match.groups(default="") if match else ("", "", "")
        return base + self._inside_repo(path) + quote(query, safe="?=&;%:@/+,-._~!$'()*") + quote(fragment, safe="#%")

    def _inside_repo(self, path: str) -> str:
        parts: list[str] = []
        for part in map(unquote, f"{self.directory}/{path}".split("/")):
            if part == "..":
                parts = parts[:-1]
            elif part not in {"", "."}:
                parts.append(quote(part, safe="@:+,=~!$'()*&;"))
        return "/".join(parts) + ("/" if parts and path.endswith("/") else "")
