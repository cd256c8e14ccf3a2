"""The page at `/` of a deployment: name, what it does, privacy, terms. Terraform fills the same template.

It is what Google's verification looks at, so it is plain HTML, and its texts come from settings.
"""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

TEMPLATE = Path(__file__).resolve().parent.parent / "web" / "home.html"
NAME = "CRM Google Sync"
LINKS = {
    "PRIVACY_URL": "Privacy policy · Politique de confidentialité",
    "TERMS_URL": "Terms of service · Conditions d’utilisation",
    "CONTACT_URL": "Contact · Nous joindre",
}
"""What is linked when its variable is set; as in terraform/home.tf."""


def page(env: Mapping[str, str], template: Path = TEMPLATE) -> str:
    """The page with what the environment says: SERVICE_NAME, and the addresses of LINKS."""
    given = {name: env.get(name, "").strip() for name in LINKS}
    links = [f'<p><a href="{escape(url)}">{LINKS[name]}</a></p>' for name, url in given.items() if url]
    name = escape(env.get("SERVICE_NAME", "").strip() or NAME)
    return Template(template.read_text(encoding="utf-8")).substitute(name=name, links="\n".join(links))
