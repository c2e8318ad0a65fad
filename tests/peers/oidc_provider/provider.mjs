/**
 * npm's oidc-provider with one client and accounts that the test names, on loopback.
 * SONGHUA_OIDC_PEER is JSON: {port, client, secret, redirects, signedOut, kid, accounts: {login: claims}}.
 * Any password opens an account; consent is given by itself. Keys are made at the start.
 */
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const told = JSON.parse(process.env.SONGHUA_OIDC_PEER);
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = { ...privateKey.export({ format: "jwk" }), kid: told.kid, use: "sig", alg: "ES256" };

const provider = new Provider(`http://127.0.0.1:${told.port}`, {
  clients: [
    {
      client_id: told.client,
      client_secret: told.secret,
      redirect_uris: told.redirects,
      post_logout_redirect_uris: told.signedOut,
      id_token_signed_response_alg: "ES256",
    },
  ],
  jwks: { keys: [key] },
  cookies: { keys: [told.secret] },
  claims: { openid: ["sub"], profile: ["name", "preferred_username", "groups"] },
  pkce: { required: () => true },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: `sub-${id}`, ...told.accounts[id] }) }),
  async loadExistingGrant(ctx) {
    const grant = new provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
});
provider.listen(told.port, "127.0.0.1");
