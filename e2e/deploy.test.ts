/** What deploy/ offers an operator: the image's steps make a relay that runs, and the other files fit this repository. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { validate } from "dockerfile-utils";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (name: string): string => readFileSync(join(root, "deploy", name), "utf8");

function deploy(): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(root, "scripts", "deploy.ts")], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

test("the steps of the Dockerfile, in a bare folder and as its user, make a relay that listens, is well and stops in order", async () => {
  const { code, out, err } = await deploy();
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("the relay listens\nhealthz answers ok\n");
  expect(out).toContain("the relay ended with 0\n");
});

test("the linter of Dockerfiles finds nothing, and would", () => {
  const text = read("Dockerfile");
  expect(validate(text)).toEqual([]);
  expect(validate(text.replace("WORKDIR", "WORKDIRE"))).not.toEqual([]);
  expect(validate(text.replace("EXPOSE 7878", "EXPOSE many"))).not.toEqual([]);
});

test("the image runs as somebody who is not root, keeps its data in a volume and is asked for its health", () => {
  const [, second = ""] = read("Dockerfile")
    .split(/^FROM .*$/m)
    .slice(1);
  expect(second).toMatch(/^USER node$/m);
  expect(second).toMatch(/^VOLUME \["\/data"\]$/m);
  expect(second).toMatch(/^HEALTHCHECK .*deploy\/healthz\.js/m);
});

test("the unit starts what is in this repository, with its data where systemd makes room for it", () => {
  const unit = read("sottod.service");
  const [, program = "", args = ""] = /^ExecStart=\/opt\/sotto\/(\S+) (.*)$/m.exec(unit) ?? [];
  expect(existsSync(join(root, program))).toBe(true);
  expect(args).toContain("--data /var/lib/sottod ");
  expect(unit).toMatch(/^StateDirectory=sottod$/m);
  expect(unit).toMatch(/^User=(?!root)/m);
  for (const wall of ["NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="])
    expect(unit.split("\n")).toContain(wall);
});
