"""Runs in the peers' Python: reads two tables, writes the pairs that one method links.

Both peers are set up as in their own examples for people: blocks on what hardly changes, Jaro-Winkler for
names and addresses, equality for the rest.
"""

# mypy: ignore-errors

import json
import sys
from pathlib import Path

import pandas as pd

COLUMNS = ("given", "family", "email", "phone", "born", "street", "town", "postal")


def main(method, asked, told):
    """Links by the method."""
    tables = json.loads(Path(asked).read_text())
    left, right = (pd.DataFrame(tables[side]).set_index("id").replace("", None) for side in ("left", "right"))
    pairs = METHODS[method](left, right)
    Path(told).write_text(json.dumps([[str(one), str(other)] for one, other in pairs]))


def exact(left, right):
    """Name and birthday to the letter, or name and e-mail, or name and number."""
    import recordlinkage

    found = set()
    for third in ("born", "email", "phone"):
        index = recordlinkage.Index()
        index.block(["given", "family", third])
        a, b = (side.dropna(subset=["given", "family", third]) for side in (left, right))
        found |= set(index.index(a, b))
    return found


def features(left, right):
    """The comparison vectors of the candidate pairs."""
    import recordlinkage

    candidates = None
    for column in ("given", "family", "email", "phone", "born", "postal"):
        index = recordlinkage.Index()
        index.block(column)
        a, b = left.dropna(subset=[column]), right.dropna(subset=[column])
        if len(a) and len(b):
            some = index.index(a, b)
            candidates = some if candidates is None else candidates.union(some)
    compare = recordlinkage.Compare()
    for column in ("given", "family", "street"):
        compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
    for column in ("email", "phone", "born", "town", "postal"):
        compare.exact(column, column, label=column)
    return compare.compute(candidates, left, right)


def rules(left, right):
    """At least four of the eight agree, as in recordlinkage's first example."""
    found = features(left, right)
    return list(found[found.sum(axis=1) >= 4].index)


def ecm(left, right):
    """Recordlinkage's expectation-conditional-maximisation classifier, without labels."""
    import recordlinkage

    return list(recordlinkage.ECMClassifier().fit_predict(features(left, right)))


def splink(left, right):
    """Splink over DuckDB, trained by itself, links above 0.95."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    comparisons = [
        cl.JaroWinklerAtThresholds("given", [0.92, 0.8]),
        cl.JaroWinklerAtThresholds("family", [0.92, 0.8]),
        cl.JaroWinklerAtThresholds("street", [0.9]),
        *(cl.ExactMatch(column) for column in ("email", "phone", "born", "town", "postal")),
    ]
    blocks = [block_on(column) for column in ("email", "phone", "born", "postal")] + [
        block_on("given", "family")
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=blocks,
        unique_id_column_name="id",
    )
    database = DuckDBAPI()
    tables = [
        database.register(side.reset_index(), table_name=name)
        if hasattr(database, "register")
        else side.reset_index()
        for side, name in ((left, "l"), (right, "r"))
    ]
    try:
        linker = Linker(tables, settings, db_api=database)
    except TypeError:
        linker = Linker(tables, settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("given", "family", "born"), block_on("email")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in (block_on("given", "family"), block_on("postal"), block_on("email")):
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        except ValueError as untold:
            # A block in which nothing ever differs, or nothing agrees, teaches it nothing.
            print(f"splink learns nothing from {rule}: {untold}", file=sys.stderr)
    found = linker.inference.predict(threshold_match_probability=0.95).as_pandas_dataframe()
    ours = dict.fromkeys(left.index, "l") | dict.fromkeys(right.index, "r")
    return [(a, b) if ours[a] == "l" else (b, a) for a, b in zip(found["id_l"], found["id_r"], strict=True)]


METHODS = {"exact": exact, "rules": rules, "ecm": ecm, "splink": splink}

if __name__ == "__main__":
    main(*sys.argv[1:])
