"""usage: operations.py DOCUMENT PACKAGE: every operation of the document has a function in the package, and no more."""

import ast
import json
import re
import sys
from pathlib import Path

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def described(document: Path) -> set[tuple[str, str]]:
    paths = json.loads(document.read_text())["paths"]
    return {(method, nameless(path)) for path, item in paths.items() for method in item if method in METHODS}


def nameless(path: str) -> str:
    """The generator may call a placeholder otherwise."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def generated(package: Path) -> set[tuple[str, str]]:
    """What each module with a `sync_detailed` sends: the method, and the URL with its placeholders."""
    found = set()
    for module in (package / "api").glob("*/*.py"):
        text = module.read_text()
        functions = (node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
        if "sync_detailed" not in functions:
            continue
        method = re.search(r'"method": "(\w+)"', text)
        url = re.search(r'"url": "([^"]+)"', text)
        if method is None or url is None:
            sys.exit(f"{module} says no method or no URL")
        found.add((method[1], nameless(url[1])))
    return found


def main() -> None:
    document, package = (Path(argument) for argument in sys.argv[1:])
    there, made = described(document), generated(package)
    for method, path in sorted(there - made):
        print(f"left out: {method.upper()} {path}")
    for method, path in sorted(made - there):
        print(f"not in the document: {method.upper()} {path}")
    print(f"{len(there & made)} of {len(there)} operations")
    sys.exit(there != made)


main()
