// Check the bundle of a draw (sd-draw/1) in this browser: the second implementation beside verify.py, held equal
// to it by tests, word for word. Needs no network and no WebCrypto, which pages without https don't have.
(function () {
  "use strict";

  const NAMES = ["params.json", "population.jsonl", "excluded.jsonl", "experts.jsonl",
    "commits.json", "reveals.json", "entropy.json", "result.jsonl"];
  const PROGRAM = "verify.py";
  const PARAMS = { den: "int", draw_id: "str", entropy: "list", num: "int", wmax: "int" };
  const MORE = { alg: "str", commits: "str", excluded: "str", experts: "str", plan: "str", reveal_by: "str", fallback: "dict" };
  const ITEM = { mandatory: "bool", ref: "str", stratum: "str", weight: "int" };
  const EXCLUDED = { reason: "str", ref: "str" };
  const EXPERT = { conflicts: "list", expert: "str", room: "int", specialities: "list" };
  const END = "文件结尾，末行有换行";
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const bytes = (text) => encoder.encode(text);
  const hex = (digest) => Array.from(digest, (one) => one.toString(16).padStart(2, "0")).join("");

  class Difference extends Error {}

  function need(isSo, where, what) {
    if (!isSo) { throw new Difference(where + "：" + what); }
  }

  // —— hashing ——

  function padded(message) {
    const size = message.length;
    const whole = new Uint8Array(((size + 72) >>> 6) << 6);
    whole.set(message);
    whole[size] = 0x80;
    const view = new DataView(whole.buffer);
    view.setUint32(whole.length - 8, Math.floor(size / 0x20000000));
    view.setUint32(whole.length - 4, (size << 3) >>> 0);
    return view;
  }

  function digestOf(state) {
    const digest = new Uint8Array(32);
    const view = new DataView(digest.buffer);
    state.forEach((word, place) => view.setUint32(4 * place, word));
    return digest;
  }

  const left = (word, by) => (word << by) | (word >>> (32 - by));

  // The constants of SHA-256 are the first 32 bits of the fractions of roots of primes.
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) { if (primes.every((prime) => n % prime)) { primes.push(n); } }
  const fraction = (root) => Math.floor((root - Math.floor(root)) * 0x100000000) | 0;
  const K = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
  const SHA256_START = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  const w = new Int32Array(68);

  function sha256(message) {
    const view = padded(message);
    const state = Int32Array.from(SHA256_START);
    for (let start = 0; start < view.byteLength; start += 64) {
      for (let j = 0; j < 16; j += 1) { w[j] = view.getInt32(start + 4 * j); }
      for (let j = 16; j < 64; j += 1) {
        const x = w[j - 15];
        const y = w[j - 2];
        w[j] = w[j - 16] + (left(x, 25) ^ left(x, 14) ^ (x >>> 3)) + w[j - 7] + (left(y, 15) ^ left(y, 13) ^ (y >>> 10));
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let j = 0; j < 64; j += 1) {
        const t1 = (h + (left(e, 26) ^ left(e, 21) ^ left(e, 7)) + ((e & f) ^ (~e & g)) + K[j] + w[j]) | 0;
        const t2 = ((left(a, 30) ^ left(a, 19) ^ left(a, 10)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + t1) | 0;
        d = c; c = b; b = a; a = (t1 + t2) | 0;
      }
      [a, b, c, d, e, f, g, h].forEach((word, place) => { state[place] += word; });
    }
    return digestOf(state);
  }

  const SM3_START = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];

  function sm3(message) {
    const view = padded(message);
    const state = Int32Array.from(SM3_START);
    for (let start = 0; start < view.byteLength; start += 64) {
      for (let j = 0; j < 16; j += 1) { w[j] = view.getInt32(start + 4 * j); }
      for (let j = 16; j < 68; j += 1) {
        const x = w[j - 16] ^ w[j - 9] ^ left(w[j - 3], 15);
        w[j] = x ^ left(x, 15) ^ left(x, 23) ^ left(w[j - 13], 7) ^ w[j - 6];
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let j = 0; j < 64; j += 1) {
        const turn = left(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32);
        const s1 = left((left(a, 12) + e + turn) | 0, 7);
        const s2 = s1 ^ left(a, 12);
        const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
        const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g);
        const t1 = (ff + d + s2 + (w[j] ^ w[j + 4])) | 0;
        const t2 = (gg + h + s1 + w[j]) | 0;
        d = c; c = left(b, 9); b = a; a = t1;
        h = g; g = left(f, 19); f = e; e = t2 ^ left(t2, 9) ^ left(t2, 17);
      }
      [a, b, c, d, e, f, g, h].forEach((word, place) => { state[place] ^= word; });
    }
    return digestOf(state);
  }

  // H(tag, p1…pn)
  function tagged(hashed, tag, ...parts) {
    const head = bytes("sd-draw/1/" + tag + "\0");
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, head.length));
    const view = new DataView(whole.buffer);
    whole.set(head);
    let at = head.length;
    parts.forEach((part) => {
      view.setUint32(at, part.length);
      whole.set(part, at + 4);
      at += 4 + part.length;
    });
    return hashed(whole);
  }

  // —— reading ——

  // Texts sort by their UTF-8 bytes, that is by code points; JavaScript alone would sort by UTF-16.
  function byBytes(one, other) {
    const first = Array.from(one);
    const second = Array.from(other);
    for (let j = 0; j < first.length && j < second.length; j += 1) {
      const gap = first[j].codePointAt(0) - second[j].codePointAt(0);
      if (gap) { return gap; }
    }
    return first.length - second.length;
  }

  const sorted = (names) => Array.from(names).sort(byBytes);
  const own = (thing, key) => (Object.prototype.hasOwnProperty.call(thing, key) ? thing[key] : undefined);

  function kindOf(thing) {
    if (Array.isArray(thing)) { return "list"; }
    if (thing === null) { return "null"; }
    return { boolean: "bool", string: "str", number: "int", object: "dict" }[typeof thing] || "none";
  }

  // RFC 8785: keys in UTF-16 order, which is JavaScript's own.
  function canonical(thing) {
    const kind = kindOf(thing);
    if (kind === "list") { return "[" + thing.map(canonical).join(",") + "]"; }
    if (kind === "dict") {
      return "{" + Object.keys(thing).sort().map((key) => canonical(key) + ":" + canonical(thing[key])).join(",") + "}";
    }
    if (kind === "int" && !Number.isInteger(thing)) { throw new SyntaxError("a fraction"); }
    if (kind === "str" && /[\ud800-\udfff]/u.test(thing)) { throw new SyntaxError("half a sign"); }
    return JSON.stringify(thing);
  }

  function read(raw, where, kinds, more) {
    let thing;
    try {
      const text = decoder.decode(raw);
      thing = JSON.parse(text);
      need(kindOf(thing) === "dict" && canonical(thing) === text && text === text.normalize("NFC"), where, "");
    } catch (fault) {
      throw new Difference(where + "：不是规范 JSON 对象");
    }
    const keys = new Set([...(kinds ? Object.keys(kinds) : []), ...Object.keys(thing)]);
    sorted(keys).forEach((key) => {
      const kind = kinds ? own(kinds, key) || own(more, key) : "str";
      const part = own(thing, key);
      const isKind = kind !== undefined && kindOf(part) === kind;
      const inner = isKind && (kind === "list" || kind === "dict") ? Object.values(part) : [];
      const isFit = isKind && inner.every((one) => typeof one === "string");
      need(isFit && (kind !== "int" || (part >= 0 && Number.isSafeInteger(part))), where, key + " 缺少、多余或不合要求");
    });
    return thing;
  }

  function split(raw) {
    const found = [];
    let start = 0;
    for (let end = raw.indexOf(10); end >= 0; end = raw.indexOf(10, start)) {
      found.push(raw.subarray(start, end));
      start = end + 1;
    }
    found.push(raw.subarray(start));
    return found;
  }

  function lines(files, name, key, kinds) {
    const raw = split(files[name]);
    const found = [];
    need(raw.pop().length === 0, name, "最后一行没有换行");
    raw.forEach((line, place) => {
      const where = name + " 第 " + (place + 1) + " 行";
      found.push(read(line, where, kinds, {}));
      const isNext = place === 0 || byBytes(found[place - 1][key], found[place][key]) < 0;
      need(isNext, where, key + " 重复，或没有按 UTF-8 字节排序");
    });
    return found;
  }

  // —— the draw ——

  function fromHex(text) {
    return Uint8Array.from(text.match(/../g), (two) => parseInt(two, 16));
  }

  function seedOf(files, params, hashed, commits, reveals, entropy) {
    need(Object.keys(reveals).length > 0, "reveals.json", "没有揭示的秘密");
    const spare = params.fallback || {};
    const given = (name) => own(entropy, name) !== undefined;
    const isNamed = params.entropy.length > 0 && params.entropy.length === Object.keys(entropy).length
      && params.entropy.every((name) => {
        const either = new Set([name, own(spare, name) === undefined ? name : spare[name]]);
        return Array.from(either).filter(given).length === 1;
      });
    need(isNamed, "entropy.json", "与 params.json 中的随机源不符");
    const parts = [hashed(files["population.jsonl"]), hashed(files["params.json"])];
    sorted(Object.keys(entropy)).forEach((name) => parts.push(bytes(name), bytes(entropy[name])));
    sorted(Object.keys(reveals)).forEach((custodian) => {
      need(/^(?:[0-9a-f]{2})+$/.test(reveals[custodian]), "reveals.json", custodian + " 的秘密不是小写十六进制");
      const pair = [bytes(custodian), fromHex(reveals[custodian])];
      const made = hex(tagged(hashed, "commit", bytes(params.draw_id), ...pair));
      need(own(commits, custodian) === made, "reveals.json", custodian + " 的秘密与公布的承诺不符");
      parts.push(...pair);
    });
    return tagged(hashed, "seed", ...parts);
  }

  function keyOf(hashed, seed, item) {
    const ref = bytes(item.ref);
    let least = "g";
    for (let j = 0; j < item.weight; j += 1) {
      const ticket = hex(tagged(hashed, "ticket", seed, ref, new Uint8Array([j >> 8, j & 255])));
      if (ticket < least) { least = ticket; }
    }
    return least;
  }

  function placesOf(items, params, hashed, seed) {
    const strata = new Map();
    items.forEach((item) => {
      if (!strata.has(item.stratum)) { strata.set(item.stratum, { mandatory: [], ranking: [] }); }
      const stratum = strata.get(item.stratum);
      if (item.mandatory) { stratum.mandatory.push(item.ref); } else {
        stratum.ranking.push({ key: keyOf(hashed, seed, item), ref: item.ref });
      }
    });
    const places = [];
    sorted(strata.keys()).forEach((stratum) => {
      const { mandatory, ranking } = strata.get(stratum);
      const den = BigInt(params.den);
      const n = (BigInt(mandatory.length + ranking.length) * BigInt(params.num) + den - 1n) / den;
      mandatory.forEach((ref) => places.push({ outcome: "mandatory", rank: 0, ref, stratum }));
      // Items come in the order of their references, and sorting keeps it between equal keys.
      ranking.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
      ranking.forEach(({ ref }, place) => {
        places.push({ outcome: BigInt(place) < n ? "drawn" : "reserve", rank: place + 1, ref, stratum });
      });
    });
    return places;
  }

  const isSame = (one, other) => one.length === other.length && one.every((value, place) => value === other[place]);

  // Compute everything again; gives what a page can show, or throws the first Difference.
  function check(files) {
    [...NAMES, PROGRAM].forEach((name) => need(own(files, name) !== undefined, name, "缺少这个文件"));
    const params = read(files["params.json"], "params.json", PARAMS, MORE);
    const alg = own(params, "alg") === undefined ? "sha256" : params.alg;
    const hashed = { sha256, sm3 }[alg];
    const isKnown = (alg === "sha256" || alg === "sm3")
      && params.num >= 1 && params.num <= params.den && params.wmax >= 1 && params.wmax <= 64;
    need(isKnown, "params.json", "数值超出范围");
    const items = lines(files, "population.jsonl", "ref", ITEM);
    need(items.every((item) => item.weight >= 1 && item.weight <= params.wmax), "population.jsonl", "weight 超出范围");
    lines(files, "excluded.jsonl", "ref", EXCLUDED);
    lines(files, "experts.jsonl", "expert", EXPERT);
    const [commits, reveals, entropy] = NAMES.slice(4, 7).map((name) => read(files[name], name, null, {}));
    const areAllRevealed = isSame(Object.keys(commits), Object.keys(reveals));
    NAMES.slice(2, 5).forEach((name) => {
      const recorded = own(params, name.split(".")[0]);
      const isBare = files[name].length === 0 || (name === "commits.json" && areAllRevealed);
      const isBound = recorded === hex(hashed(files[name])) || (isBare && !recorded);
      need(isBound, name, "与 params.json 中登记的散列不符");
    });
    const seed = seedOf(files, params, hashed, commits, reveals, entropy);
    const places = placesOf(items, params, hashed, seed);
    const want = places.map(canonical);
    const found = split(files["result.jsonl"]);
    for (let place = 0; place < Math.max(want.length + 1, found.length); place += 1) {
      const line = place < want.length ? want[place] : "";
      const isThere = place <= want.length && place < found.length;
      need(isThere && isSame(bytes(line), found[place]), "result.jsonl 第 " + (place + 1) + " 行", "应为 " + (line || END));
    }
    return { params, alg, seed: hex(seed), commits, reveals, entropy, places };
  }

  // What doesn't fit first, with the name of its file, or "" and what was found. `files`: name → Uint8Array;
  // `code`: {length, sha256} of the published verify.py up to the line with the hashes.
  function verify(files, code) {
    const program = own(files, PROGRAM) || new Uint8Array(0);
    const tail = Array.from(program.subarray(code.length), (one) => String.fromCharCode(one)).join("");
    const ownSeal = hex(sha256(program.subarray(0, Math.max(program.length - 65, 0))));
    const isSealed = program.length > code.length && hex(sha256(program.subarray(0, code.length))) === code.sha256
      && new RegExp("^([0-9a-f]{64} ){8}" + ownSeal + "\n$").test(tail);
    const changed = NAMES.filter((name) => {
      return isSealed && !tail.includes(hex(sha256(own(files, name) || new Uint8Array(0))) + " ");
    }).join("、");
    let fault = "";
    let found = null;
    try { found = check(files); } catch (error) {
      if (!(error instanceof Difference)) { throw error; }
      fault = error.message;
    }
    if (changed && !fault.startsWith(changed)) { fault = changed + "：与登记的 SHA-256 不同。" + fault; }
    return { fault: fault || (isSealed ? "" : "verify.py：核验程序或其末行的登记被改动"), found };
  }

  globalThis.sdDraw = { NAMES: [...NAMES, PROGRAM], verify, sha256, sm3, hex };
})();
