"""How much one socket may ask for: so many of a kind within a minute."""

import time
from collections import defaultdict, deque

MINUTE = 60.0
PER_MINUTE = {"fault": 10, "authenticate": 10, "join": 60, "message": 300, "read": 300, "any": 900}


class Budget:
    def __init__(self) -> None:
        self._spent: dict[str, deque[float]] = defaultdict(deque)

    def spend(self, kind: str) -> bool:
        """Whether one more of this kind is allowed now."""
        spent, moment = self._spent[kind], time.monotonic()
        while spent and spent[0] <= moment - MINUTE:
            spent.popleft()
        if len(spent) >= PER_MINUTE.get(kind, PER_MINUTE["any"]):
            return False
        spent.append(moment)
        return True
