"""The published clients of others against a running Stoa: `make test-clients`.

Each folder beside this file is one client with its exact versions; it is installed into a temporary folder (`npm ci`)
and nothing of it stays. Needs node and npm; the part in a browser needs a Chromium and says so where there is none.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.browsers import browser, chromium
from tests.trees import own_services, started, stranger

HERE = Path(__file__).parent
PASSWORD = "a quiet colonnade 8"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
STORY = """async (password) => {
  const email = "mira@real-client.example", seen = {};
  const codes = ({ error }) => error && [error.status, error.code];
  seen.made = codes(await auth.signUp.email({ email, name: "Mira", password }));
  const added = await auth.passkey.addPasskey({ name: "Mira's phone" });
  seen.added = [codes(added), added.data?.name, added.data?.createdAt instanceof Date];
  seen.again = codes(await auth.passkey.addPasskey({ name: "The same" }));
  seen.out = (await auth.signOut()).data;
  seen.nobody = (await auth.getSession()).data;
  const back = await auth.signIn.passkey();
  seen.back = [codes(back), back.data?.user.email, back.data?.session.userId === back.data?.user.id];
  seen.session = (await auth.getSession()).data?.user.email;
  const [own] = (await auth.passkey.listUserPasskeys()).data;
  seen.listed = [own.name, own.counter, own.deviceType, own.transports];
  seen.renamed = (await auth.passkey.updatePasskey({ id: own.id, name: "The grey one" })).data?.passkey.name;
  seen.removed = (await auth.passkey.deletePasskey({ id: own.id })).data;
  seen.refused = codes(await auth.signIn.passkey());
  return seen;
}"""
EXPECTED = {
    "made": None,
    "added": [None, "Mira's phone", True],
    "again": [400, "ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED"],
    "out": {"success": True},
    "nobody": None,
    "back": [None, "mira@real-client.example", True],
    "session": "mira@real-client.example",
    "listed": ["Mira's phone", 2, "singleDevice", "internal"],
    "renamed": "The grey one",
    "removed": {"status": True},
    "refused": [401, "AUTHENTICATION_FAILED"],
}


def installed(client: str, folder: str) -> Path:
    where = Path(shutil.copytree(HERE / client, Path(folder) / client))
    subprocess.run(["npm", "ci", "--silent"], cwd=where, check=True)
    return where


def better_auth_in_a_browser(client: Path, base: str) -> None:
    """Sign up, register a passkey, sign in with it and remove it, all by the real client's own functions."""
    bundle = client / "bundle.js"
    subprocess.run(
        ["node_modules/.bin/esbuild", "browser.mjs", "--bundle", "--log-level=warning", f"--outfile={bundle}"],
        cwd=client,
        check=True,
    )
    page_source = f"<!doctype html><title>Client</title><script>{bundle.read_text()}</script>"
    with browser() as running:
        page = running.new_page()
        page.route("**/real-client", lambda route: route.fulfill(body=page_source, content_type="text/html"))
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        page.goto(f"{base}/real-client")
        seen = page.evaluate(STORY, PASSWORD)
        running.close()
    for key, value in EXPECTED.items():
        if seen[key] != value:
            raise SystemExit(f"In the browser, {key}: saw {json.dumps(seen[key])}, expected {json.dumps(value)}")
        say(f"  in a browser: {key}")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        raise SystemExit("node and npm are needed to run the clients of others")
    with ExitStack() as open_things:
        folder = open_things.enter_context(tempfile.TemporaryDirectory(prefix="stoa-clients-"))
        services = open_things.enter_context(own_services())
        better_auth, socket_io = installed("better_auth", folder), installed("socket_io", folder)
        environment = stranger(services, Path(folder) / "data", RATE_LIMIT_AUTH="")
        tree = open_things.enter_context(started(environment))
        base = f"http://localhost:{tree.port}"
        say("Better Auth's client")
        subprocess.run(["node", "run.mjs", base], cwd=better_auth, check=True)
        if chromium() is None:
            say("  no Chromium is installed, so nothing was tried in a browser")
        else:
            better_auth_in_a_browser(better_auth, base)
        say("Socket.IO's client")
        subprocess.run(["node", "run.mjs", base], cwd=socket_io, check=True)
    say("All of it as their authors wrote it.")


if __name__ == "__main__":
    main()
