// A lane of the benchmark in V8: `node host.mjs MODULE NAME DATA CHUNK`, then the same commands on
// stdin as the native lane has. Never prints text that was found.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [module, name, dataPath, chunkText] = process.argv.slice(2);
const data = readFileSync(dataPath);
const chunkBytes = Number(chunkText);
const wasm = new WebAssembly.Module(readFileSync(module));

// The module scans bytes: it needs nothing of a host but a seed for its hash maps, for which the
// zeros that are there will do. Whatever else it calls has gone wrong.
function imports() {
  const all = {};
  for (const { module: from, name } of WebAssembly.Module.imports(wasm)) {
    (all[from] ??= {})[name] = () => {
      if (name === "random_get") return 0;
      throw new Error(`the module called ${from}.${name}`);
    };
  }
  return all;
}

const { exports } = new WebAssembly.Instance(wasm, imports());
exports._initialize?.();

// Nanoseconds that this process has computed. What V8 does beside, such as compiling, counts too;
// the best round is one without.
function computed() {
  const { user, system } = process.cpuUsage();
  return BigInt(user + system) * 1000n;
}

// Linear memory moves when it grows.
let memory = new Uint8Array(0);
function put(bytes, at) {
  if (memory.buffer !== exports.memory.buffer) memory = new Uint8Array(exports.memory.buffer);
  memory.set(bytes, at);
}

function load() {
  const label = Buffer.from(name);
  const room = exports.room(label.length + data.length);
  put(label, room);
  put(data, room + label.length);
  const begun = computed();
  if (exports.load_room(label.length) !== 1) throw new Error(`${name} was not loaded`);
  return computed() - begun;
}

let chunks = [];
let room = 0;
let text = Buffer.alloc(0);

function cut() {
  const size = chunkBytes === 0 ? Math.max(text.length, 1) : chunkBytes;
  chunks = [];
  for (let at = 0; at < text.length; at += size) chunks.push(text.subarray(at, at + size));
  room = exports.room(Math.min(size, Math.max(text.length, 1)));
}

function scan() {
  exports.begin();
  for (let n = 0; n < chunks.length; n += 1) {
    put(chunks[n], room);
    exports.push(chunks[n].length, n + 1 === chunks.length ? 1 : 0);
  }
}

function command(line) {
  const [word, first, second] = line.split(" ");
  switch (word) {
    case "text":
      text = readFileSync(first).subarray(0, Number(second));
      cut();
      return "ok";
    case "scan": {
      const begun = computed();
      scan();
      const nanos = computed() - begun;
      const places = BigInt.asUintN(64, exports.places()).toString(16).padStart(16, "0");
      return `${nanos} ${exports.count()} ${places}`;
    }
    case "calls": {
      const times = Number(first);
      const begun = computed();
      for (let n = 0; n < times; n += 1) scan();
      return `${(computed() - begun) / BigInt(times)}`;
    }
    case "load": {
      let least = load();
      for (let n = 1; n < Number(first); n += 1) {
        const nanos = load();
        if (nanos < least) least = nanos;
      }
      cut();
      return `${least}`;
    }
    default:
      throw new Error(`not a command: ${line}`);
  }
}

const first = load();
console.log(`ready ${first}`);
for await (const line of createInterface({ input: process.stdin })) console.log(command(line));
