#!/usr/bin/env python3
"""A Gram matrix larger than a session: built as a tile store, killed by SIGKILL midway, resumed, and verified.

usage: tiles.py [--tool NNGP-KERNEL] [--data DATA.csv --rows N | --rows N --features D] [--dtype f64|f32] [--threads N]
                [--kills K] [--depth L] [--folder DIR] [-o RESULTS.json]

Writes the store of K(X, X) of a ReLU network twice into DIR: in one go, and by a run with --checkpoint that is killed K
times (SIGKILL, at equal shares of the tiles) and resumed each time. Then checks, each by its own code:

- the resumed file equals the other byte for byte;
- the CRC-32 of every tile is that of the header, and tile numbers, sizes and count are those of the format;
- entries drawn at random, and the diagonal ones among them, are those of the recursion in plain Python (1e-12 relative;
  2e-5 for f32).

Default: 41157 random rows of 9 features, the size of 90 % of the UCI protein set; about two times 6.8 GB in DIR. Needs
Python 3 alone. Prints one line of JSON; exit status 1 when a check fails.
"""
import argparse
import filecmp
import json
import math
import mmap
import os
import pathlib
import platform
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
import zlib


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool", default="build/bin/nngp-kernel")
    parser.add_argument("--data")
    parser.add_argument("--rows", type=int, default=41157)
    parser.add_argument("--features", type=int, default=9)
    parser.add_argument("--dtype", choices=("f64", "f32"), default="f64")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--kills", type=int, default=1)
    parser.add_argument("--depth", type=int, default=4)
    parser.add_argument("--folder", default="bench/.work/tiles")
    parser.add_argument("-o", "--out")
    return parser.parse_args()


def write_points(given, file):
    """Rows of features: standardised columns of the data (all but the last), or normal numbers."""
    if given.data:
        with open(given.data) as table:
            next(table)
            rows = [[float(cell) for cell in line.split(",")[:-1]] for _, line in zip(range(given.rows), table)]
        columns = list(zip(*rows))
        means = [math.fsum(c) / len(c) for c in columns]
        sds = [math.sqrt(math.fsum((v - m) ** 2 for v in c) / len(c)) or 1.0 for c, m in zip(columns, means)]
        rows = [[(v - m) / s for v, m, s in zip(row, means, sds)] for row in rows]
    else:
        draw = random.Random(1)
        rows = [[draw.gauss(0.0, 1.0) for _ in range(given.features)] for _ in range(given.rows)]
    with open(file, "w") as out:
        out.writelines(",".join(map(repr, row)) + "\n" for row in rows)
    return rows


def command(given, points, *more):
    return [given.tool, "kernel", "--activation", "relu", "--depth", str(given.depth), "--sigma-w", "1.4", "--sigma-b",
            "0.3", "--dtype", given.dtype, "--threads", str(given.threads), "--max-memory", "1G", "--quiet", *more, points]


def timed(words):
    """Wall-clock and processor seconds, and the peak of resident memory in bytes."""
    began = time.perf_counter()
    process = subprocess.Popen(words)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(words)}: exit status {process.returncode}")
    return {"seconds": round(time.perf_counter() - began, 2), "processor_seconds": round(usage.ru_utime + usage.ru_stime, 2),
            "peak_bytes": usage.ru_maxrss * 1024}


def header(file):
    """The JSON header of a store, and where its tiles begin."""
    with open(file, "rb") as store:
        magic, length = struct.unpack("<8sQ", store.read(16))
        if magic != b"LIMSYMT1":
            raise ValueError(f"{file}: no tile store")
        return json.loads(store.read(length)), 16 + length


def finished(file):
    """Share of the tiles that a growing store holds."""
    try:
        tiles = header(file)[0]["tiles"]
    except (OSError, ValueError, struct.error):
        return 0.0
    return sum(tile[2] is not None for tile in tiles) / len(tiles)


def run_until(words, store, share):
    """Runs and kills when the store holds this share of its tiles; the share that it held after."""
    process = subprocess.Popen(words)
    while process.poll() is None and finished(store) < share:
        time.sleep(0.05)
    if process.poll() is not None:
        sys.exit(f"the run ended (status {process.returncode}) before it could be killed; take more rows")
    process.send_signal(signal.SIGKILL)
    process.wait()
    return round(finished(store), 4)


