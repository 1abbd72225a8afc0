#!/usr/bin/env node
import { launch } from "@sotto/wire/launch";

await launch({ name: "sottoctl", script: import.meta.url, start: () => import("../src/sottoctl.ts") });
