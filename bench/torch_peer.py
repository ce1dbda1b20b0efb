"""torch in a process of its own, so that neither side's threads and libraries touch the other's."""

import json
import subprocess
import sys

from report import BENCH


class TorchPeer:
    """A script of torch in a process of its own: answers every request (a line of JSON) with a line of JSON."""

    def __init__(self, script, words):
        self.version = None
        for python in (sys.executable, "/usr/bin/python3"):  # Debian's torch where the environment has none
            found = subprocess.run([python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True)
            if found.returncode == 0:
                self.version = f"torch {found.stdout.strip()}"
                self.process = subprocess.Popen([python, BENCH / script, *map(str, words)], stdin=subprocess.PIPE,
                                                stdout=subprocess.PIPE, text=True)
                return

    def missing(self, name):
        if self.version is None:
            print(f"{name:<18} left out: needs torch (bench/requirements-torch.txt, or Debian's python3-torch)", flush=True)
        return self.version is None

    def ask(self, request):
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.version is not None:
            self.process.stdin.close()
            self.process.wait()
