/* Small comforts. Every page reads and submits without this file. */
(function () {
  "use strict";
  var page = document.documentElement;

  // 长辈版: the link works alone; here it switches without leaving the page.
  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-size-switch]");
    if (!link) { return; }
    event.preventDefault();
    var large = page.getAttribute("data-size") !== "large";
    page.setAttribute("data-size", large ? "large" : "normal");
    document.cookie = "size=" + (large ? "large" : "normal") + ";path=/;max-age=31536000;samesite=lax";
    link.textContent = large ? link.dataset.normal : link.dataset.large;
    link.href = link.href.replace(/to=(large|normal)/, "to=" + (large ? "normal" : "large"));
  });

  // A second click on the same button must not send the form twice.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || event.defaultPrevented) { return; }
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
    form.querySelectorAll("[data-sending]").forEach(function (place) { place.hidden = false; });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent; form.removeAttribute("aria-busy");
    });
  });

  // An open menu closes with Escape or a click beside it.
  function closeMenus(except) {
    document.querySelectorAll("details.g-menu[open]").forEach(function (menu) { if (menu !== except) { menu.open = false; } });
  }
  document.addEventListener("click", function (event) { closeMenus(event.target.closest("details.g-menu")); });
  // Single keys move the focus or follow a step. They sleep while one types, and whoever wishes turns them off.
  function keysOff() { return /(?:^|;\s*)keys=off(?:;|$)/.test(document.cookie); }
  function types(node) {
    return /^(TEXTAREA|SELECT)$/.test(node.tagName) || node.isContentEditable ||
      (node.tagName === "INPUT" && !/^(checkbox|radio|button|submit|file)$/.test(node.type));
  }
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { closeMenus(null); return; }
    if (types(event.target) || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || keysOff()) { return; }
    if (event.key.length !== 1) { return; }
    // Decision buttons carry their key: <button data-key="r">. It moves the focus; Enter decides. Steps go at once.
    var key = event.key.toLowerCase(), found = event.shiftKey ? null : document.querySelector('[data-key="' + CSS.escape(key) + '"]:not(:disabled)');
    if (!found && key === "o" && !event.shiftKey) { found = document.querySelector("main tbody a[href]"); }
    // A page may have its own answer to a key: it listens for gov-key and prevents what follows.
    var own = !document.dispatchEvent(new CustomEvent("gov-key", { detail: event.shiftKey ? event.key.toUpperCase() : key, cancelable: true }));
    if (own || !found) { return; }
    if (found.matches("[data-pane], [data-go], [data-enlarge]")) { found.click(); } else { found.focus(); }
  });
  function shownKeys() {
    document.querySelectorAll("[data-keys-switch]").forEach(function (button) {
      button.hidden = false;
      button.textContent = keysOff() ? "打开单键操作" : "关闭单键操作";
      button.parentNode.classList.toggle("is-off", keysOff());
    });
  }
  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-keys-switch]")) { return; }
    document.cookie = "keys=" + (keysOff() ? "on" : "off") + ";path=/;max-age=31536000;samesite=lax";
    shownKeys();
  });

  // Money is read back in 万元 while it is typed.
  function wan(input) {
    var place = input.parentNode.querySelector("[data-wan]");
    if (!place) { return; }
    var yuan = Number(input.value.replace(/[,，\s]/g, ""));
    place.textContent = yuan >= 10000 ? "= " + (yuan / 10000).toLocaleString("zh-CN", { maximumFractionDigits: 6 }) + " 万元" : "";
  }
  document.addEventListener("input", function (event) { if (event.target.matches("[data-money]")) { wan(event.target); } });

  // A file that is too large or of another kind is refused before it is sent; the server checks again.
  document.addEventListener("change", function (event) {
    var input = event.target;
    if (!input.matches("input[type=file][data-limit]")) { return; }
    var limit = Number(input.dataset.limit), said = input.closest(".g-upload").querySelector("[data-said]");
    var large = Array.from(input.files).filter(function (file) { return file.size > limit; });
    said.textContent = large.length
      ? "“" + large[0].name + "”超过 " + Math.floor(limit / 1048576) + " MB，请压缩或分开上传。"
      : Array.from(input.files).map(function (file) { return file.name + "（" + (file.size / 1048576).toFixed(2) + " MB）"; }).join("；");
    said.classList.toggle("g-error", large.length > 0);
    if (large.length) { input.value = ""; return; }
    if (input.dataset.upload && input.files.length === 1) { sendAhead(input, said); }
  });

  // The file goes ahead with a progress bar; the form then carries its number, so nothing is sent twice or lost.
  function sendAhead(input, said) {
    var form = input.form, box = input.closest(".g-upload"), bar = box.querySelector("progress");
    var token = form && form.querySelector("[name=csrfmiddlewaretoken]");
    var content = new FormData(), request = new XMLHttpRequest();
    content.append("file", input.files[0]);
    request.open("POST", input.dataset.upload);
    if (token) { request.setRequestHeader("X-CSRFToken", token.value); }
    request.upload.addEventListener("progress", function (event) {
      if (event.lengthComputable) { bar.hidden = false; bar.max = event.total; bar.value = event.loaded; }
    });
    request.addEventListener("loadend", function () {
      var answer = {};
      try { answer = JSON.parse(request.responseText); } catch (unread) { answer = {}; }
      bar.hidden = true;
      said.classList.toggle("g-error", !answer.id && Boolean(answer.errors));
      if (answer.id) {
        box.querySelector("[data-taken-id]").value = answer.id;
        box.querySelector("[data-taken-name]").value = answer.name;
        said.textContent = "已上传：" + answer.name + "，摘要 " + String(answer.sha256 || "").slice(0, 12) + "…";
        input.value = "";
        input.dispatchEvent(new CustomEvent("file-taken", { bubbles: true, detail: answer }));
      } else if (answer.errors) {
        said.textContent = answer.errors.join(" ");
        input.value = "";
      } // Otherwise the file simply goes with the form.
    });
    request.send(content);
  }
  // After a partial arrives, the summary of errors gets the focus so that it is read out.
  function focusSummary() { var box = document.querySelector(".g-summary"); if (box) { box.focus(); } }
  document.addEventListener("htmx:afterSettle", focusSummary);

  document.addEventListener("click", function (event) {
    var larger = event.target.closest("[data-enlarge]");
    if (larger) { larger.closest(".g-document").classList.toggle("is-large"); }
  });

  // Pictures: the option lies in a JSON block beside the box, the same numbers stand in a table below.
  function draw(box) {
    if (!window.echarts || box.dataset.drawn) { return; }
    box.dataset.drawn = "yes";
    var option = JSON.parse(document.getElementById(box.dataset.option).textContent);
    option.tooltip = Object.assign({ renderMode: "richText" }, option.tooltip);
    option.animation = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    var chart = window.echarts.init(box, null, { renderer: "canvas" });
    chart.setOption(option);
    window.addEventListener("resize", function () { chart.resize(); });
  }
  // A day that no calendar has (2019-13-45) stays as typed; the picker alone would move it to another day.
  function day(text) {
    var parts = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
    var found = parts && new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
    return found && found.getMonth() === Number(parts[2]) - 1 ? found : undefined;
  }

  function start(root) {
    root.querySelectorAll("[data-option]").forEach(draw);
    root.querySelectorAll("[data-money]").forEach(wan);
    if (window.flatpickr) {
      root.querySelectorAll("input[data-date]").forEach(function (input) {
        // The picker empties what it can't read; what was typed must stay, the server says what is wrong.
        var typed = input.value;
        input.addEventListener("input", function () { typed = input.value; });
        input.addEventListener("blur", function () {
          input.value = input.value.trim().replace(/^(\d{4})[年/.](\d{1,2})[月/.](\d{1,2})日?$/, "$1-$2-$3");
        });
        function restore(dates) { if (!dates.length && typed) { input.value = typed; } }
        var calendar = window.flatpickr(input, {
          locale: "zh", dateFormat: "Y-m-d", allowInput: true, disableMobile: true,
          errorHandler: function () {}, onChange: restore, onClose: restore, parseDate: day
        });
        // Where one types, the picker itself leaves Escape alone and goes on covering what lies below.
        input.addEventListener("keydown", function (event) { if (event.key === "Escape") { calendar.close(); } });
      });
    }
  }
  // On a phone the tab of this page may lie beyond the edge.
  function showTab() {
    document.querySelectorAll(".g-nav [aria-current], .g-tabs [aria-current]").forEach(function (tab) {
      var row = tab.closest("ul") || tab.parentNode;
      var seen = tab.offsetLeft + tab.offsetWidth <= row.clientWidth;
      row.scrollLeft = seen ? 0 : tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
    });
  }
  document.addEventListener("DOMContentLoaded", function () { start(document); focusSummary(); showTab(); shownKeys(); });
  document.addEventListener("htmx:load", function (event) { start(event.target); });
})();
