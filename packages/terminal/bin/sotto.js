#!/usr/bin/env node
import "./small-heap.js";
import { launch } from "@sotto/wire/launch";

await launch({ name: "sotto", script: import.meta.url, start: () => import("../src/sotto.ts") });
