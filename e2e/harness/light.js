// Loaded before a program of ours (`--import`), in its threads too: passwords are stretched in no time.
//
// With what it costs in earnest, half of what the end-to-end tests do would be guessing passwords that they know, and
// none of them asks how dear a guess is: the parameters are held by `packages/node/test`, and
// `conversation.test.ts` and `second-device.test.ts` run without this. What the programs ask for stays
// as it is, in the key file too; only less is done for it. Plain JavaScript, because it is loaded in every thread.
import { registerHooks } from "node:module";

/** What stands at the end of a library, by the end of its address. */
const more = {
  "/@node-rs/argon2/index.js": `
    const inEarnest = module.exports.hashRaw;
    module.exports.hashRaw = (secret, options) =>
      inEarnest(secret, { ...options, memoryCost: 64, timeCost: 1, parallelism: 1 });`,
  "/@serenity-kit/opaque/cjs/index.js": `
    const keyStretching = { "argon2id-custom": { memory: 64, iterations: 1, parallelism: 1 } };
    exports.client = {
      ...client,
      finishRegistration: (given) => client.finishRegistration({ ...given, keyStretching }),
      finishLogin: (given) => client.finishLogin({ ...given, keyStretching }),
    };`,
};

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const [, text] = Object.entries(more).find(([end]) => url.endsWith(end)) ?? [];
    return text === undefined ? loaded : { ...loaded, source: `${loaded.source}${text}` };
  },
});
