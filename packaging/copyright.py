#!/usr/bin/env python3
"""Writes debian/copyright on standard output: this project, and every library that the linker put into the program.

    copyright.py BUILD_FOLDER        (.build, after `swift build -c release --product lenscap`)

What is linked comes from the linker's own list; versions, holders and licences come from the packages that SwiftPM checked out. A licence
that is not known here, or C code whose origin is not named here, is an error.
"""
import glob
import json
import os
import re
import subprocess
import sys
import textwrap

HERE = os.path.dirname(os.path.abspath(__file__))

BORINGSSL = [
    ("BoringSSL", None, "Apache-2.0"),
    ("fiat-crypto, in BoringSSL", ["2015-2020 the fiat-crypto authors"], "Apache-2.0"),
]
# C code that a package took from elsewhere: module -> (name, holders, licence, file with the licence beside the sources or None)
TAKEN = {
    "CCryptoBoringSSL": BORINGSSL,
    "CNIOBoringSSL": BORINGSSL,
    "CXKCP": [("XKCP, the Keccak code package", ["the Keccak team, who waived their rights"], "CC0-1.0")],
    "CNIOLLHTTP": [("llhttp", ["2018 Fedor Indutny"], "Expat")],
    "CNIOSHA1": [("SHA-1 of FreeBSD", ["1995, 1996, 1997, 1998 WIDE Project"], "BSD-3-clause")],
    "CNIOExtrasZlib": [("zlib", ["1995-2024 Jean-loup Gailly and Mark Adler"], "Zlib")],
    "CYaml": [("LibYAML", ["2006-2016 Kirill Simonov", "2017-2020 Ingy döt Net"], "Expat")],
}
# C modules that belong to their package itself.
OWN = {
    "CCryptoBoringSSLShims", "CNIOAtomics", "CNIOBoringSSLShims", "CNIODarwin", "CNIOFreeBSD", "CNIOLinux", "CNIOOpenBSD", "CNIOPosix",
    "CNIOWASI", "CNIOWindows", "CSystem", "CXKCPShims", "_AtomicsShims",
}
# Of the Swift toolchain, whose static libraries are linked: name, holders, licence.
TOOLCHAIN = [
    ("Swift standard library and runtime, Foundation, libdispatch", ["2014-2026 Apple Inc. and the Swift project authors"], "Apache-2.0-Swift"),
    ("LLVM, parts of it in the Swift runtime", ["2003-2026 the LLVM project's authors"], "Apache-2.0-LLVM"),
    ("Blocks runtime, in libdispatch", ["2008-2010 Apple Inc."], "Expat"),
    ("ICU, in Foundation", ["1991-2024 Unicode, Inc."], "Unicode-3.0"),
]

COMMON = "On Debian systems the full text of the {0} is in /usr/share/common-licenses/{1}."
TEXTS = {
    "Apache-2.0": COMMON.format("Apache License, version 2.0,", "Apache-2.0"),
    "Apache-2.0-Swift": COMMON.format("Apache License, version 2.0,", "Apache-2.0")
    + "\n\nRuntime Library Exception: where portions of the software are embedded into a compiled product, that product may be"
    "\nredistributed without the attribution that sections 4(a), 4(b) and 4(d) of the license demand.",
    "Apache-2.0-LLVM": COMMON.format("Apache License, version 2.0,", "Apache-2.0")
    + "\n\nLLVM Exceptions: where portions of the software are embedded into an object form by compiling, that form may be"
    "\nredistributed without complying with sections 4(a), 4(b) and 4(d) of the license.",
    "CC0-1.0": COMMON.format("CC0 1.0 Universal", "CC0-1.0"),
}


def modules(build):
    """Names of all modules whose objects the linker was given."""
    (links,) = glob.glob(f"{build}/release/lenscap.product/Objects.LinkFileList")
    with open(links, encoding="utf-8") as lines:
        return sorted({found[1] for line in lines if (found := re.search(r"/([^/]+)\.build/", line))})


def package(build, module):
    """The folder in checkouts that a module comes from; None for this project's own."""
    sources = f"{build}/release/{module}.build/sources"
    if os.path.exists(sources):
        with open(sources, encoding="utf-8") as lines:
            found = re.search(r"/checkouts/([^/]+)/", lines.readline())
        return found and found[1]
    found = {path.split("/checkouts/")[1].split("/")[0] for path in glob.glob(f"{build}/checkouts/*/Sources/{module}")}
    if len(found) > 1:
        sys.exit(f"copyright.py: {module} is in {', '.join(sorted(found))}")
    return found.pop() if found else None


