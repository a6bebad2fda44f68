// Better Auth's own client in a browser; bundled by esbuild for the time of a test.
import { passkeyClient } from "@better-auth/passkey/client";
import { createAuthClient } from "better-auth/client";

window.auth = createAuthClient({ plugins: [passkeyClient()] });
