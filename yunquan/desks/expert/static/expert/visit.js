/* One visit on a device: what is entered goes into the store first and to the server when there is a network. */
(function () {
  "use strict";
  var root = document.getElementById("visit"), store = window.visitStore;
  if (!root || !root.dataset.open || !store || !window.indexedDB) { return; }
  var pk = root.dataset.pk, person = root.dataset.person, base = "/expert/visits/" + pk + "/";
  var link = root.querySelector("[data-link]"), pending = root.querySelector("[data-pending]");
  var token = root.querySelector("[name=csrfmiddlewaretoken]").value, timers = {}, busy = false, again = false, later = 0;
  var AT_ONCE = 200, SOON = 500, WAIT = 8000;

  root.querySelectorAll("[data-save]").forEach(function (one) { one.hidden = true; });

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
  function say(text, look) { if (link.textContent !== text) { link.textContent = text; } link.className = "v-link" + (look ? " " + look : ""); }

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

  function enter(input) {
    var field = fieldOf(input);
    if (!field) { return; }
    count();
    store.add({ visit: pk, person: person, kind: "entry", sheet: field.sheet, row: field.row, value: valueOf(input) }).then(function () {
      tell(input.name, "已存本机", true);
      soon();
    }).catch(function () { tell(input.name, "本机没有存下，请检查存储空间", false); });
  }
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
    Object.keys(timers).forEach(function (name) { window.clearTimeout(timers[name]); delete timers[name]; enter(inputs(name)[0]); });
  });

  // The other steps: kept like entries, shown as waiting until the server has answered.
  root.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.dataset.sheet) { event.preventDefault(); soon(); return; }
    if (!form.dataset.op && !form.hasAttribute("data-photo")) { return; }
    event.preventDefault();
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
      if (op.kind === "close" && !answered()) { return; }
    }
    Object.keys(timers).forEach(function (name) { window.clearTimeout(timers[name]); delete timers[name]; enter(inputs(name)[0]); });
    store.add(op).then(function () { form.reset(); list(); sync(); }).catch(function () { say("本机没有存下，请检查存储空间。", "is-bad"); });
  });

  // Every criterion without an answer is named beside it before anything is sent.
  function answered() {
    var open = [];
    root.querySelectorAll("form[data-sheet] .v-choice").forEach(function (one) {
      var missing = !one.querySelector(":checked"), place = one.querySelector("[data-told]");
      one.classList.toggle("is-invalid", missing);
      if (missing) { open.push(one); place.textContent = "还没有作答"; place.classList.remove("is-kept"); }
    });
    if (open.length) { say("还有 " + open.length + " 项没有作答，不能定稿。", "is-bad"); open[0].focus(); open[0].scrollIntoView({ block: "center" }); }
    return open.length === 0;
  }

  function list() {
    return store.of(pk).then(function (ops) {
      var mine = ops.filter(function (op) { return op.state !== "done" && op.kind !== "entry"; });
      var bad = ops.filter(function (op) { return op.state === "refused" && op.kind === "entry"; });
      pending.textContent = "";
      if (!mine.length && !bad.length) { return; }
      var items = document.createElement("ul");
      items.className = "v-pending";
      mine.concat(bad).forEach(function (op) {
        var item = document.createElement("li"), why = (op.refused || []).map(function (one) { return one.message + (one.mend || ""); }).join(" ");
        item.textContent = op.kind === "entry" ? "没有收下：" + why : (op.state === "refused" ? op.said + "：" + why : "待同步：" + op.said);
        item.classList.toggle("is-bad", op.state === "refused");
        if (op.state === "refused") {
          var wipe = document.createElement("button");
          wipe.type = "button"; wipe.className = "g-linklike"; wipe.textContent = "知道了";
          wipe.addEventListener("click", function () { store.drop([op.key]).then(list); });
          item.append(" ", wipe);
        }
        items.append(item);
      });
      pending.append(items);
    });
  }

  function soon() { window.clearTimeout(later); later = window.setTimeout(sync, SOON); }
  function offline(left) { say("没有网络：" + left + " 条已保存在本机，联网后自动同步。", "is-off"); window.clearTimeout(later); later = window.setTimeout(sync, WAIT); }

  function ask(path, options) {
    return fetch(base + path, Object.assign({ credentials: "same-origin" }, options)).then(function (answer) {
      if (answer.redirected || answer.status === 401 || answer.status === 409) { throw new Error("login"); }
      if (answer.status === 404) { throw new Error("gone"); }
      if (answer.status === 403) { throw new Error("token"); }
      if (answer.status >= 500) { throw new Error("server"); }
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
      return ask("photos", { method: "POST", body: body, headers: { "X-CSRFToken": token, "X-Person": person, "Accept": "application/json" } }).then(function (told) {
        var outcomes = {}; outcomes[photo.key] = told.refused; return { outcomes: outcomes, now: new Date().toISOString() };
      });
    }
    var batch = ops.map(function (op) {
      var plain = Object.assign({}, op);
      ["visit", "person", "state", "said", "refused", "device", "acked", "blob"].forEach(function (name) { delete plain[name]; });
      return plain;
    });
    return ask("sync", { method: "POST", body: JSON.stringify({ device: ops[0].device, ops: batch }), headers: { "X-CSRFToken": token, "X-Person": person, "Content-Type": "application/json" } });
  }

  function sync() {
    if (busy) { again = true; return; }
    busy = true; again = false;
    var tried = false, moved = false, left = 0;
    function round() {
      return store.of(pk).then(function (ops) {
        var waiting = ops.filter(function (op) { return op.state === "waiting" && op.person === person; });
        left = waiting.length;
        if (!left) { return null; }
        var first = waiting[0].kind === "photo" ? 1 : waiting.findIndex(function (op) { return op.kind === "photo"; });
        var batch = waiting.slice(0, Math.min(first > 0 ? first : waiting.length, AT_ONCE));
        say("正在同步 " + left + " 条…");
        return send(batch).then(function (told) {
          if (told.error) { throw new Error("server"); }
          return store.change(batch.map(function (op) { return op.key; }), function (key) {
            var why = told.outcomes[key];
            if (why === undefined) { return {}; }
            return why.length ? { state: "refused", refused: why } : { state: "done", acked: told.now, blob: null };
          }).then(function () {
            moved = moved || batch.some(function (op) { return op.kind !== "entry" && told.outcomes[op.key] && !told.outcomes[op.key].length; });
            moved = moved || (root.dataset.closed === "1" && told.closed === false);
            if (told.conflicts) { settle(told); }
            return round();
          });
        });
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
      say("已同步，全部保存在平台。");
      return list().then(function () {
        if (moved && !Object.keys(timers).length) { window.location.reload(); } else if (again) { sync(); }
      });
    }).catch(function (fault) {
      busy = false;
      if (fault.message === "login") { say("登录已失效：" + left + " 条已保存在本机，请重新登录后再打开本页同步。", "is-bad"); }
      else if (fault.message === "gone") { say("平台上找不到这次抽查或您已不在专家组：" + left + " 条还在本机。", "is-bad"); }
      else { offline(left); }
      list();
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

  // After a reload: what this page does not know yet is laid over it; what it knows is dropped from the device.
  function restore() {
    return store.of(pk).then(function (ops) {
      var old = ops.filter(function (op) { return op.state === "done" && Date.parse(op.acked) < Date.parse(root.dataset.now); });
      ops.forEach(function (op) {
        if (op.kind === "entry" && op.state !== "refused" && old.indexOf(op) < 0 && op.person === person) {
          put("s" + op.sheet + "-" + op.row, op.value);
          tell("s" + op.sheet + "-" + op.row, op.state === "waiting" ? "已存本机" : "", true);
        }
      });
      count();
      return store.drop(old.map(function (op) { return op.key; }));
    });
  }

  restore().then(list).then(sync);
  window.addEventListener("online", sync);
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { sync(); } });
}());
