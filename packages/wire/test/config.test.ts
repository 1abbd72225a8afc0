import fc from "fast-check";
import { expect, test } from "vitest";
import { parseConfig, settingsInForce } from "../src/config.ts";

const defaults = {
  server: { address: "127.0.0.1", port: 7878, public: undefined },
  access: { password: undefined, for: "sign-up", share: true },
  auth: { otp: "new-device" },
  security: { maxMessagesPerSec: 5, burst: 20 },
  limits: { connections: 10_000, connectionsPerAddress: 1000, diskMb: 0 },
  log: { level: "info" },
  tls: undefined,
};

test("nothing given gives the defaults", () => {
  expect(parseConfig({})).toEqual({ ok: true, value: defaults });
  expect(parseConfig({ file: {}, env: {}, flags: {} })).toEqual({ ok: true, value: defaults });
});

test("a file sets everything", () => {
  const file = {
    server: { address: "::", port: 443, public: "chat.example.org:443" },
    access: { password: "a fixed password", for: "connect", share: false },
    auth: { otp: "always" },
    security: { max_messages_per_sec: 0.5, burst: 1 },
    limits: { connections: 50, connections_per_address: 5, disk_mb: 2048 },
    log: { level: "warn" },
    tls: { certificate: "/etc/sotto/fullchain.pem", key: "/etc/sotto/privkey.pem" },
  };
  expect(parseConfig({ file })).toEqual({
    ok: true,
    value: {
      server: { address: "::", port: 443, public: "chat.example.org:443" },
      access: { password: "a fixed password", for: "connect", share: false },
      auth: { otp: "always" },
      security: { maxMessagesPerSec: 0.5, burst: 1 },
      limits: { connections: 50, connectionsPerAddress: 5, diskMb: 2048 },
      log: { level: "warn" },
      tls: { certificate: "/etc/sotto/fullchain.pem", key: "/etc/sotto/privkey.pem" },
    },
  });
});

test("flags win over the environment, and that over the file", () => {
  const file = { server: { port: 1, address: "192.0.2.1", public: "one.example" } };
  const env = { SOTTO_SERVER_PORT: "2", SOTTO_SERVER_ADDRESS: "192.0.2.2" };
  const read = parseConfig({ file, env, flags: { "server.port": "3", "server.address": undefined } });
  expect(read).toMatchObject({ value: { server: { port: 3, address: "192.0.2.2", public: "one.example" } } });
});

test("all faults come at once, from every source", () => {
  const file = { server: { port: 70_000, adress: "x" }, acces: {}, security: 5 };
  const env = { SOTTO_ACCESS_FOR: "nobody", SOTTO_ACCESS_SHARED: "true" };
  const read = parseConfig({ file, env, flags: { "server.address": "not a host" } });
  expect(read.ok ? [] : read.error).toEqual([
    { key: "server.port", want: "a whole number from 0 to 65535", got: "70000" },
    { key: "server.adress", want: "one of server.address, server.port, server.public", got: "an unknown key" },
    {
      key: "acces",
      want: "one of [server], [access], [auth], [security], [limits], [log], [tls]",
      got: "an unknown section",
    },
    { key: "security", want: "a table", got: "5" },
    { key: "SOTTO_ACCESS_FOR", want: '"sign-up", "connect" or "open"', got: '"nobody"' },
    { key: "SOTTO_ACCESS_SHARED", want: "one of access.password, access.for, access.share", got: "an unknown key" },
    { key: "server.address", want: "an IP address or a host name", got: '"not a host"' },
  ]);
});

