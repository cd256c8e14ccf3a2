"""`python -m bench identity`: who is who, on our own population and on FEBRL's, beside the peers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import table
from bench.google import ROOT
from bench.identity import febrl, ours, peers, speed
from bench.identity.kinds import KINDS
from bench.identity.population import Population, population
from bench.identity.score import Answer, End, Pair, Score, after_answers, by_kind, score
from bench.rows import Row

_EXPECTS = {kind.name: kind.expects for kind in KINDS}
SEEDS = (1, 2, 3, 4, 5)
FOUND, NEEDLESS, RIGHT, FOUND_FEBRL = 0.995, 0.1, 0.99, 0.99
"""The targets: true pairs linked or asked about; needless questions; people right in the end; FEBRL4."""


def main(arguments: Sequence[str]) -> int:
    """Runs what was asked for, prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench identity", description=__doc__)
    parser.add_argument("--seeds", type=_seeds, default=SEEDS, help="of our own population (1,2,3,4,5)")
    parser.add_argument("--size", type=int, default=2_000, help="people a side (2000)")
    parser.add_argument("--no-peers", action="store_true", help="ours alone, without FEBRL: needs no network")
    parser.add_argument("--missed", action="store_true", help="also name what was missed and needless")
    parser.add_argument("--json", type=Path, default=ROOT / ".cache" / "bench-identity.json")
    options = parser.parse_args(arguments)
    rows = []
    for seed in options.seeds:
        rows += _own(
            population(seed, options.size), seed, peers_too=not options.no_peers, name=options.missed
        )
    if not options.no_peers:
        rows += _febrl()
    rows += speed.rows()
    print(table.markdown(rows))
    print()
    print(table.summary(rows))
    table.save(options.json, {"seeds": str(options.seeds), "size": str(options.size)}, rows)
    return 0


def _own(people: Population, seed: int, *, peers_too: bool, name: bool) -> list[Row]:
    scenario, size = f"own population, seed {seed}", len(people.crm)
    answer = ours.between(people.crm, people.google, "CA")
    truth, wished = _truth(people), _wished(people, answer)
    total, end = score(answer, truth, wished), _end(people, answer)
    print(f"{scenario}: ours\n\n{_kinds(by_kind(answer, truth, wished, people.kind))}\n")
    if name:
        _name(people, answer, total, wished)
    met = total.wrong == 0 and total.found >= FOUND and total.needless_part <= NEEDLESS and end.part >= RIGHT
    target = "0 wrong, ≥ 99.5 % found, ≤ 10 % needless, ≥ 99 % right"
    rows = [Row(scenario, size, _told(total, end), target, met)]
    for method in peers.METHODS if peers_too else ():
        try:
            said = peers.between(method, people.crm, people.google, "CA")
            told = _told(score(said, truth), _end(people, said))
        except peers.GaveUp as gave_up:
            told = f"gave up: {gave_up}"
        rows.append(Row(f"{scenario}: {method}", size, told, "", None))
    rows += _doubles(people, scenario)
    return rows


def _truth(people: Population) -> frozenset[Pair]:
    """The true pairs, without those that have nothing in common: nobody can be asked to find them."""
    return frozenset(pair for pair in people.pairs if _EXPECTS.get(people.kind[pair[0]]) != "nothing")


def _wished(people: Population, answer: Answer) -> frozenset[Pair]:
    """What is asked about pairs that are not one person, of the kinds of which that is expected."""
    return frozenset(
        (one, other)
        for one, other in answer.hints - people.pairs
        if people.kind[one] == people.kind[other]
        and _EXPECTS.get(people.kind[one]) == "hint"
        and not any(people.kind[left] == people.kind[one] for left, _ in people.pairs)
    )


def _end(people: Population, answer: Answer) -> End:
    return after_answers(answer, people.pairs, people.crm, people.google)


def _doubles(people: Population, scenario: str) -> list[Row]:
    rows = []
    for name, side, truth in (
        ("CRM", people.crm, people.doubles_crm),
        ("Google", people.google, people.doubles_google),
    ):
        told = score(ours.within(side, "CA"), frozenset(_sorted(pair) for pair in truth))
        rows.append(Row(f"{scenario}: doubles within {name}", len(side), _told(told), "", None))
    return rows


def _sorted(pair: tuple[str, str]) -> tuple[str, str]:
    one, other = sorted(pair)
    return one, other


def _febrl() -> list[Row]:
    folder = peers.datasets()
    left, right, truth = febrl.pair_of_files(folder)
    total = score(ours.between(left, right, "AU"), truth)
    met = total.wrong == 0 and total.found >= FOUND_FEBRL and total.needless_part <= NEEDLESS
    rows = [Row("FEBRL4", len(left), _told(total), "0 wrong, ≥ 99 % found, ≤ 10 % needless", met)]
    for method in peers.METHODS:
        told = score(peers.between(method, left, right, "AU"), truth)
        rows.append(Row(f"FEBRL4: {method}", len(left), _told(told), "", None))
    for number in (1, 2, 3):
        side, pairs = febrl.one_file(folder, number)
        rows.append(
            Row(f"FEBRL{number}, doubles", len(side), _told(score(ours.within(side, "AU"), pairs)), "", None)
        )
    return rows


def _told(total: Score, end: End | None = None) -> str:
    told = (
        f"{total.linked:,} linked, {total.hinted:,} asked, {len(total.missed):,} missed of {total.true:,} "
        f"({100 * total.found:.2f} %); {total.wrong} wrong; {total.wished} others asked as one would wish, "
        f"{total.needless} without need "
        f"({100 * total.needless_part:.1f} %)"
    )
    return told if end is None else f"{told}; {100 * end.part:.2f} % right at the end"


def _kinds(kinds: dict[str, Score]) -> str:
    lines = [
        "| kind | pairs | linked | asked | missed | wrong | wished | needless |",
        f"|---{'|---:' * 7}|",
    ]
    for name, each in kinds.items():
        cells = (
            each.true,
            each.linked,
            each.hinted,
            len(each.missed),
            each.wrong,
            each.wished,
            each.needless,
        )
        lines.append(f"| {name} | {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join(lines)


def _name(people: Population, answer: Answer, total: Score, wished: frozenset[Pair]) -> None:
    for what, pairs in (
        ("missed", total.missed),
        ("wrong", total.wrongly),
        ("needless", sorted(answer.hints - people.pairs - wished)),
    ):
        for one, other in pairs:
            print(f"{what}: {people.kind[one]}: {people.crm[one]} / {people.google[other]}")


def _seeds(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
