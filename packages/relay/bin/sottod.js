#!/usr/bin/env node
import { launch } from "@sotto/wire/launch";

await launch({ name: "sottod", script: import.meta.url, start: () => import("../src/sottod.ts") });
