/* Files go ahead and are read at once; the form comes back with what was read. Without this file 填入 is a button. */
(function () {
  "use strict";
  var MOST_TIMES = 40, WAIT_MS = 1500;

  // What stands in a form, without its files, as it would be sent.
  function typed(form) {
    var found = new FormData(form), sent = new FormData();
    found.forEach(function (value, name) { if (typeof value === "string") { sent.append(name, value); } });
    return sent;
  }

  // What was typed while the answer was on its way stays as it was typed.
  function carry(form, before, fresh) {
    Array.from(form.elements).forEach(function (field) {
      if (!field.name || field.type === "hidden" || field.type === "file" || field.type === "submit") { return; }
      var box = field.type === "checkbox" || field.type === "radio";
      var was = before.getAll(field.name), now = box ? (field.checked ? field.value : null) : field.value;
      var changed = box ? (was.indexOf(field.value) >= 0) !== field.checked : was[0] !== now;
      if (!changed) { return; }
      Array.from(fresh.elements).forEach(function (other) {
        if (other.name !== field.name || (box && other.value !== field.value)) { return; }
        if (box) { other.checked = field.checked; } else { other.value = now; }
      });
    });
  }

  // What was refused of several files is said again in the form that comes back.
  function say(form, note) {
    var input = note.words && form.querySelector("#" + note.id);
    if (!input) { return; }
    var said = input.closest(".g-upload").querySelector("[data-said]");
    said.textContent = note.words;
    said.classList.add("g-error");
  }

  function messages(page) {
    var old = document.querySelector("#main > .g-messages"), fresh = page.querySelector("#main > .g-messages");
    if (old) { old.remove(); }
    if (fresh) { document.getElementById("main").prepend(document.importNode(fresh, true)); }
  }

  function refill(form, scope, times, note) {
    if (form.dataset.sent) { return; }
    var before = typed(form), sent = typed(form);
    sent.append("fill", scope);
    form.setAttribute("aria-busy", "true");
    fetch(form.action || location.href, { method: "POST", body: sent, credentials: "same-origin" })
      .then(function (answer) { return answer.text(); })
      .then(function (text) {
        var page = new DOMParser().parseFromString(text, "text/html"), found = page.getElementById(form.id);
        form.removeAttribute("aria-busy");
        // Another page, for example the login: what was typed stays where it is.
        if (!found || form.dataset.sent || !form.isConnected) { return; }
        var fresh = document.importNode(found, true), held = document.activeElement && document.activeElement.id;
        carry(form, before, fresh);
        form.replaceWith(fresh);
        messages(page);
        if (window.htmx) { window.htmx.process(fresh); }
        fresh.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true }));
        var place = held && document.getElementById(held);
        if (place) { place.focus({ preventScroll: true }); }
        if (note) { say(fresh, note); }
        var waiting = fresh.querySelector("[data-reading]");
        if (waiting && times < MOST_TIMES) {
          setTimeout(function () { if (fresh.isConnected) { refill(fresh, scope, times + 1, note); } }, WAIT_MS);
        }
      })
      .catch(function () { form.removeAttribute("aria-busy"); });
  }

  document.addEventListener("file-taken", function (event) {
    var input = event.target;
    if (input.dataset.fill === undefined) { return; }
    var said = input.closest(".g-upload").querySelector("[data-said]");
    said.textContent += (event.detail.held ? "。" + event.detail.held : "。正在读取……");
    refill(input.form, input.dataset.fill, 0);
  });

  // Several files: one after the other with one bar; each becomes a row.
  document.addEventListener("change", function (event) {
    var input = event.target;
    if (!input.matches("input[type=file][data-many]")) { return; }
    var files = Array.from(input.files), limit = Number(input.dataset.limit);
    var box = input.closest(".g-upload"), said = box.querySelector("[data-said]"), bar = box.querySelector("progress");
    if (!files.length || files.some(function (file) { return file.size > limit; })) { return; }
    var form = input.form, token = form.querySelector("[name=csrfmiddlewaretoken]"), refused = [];
    var whole = files.reduce(function (sum, file) { return sum + file.size; }, 0), done = 0;
    bar.max = whole; bar.value = 0; bar.hidden = false;
    function next(place) {
      if (place === files.length) {
        bar.hidden = true;
        input.value = "";
        said.textContent = "已上传 " + (files.length - refused.length) + " 个文件，正在读取……";
        refill(form, "", 0, { id: input.id, words: refused.join(" ") });
        return;
      }
      var content = new FormData(), request = new XMLHttpRequest();
      content.append("file", files[place]);
      said.textContent = "正在上传第 " + (place + 1) + " / " + files.length + " 个：" + files[place].name;
      request.open("POST", input.dataset.many);
      if (token) { request.setRequestHeader("X-CSRFToken", token.value); }
      request.upload.addEventListener("progress", function (step) { bar.value = done + step.loaded; });
      request.addEventListener("loadend", function () {
        var answer = {};
        try { answer = JSON.parse(request.responseText); } catch (unread) { answer = {}; }
        if (answer.id) {
          var number = document.createElement("input");
          number.type = "hidden"; number.name = input.name + "_id"; number.value = answer.id;
          form.append(number);
        } else {
          refused.push((answer.errors || ["“" + files[place].name + "”没有传上去，请再选一次。"]).join(" "));
        }
        done += files[place].size;
        next(place + 1);
      });
      request.send(content);
    }
    next(0);
  });
})();
