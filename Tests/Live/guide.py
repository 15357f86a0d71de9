"""The commands of a guide in docs/, so that a test runs what people are told to type."""
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def commands(document, section):
    """Indented lines under a heading, without remarks behind them."""
    with open(os.path.join(ROOT, "docs", document)) as file:
        text = file.read()
    heading = re.search(rf"^(#+) {re.escape(section)}$", text, re.M)
    assert heading, f"docs/{document} has no section {section}"
    rest = text[heading.end():]
    end = re.search(rf"^#{{1,{len(heading[1])}}} ", rest, re.M)
    lines = re.findall(r"^    (\S.*)$", rest[:end.start()] if end else rest, re.M)
    return [re.sub(r"\s+# .*", "", line) for line in lines]
