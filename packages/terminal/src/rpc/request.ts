/** One JSON-RPC 2.0 request, from a line or from parsed JSON, or the answer that refuses it: total, whatever comes. */
import type { Method, Params, Refusal } from "@sotto/core";
import { type Code, fail, ok, type Result } from "@sotto/wire";
import { isMethod, parseParams } from "./params.ts";

export type RequestId = string | number;

/** A method with its own parameters. */
export type Call = { readonly [M in Method]: { readonly method: M; readonly params: Params<M> } }[Method];

export interface Request {
  readonly id: RequestId;
  readonly call: Call;
}

export interface Fault {
  readonly id: RequestId | null;
  readonly error: RpcError;
}

export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: { readonly code: Code; readonly retryMs?: number };
}

const FAULT = { json: -32_700, shape: -32_600, method: -32_601, params: -32_602, refused: -32_000 } as const;

export function parseRequest(line: string): Result<Request, Fault> {
  const value = parseJson(line);
  if (value === undefined) return refuse(null, FAULT.json, "not JSON: wanted one JSON-RPC 2.0 request on one line");
  return parseRequestValue(value);
}

export function parseRequestValue(value: unknown): Result<Request, Fault> {
  if (Array.isArray(value)) return refuse(null, FAULT.shape, "batches are not supported: send one request a line");
  if (!isFields(value)) return refuse(null, FAULT.shape, "not a request: wanted a JSON object");
  const { id, method, params = {} } = value;
  if (!isId(id)) return refuse(null, FAULT.shape, "id: wanted text or a number, every request is answered");
  if (value.jsonrpc !== "2.0") return refuse(id, FAULT.shape, 'jsonrpc: wanted "2.0"');
  if (typeof method !== "string") return refuse(id, FAULT.shape, "method: wanted text");
  if (!isMethod(method)) return refuse(id, FAULT.method, "there is no such method");
  if (!isFields(params)) return refuse(id, FAULT.params, "params: wanted an object", "bad-request");
  const parsed = parseParams(method, params);
  if (!parsed.ok) return refuse(id, FAULT.params, parsed.error, "bad-request");
  // The method and its parameters come from one line of one table.
  return ok({ id, call: { method, params: parsed.value } as Call });
}

/** The answer to a line that is longer than `bytesMax`, which nobody parses. */
export function tooLong(bytesMax: number): Fault {
  return { id: null, error: { code: FAULT.shape, message: `a line is longer than ${bytesMax} bytes` } };
}

export function refusalError(refusal: Refusal): RpcError {
  const { code, message, retryMs } = refusal;
  const error = code === "bad-request" ? FAULT.params : FAULT.refused;
  return { code: error, message, data: retryMs === undefined ? { code } : { code, retryMs } };
}

function refuse(id: RequestId | null, code: number, message: string, data?: Code): Result<Request, Fault> {
  return fail({ id, error: data === undefined ? { code, message } : { code, message, data: { code: data } } });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is RequestId {
  return typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
}
