/* What was entered on this device, in IndexedDB: written before the page says that it is saved.

   An op has a key (made here, once), the device's own number (1, 2, 3 …), the visit, the person, and what was entered.
   It stays until the server has answered for its key; then it is marked, and dropped when a newer page has it. */
window.visitStore = (function () {
  "use strict";
  var opened = null, LATE = "visit-late";

  // A base that could not be opened, or was closed by the browser, is opened anew the next time.
  function open() {
    if (opened) { return opened; }
    var mine = opened = new Promise(function (resolve, reject) {
      var asked = window.indexedDB.open("yunquan-visits", 1);
      asked.onupgradeneeded = function () {
        var base = asked.result, ops = base.createObjectStore("ops", { keyPath: "key" });
        ops.createIndex("visit", "visit");
        base.createObjectStore("meta", { keyPath: "name" });
      };
      asked.onsuccess = function () {
        var base = asked.result;
        base.onclose = function () { opened = null; };
        base.onversionchange = function () { base.close(); opened = null; };
        resolve(base);
      };
      asked.onerror = function () { reject(asked.error); };
    });
    mine.catch(function () { if (opened === mine) { opened = null; } });
    return mine;
  }

  function begin(mode) {
    return open().then(function (base) {
      try { return base.transaction(["ops", "meta"], mode, { durability: "strict" }); } catch (closed) {
        opened = null;
        return open().then(function (anew) { return anew.transaction(["ops", "meta"], mode, { durability: "strict" }); });
      }
    });
  }

  function within(mode, work) {
    return begin(mode).then(function (run) {
      return new Promise(function (resolve, reject) {
        var result;
        run.oncomplete = function () { resolve(result); };
        run.onerror = run.onabort = function () { reject(run.error || new Error("aborted")); };
        work(run.objectStore("ops"), run.objectStore("meta"), function (value) { result = value; });
      });
    });
  }

  function key() {
    var bytes = window.crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, function (one) { return one.toString(16).padStart(2, "0"); }).join("");
  }

  // Number and op in one transaction: two tabs of a device never share a number. A key that is there already stays.
  function add(op) {
    return within("readwrite", function (ops, meta, give) {
      function put() {
        meta.get("device").onsuccess = function (event) {
          var device = event.target.result || { name: "device", id: key(), number: 0 };
          device.number += 1;
          meta.put(device);
          var whole = Object.assign({ key: key(), at: new Date().toISOString() }, op, { number: device.number, device: device.id, state: "waiting" });
          ops.put(whole);
          give(whole);
        };
      }
      if (!op.key) { put(); return; }
      ops.get(op.key).onsuccess = function (event) { if (event.target.result) { give(event.target.result); } else { put(); } };
    });
  }

  function sorted(rows) { return rows.sort(function (a, b) { return a.number - b.number; }); }
  function of(visit) {
    return within("readonly", function (ops, meta, give) {
      ops.index("visit").getAll(visit).onsuccess = function (event) { give(sorted(event.target.result)); };
    });
  }
  function all() {
    return within("readonly", function (ops, meta, give) {
      ops.getAll().onsuccess = function (event) { give(sorted(event.target.result)); };
    });
  }

  // What the server took stays taken: another tab that sent the same may have heard a refusal.
  function change(keys, facts) {
    return within("readwrite", function (ops) {
      keys.forEach(function (one) {
        ops.get(one).onsuccess = function (event) {
          var row = event.target.result;
          if (row && row.state !== "done") { ops.put(Object.assign(row, typeof facts === "function" ? facts(one) : facts)); }
        };
      });
    });
  }

  function drop(keys) {
    return within("readwrite", function (ops) { keys.forEach(function (one) { ops.delete(one); }); });
  }

  // A page that goes away has no time for a base: its last words are laid down at once and taken in by the next page.
  function read() { try { return JSON.parse(window.localStorage.getItem(LATE)) || []; } catch (bad) { return []; } }
  function late(ops) {
    if (!ops.length) { return; }
    try { window.localStorage.setItem(LATE, JSON.stringify(read().concat(ops))); } catch (full) { /* The base may still take them. */ }
    ops.forEach(function (op) { add(op).catch(function () { /* The next page takes them from there. */ }); });
  }
  function takeLate() {
    var ops = read();
    return ops.reduce(function (before, op) { return before.then(function () { return add(op); }); }, Promise.resolve()).then(function () {
      var taken = ops.map(function (op) { return op.key; });
      var left = read().filter(function (op) { return taken.indexOf(op.key) < 0; });
      try { if (left.length) { window.localStorage.setItem(LATE, JSON.stringify(left)); } else { window.localStorage.removeItem(LATE); } } catch (bad) { /* Taken in again by its key, it counts once. */ }
    });
  }

  return { add: add, of: of, all: all, change: change, drop: drop, key: key, late: late, takeLate: takeLate };
}());
