"""The tables of the report, in Markdown, and the figures that sum them up."""

import math

PEERS = ("duckdb", "polars", "datafusion")
NAMES = {"duckdb": "DuckDB", "polars": "Polars", "datafusion": "DataFusion"}


def milliseconds(seconds: float) -> str:
    """A time with three digits."""
    ms = seconds * 1e3
    return f"{ms:,.0f}" if ms >= 100 else f"{ms:.1f}" if ms >= 10 else f"{ms:.2f}"


def fastest(result: dict) -> tuple[str, float]:
    """The fastest peer and its time; no name when none has one."""
    times = [(m["best"], peer) for peer, m in result["engines"].items() if peer != "colq" and m["best"]]
    times = [(best, peer) for best, peer in times if not result["differs"].get(peer)]
    return (min(times)[1], min(times)[0]) if times else ("", 0.0)


def ratio(result: dict) -> float:
    """The time of the fastest peer over colq's in process; 0 when one of the two is missing."""
    best = result["engines"]["colq"]["best"]
    return fastest(result)[1] / best if best else 0.0


def cpu_ratio(result: dict) -> float:
    """The processor time of the fastest peer over that of a run of colq's program; 0 when one is missing."""
    peer = fastest(result)[0]
    colq = result["engines"]["colq"]["cpu"]
    return result["engines"][peer]["cpu"] / colq if peer and colq else 0.0


def table(results: list[dict], bandwidth: float) -> list[str]:
    """One row a query."""
    lines = [
        "| query | colq | program | "
        + " | ".join(NAMES[p] for p in PEERS)
        + " | ratio | ratio of CPU | GB/s | of the bandwidth |",
        "|---|--:|--:|" + "--:|" * len(PEERS) + "--:|--:|--:|--:|",
    ]
    for result in results:
        engines = result["engines"]
        colq = engines["colq"]
        cells = [cell(colq["best"], result, "colq"), cell(colq["program"], result, "colq")]
        cells += [cell(engines[peer]["best"], result, peer) if peer in engines else "" for peer in PEERS]
        times = ratio(result)
        speed = colq["bytes_touched"] / colq["best"] if colq["best"] else 0.0
        cells.append(f"**{times:.2f}**" if times else "")
        cells.append(f"{cpu_ratio(result):.2f}" if cpu_ratio(result) else "")
        cells.append(f"{speed / 1e9:.2f}" if speed else "")
        cells.append(f"{speed / bandwidth:.0%}" if bandwidth and speed else "")
        lines.append(f"| {result['query']} | " + " | ".join(cells) + " |")
    return lines


def cell(best: float, result: dict, engine: str) -> str:
    """A time, or a mark that leads to the notes."""
    if not best:
        return "none"
    return milliseconds(best) + (" (differs)" if result["differs"].get(engine) else "")


def summary(results: list[dict]) -> list[str]:
    """The geometric mean and the lowest ratio."""
    ratios = [(ratio(result), result["query"]) for result in results if ratio(result)]
    if not ratios:
        return ["No query has both a time of colq and one of a peer."]
    mean = math.exp(sum(math.log(times) for times, _ in ratios) / len(ratios))
    worst = min(ratios)
    below = sum(times < 2 for times, _ in ratios)
    return [
        f"Against the fastest peer of each of {len(ratios)} queries: geometric mean **{mean:.2f}**, lowest "
        f"{worst[0]:.2f} ({worst[1]}), {below} below 2."
    ]


def notes(measured: dict) -> list[str]:
    """Why a time is missing, and where an answer differs."""
    lines = [f"- {skipped['query']}: not measured, {skipped['why']}" for skipped in measured["skipped"]]
    for result in measured["results"]:
        for engine, found in result["engines"].items():
            if found["reason"]:
                lines.append(f"- {result['query']}, {NAMES.get(engine, engine)}: {found['reason']}")
        lines += [f"- {result['query']}, {NAMES.get(e, e)}: the answer was not compared" for e in result["unseen"]]
        for engine, why in result["differs"].items():
            if why:
                lines.append(f"- {result['query']}, {NAMES.get(engine, engine)} differs: {why}")
    return lines


def page(group: str, measured: dict, rows: int, about: str) -> str:
    """All that is said of one set."""
    results, bandwidth = measured["results"], measured["bandwidth"]
    read = [r for r in results if not r["engines"]["colq"]["by_zones"]]
    zones = [r for r in results if r["engines"]["colq"]["by_zones"]]
    lines = [f"## {group}", "", about, ""]
    lines += [
        f"{rows:,} rows. Milliseconds, the best of the runs. The ratio is the time of the fastest peer over colq's in "
        f"process. Read bandwidth of this run: {bandwidth / 1e9:.1f} GB/s.",
        "",
    ]
    if read:
        lines += [*table(read, bandwidth), "", *summary(read), ""]
    if zones:
        lines += ["Answered by what is recorded of zones, and not counted:", "", *table(zones, bandwidth), ""]
    if notes(measured):
        lines += ["Missing or different:", "", *notes(measured), ""]
    return "\n".join(lines)
