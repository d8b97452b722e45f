/* Answers with what is kept on the device where there is no network; what there is comes first. */
"use strict";
var STEM = "visits:", PATIENCE = 6000;

self.addEventListener("install", function () { self.skipWaiting(); });
self.addEventListener("activate", function (event) { event.waitUntil(self.clients.claim()); });

// One person's pages only: another who logs in on this device does not find them.
self.addEventListener("message", function (event) {
  var told = event.data || {}, name = STEM + told.person, port = event.ports[0];
  if (!told.person) { return; }
  event.waitUntil(caches.keys().then(function (names) {
    return Promise.all(names.filter(function (one) { return one.indexOf(STEM) === 0 && one !== name; }).map(function (one) {
      return caches.delete(one);
    }));
  }).then(function () { return caches.open(name); }).then(function (cache) {
    var pages = 0;
    return Promise.all((told.pages || []).concat(told.parts || []).map(function (url) {
      return fetch(url, { credentials: "same-origin" }).then(function (answer) {
        if (!answer.ok || answer.redirected) { return false; }
        if ((told.pages || []).indexOf(url) >= 0 && /\/\d+\/$/.test(url)) { pages += 1; }
        return cache.put(url, answer).then(function () { return true; });
      }).catch(function () { return false; });
    })).then(function (done) { if (port) { port.postMessage({ kept: done.every(Boolean), pages: pages }); } });
  }));
});

function kept(request) { return caches.match(request, { ignoreSearch: true, ignoreVary: true }); }

function keepToo(request, answer) {
  if (!answer.ok || answer.redirected || answer.type !== "basic") { return; }
  var copy = answer.clone();
  caches.keys().then(function (names) {
    var name = names.filter(function (one) { return one.indexOf(STEM) === 0; })[0];
    if (name) { return caches.open(name).then(function (cache) { return cache.put(request, copy); }); }
  }).catch(function () { /* A full device keeps what it had. */ });
}

self.addEventListener("fetch", function (event) {
  var request = event.request, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) { return; }
  var page = request.mode === "navigate" && /^\/expert\/visits\/(\d+\/)?$/.test(url.pathname);
  var part = url.pathname.indexOf("/static/") === 0 || /\/photos\/\d+\.png$/.test(url.pathname);
  if (!page && !part) { return; }
  event.respondWith(new Promise(function (resolve, reject) {
    var done = false;
    function fallBack(why) {
      kept(url.pathname).then(function (found) {
        if (done) { return; }
        if (found) { done = true; resolve(found); } else if (why) { done = true; reject(why); }
      });
    }
    var timer = setTimeout(function () { fallBack(null); }, PATIENCE);
    fetch(request).then(function (answer) {
      clearTimeout(timer);
      if (answer.status >= 500) { fallBack(new Error("server")); setTimeout(function () { if (!done) { done = true; resolve(answer); } }, 500); return; }
      keepToo(url.pathname, answer);
      if (!done) { done = true; resolve(answer); }
    }).catch(function (why) { clearTimeout(timer); fallBack(why); });
  }));
});