test.each([
  { key: "server.port", values: [-1, 1.5, 65_536, "", "80 ", "0x50", true, null, Number.NaN, [80]] },
  { key: "server.address", values: ["", "a b", "http://x", "-x", 5, "x\n"] },
  { key: "server.public", values: ["", "x:0", "x:70000", "x:y", "::1", "wss://x", "x/y", "x:80:80"] },
  { key: "access.for", values: ["", "Open", "sign-up ", true] },
  { key: "access.share", values: ["yes", 1, "", "TRUE"] },
  { key: "access.password", values: ["", "short", "x".repeat(257), "with\ncontrol", 12345678] },
  { key: "security.max_messages_per_sec", values: [-1, "-1", 10_001, "1e3", "", false] },
  { key: "security.burst", values: [0, 1.5, 100_001, "many"] },
  { key: "auth.otp", values: ["", "never", "Always", true] },
  { key: "limits.connections", values: [0, -1, 1.5, 1_000_001, "all"] },
  { key: "limits.connections_per_address", values: [0, 1_000_001, null] },
  { key: "limits.disk_mb", values: [-1, 0.5, 16_777_217, "1 GB"] },
  { key: "log.level", values: ["", "trace", "INFO", 1] },
])("$key refuses what it is not", ({ key, values }) => {
  const [section = "", name = ""] = key.split(".");
  for (const value of values) {
    const read = parseConfig({ file: { [section]: { [name]: value } } });
    expect(read.ok ? value : read.error.map((fault) => fault.key)).toEqual([key]);
  }
});

test("a wrong access password is not shown, wherever it stands", () => {
  const secret = "canary\u0007";
  const reads = [
    parseConfig({ file: { access: { password: secret } } }),
    parseConfig({ env: { SOTTO_ACCESS_PASSWORD: secret } }),
    parseConfig({ flags: { "access.password": secret } }),
  ];
  for (const read of reads) {
    expect(read.ok).toBe(false);
    expect(JSON.stringify(read)).not.toContain("canary");
  }
});

test.each([
  { given: "tls.certificate", missing: "tls.key" },
  { given: "tls.key", missing: "tls.certificate" },
])("$given alone is a fault, also when another source gives it", ({ given, missing }) => {
  const fault = { key: missing, want: `a path, because ${given} is set`, got: "nothing" };
  expect(parseConfig({ flags: { [given]: "/x.pem" } })).toEqual({ ok: false, error: [fault] });
  const both = parseConfig({ flags: { [given]: "/x.pem" }, file: { tls: { [missing.slice(4)]: "/y.pem" } } });
  expect(both).toMatchObject({ ok: true, value: { tls: {} } });
});

test("a path that cannot be one is a fault", () => {
  const read = parseConfig({ file: { tls: { certificate: "", key: "a\nb" } } });
  expect(read.ok ? [] : read.error.map(({ key }) => key)).toEqual(["tls.certificate", "tls.key"]);
});

test("every setting in force is listed with where it comes from", () => {
  const file = { server: { port: 1, public: "one.example" }, access: { password: "a fixed password" } };
  const env = { SOTTO_SERVER_PORT: "2", SOTTO_LOG_LEVEL: "debug" };
  const all = settingsInForce({ file, env, flags: { "server.address": "::1" } });
  const listed = new Map(all.map(({ key, ...rest }) => [key, rest]));
  expect(listed.get("server.address")).toEqual({ value: "::1", secret: false, from: "flag" });
  expect(listed.get("server.port")).toEqual({ value: 2, secret: false, from: "environment" });
  expect(listed.get("server.public")).toEqual({ value: "one.example", secret: false, from: "file" });
  expect(listed.get("access.password")).toEqual({ value: "a fixed password", secret: true, from: "file" });
  expect(listed.get("log.level")).toEqual({ value: "debug", secret: false, from: "environment" });
  expect(listed.get("security.burst")).toEqual({ value: 20, secret: false, from: "default" });
  expect(listed.get("tls.key")).toEqual({ value: undefined, secret: false, from: "default" });
  expect(all).toHaveLength(15);
});

test("variables of other programs are left alone", () => {
  const env = { SOTTO_PROFILE: "x", SOTTO_CLIENT_THEME: "y", SERVER_PORT: "z", SOTTO_SERVER: "w" };
  expect(parseConfig({ env })).toMatchObject({ ok: true });
});

test.each([[], "text", 5, null, true].map((file) => ({ file })))("a file that is $file is one fault", ({ file }) => {
  const read = parseConfig({ file });
  expect(read.ok ? 0 : read.error.length).toBe(1);
});

test("anything gives a configuration or faults", () => {
  fc.assert(fc.property(fc.anything(), (file) => typeof parseConfig({ file }).ok === "boolean"));
  fc.assert(
    fc.property(
      fc.object({ key: fc.constantFrom("server", "access", "port", "for") }),
      (file) => typeof parseConfig({ file }).ok === "boolean",
    ),
  );
});
