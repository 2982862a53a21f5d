// Makes two npm packages of a program: the one for its platform, and `ricspec`, which chooses the platform's.
//   node pack.js VERSION PROGRAM CPU OUTPUT      CPU is x64 or arm64
"use strict";

const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const CPUS = ["x64", "arm64"];
const [version, program, cpu, output] = process.argv.slice(2);
if (!output || !CPUS.includes(cpu)) {
  console.error("usage: node pack.js VERSION PROGRAM x64|arm64 OUTPUT");
  process.exit(2);
}

const licences = path.join(__dirname, "..", "..");
const about = {
  version,
  description: "Checks a Lambda runtime against the AWS Lambda Runtime API by playing the service",
  keywords: ["lambda", "runtime", "conformance", "testing"],
  license: "MIT OR Apache-2.0",
};

/** Packs files, by their names in the package, with a manifest. */
function pack(manifest, files) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "ricspec-npm-"));
  for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    fs.copyFileSync(path.join(licences, licence), path.join(folder, licence));
  }
  for (const [name, source] of Object.entries(files)) {
    fs.copyFileSync(source, path.join(folder, name));
    fs.chmodSync(path.join(folder, name), 0o755);
  }
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ ...manifest, ...about }, null, 2));
  fs.mkdirSync(output, { recursive: true });
  execFileSync("npm", ["pack", "--silent", "--pack-destination", path.resolve(output)], { cwd: folder, stdio: "inherit" });
  fs.rmSync(folder, { recursive: true });
}

pack({ name: `ricspec-linux-${cpu}`, os: ["linux"], cpu: [cpu], files: ["ricspec", "LICENSE-*"] }, { ricspec: program });
pack(
  {
    name: "ricspec",
    bin: { ricspec: "ricspec.js" },
    files: ["ricspec.js", "LICENSE-*"],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(CPUS.map((one) => [`ricspec-linux-${one}`, version])),
  },
  { "ricspec.js": path.join(__dirname, "ricspec.js") },
);
