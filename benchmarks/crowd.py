"""A demo server with more people than the demo has, each project with a team drawn from them.

    python -m benchmarks.crowd CREDENTIALS PROJECTS PEOPLE TEAM

Says its address and writes the keys, as ``kobotui demo --serve`` does.
"""

from __future__ import annotations

import random
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kobotui.demo.grants import grant
from kobotui.demo.server import DemoOptions, bound_socket, build, credentials_of, make_server, url_of, write_credentials

ROLES = (
    ("view_asset", "add_submissions"),
    ("view_submissions",),
    ("validate_submissions",),
    ("change_submissions",),
    ("manage_asset",),
    ("delete_submissions", "validate_submissions"),
)
SHARES = (50, 25, 12, 8, 3, 2)
"""Of a hundred members of a team, how many have which role."""


def main(credentials: Path, projects: int, people: int, team: int) -> None:
    """Serve until interrupted; ``people`` are all accounts, on every project there are ``team`` enumerators."""
    state, faults = build(DemoOptions(7, projects, 60))
    rng = random.Random(7)
    pattern = state.users["amina"]
    known = [user.username for user in state.users.values() if user.about == pattern.about]
    for number in range(people - len(state.users) + 1):  # the public is no account
        name = f"enum{number:03}"
        key, uid = f"{rng.getrandbits(160):040x}", state.uid("u")
        state.users[name] = replace(pattern, username=name, token=key, uid=uid, email=f"{name}@example.org")
        known.append(name)
    for asset in state.assets.values():
        if asset.asset_type == "survey":
            for name in rng.sample(known, team):
                (role,) = rng.choices(ROLES, SHARES)
                for codename in role:
                    grant(state, asset, name, codename)
    with bound_socket("127.0.0.1", 0) as listener, suppress(KeyboardInterrupt):
        listener.listen()
        write_credentials(credentials, credentials_of(state))
        sys.stdout.write(f"{url_of(listener)}\n")
        sys.stdout.flush()
        make_server(state, faults).run([listener])


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
