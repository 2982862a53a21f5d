#!/usr/bin/env node
// Starts the program in the package of this platform, passes signals on to it, and ends as it ends.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const platform = `ricspec-${process.platform}-${process.arch}`;

let program;
try {
  program = require.resolve(`${platform}/ricspec`);
} catch {
  console.error(`ricspec: the package ${platform} is not installed; ricspec runs on Linux, x64 and arm64`);
  process.exit(2);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`ricspec: ${program} cannot be started: ${error.message}`);
  process.exit(2);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
