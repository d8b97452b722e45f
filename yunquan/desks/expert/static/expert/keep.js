/* Keeps the pages of a visit on the device, so that they open where there is no network. */
(function () {
  "use strict";
  if (!("serviceWorker" in navigator)) { return; }
  var list = document.getElementById("keep"), visit = document.getElementById("visit");
  var from = list || visit;
  if (!from) { return; }
  // Asked once, a browser does not clear away what waits here when its space runs short.
  if (navigator.storage && navigator.storage.persist) { navigator.storage.persist().catch(function () { /* It may refuse. */ }); }
  var pages = list ? (list.dataset.keep || "").split(" ").filter(Boolean) : [];
  pages.push(window.location.pathname);
  var parts = Array.from(document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src]")).map(function (one) {
    return one.href || one.src;
  });
  ["inspections/visit.css", "inspections/signature.js", "expert/keep.js", "expert/store.js", "expert/sheet.js", "expert/drafts.js", "expert/waiting.js", "expert/visit.js"].forEach(function (name) { parts.push("/static/" + name); });
  navigator.serviceWorker.register("/expert/visits/sw.js", { scope: "/expert/visits/" }).then(function () {
    return navigator.serviceWorker.ready;
  }).then(function (ready) {
    var channel = new MessageChannel(), said = document.querySelector("[data-kept]");
    channel.port1.onmessage = function (event) {
      document.documentElement.dataset.kept = String(event.data.kept);
      if (said && list.dataset.keep) { said.textContent = "已存在本机，没有网络也能打开：" + event.data.pages + " 次抽查"; }
    };
    ready.active.postMessage({ person: from.dataset.person, pages: pages, parts: parts }, [channel.port2]);
  }).catch(function () { /* Without a worker the page works as a plain form. */ });
}());
