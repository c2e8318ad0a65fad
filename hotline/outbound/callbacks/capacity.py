"""Which agents can be spared: pure.

Agents and the live callers whom they would serve are a bipartite graph. An agent is spared when as many of
these callers are served without him as with him: some largest matching leaves him out. The same callers can
be served then, not only as many (transversal matroid: any set served with him is served without him).
"""

from __future__ import annotations

from collections.abc import Collection

from hotline.outbound.callbacks.signals import ReadyAgent, WaitingCaller


def spared(agents: Collection[ReadyAgent], callers: Collection[WaitingCaller]) -> frozenset[str]:
    """The ids of the agents of whom any one, though not all together, can be taken from these callers."""
    served = _matching(agents, callers)
    reached = {agent.id for agent in agents} - set(served)
    able = {agent.id: agent for agent in agents}
    # Who could take the caller of an agent makes that agent free in his place.
    pending = list(reached)
    while pending:
        free = able[pending.pop()]
        for agent_id, caller in served.items():
            if agent_id not in reached and free.serves(caller.queue):
                reached.add(agent_id)
                pending.append(agent_id)
    return frozenset(reached)


def _matching(agents: Collection[ReadyAgent], callers: Collection[WaitingCaller]) -> dict[str, WaitingCaller]:
    """A largest matching: agent to caller. When one caller finds nobody, none of his queue does."""
    served: dict[str, WaitingCaller] = {}
    full: set[str] = set()
    for caller in callers:
        if len(served) == len(agents):
            break
        if caller.queue not in full and not _finds(caller, agents, served, set()):
            full.add(caller.queue)
    return served


def _finds(
    caller: WaitingCaller,
    agents: Collection[ReadyAgent],
    served: dict[str, WaitingCaller],
    asked: set[str],
) -> bool:
    """Whether there is an agent for this caller, if need be by others changing theirs. Changes `served`.

    Callers of one queue are alike, so each queue is `asked` once: many agents make neither a deep nor a long
    search of it.
    """
    asked.add(caller.queue)
    able = [agent for agent in agents if agent.serves(caller.queue)]
    for agent in able:
        if agent.id not in served:
            served[agent.id] = caller
            return True
    for agent in able:
        other = served[agent.id]
        if other.queue not in asked and _finds(other, agents, served, asked):
            served[agent.id] = caller
            return True
    return False
