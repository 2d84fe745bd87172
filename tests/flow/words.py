"""What boards have told of themselves, as lists: their labels, and what they can do."""

import json

from lib.case import case
from lib.until import until

OWN_BROKER = True  # its ledger takes in all events


def _listed(world, key, *words):
    result = world.broker.holdfast(*words, "--json")
    return {line[key]: line["boards"] for line in map(json.loads, result.stdout.splitlines())}


@case()
def labels_and_handlers_are_listed_with_the_boards_that_have_them(world):
    world.handler("hello", "#!/bin/sh\necho hello\n")
    attic = world.worker("attic", labels="warm dry").up()
    cellar = world.worker("cellar", labels="dry").up()
    both = sorted([attic.name, cellar.name])
    until(
        "both have told what they can do",
        lambda: sorted(_listed(world, "handler", "handler", "list").get("hello", [])) == both,
    )
    handlers = _listed(world, "handler", "handler", "list", "--offline")
    assert sorted(handlers["gpio"]) == both and "absent" not in handlers, handlers
    labels = _listed(world, "label", "labels")
    assert labels["warm"] == [attic.name] and sorted(labels["dry"]) == both, labels
    for words in ([], ["shove"]):
        refused = world.broker.holdfast("handler", *words, exit_code=2)
        assert "list or push" in refused.stderr
    assert "HANDLER" in world.broker.holdfast("handler", "list").stdout
