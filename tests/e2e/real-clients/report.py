"""Adds up what was measured, prints it, and says whether all was predicted: report.py RESULT.json…"""

import json
import sys
from pathlib import Path

from cases import CASES


MEASURED = Path(__file__).parents[2] / "data/no_proxy_observations.tsv"


def main(files):
    known = {line.split("\t")[1] for line in MEASURED.read_text().splitlines()}
    if known & {case.no_proxy for case in CASES}:
        sys.exit("a list that the models were made from proves nothing: write another")
    files = [Path(file) for file in files]
    broken = [file.name for file in files if not file.exists()]
    results = [json.loads(file.read_text()) for file in files if file.exists()]
    present = [it for it in results if "rows" in it]
    missing = [it for it in results if "missing" in it]
    rows = [row for it in present for row in it["rows"]]
    failed = [it for it in present if predicted(it["rows"]) < 2 * len(it["rows"]) or not it["rows"]]

    print("Each client on each URL: what the list means, and what the client does on the list as it is (before) and")
    print("on what `jobproxy env` makes of it (after). Predicted: decisions of both that `jobproxy explain` predicted.\n")
    table(["client", "version", "model"], [[it["name"], it["version"], models(it)] for it in present],
          [it["rows"] for it in present])
    print()
    table(["list"], [[case.name] for case in CASES],
          [[row for row in rows if row["case"] == case.name] for case in CASES])
    print()
    for it in present:
        if it["cannot"]:
            print(f"{it['name']}: left out, it does not reach them without a proxy either: {' '.join(it['cannot'])}")
    for it in failed:
        for row in filter(lambda row: row["did"] != row["predicted"], it["rows"]):
            print(f"FAILED {it['name']} {it['version']}: {row['case']}: {row['url']}: "
                  f"predicted {'/'.join(row['predicted'])}, did {'/'.join(row['did'])}")
    for name in broken:
        print(f"FAILED {name}: could not be measured")
    for it in missing:
        print(f"skip {it['name']}: {it['missing']}")
    print(f"{len(rows)} pairs of a client and a URL: normalizing turned {turned(rows, False, True)} wrong decisions "
          f"right and {turned(rows, True, False)} right ones wrong")
    print(f"{len(present) - len(failed)} passed, {len(failed) + len(broken)} failed, {len(missing)} skipped")
    sys.exit(1 if failed or broken or not present else 0)


def models(result):
    return result["model"] if result["model_after"] == result["model"] else \
        f"{result['model']}, {result['model_after']}"


def table(heads, names, groups):
    """A line for each group of rows, and their sum."""
    lines = [[*heads, "pairs", "predicted", "right before", "right after", "turned right", "turned wrong"]]
    lines += [[*name, *figures(group)] for name, group in zip(names, groups)]
    lines.append(["all", *[""] * (len(heads) - 1), *figures([row for group in groups for row in group])])
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        cells = [cell.ljust(width) if place < len(heads) else cell.rjust(width)
                 for place, (cell, width) in enumerate(zip(line, widths))]
        print("  ".join(cells).rstrip())


def figures(rows):
    right = [sum(is_right(row, place) for row in rows) for place in (0, 1)]
    return [str(len(rows)), f"{predicted(rows)}/{2 * len(rows)}", *map(str, right),
            str(turned(rows, False, True)), str(turned(rows, True, False))]


def is_right(row, place):
    return row["did"][place] == row["meant"]


def predicted(rows):
    return sum(said == did for row in rows for said, did in zip(row["predicted"], row["did"]))


def turned(rows, before, after):
    return sum((is_right(row, 0), is_right(row, 1)) == (before, after) for row in rows)


main(sys.argv[1:])
