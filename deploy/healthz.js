// Asks the relay on this machine whether it is well: exit code 0, else 1. For the health check of the image.
import { request } from "node:https";

const port = Number(process.env.SOTTO_SERVER_PORT ?? 7878);
// Whose certificate it is does not matter: nothing is sent, and the answer is one word.
const options = { host: "127.0.0.1", port, path: "/healthz", rejectUnauthorized: false, timeout: 4000 };
const asked = request(options, (answer) => {
  process.exit(answer.statusCode === 200 ? 0 : 1);
});
asked.on("timeout", () => asked.destroy(new Error("no answer in time")));
asked.on("error", (error) => {
  process.stderr.write(`healthz: ${error.message}\n`);
  process.exit(1);
});
asked.end();
