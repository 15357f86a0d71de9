#!/usr/bin/env python3
"""Writes a man page for the program and one for each of its commands, from what the program itself says as help.

    manpages.py BINARY FOLDER

The date is that of SOURCE_DATE_EPOCH (https://reproducible-builds.org/docs/source-date-epoch/), else today.
"""
import json
import os
import re
import subprocess
import sys
import time

CENTRAL_FILES = [
    ("/etc/lenscap-central/central.yaml", "The configuration."),
    ("/etc/lenscap-central/environment", "LENSCAP_CENTRAL_DSN, for the service."),
    ("/var/lib/lenscap-central/debian", "A usual place of the repository of packages."),
    ("/var/lib/lenscap-central", "The certificate authority, certificates, and the list of revoked ones."),
]
FILES = [
    ("/etc/lenscap/lenscap.yaml", "The configuration, which `lenscap setup` writes."),
    ("/etc/lenscap/secrets", "Tokens and passwords, a file each, for lenscap-serve alone."),
    ("/var/lib/lenscap/watch/lenscap.sqlite", "Devices, alerts and declared cameras; lenscap-watch writes it."),
    ("/var/lib/lenscap/watch/signing-key.pem", "Signs evidence packs; made at the first one."),
    ("/var/lib/lenscap/watch/lenscap.sqlite-papers", "Papers that were asked for on the page; deleted after seven days."),
    ("/etc/lenscap/uplink", "Key and certificate of this box in a chain, for lenscap-serve alone."),
    ("/etc/lenscap/repository.asc", "The public key of the chain's repository of packages, for `lenscap upgrade`."),
    ("/var/lib/lenscap/upgrade", "What `lenscap upgrade` fetches, and what came of it; root's alone."),
    ("/var/lib/lenscap/serve/serve.sqlite", "Deliveries; lenscap-serve writes it."),
    ("/usr/share/lenscap/signatures", "What cameras are recognised by."),
]


def escaped(text):
    """Text for a line that is no request (groff_char(7))."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def paragraphs(text):
    """Blocks of text; indented ones are shown as they are."""
    out = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = block.split("\n")
        plain = [line for line in lines if not line.startswith("  ")]
        shown = [line for line in lines if line.startswith("  ")]
        if plain:
            out += [".PP", escaped("\n".join(plain))]
        if shown:
            out += [".PP", ".nf", ".RS 4", escaped("\n".join(line.strip() for line in shown)), ".RE", ".fi"]
    return out


def name(argument):
    """`-f`, `--filter`, `FILE`."""
    return ", ".join(
        f"\\fB\\-{entry['name']}\\fR" if entry["kind"] == "short" else f"\\fB\\-\\-{escaped(entry['name'])}\\fR" for entry in argument["names"])


def shown(command):
    return [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]


def option(argument):
    """A tagged paragraph."""
    value = f"\\fI{escaped(argument.get('valueName', 'value'))}\\fR"
    if argument["kind"] == "positional":
        head = value
    elif argument["kind"] == "option":
        head = f"{name(argument)} {value}"
    else:
        head = name(argument)
    text = argument.get("abstract", "").strip()
    if argument["kind"] != "flag" and argument.get("allValues"):
        text += f" One of: {', '.join(argument['allValues'])}."
    if argument["kind"] != "flag" and argument.get("defaultValue"):
        text += f" (default: {argument['defaultValue']})"
    return [".TP", head, escaped(text.strip() or "See the description.")]


def synopsis(path, command):
    words = [f"\\fB{escaped(path)}\\fR"]
    for argument in shown(command):
        if argument["kind"] == "positional":
            word = f"\\fI{escaped(argument['valueName'])}\\fR" + (" \\|.\\|.\\|." if argument["isRepeating"] else "")
            words.append(f"[{word}]" if argument["isOptional"] else word)
    if any(argument["kind"] != "positional" for argument in shown(command)):
        words.insert(1, "[\\fIoptions\\fR]")
    if command.get("subcommands"):
        words.append("\\fIcommand\\fR")
    return " ".join(words)


def options(command, level=0):
    """Tagged paragraphs; of subcommands without --version and --help, which every command has."""
    out = []
    for section in dict.fromkeys(argument.get("sectionTitle") for argument in shown(command)):
        for argument in shown(command):
            is_common = level > 0 and argument["kind"] == "flag" and argument["valueName"] in ("version", "help")
            if argument.get("sectionTitle") == section and not is_common:
                out += option(argument)
    return out


def body(path, command, level=0):
    """What a command does, its options, then the same of its subcommands."""
    out = []
    if command.get("discussion"):
        out += paragraphs(command["discussion"])
    if shown(command):
        out += [".SH OPTIONS" if level == 0 else ".PP"] + options(command, level)
    children = [child for child in command.get("subcommands", []) if child.get("shouldDisplay", True) and child["commandName"] != "help"]
    if children and level == 0:
        out.append(".SH COMMANDS")
    for child in children:
        whole = f"{path} {child['commandName']}"
        out += [f".SS {synopsis(whole, child)}", escaped(child.get("abstract", ""))] + body(whole, child, level + 1)
    return out


def page(path, command, version, date, description, see):
    is_central = path.split()[0] == "lenscap-central"
    title = path.replace(" ", "-")
    lines = [
        f'.TH {escaped(title.upper())} 1 {date} "lenscap {version}" "User Commands"', ".SH NAME",
        f"{escaped(title)} \\- {escaped(command.get('abstract', '').rstrip('.'))}", ".SH SYNOPSIS", synopsis(path, command), ".SH DESCRIPTION",
        escaped(command.get("abstract", "")),
    ]
    lines += description if description else body(path, command)
    lines.append(".SH FILES")
    for file, text in CENTRAL_FILES if is_central else FILES:
        lines += [".TP", f"\\fI{escaped(file)}\\fR", escaped(text)]
    lines += [".SH SEE ALSO", ",\n".join(f"\\fB{escaped(other)}\\fR(1)" for other in see), ".PP",
              "/usr/share/doc/lenscap-central/central.md" if is_central else "/usr/share/doc/lenscap/docs"]
    return "\n".join(line for line in lines if line) + "\n"


def main():
    binary, folder = sys.argv[1:]
    tool = json.loads(subprocess.run([binary, "--experimental-dump-help"], check=True, capture_output=True, text=True).stdout)["command"]
    version = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    date = time.strftime("%Y-%m-%d", time.gmtime(float(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
    commands = [child for child in tool["subcommands"] if child.get("shouldDisplay", True) and child["commandName"] != "help"]
    os.makedirs(folder, exist_ok=True)
    program = tool["commandName"]
    names = [f"{program}-{child['commandName']}" for child in commands]

    overview = paragraphs(tool.get("discussion", "")) + [".SH OPTIONS"] + options(tool) + [".SH COMMANDS"]
    for child in commands:
        overview += [".TP", f"\\fB{escaped(child['commandName'])}\\fR", escaped(child.get("abstract", ""))]
    pages = {program: page(program, tool, version, date, overview, names)}
    for child, title in zip(commands, names):
        others = [program] + [other for other in names if other != title]
        pages[title] = page(f"{program} {child['commandName']}", child, version, date, None, others)
    for title, text in pages.items():
        with open(os.path.join(folder, f"{title}.1"), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
