#!/usr/bin/env python3
"""Play command-line tests.

usage: run.py --bin DIR [--only REGEX] FILE.cases...

A file of cases is text. A case begins with `## what it shows`; then come, in any order, lines of these forms:

    $ COMMAND              a line of bash; several are one script
    exit N                 exit status of the last command (0)
    stdout = TEXT          all of it, without the final newline; \\n is a line break; nothing after = means empty
    stdout ~ REGEX         found somewhere, ^ and $ at line ends
    stdout !~ REGEX        found nowhere
    stderr = ~ !~          the same; without any such line standard error must be empty
    stderr lines N         how many lines (one, when there is a stderr line and the exit status is 1, 2 or 70)
    file NAME <<END        the lines up to END, in a file
    content NAME = TEXT    a file afterwards (= ~ !~)
    missing NAME           no such file afterwards
    env NAME=VALUE
    needs PROGRAM          skipped without it
    # comment

Each case runs in a folder of its own, with DIR first on PATH and nothing on standard input. Needs only Python 3's
standard library. Prints what falls short, and 'N passed, N failed' last.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SECONDS = 60


class Case:
    def __init__(self, name, place):
        self.name, self.place = name, place
        self.script, self.files, self.env, self.needs, self.checks = [], {}, {}, [], []
        self.exit = 0


def broken(place, text):
    sys.exit(f"{place}: {text!r} is no line of a case")


def read_cases(path):
    cases, lines, number = [], path.read_text().splitlines(), 0
    while number < len(lines):
        line = lines[number]
        number += 1
        place = f"{path.name}:{number}"
        if line.startswith("## "):
            cases.append(Case(line[3:], place))
            continue
        if not line.strip() or line.startswith("#"):
            continue
        if not cases:
            broken(place, line)
        case = cases[-1]
        if line.startswith("$ "):
            case.script.append(line[2:])
        elif match := re.fullmatch(r"exit (\d+)", line):
            case.exit = int(match[1])
        elif match := re.fullmatch(r"(stdout|stderr|content (\S+)) (=|~|!~) ?(.*)", line):
            case.checks.append((match[1].split()[0], match[2], match[3], match[4]))
        elif match := re.fullmatch(r"stderr lines (\d+)", line):
            case.checks.append(("lines", None, "=", match[1]))
        elif match := re.fullmatch(r"file (\S+) <<(\S+)", line):
            body = []
            while number < len(lines) and lines[number] != match[2]:
                body.append(lines[number])
                number += 1
            if number == len(lines):
                sys.exit(f"{place}: no {match[2]} ends the file")
            number += 1
            case.files[match[1]] = "".join(text + "\n" for text in body)
        elif match := re.fullmatch(r"missing (\S+)", line):
            case.checks.append(("missing", match[1], "", ""))
        elif match := re.fullmatch(r"env (\w+)=(.*)", line):
            case.env[match[1]] = match[2]
        elif match := re.fullmatch(r"needs (\S+)", line):
            case.needs.append(match[1])
        else:
            broken(place, line)
    return cases


def fault(what, got, relation, want):
    """None, or how `got` falls short of the relation."""
    if relation == "=":
        text = want.replace("\\n", "\n")
        return None if got.removesuffix("\n") == text else f"{what}: wanted {text!r}, got {got[:800]!r}"
    found = re.search(want, got, re.MULTILINE) is not None
    if found == (relation == "~"):
        return None
    return f"{what}: {'nothing matches' if relation == '~' else 'something matches'} {want!r} in {got[:800]!r}"


def play(case, bin_folder):
    """The faults of a case."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in case.files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        env = {key: value for key, value in os.environ.items() if key not in ("CI", "NO_COLOR", "LIMSYM_VMATH")}
        env |= {"PATH": f"{bin_folder}:{os.environ['PATH']}", "TERM": "xterm"} | case.env
        try:
            done = subprocess.run(["bash", "-c", "\n".join(case.script)], cwd=folder, env=env, timeout=SECONDS,
                                  stdin=subprocess.DEVNULL, capture_output=True, restore_signals=True)
        except subprocess.TimeoutExpired:
            return [f"still running after {SECONDS} s"]
        streams = {"stdout": done.stdout.decode(errors="replace"), "stderr": done.stderr.decode(errors="replace")}
        faults = []
        if done.returncode != case.exit:
            faults.append(f"exit status: wanted {case.exit}, got {done.returncode}; stderr {streams['stderr'][:400]!r}")
        checks = list(case.checks)
        if not any(kind == "stderr" for kind, *_ in checks):
            checks.append(("stderr", None, "=", ""))
        elif case.exit in (1, 2, 70) and not any(kind == "lines" for kind, *_ in checks):
            checks.append(("lines", None, "=", "1"))
        for kind, name, relation, want in checks:
            path = pathlib.Path(folder, name) if name else None
            if kind == "missing":
                faults += [f"{name}: is there"] if path.exists() else []
            elif kind == "lines":
                faults.append(fault("stderr lines", str(len(streams["stderr"].splitlines())), relation, want))
            elif kind == "content":
                faults.append(fault(name, path.read_text(), relation, want) if path.exists() else f"{name}: missing")
            else:
                faults.append(fault(kind, streams[kind], relation, want))
        return [text for text in faults if text]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    passed = failed = 0
    for path in options.files:
        for case in read_cases(path):
            if not re.search(options.only, case.name):
                continue
            absent = [name for name in case.needs if shutil.which(name) is None]
            if absent:
                print(f"skipped: {case.name} (needs {', '.join(absent)})")
                continue
            faults = play(case, options.bin.resolve())
            passed, failed = (passed, failed + 1) if faults else (passed + 1, failed)
            for text in faults:
                print(f"{case.place}: {case.name}: {text}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
