// Passkeys, over /api/auth/passkey/*. A page loads this as a module in its scripts block and writes:
//
//   <button type="button" data-passkey-sign-in data-next="/where/to/">Sign in with a passkey</button>
//   <form data-passkey-register data-next="/where/to/" data-proof="/where/to/prove/who/it/is/">
//     <input name="name" maxlength="64">            (optional; also `password` or `code`: proof for an older sign-in)
//     <button>Add a passkey</button>
//   </form>
//   <p role="alert" data-passkey-error hidden></p>  (in the form, beside the button, or anywhere on the page)
//
// Without `data-next` the page is loaded again. `data-proof` is where somebody goes whose sign-in is older than ten minutes.
const API = "/api/auth/passkey/";

class Refusal extends Error {
  constructor({ message, code }) {
    super(message || "That did not work. Please try again.");
    this.code = code;
  }
}

async function call(path, body) {
  const options = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
  const response = await fetch(API + path, { credentials: "same-origin", ...options });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(answer);
  return answer;
}

function toBytes(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function toText(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const withBytes = (credentials) => (credentials ?? []).map((each) => ({ ...each, id: toBytes(each.id) }));

function creation(options) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return {
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: withBytes(options.excludeCredentials),
  };
}

function request(options) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return { ...options, challenge: toBytes(options.challenge), allowCredentials: withBytes(options.allowCredentials) };
}

function asJson(credential) {
  const { id, rawId, type, response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const texts = parts.filter((part) => response[part]).map((part) => [part, toText(response[part])]);
  const transports = response.getTransports ? { transports: response.getTransports() } : {};
  return { id, rawId: toText(rawId), type, response: { ...Object.fromEntries(texts), ...transports } };
}

async function signIn() {
  const options = await call("generate-authentication-options");
  const credential = await navigator.credentials.get({ publicKey: request(options) });
  await call("verify-authentication", { credential: asJson(credential) });
}

async function register(form) {
  const given = Object.fromEntries(new FormData(form));
  const proof = Object.fromEntries(["password", "code"].filter((key) => given[key]).map((key) => [key, given[key]]));
  const options = await call("generate-registration-options", Object.keys(proof).length ? proof : undefined);
  const credential = await navigator.credentials.create({ publicKey: creation(options) });
  await call("verify-registration", { credential: asJson(credential), name: given.name?.trim() ?? "" });
}

const SENTENCES = {
  NotAllowedError: "No passkey was used. Try again when you are ready, or choose another way.",
  AbortError: "No passkey was used. Try again when you are ready, or choose another way.",
  InvalidStateError: "This device holds a passkey for this account already.",
  NotSupportedError: "This device cannot make a passkey.",
  SecurityError: "Passkeys do not work at this address. Open Stoa under the name it was set up with, such as localhost instead of 127.0.0.1.",
  TypeError: "Stoa could not be reached. Check your connection and try again.",
};

function placeFor(element) {
  return element.querySelector("[data-passkey-error]") ?? element.parentElement.querySelector("[data-passkey-error]") ??
    document.querySelector("[data-passkey-error]");
}

function say(element, sentence) {
  const place = placeFor(element);
  if (!place) return;
  place.textContent = sentence;
  place.hidden = !sentence;
}

function follow(url) {
  const target = new URL(url || location.href, location.href);
  // Whatever a page was made to say: never to another site.
  if (target.origin === location.origin) location.assign(target);
  else location.reload();
}

async function run(element, button, ceremony) {
  if (button?.disabled) return;
  say(element, "");
  if (!window.PublicKeyCredential) {
    say(element, "This browser knows no passkeys, or this page was not opened by https.");
    return;
  }
  if (button) button.disabled = true;
  element.setAttribute("aria-busy", "true");
  try {
    await ceremony();
    follow(element.dataset.next);
  } catch (error) {
    if (error.code === "SESSION_NOT_FRESH" && element.dataset.proof) follow(element.dataset.proof);
    else say(element, error instanceof Refusal ? error.message : SENTENCES[error.name] ?? "That did not work. Please try again.");
  } finally {
    if (button) button.disabled = false;
    element.removeAttribute("aria-busy");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-passkey-sign-in]");
  if (button) run(button, button, signIn);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-passkey-register]")) return;
  event.preventDefault();
  run(form, event.submitter, () => register(form));
});
