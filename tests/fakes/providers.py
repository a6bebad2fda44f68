"""GitHub and Google on this machine, as far as signing in goes: the pages people are sent to, tokens, profiles, keys."""

import base64
import functools
import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = {"github": "our-github-app", "google": "our-google-app.apps.googleusercontent.com"}
SECRET = {"github": "github-secret", "google": "google-secret"}
APPS = {
    name: {"APPS": [{"client_id": CLIENT[name], "secret": SECRET[name]}], "OAUTH_PKCE_ENABLED": True} for name in CLIENT
}


@functools.cache
def key(name):
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Providers:
    """Whoever comes is `person`. `asked` holds (method, path) of every request."""

    def __init__(self):
        self.person = {"id": 12345, "login": "vera", "name": "Vera Brandt"}
        self.emails = [{"email": "vera@example.com", "verified": True, "primary": True}]
        self.tokens = {}  # access token: the app it was issued to
        self.codes = {}
        self.is_away = False
        self.asked = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, self))
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}"

    def access_token(self, app=None):
        """GitHub's, issued to `app` (ours by itself)."""
        token = f"gho_{secrets.token_hex(16)}"
        self.tokens[token] = app or CLIENT["github"]
        return token

    def id_token(self, signed_with="ours", kid="ours", **claims):
        """Google's, for us; `claims` replaces some, a None takes one out."""
        moment = int(time.time())
        address = self.emails[0] if self.emails else {"email": None, "verified": False}
        whole = {
            "iss": "https://accounts.google.com",
            "aud": CLIENT["google"],
            "sub": str(self.person["id"]),
            "email": address["email"],
            "email_verified": address["verified"],
            "name": self.person["name"],
            "iat": moment,
            "exp": moment + 3600,
            "jti": secrets.token_hex(8),
        } | claims
        kept = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(kept, key(signed_with), algorithm="RS256", headers={"kid": kid})

    def public_keys(self):
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key("ours").public_key()))
        return {"keys": [public | {"kid": "ours", "use": "sig", "alg": "RS256"}]}


class Handler(BaseHTTPRequestHandler):
    def __init__(self, providers, *args):
        self.providers = providers
        super().__init__(*args)

    def log_message(self, *args):
        """Nothing: tests read `asked`."""

    def do_GET(self):
        self.answer()

    def do_POST(self):
        self.answer()

    def answer(self):
        path = urlsplit(self.path).path
        self.providers.asked.append((self.command, path))
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.providers.is_away:
            self.say(503, {"message": "away"})
        elif path.endswith("/authorize"):
            self.send_back()
        elif path.startswith("/applications/"):
            self.check_token(path.split("/")[2])
        else:
            self.say(200, self.things()[path]())

    def things(self):
        house = self.providers
        return {
            "/github/access_token": lambda: {"access_token": house.access_token(), "token_type": "bearer"},
            "/google/access_token": lambda: {
                "access_token": "ya29.token", "expires_in": 3599, "token_type": "Bearer", "id_token": house.id_token()
            },
            "/user": lambda: house.person | {"email": None},
            "/user/emails": lambda: house.emails,
            "/google/keys": house.public_keys,
        }  # fmt: skip

    def send_back(self):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode({'code': 'c0de', 'state': asked['state']})}")
        self.end_headers()

    def check_token(self, client_id):
        pair = base64.b64encode(f"{CLIENT['github']}:{SECRET['github']}".encode()).decode()
        token = json.loads(self.body)["access_token"]
        if self.headers["Authorization"] != f"Basic {pair}":
            return self.say(401, {"message": "Bad credentials"})
        if self.providers.tokens.get(token) != client_id:
            return self.say(404, {"message": "Not Found"})
        user = {name: self.providers.person[name] for name in ("id", "login")}
        return self.say(200, {"app": {"client_id": client_id}, "token": token, "user": user})

    def say(self, status, thing):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(thing).encode())


@contextmanager
def standing_in(settings, monkeypatch):
    """Both providers, set up here and reached on this machine."""
    house = Providers()
    threading.Thread(target=house.server.serve_forever, args=(0.01,), daemon=True).start()
    settings.SOCIALACCOUNT_PROVIDERS = APPS
    settings.GITHUB_API = house.base
    settings.GOOGLE_KEYS = f"{house.base}/google/keys"
    for name, adapter in (("github", GitHubOAuth2Adapter), ("google", GoogleOAuth2Adapter)):
        monkeypatch.setattr(adapter, "authorize_url", f"{house.base}/{name}/authorize")
        monkeypatch.setattr(adapter, "access_token_url", f"{house.base}/{name}/access_token")
    monkeypatch.setattr(GitHubOAuth2Adapter, "profile_url", f"{house.base}/user")
    monkeypatch.setattr(GitHubOAuth2Adapter, "emails_url", f"{house.base}/user/emails")
    try:
        yield house
    finally:
        house.server.shutdown()
        house.server.server_close()
