/* What was entered on this device, in IndexedDB: written before the page says that it is saved.

   An op has a key (made here, once), the device's own number (1, 2, 3 …), the visit, the person, and what was entered.
   It stays until the server has answered for its key; then it is marked, and dropped when a newer page has it. */
window.visitStore = (function () {
  "use strict";
  var opened = null;

  function open() {
    if (opened) { return opened; }
    opened = new Promise(function (resolve, reject) {
      var asked = window.indexedDB.open("yunquan-visits", 1);
      asked.onupgradeneeded = function () {
        var base = asked.result, ops = base.createObjectStore("ops", { keyPath: "key" });
        ops.createIndex("visit", "visit");
        base.createObjectStore("meta", { keyPath: "name" });
      };
      asked.onsuccess = function () { resolve(asked.result); };
      asked.onerror = function () { reject(asked.error); };
    });
    return opened;
  }

  function within(mode, work) {
    return open().then(function (base) {
      return new Promise(function (resolve, reject) {
        var run = base.transaction(["ops", "meta"], mode, { durability: "strict" }), result;
        run.oncomplete = function () { resolve(result); };
        run.onerror = run.onabort = function () { reject(run.error); };
        work(run.objectStore("ops"), run.objectStore("meta"), function (value) { result = value; });
      });
    });
  }

  function key() {
    var bytes = window.crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, function (one) { return one.toString(16).padStart(2, "0"); }).join("");
  }

  // Number and op in one transaction: two tabs of a device never share a number.
  function add(op) {
    return within("readwrite", function (ops, meta, give) {
      meta.get("device").onsuccess = function (event) {
        var device = event.target.result || { name: "device", id: key(), number: 0 };
        device.number += 1;
        meta.put(device);
        var whole = Object.assign({ key: key(), at: new Date().toISOString() }, op, { number: device.number, device: device.id, state: "waiting" });
        ops.put(whole);
        give(whole);
      };
    });
  }

  function of(visit) {
    return within("readonly", function (ops, meta, give) {
      ops.index("visit").getAll(visit).onsuccess = function (event) {
        give(event.target.result.sort(function (a, b) { return a.number - b.number; }));
      };
    });
  }

  function change(keys, facts) {
    return within("readwrite", function (ops) {
      keys.forEach(function (one) {
        ops.get(one).onsuccess = function (event) {
          if (event.target.result) { ops.put(Object.assign(event.target.result, typeof facts === "function" ? facts(one) : facts)); }
        };
      });
    });
  }

  function drop(keys) {
    return within("readwrite", function (ops) { keys.forEach(function (one) { ops.delete(one); }); });
  }

  return { add: add, of: of, change: change, drop: drop };
}());