def relu_kernel(x, y, depth):
    """K of the ReLU network by Cho and Saul's recursion, sigma_w 1.4, sigma_b 0.3, readout 1."""
    d = len(x)
    qx, qy = math.fsum(v * v for v in x) / d, math.fsum(v * v for v in y) / d
    c = math.fsum(a * b for a, b in zip(x, y)) / d
    for _ in range(depth):
        qx, qy, c = (1.96 * v + 0.09 for v in (qx, qy, c))
        p = math.sqrt(qx * qy)
        s = math.sqrt(max((p - c) * (p + c), 0.0))
        c = (s + c * (math.pi - math.atan2(s, c))) / (2 * math.pi)
        qx, qy = qx / 2, qy / 2
    return c


def check_tiles(file, rows, given):
    """Faults of a store, by its format: places, checksums, and entries against relu_kernel."""
    head, begin = header(file)
    n, edge, size = len(rows), head["tile"], 8 if given.dtype == "f64" else 4
    blocks = -(-n // edge)
    wanted = [[i, j] for i in range(blocks) for j in range(i + 1)]
    faults = []
    if [tile[:2] for tile in head["tiles"]] != wanted or head["rows"] != n or not head["symmetric"]:
        return ["the header does not list the lower tiles"], 0, 0.0
    side = [min(edge, n - i * edge) for i in range(blocks)]
    place, offset = {}, begin
    with open(file, "rb") as store, mmap.mmap(store.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for i, j, crc in head["tiles"]:
            length = side[i] * side[j] * size
            if zlib.crc32(content[offset:offset + length]) != crc:
                faults.append(f"tile ({i},{j}): its checksum does not match")
            place[i, j] = offset
            offset += length
        if offset != len(content):
            faults.append(f"{len(content)} bytes; expected {offset}")
        draw, worst, count = random.Random(2), 0.0, 20000
        for k in range(count):
            r = draw.randrange(n)
            c = r if k % 10 == 0 else draw.randrange(r + 1)
            i, j = r // edge, c // edge
            at = place[i, j] + ((r - i * edge) * side[j] + c - j * edge) * size
            got = struct.unpack_from("<d" if size == 8 else "<f", content, at)[0]
            want = relu_kernel(rows[r], rows[c], given.depth)
            worst = max(worst, abs(got - want) / abs(want))
    if worst > (1e-12 if size == 8 else 2e-5):
        faults.append(f"an entry differs by {worst:.1e} relative from the recursion")
    return faults, count, worst


def main():
    given = options()
    folder = pathlib.Path(given.folder)
    folder.mkdir(parents=True, exist_ok=True)
    points, whole, resumed, state = (str(folder / name) for name in ("x.csv", "whole.tiles", "resumed.tiles", "state"))
    size = given.rows * (given.rows + 1) // 2 * (8 if given.dtype == "f64" else 4)
    free = shutil.disk_usage(folder).free
    if free < 2.2 * size:
        sys.exit(f"{folder}: {free} bytes free; two stores need {int(2.2 * size)}")
    rows = write_points(given, points)
    given.rows = len(rows)
    result = {"measurement": "tiles", "machine": platform.processor() or platform.machine(), "rows": given.rows,
              "features": len(rows[0]), "depth": given.depth, "dtype": given.dtype, "threads": given.threads}
    result["uninterrupted"] = timed(command(given, points, "-o", whole))
    result["bytes"] = os.path.getsize(whole)
    pathlib.Path(state).unlink(missing_ok=True)
    held = []
    for k in range(given.kills):
        more = ["--resume", state] if k else []
        held.append(run_until(command(given, points, "--checkpoint", state, *more, "-o", resumed), state,
                              (k + 1) / (given.kills + 1)))
    result["held_when_killed"] = held
    result["resumed"] = timed(command(given, points, "--checkpoint", state, "--resume", state, "-o", resumed))
    faults = [] if filecmp.cmp(whole, resumed, shallow=False) else ["the resumed store differs from the other"]
    more, result["entries_checked"], result["largest_relative_difference"] = check_tiles(resumed, rows, given)
    result["faults"] = faults + more
    for file in (whole, resumed, state):
        pathlib.Path(file).unlink(missing_ok=True)
    text = json.dumps(result)
    print(text)
    if given.out:
        pathlib.Path(given.out).write_text(text + "\n")
    return 1 if result["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
