/* One visit on a device: what is entered goes into the store first and to the server when there is a network. */
(function () {
  "use strict";
  var root = document.getElementById("visit"), store = window.visitStore;
  if (!root || !store || !window.indexedDB) { return; }
  var pk = root.dataset.pk, person = root.dataset.person, base = "/expert/visits/" + pk + "/";
  var link = root.querySelector("[data-link]"), pending = root.querySelector("[data-pending]");
  var open = Boolean(root.dataset.open), field = root.querySelector("[name=csrfmiddlewaretoken]"), token = field ? field.value : "";
  var timers = {}, unsaved = {}, steps = Promise.resolve(), busy = false, again = false, later = 0, moved = false;
  var AT_ONCE = 200, SOON = 500, WAIT = 8000, PATIENCE = 30000, PHOTO_PATIENCE = 120000;

  function plain(on) { root.querySelectorAll("[data-save]").forEach(function (one) { one.hidden = !on; }); }
  plain(false);

  function fieldOf(input) {
    var form = input.closest("form[data-sheet]"), found = form && /^s\d+-(.+)$/.exec(input.name || "");
    return found && input.type !== "hidden" ? { sheet: Number(form.dataset.sheet), row: found[1] } : null;
  }
  function inputs(name) { return Array.from(root.querySelectorAll('[name="' + name + '"]')).filter(function (one) { return one.type !== "hidden"; }); }
  function valueOf(input) {
    if (input.type === "checkbox") { return input.checked; }
    if (input.type === "radio") { var on = inputs(input.name).filter(function (one) { return one.checked; })[0]; return on ? on.value : ""; }
    return input.value;
  }
  function put(name, value) {
    inputs(name).forEach(function (one) {
      if (one.type === "radio") { one.checked = one.value === value; } else if (one.type === "checkbox") { one.checked = value === true; } else if (document.activeElement !== one) { one.value = value; }
    });
  }
  function tell(name, text, good) {
    var place = root.querySelector('[data-told="' + name + '"]');
    if (place) { place.textContent = text; place.classList.toggle("is-kept", Boolean(good)); }
  }
  function say(text, look) { link.hidden = false; if (link.textContent !== text) { link.textContent = text; } link.className = "v-link" + (look ? " " + look : ""); }

  // What the sheets say on this page: what a signer sees.
  function shown() {
    var sheets = {};
    root.querySelectorAll("form[data-sheet]").forEach(function (form) {
      var seen = sheets[form.dataset.sheet] = {};
      Array.from(form.elements).forEach(function (input) {
        var field = fieldOf(input);
        if (!field) { return; }
        var value = valueOf(input);
        if (typeof value === "string") { value = value.replace(/\r\n/g, "\n").trim(); }
        if (value !== "" && value !== false) { seen[field.row] = value; }
      });
    });
    return sheets;
  }
  function count() {
    root.querySelectorAll("form[data-sheet]").forEach(function (form) {
      var rows = Array.from(form.querySelectorAll("[data-row]")).filter(function (row) { return row.querySelector(".v-options :checked"); });
      var place = root.querySelector('[data-answered="' + form.dataset.sheet + '"]');
      if (place) { place.textContent = String(rows.length); }
      form.querySelectorAll("[data-grounds]").forEach(function (one) {
        var outcome = form.querySelector('[name$=".outcome"]:checked');
        one.hidden = !outcome || outcome.value !== one.dataset.grounds;
      });
    });
  }

  function opOf(input) {
    var field = fieldOf(input);
    return field && { key: store.key(), at: new Date().toISOString(), visit: pk, person: person, kind: "entry", sheet: field.sheet, row: field.row, value: valueOf(input) };
  }
  // What the device can't keep stays in the page, is tried again, and may be sent as a plain form.
  function enter(input) {
    var op = opOf(input), name = input.name;
    if (!op) { return; }
    count();
    store.add(op).then(function () {
      delete unsaved[name];
      if (!Object.keys(unsaved).length) { plain(false); }
      tell(name, "已存本机", true);
      soon();
    }).catch(function () {
      unsaved[name] = true;
      plain(true);
      tell(name, "本机没有存下，请检查存储空间；联网时请按“保存这张表”", false);
      window.clearTimeout(later); later = window.setTimeout(sync, WAIT);
    });
  }
  function flush() { Object.keys(timers).forEach(function (name) { window.clearTimeout(timers[name]); delete timers[name]; enter(inputs(name)[0]); }); }
  root.addEventListener("input", function (event) {
    var input = event.target;
    if (input.tagName !== "TEXTAREA" || !fieldOf(input)) { return; }
    window.clearTimeout(timers[input.name]);
    timers[input.name] = window.setTimeout(function () { delete timers[input.name]; enter(input); }, 400);
  });
  root.addEventListener("change", function (event) {
    var input = event.target;
    if (input.tagName === "TEXTAREA" && !timers[input.name]) { return; }
    window.clearTimeout(timers[input.name]); delete timers[input.name];
    enter(input);
  });
  window.addEventListener("pagehide", function () {
    store.late(Object.keys(timers).map(function (name) { window.clearTimeout(timers[name]); delete timers[name]; return opOf(inputs(name)[0]); }));
  });
  window.addEventListener("beforeunload", function (event) { if (Object.keys(unsaved).length) { event.preventDefault(); } });

  // The other steps: kept like entries, shown as waiting until the server has answered.
  root.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.dataset.sheet && !form.dataset.op && !form.hasAttribute("data-photo")) { return; }
    if (Object.keys(unsaved).length && window.navigator.onLine !== false) { unsaved = {}; return; }
    event.preventDefault();
    if (form.dataset.sheet) { soon(); return; }
    if (form.dataset.busy) { return; }
    if (form.dataset.sure && !form.dataset.asked) {
      form.dataset.asked = "1";
      form.querySelector("[type=submit]").textContent = form.dataset.sure + "再按一次确认";
      return;
    }
    var op = { visit: pk, person: person, said: form.dataset.said || "照片" };
    if (form.hasAttribute("data-photo")) {
      var file = form.querySelector("[type=file]").files[0];
      if (!file) { say("请先拍照或选择照片。", "is-bad"); return; }
      Object.assign(op, { kind: "photo", blob: file, name: file.name, caption: form.elements.caption.value, said: "照片 " + file.name });
    } else {
      op.kind = form.dataset.op;
      Array.from(new FormData(form).entries()).forEach(function (one) {
        if (one[0] === "csrfmiddlewaretoken" || one[0] === "once") { return; }
        if (one[0] === "lines") { (op.lines = op.lines || []).push(one[1]); } else { op[one[0]] = one[1]; }
      });
      if (op.kind === "sign" || op.kind === "absent") { op.shown = shown(); }
      if (op.kind === "sign") { try { op.strokes = JSON.parse(op.strokes || "[]"); } catch (bad) { op.strokes = []; } }
      if (op.kind === "close" && !finished()) { return; }
      var asked = form.elements[{ presence: "name", dispute: "dispute", obstruct: "reason" }[op.kind]];
      if (asked && !asked.value.trim()) { say("请先填写“" + asked.labels[0].textContent.trim() + "”。", "is-bad"); asked.focus(); return; }
      // Empty at once: the next words are the next step's. A photograph is only let go once it is kept.
      form.reset();
    }
    if (op.kind === "photo") { form.dataset.busy = "1"; }
    flush();
    steps = steps.then(function () { return store.of(pk); }).then(function (ops) {
      if (ops.some(function (one) { return one.state === "waiting" && same(one, op); })) { return null; }
      return store.add(op);
    }).then(function () {
      if (op.kind === "photo") { delete form.dataset.busy; form.reset(); }
      delete unsaved["step"]; list(); sync();
    }).catch(function () {
      delete form.dataset.busy;
      unsaved["step"] = true;
      Array.from(form.elements).forEach(function (one) {
        if (one.name === "strokes") { one.value = JSON.stringify(op.strokes || []); } else if ((one.tagName === "TEXTAREA" || one.type === "text") && !one.value && op[one.name]) { one.value = op[one.name]; }
      });
      say("本机没有存下，请检查存储空间；联网时请再按一次，直接提交到平台。", "is-bad");
    });
  });

  // A step that waits already is not taken twice: a second tap, another tab.
  function same(one, op) {
    return one.kind === op.kind && one.person === op.person && ["begin", "close", "conduct", "absent", "leave", "sign", "obstruct", "dispute"].indexOf(op.kind) >= 0 &&
      ["party", "name", "of", "agrees", "remark", "reason", "dispute", "conduct_name", "lines", "shown"].every(function (name) { return JSON.stringify(one[name]) === JSON.stringify(op[name]); });
  }

  // Everything that keeps the sheets from being closed is named beside its field, without a network too.
  function finished() {
    var found = [];
    root.querySelectorAll("form[data-sheet]").forEach(function (form) {
      form.querySelectorAll(".is-invalid").forEach(function (one) { one.classList.remove("is-invalid"); });
      form.querySelectorAll("[data-fault]").forEach(function (one) { one.textContent = ""; one.removeAttribute("data-fault"); });
      window.visitSheet.faults(form).forEach(function (fault) {
        var place = document.getElementById(fault.field);
        found.push(place);
        place.classList.add("is-invalid");
        tell(fault.field, fault.text, false);
        root.querySelector('[data-told="' + fault.field + '"]').setAttribute("data-fault", "");
      });
    });
    if (found.length) { say("还有 " + found.length + " 处需要补充或更正，不能定稿。", "is-bad"); found[0].focus(); found[0].scrollIntoView({ block: "center" }); }
    return found.length === 0;
  }

  function worded(op) {
    if (op.kind !== "entry") { return op.said || ""; }
    var input = inputs("s" + op.sheet + "-" + op.row)[0], row = input && input.closest("[data-row]");
    var value = op.value === true ? "勾选" : op.value === false ? "取消勾选" : op.value, on = inputs("s" + op.sheet + "-" + op.row).filter(function (one) { return one.type === "radio" && one.value === op.value; })[0];
    if (on) { value = on.closest("label").textContent.trim(); }
    return (row ? row.querySelector("h3").firstChild.textContent.trim() + " " : op.row + " ") + "“" + value + "”";
  }
  function button(text, act) {
    var made = document.createElement("button");
    made.type = "button"; made.className = "g-linklike"; made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }
  // What the server has not got: the steps; entries where they were refused, or where the page has no field for them.
  function list() {
    return store.of(pk).then(function (ops) {
      var left = ops.filter(function (op) { return op.state !== "done" && (op.kind !== "entry" || op.state === "refused" || !open); });
      var mine = left.filter(function (op) { return op.person === person; });
      pending.textContent = "";
      if (left.length > mine.length) {
        var note = document.createElement("p");
        note.textContent = "本机还有另一个账号填写的 " + (left.length - mine.length) + " 条没有同步，请用那个账号登录。";
        pending.append(note);
      }
      if (!mine.length) { return; }
      var items = document.createElement("ul");
      items.className = "v-pending";
      mine.forEach(function (op) {
        var item = document.createElement("li"), why = (op.refused || []).map(function (one) { return one.message + (one.mend || ""); }).join(" ");
        item.textContent = op.state === "refused" ? "没有收下：" + worded(op) + "。" + why : "待同步：" + worded(op);
        item.classList.toggle("is-bad", op.state === "refused");
        if (op.state === "refused") {
          if (open) { item.append(" ", button("再试一次", function () { store.change([op.key], { state: "waiting", refused: null }).then(list).then(sync); })); }
          item.append(" ", button("知道了，删去", function () { store.drop([op.key]).then(list); }));
        }
        items.append(item);
      });
      pending.append(items);
    });
  }

  function soon() { window.clearTimeout(later); later = window.setTimeout(sync, SOON); }
  function offline(left) { say("没有网络：" + left + " 条已保存在本机，联网后自动同步。", "is-off"); window.clearTimeout(later); later = window.setTimeout(sync, WAIT); }

  // A connection that says nothing is given up after a while; what was sent is sent again and counts once.
  function ask(path, options, patience) {
    var stop = new AbortController(), timer = window.setTimeout(function () { stop.abort(); }, patience || PATIENCE);
    return fetch(base + path, Object.assign({ credentials: "same-origin", signal: stop.signal }, options)).finally(function () { window.clearTimeout(timer); }).then(function (answer) {
      if (answer.redirected || answer.status === 401 || answer.status === 409) { throw new Error("login"); }
      if (answer.status === 404) { throw new Error("gone"); }
      if (answer.status === 403) { throw new Error("token"); }
      if (answer.status === 400 || answer.status === 413 || answer.status === 500) { throw new Error("unfit"); }
      if (answer.status > 500) { throw new Error("server"); }
      return answer.json();
    });
  }
  function freshToken() {
    return ask("state", {}).then(function (told) {
      if (told.person !== person) { throw new Error("login"); }
      token = told.csrf;
      return told;
    });
  }

  function send(ops) {
    var photo = ops[0].kind === "photo" ? ops[0] : null;
    if (photo) {
      var body = new FormData();
      body.append("key", photo.key); body.append("caption", photo.caption || ""); body.append("photo", photo.blob, photo.name || "photo.jpg");
      return ask("photos", { method: "POST", body: body, headers: { "X-CSRFToken": token, "X-Person": person, "Accept": "application/json" } }, PHOTO_PATIENCE).then(function (told) {
        var outcomes = {}; outcomes[photo.key] = told.refused; return { outcomes: outcomes, now: told.now };
      });
    }
    var batch = ops.map(function (op) {
      var plain = Object.assign({}, op);
      ["visit", "person", "state", "said", "refused", "device", "acked", "blob"].forEach(function (name) { delete plain[name]; });
      return plain;
    });
    return ask("sync", { method: "POST", body: JSON.stringify({ device: ops[0].device, ops: batch }), headers: { "X-CSRFToken": token, "X-Person": person, "Content-Type": "application/json" } });
  }

  // A batch that the platform can't take is sent in halves, down to the one that it can't: that one waits, the rest goes.
  function sync() {
    if (busy) { again = true; return; }
    busy = true; again = false;
    Object.keys(unsaved).forEach(function (name) { if (inputs(name)[0]) { enter(inputs(name)[0]); } });
    var tried = false, left = 0, most = AT_ONCE, stuck = {};
    function round() {
      return store.of(pk).then(function (ops) {
        var waiting = ops.filter(function (op) { return op.state === "waiting" && op.person === person; });
        left = waiting.length;
        waiting = waiting.filter(function (op) { return !stuck[op.key]; });
        if (!waiting.length) { return null; }
        var first = waiting[0].kind === "photo" ? 1 : waiting.findIndex(function (op) { return op.kind === "photo"; });
        var batch = waiting.slice(0, Math.min(first > 0 ? first : waiting.length, most));
        say("正在同步 " + left + " 条…");
        return send(batch).then(function (told) {
          return store.change(batch.map(function (op) { return op.key; }), function (key) {
            var why = told.outcomes[key];
            if (why === undefined) { return {}; }
            return why.length ? { state: "refused", refused: why } : { state: "done", acked: told.now, blob: null };
          }).then(function () {
            batch.forEach(function (op) { if (!told.outcomes[op.key]) { stuck[op.key] = true; } });
            moved = moved || batch.some(function (op) { return op.kind !== "entry" && told.outcomes[op.key] && !told.outcomes[op.key].length; });
            moved = moved || (root.dataset.closed === "1" && told.closed === false);
            if (told.conflicts) { settle(told); }
          });
        }).catch(function (fault) {
          if (fault.message !== "unfit") { throw fault; }
          if (batch.length === 1) { stuck[batch[0].key] = true; } else { most = Math.ceil(batch.length / 2); }
        }).then(round);
      });
    }
    function run() {
      return round().catch(function (fault) {
        if (fault.message === "token" && !tried) { tried = true; return freshToken().then(run); }
        throw fault;
      });
    }
    run().then(function () {
      busy = false;
      if (left) { say("平台没有处理好 " + left + " 条，仍保存在本机，稍后再试。", "is-off"); window.clearTimeout(later); later = window.setTimeout(sync, WAIT); } else { say("已同步，全部保存在平台。"); }
      return list().then(function () {
        if (moved && half()) { say("已同步。页面有更新，填完手上的内容后会自动刷新。"); } else if (moved) { window.location.reload(); return; }
        if (again) { sync(); }
      });
    }).catch(function (fault) {
      busy = false;
      if (fault.message === "login") { say("登录已失效：" + left + " 条已保存在本机，请重新登录后再打开本页同步。", "is-bad"); }
      else if (fault.message === "gone") { say("平台上找不到这次抽查或您已不在专家组：" + left + " 条还在本机。", "is-bad"); }
      else { offline(left); }
      list();
    });
  }

  // Whether something stands half-done in the page that a reload would lose: words, a signature, a chosen photograph.
  function half() {
    if (Object.keys(timers).length || Object.keys(unsaved).length) { return true; }
    return Array.from(root.querySelectorAll("form[data-op], form[data-photo]")).some(function (form) {
      return Array.from(form.elements).some(function (one) {
        if (one.type === "file") { return one.files.length > 0; }
        if (one.name === "strokes") { return one.value !== "" && one.value !== "[]"; }
        if (one.type === "checkbox" || one.type === "radio") { return one.checked !== one.defaultChecked; }
        return (one.tagName === "TEXTAREA" || one.type === "text") && one.value !== one.defaultValue;
      });
    });
  }

  // What other devices said, and where they differ, without a reload: never over what waits here.
  function settle(told) {
    store.of(pk).then(function (ops) {
      var mine = {};
      ops.forEach(function (op) { if (op.kind === "entry" && op.state === "waiting") { mine["s" + op.sheet + "-" + op.row] = true; } });
      Object.keys(told.findings).forEach(function (sheet) {
        var found = told.findings[sheet], form = root.querySelector('form[data-sheet="' + sheet + '"]');
        if (!form) { return; }
        Array.from(form.elements).forEach(function (input) {
          var field = fieldOf(input);
          if (!field || mine[input.name] || timers[input.name]) { return; }
          put(input.name, field.row in found ? found[field.row] : (input.type === "checkbox" ? false : ""));
          tell(input.name, told.conflicts[input.name] || "", false);
        });
      });
      count();
    });
  }

  // The page that the device keeps may be older than this one: what that one does not know stays on the device.
  function keptSince() {
    var now = Date.parse(root.dataset.now);
    if (!window.caches) { return Promise.resolve(now); }
    return window.caches.match(window.location.pathname, { ignoreSearch: true, ignoreVary: true }).then(function (found) {
      return found ? found.text() : "";
    }).then(function (text) {
      var found = /data-now="([^"]+)"/.exec(text);
      return found ? Math.min(now, Date.parse(found[1])) : now;
    }).catch(function () { return now; });
  }

  // After a reload: what this page does not know yet is laid over it; what it knows is dropped from the device.
  function restore() {
    return store.takeLate().then(function () { return Promise.all([store.of(pk), keptSince()]); }).then(function (both) {
      var known = Date.parse(root.dataset.now), ops = both[0];
      ops.forEach(function (op) {
        if (op.kind === "entry" && op.state !== "refused" && !(op.state === "done" && Date.parse(op.acked) < known) && op.person === person) {
          put("s" + op.sheet + "-" + op.row, op.value);
          tell("s" + op.sheet + "-" + op.row, op.state === "waiting" ? "已存本机" : "", true);
        }
      });
      count();
      return store.drop(ops.filter(function (op) { return op.state === "done" && Date.parse(op.acked) < both[1]; }).map(function (op) { return op.key; }));
    });
  }

  restore().catch(function () { plain(true); unsaved["step"] = true; say("本机不能保存内容，本页须联网提交。", "is-bad"); }).then(list).then(sync).catch(function () { plain(true); });
  window.addEventListener("online", sync);
  document.addEventListener("visibilitychange", function () { if (document.hidden) { flush(); } else { sync(); } });
}());