def licence(folder):
    """Name and text of a package's licence."""
    (path,) = glob.glob(f"{folder}/LICENSE*")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if "Apache License" in text and "Version 2.0" in text:
        return ("Apache-2.0-Swift" if "Runtime Library Exception" in text else "Apache-2.0"), None
    if "Permission is hereby granted, free of charge" in text and '"AS IS"' in text:
        return "Expat", text[text.index("Permission is hereby"):].strip()
    return sys.exit(f"copyright.py: {path} is a licence that is not known here")


def holders(folder):
    """The holders as the package names them: in its licence, its notice, or else in its sources."""
    found = []
    for path in sorted(glob.glob(f"{folder}/LICENSE*") + glob.glob(f"{folder}/NOTICE*")):
        with open(path, encoding="utf-8") as file:
            found += re.findall(r"^Copyright (?:\([cC]\) )?(\d{4}.*)$", file.read(), re.M)
    if not found:
        lines = subprocess.run(["grep", "-rhoiE", r"Copyright \(c\) .*", f"{folder}/Sources"], capture_output=True, text=True).stdout
        names = {}
        for years, name in re.findall(r"Copyright \(c\) ([0-9 ,-]*[0-9] )?(.*)", lines, re.I):
            names.setdefault(name.strip(" .*/"), []).extend(int(year) for year in re.findall(r"\d{4}", years))
        if not names:
            sys.exit(f"copyright.py: nobody is named as holder in {folder}")
        found = [f"{span(years)} {name}".strip() for name, years in sorted(names.items())]
    return [line.strip().rstrip(".") for line in found]


def span(years):
    if not years:
        return ""
    return str(min(years)) if min(years) == max(years) else f"{min(years)}-{max(years)}"


def boringssl(folder, module):
    """Holders in the sources of a module's copy of BoringSSL, years left out."""
    lines = subprocess.run(
        ["grep", "-rhoE", r"Copyright .*", f"{folder}/Sources/{module}"], capture_output=True, text=True).stdout
    found = set()
    for line in lines.splitlines():
        name = re.sub(r"^Copyright\s*(\([cC]\))?\s*[0-9, -]*", "", line)
        found.add(re.sub(r"\.? All [Rr]ights [Rr]eserved\.?", "", name).strip(" .*/"))
    return sorted(found)


def indented(text):
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line.strip(), 100, break_long_words=False) or ["."]]
    return "".join(f" {line}\n" for line in lines)


def stanza(name, people, licence_name, comment=None):
    lines = [f"Files: {name}", "Copyright: " + "\n           ".join(people), f"License: {licence_name}"]
    return "\n".join(lines + ([f"Comment: {comment}"] if comment else [])) + "\n"


def main():
    build = sys.argv[1]
    with open(f"{build}/workspace-state.json", encoding="utf-8") as file:
        dependencies = json.load(file)["object"]["dependencies"]
    versions = {entry["subpath"]: entry["state"]["checkoutState"].get("version", "?") for entry in dependencies}
    texts, used, out = dict(TEXTS), {"Apache-2.0"}, []
    packages = {}
    for module in modules(build):
        if name := package(build, module):
            packages.setdefault(name, []).append(module)
    for name in sorted(packages, key=str.lower):
        folder = f"{build}/checkouts/{name}"
        kind, text = licence(folder)
        used.add(kind)
        if text:
            texts.setdefault(kind, text)
        out.append(stanza(f"usr/bin/lenscap/{name}", holders(folder), kind, f"{name} {versions[name]}, linked in."))
        for module in packages[name]:
            has_c = any(glob.glob(f"{folder}/Sources/{module}/**/*.{ending}", recursive=True) for ending in ("c", "cc", "S"))
            if module in TAKEN:
                for taken, people, taken_kind in TAKEN[module]:
                    used.add(taken_kind)
                    comment = f"{taken}, as it is in {name} {versions[name]}; linked in."
                    out.append(stanza(f"usr/bin/lenscap/{name}/{module}", people or boringssl(folder, module), taken_kind, comment))
            elif has_c and module not in OWN:
                sys.exit(f"copyright.py: say in TAKEN or OWN where the C code of {module} ({name}) comes from")
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    version = re.search(r"Swift version (\S+)", swift)[1]
    for name, people, kind in TOOLCHAIN:
        used.add(kind)
        out.append(stanza(f"usr/bin/lenscap/swift-{version}", people, kind, f"{name}; of the toolchain Swift {version}, linked in."))
    for kind in used - set(texts):
        with open(f"{HERE}/licences/{kind}.txt", encoding="utf-8") as file:
            texts[kind] = file.read()
    print("Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/")
    print("Upstream-Name: lenscap\nComment: One program contains all of these libraries: a path below stands for a part of /usr/bin/lenscap.\n")
    print("Files: *\nCopyright: 2026 the authors of Lenscap\nLicense: Apache-2.0\n")
    print("\n".join(out))
    for kind in sorted(used):
        print(f"License: {kind}\n{indented(texts[kind])}")


if __name__ == "__main__":
    main()
