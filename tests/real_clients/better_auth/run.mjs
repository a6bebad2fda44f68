// Better Auth's own client, from Node, against a running Stoa: node run.mjs http://localhost:8000
import { passkeyClient } from "@better-auth/passkey/client";
import { createAuthClient } from "better-auth/client";
import { twoFactorClient } from "better-auth/client/plugins";

import { browserLike, check, totp } from "./house.mjs";

const base = process.argv[2];
const PASSWORD = "a quiet colonnade 8";
const redirected = [];

function client(origin = base) {
  const browser = browserLike(origin);
  const plugins = [passkeyClient(), twoFactorClient({ onTwoFactorRedirect: (context) => redirected.push(context) })];
  const auth = createAuthClient({ baseURL: `${base}/api/auth`, plugins, fetchOptions: { customFetchImpl: browser.fetch } });
  return { auth, browser };
}

async function one(path, body) {
  const response = await fetch(`${base}/auth/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`ONE's ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

const whoIs = async ({ auth }) => (await auth.getSession()).data?.user.email ?? null;
const said = ({ data, error }) => [data, error && [error.status, error.code]];

async function oneStep() {
  const dan = client();
  const email = "dan@real-client.example";
  const made = await dan.auth.signUp.email({ email, name: "Dan", password: PASSWORD, image: "https://example.com/dan.png" });
  check("sign-up answers the user and no token", [made.error, made.data.token, made.data.user.email, made.data.user.image], [null, null, email, null]);
  check("its moments are dates", made.data.user.createdAt instanceof Date, true);
  const { data } = await dan.auth.getSession();
  check("get-session knows who it is", [data.user.id, data.session.userId], [made.data.user.id, made.data.user.id]);
  check("and until when", data.session.expiresAt > new Date(Date.now() + 29 * 86_400_000), true);
  check("there are no passkeys yet", said(await dan.auth.passkey.listUserPasskeys()), [[], null]);
  const before = dan.browser.cookies.get("better-auth.session_token");
  check("sign-out", said(await dan.auth.signOut()), [{ success: true }, null]);
  check("then nobody is signed in", [(await dan.auth.getSession()).data, dan.browser.cookies.has("better-auth.session_token")], [null, false]);
  check("a wrong password", said(await dan.auth.signIn.email({ email, password: "wrong password" })), [null, [401, "INVALID_EMAIL_OR_PASSWORD"]]);
  check("sign-in", (await dan.auth.signIn.email({ email, password: PASSWORD, rememberMe: false })).data.redirect, false);
  check("signed in again", await whoIs(dan), email);
  check("by another cookie", dan.browser.cookies.get("better-auth.session_token") !== before, true);
  const again = await client().auth.signUp.email({ email, name: "Eve", password: PASSWORD });
  check("a taken address", said(again), [null, [422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"]]);
  const short = await client().auth.signUp.email({ email: "new@real-client.example", name: "New", password: "short" });
  check("a short password", said(short), [null, [400, "PASSWORD_TOO_SHORT"]]);
  const options = await dan.auth.$fetch("/passkey/generate-register-options");
  check("options to register", [options.data.rp.id, options.data.authenticatorSelection.userVerification], ["localhost", "required"]);
  const rubbish = await dan.auth.$fetch("/passkey/verify-registration", { method: "POST", body: { response: { id: "x" } } });
  check("rubbish is no passkey", said(rubbish), [null, [400, "FAILED_TO_VERIFY_REGISTRATION"]]);
  check("another's passkey", said(await dan.auth.passkey.deletePasskey({ id: "nobody" })), [null, [404, "PASSKEY_NOT_FOUND"]]);
}

async function twoSteps() {
  const email = "ada@real-client.example";
  const { token } = await one("signUp", { email, name: "Ada", password: PASSWORD });
  const { secret, backupCodes } = await one("setup2FA", { token });
  await one("verify2FA", { token });

  const ada = client();
  const first = await ada.auth.signIn.email({ email, password: PASSWORD });
  check("two steps: the password alone", first.data, { twoFactorRedirect: true, twoFactorMethods: ["totp"] });
  check("the client was told to ask for the code", redirected, [{ twoFactorMethods: ["totp"] }]);
  check("no session before the code", await whoIs(ada), null);
  check("a wrong code", said(await ada.auth.twoFactor.verifyTotp({ code: "AAAAAAAA" })), [null, [401, "INVALID_CODE"]]);
  const done = await ada.auth.twoFactor.verifyTotp({ code: totp(secret), trustDevice: true });
  check("the right one", [done.error, done.data.user.email, await whoIs(ada)], [null, email, email]);

  const other = client();
  await other.auth.signIn.email({ email, password: PASSWORD });
  await other.auth.twoFactor.verifyBackupCode({ code: backupCodes[0] });
  check("a backup code", await whoIs(other), email);
  const spent = client();
  await spent.auth.signIn.email({ email, password: PASSWORD });
  check("works once", said(await spent.auth.twoFactor.verifyBackupCode({ code: backupCodes[0] })), [null, [401, "INVALID_CODE"]]);
  const direct = await client().auth.signIn.email({ email, password: PASSWORD, otp: totp(secret, 1) });
  check("password and code in one call", direct.data?.redirect, false);
}

async function strangers() {
  const evil = client("https://evil.example");
  const refused = await evil.auth.signIn.email({ email: "dan@real-client.example", password: PASSWORD });
  check("another site", said(refused), [null, [403, "INVALID_ORIGIN"]]);
  const away = await client().auth.signIn.email({ email: "dan@real-client.example", password: PASSWORD, callbackURL: "https://evil.example" });
  check("a way to another site", said(away), [null, [403, "INVALID_CALLBACK_URL"]]);
}

for (const story of [oneStep, twoSteps, strangers]) await story();
