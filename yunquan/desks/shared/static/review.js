/* The review screen: pages and places of a document without leaving the facts. Every link works without this file. */
(function () {
  "use strict";
  var pane = document.getElementById("pane");
  if (!pane) { return; }
  var said = document.querySelector("[data-said]"), asked = 0;

  function say(text) { if (said) { said.textContent = ""; window.setTimeout(function () { said.textContent = text; }, 50); } }

  // The place that was asked for comes into view, once its picture is there.
  function showPlace() {
    var sheet = pane.querySelector(".g-sheet"), place = pane.querySelector("#place");
    if (!sheet || !place) { return; }
    var inside = sheet.getBoundingClientRect(), box = place.getBoundingClientRect();
    sheet.scrollTop += box.top - inside.top - inside.height / 3;
    sheet.scrollLeft += box.left - inside.left - inside.width / 3;
    var seen = pane.getBoundingClientRect();
    if (seen.bottom < 60 || seen.top > window.innerHeight - 60) { pane.scrollIntoView({ block: "start" }); }
  }
  function whenDrawn(done) {
    var image = pane.querySelector(".g-page img");
    if (image && !image.complete) { image.addEventListener("load", done, { once: true }); } else { done(); }
  }

  function open(link) {
    var turn = ++asked, address = link.href, held = pane.contains(document.activeElement), key = link.dataset.key;
    pane.setAttribute("aria-busy", "true");
    fetch(address, { headers: { "HX-Target": "pane" }, credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok || answer.redirected) { throw new Error(String(answer.status)); }
      return answer.text();
    }).then(function (text) {
      if (turn !== asked) { return; }
      pane.innerHTML = text;
      pane.removeAttribute("aria-busy");
      window.history.replaceState(null, "", address.replace(/#.*$/, ""));
      document.querySelectorAll(".g-read[aria-current]").forEach(function (one) { one.removeAttribute("aria-current"); });
      if (link.hasAttribute("data-place")) { link.setAttribute("aria-current", "true"); }
      // The focus stays where the hands are: on the same step, or on the page itself.
      if (held) {
        var again = key && pane.querySelector('[data-key="' + key + '"]');
        (again || pane.querySelector(".g-tabs [aria-current]") || pane.querySelector(".g-sheet") || pane).focus();
      }
      var told = pane.querySelector("[data-page-said]");
      if (told) { say(told.textContent); }
      whenDrawn(showPlace);
    }).catch(function () { if (turn === asked) { window.location.assign(address); } });
  }
  // Once a decision is sent, no page of the document that comes late may write its address over the next case's.
  document.addEventListener("submit", function (event) { if (!event.defaultPrevented) { asked += 1; } });

  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) { return; }
    var link = event.target.closest("a[data-pane], #pane .g-tabs a");
    if (!link) { return; }
    event.preventDefault();
    open(link);
  });

  // From one thing that needs a look to the next: fields that differ, whose places are shown at once, then open
  // alarms, checks that fail or want a look, and declared firms that wait to be accepted.
  var last = -1;
  function step(by) {
    var rows = Array.from(document.querySelectorAll("[data-eye]")).concat(Array.from(document.querySelectorAll("[data-look], button[name=accept]")));
    if (!rows.length) { say("没有需要核对的差异"); return; }
    var here = rows.findIndex(function (row) { return row.contains(document.activeElement); });
    if (here >= 0) { last = here; }
    last = last < 0 ? (by > 0 ? 0 : rows.length - 1) : (last + by + rows.length) % rows.length;
    var row = rows[last], folded = row.closest("details:not([open])"), link = row.querySelector("a[data-place]");
    if (folded) { folded.open = true; }
    (link || row).focus();
    row.scrollIntoView({ block: "center" });
    if (link) { open(link); }
  }
  document.addEventListener("gov-key", function (event) {
    var key = event.detail;
    if (key === "d") { step(1); } else if (key === "D") { step(-1); } else {
      // What this page doesn't offer now is said, so that no key seems dead.
      var none = { n: "已是最后一页", p: "已是第一页", f: "只有一份文件", b: "只有一份文件", s: "队列里没有下一件" }[key];
      var on = document.querySelector('[data-key="' + CSS.escape(key) + '"]:not(:disabled)');
      var off = document.querySelector('button[data-key="' + CSS.escape(key) + '"]:disabled');
      if (on) { return; }
      if (off) { say("“" + off.firstChild.textContent.trim() + "”现在不可用"); } else if (none) { say(none); }
    }
  });

  // A return or rejection begins with its reasons; pressed there again, the same key goes to the button.
  // Enter among the reasons presses the button that was chosen last, and no other.
  var chosen = null;
  document.addEventListener("gov-key", function (event) {
    var pressed = document.querySelector('.g-decide button[data-key="' + CSS.escape(event.detail) + '"]:not(:disabled)');
    if (!pressed) { return; }
    var why = document.querySelector("[data-why]");
    chosen = pressed.hasAttribute("data-states") ? pressed : null;
    if (!why || !chosen || why.contains(document.activeElement)) { return; }
    event.preventDefault();
    why.open = true;
    why.querySelectorAll("details").forEach(function (part) { part.open = true; });
    why.querySelector("input[type=checkbox], textarea").focus();
    say("请勾选理由，再按回车" + chosen.firstChild.textContent.trim());
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented || !chosen) { return; }
    if (event.target.tagName !== "INPUT" || event.target.form !== chosen.form) { return; }
    event.preventDefault();
    if (!event.repeat) { chosen.form.requestSubmit(chosen); }
  });
  whenDrawn(showPlace);
})();
