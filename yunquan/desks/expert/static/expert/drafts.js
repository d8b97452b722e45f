/* Half-written words of the steps beside the sheets: kept on the device until the step is taken. */
(function () {
  "use strict";
  var root = document.getElementById("visit");
  if (!root || !root.dataset.open) { return; }
  var place = "visit-draft:" + root.dataset.pk + ":" + root.dataset.person;
  function read() { try { return JSON.parse(window.localStorage.getItem(place)) || {}; } catch (bad) { return {}; } }
  function write(drafts) { try { window.localStorage.setItem(place, JSON.stringify(drafts)); } catch (full) { /* It stands in the page. */ } }
  function nameOf(form) { return form.dataset.op + ":" + (form.elements.party && form.elements.party.type === "hidden" ? form.elements.party.value : ""); }
  function words(form) { return Array.from(form.elements).filter(function (one) { return one.tagName === "TEXTAREA" || one.type === "text"; }); }

  root.querySelectorAll("form[data-op]").forEach(function (form) {
    var kept = read()[nameOf(form)] || {};
    words(form).forEach(function (one) {
      if (kept[one.name] && !one.value) {
        one.value = kept[one.name];
        var fold = one.closest("details");
        if (fold) { fold.open = true; }
      }
    });
    form.addEventListener("input", function () {
      var drafts = read(), said = {};
      words(form).forEach(function (one) { if (one.value) { said[one.name] = one.value; } });
      drafts[nameOf(form)] = said;
      write(drafts);
    });
    form.addEventListener("reset", function () { var drafts = read(); delete drafts[nameOf(form)]; write(drafts); });
  });
}());
