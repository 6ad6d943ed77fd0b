"""The description that PyPI and the napari hub show: the README, its links made to lead somewhere.

Both show pictures and pages from absolute addresses alone. The publisher names the repository in
``WELLLOG_REPOSITORY`` (https://github.com/OWNER/napari-welllog); without it pictures are left out
and links to pages are plain words, as nothing is known that they could lead to. All else about the
package is in pyproject.toml.
"""

import os
import re
from pathlib import Path

from setuptools import setup

LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)")


def describe(readme: str, repository: str) -> str:
    """Return a README with links that hold outside its repository.

    Raises
    ------
    SystemExit
        The repository is none of GitHub: where it keeps its files is not known.
    """
    if repository and not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", repository):
        raise SystemExit(f"WELLLOG_REPOSITORY={repository} is not https://github.com/OWNER/NAME")

    def mend(found: re.Match[str]) -> str:
        picture, words, target = found.groups()
        if repository:
            address = f"{repository}/{'raw' if picture else 'blob'}/main/{target}"
            return f"{picture}[{words}]({address})"
        return "" if picture else words

    said = LINK.sub(mend, readme)
    if not repository:  # what is left of a table of pictures
        said = re.sub(r"(?m)^(\|[ |-]*\|\n)+\n", "", said)
    return re.sub(r"\n{3,}", "\n\n", said)


if __name__ == "__main__":
    home = os.environ.get("WELLLOG_REPOSITORY", "").rstrip("/")
    setup(
        long_description=describe(Path("README.md").read_text(encoding="utf-8"), home),
        long_description_content_type="text/markdown",
        project_urls={"Source Code": home, "Bug Tracker": f"{home}/issues"} if home else {},
    )
