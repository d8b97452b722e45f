/* What still lacks in a check sheet before it is closed, judged on the device as the platform judges it. */
window.visitSheet = (function () {
  "use strict";
  function text(place, selector) { var found = place.querySelector(selector); return found ? found.textContent.trim() : ""; }
  function missing(category) {
    var basic = Array.from(category.querySelectorAll("[data-basic] input[type=checkbox]"));
    var more = category.querySelectorAll("[data-extended] input[type=checkbox]:checked").length;
    return basic.some(function (one) { return !one.checked; }) || more < Number(category.dataset.least);
  }

  // One row: its answer, the functions of an answer that they are there, the words of any other answer.
  function ofRow(row) {
    var choice = row.querySelector(".v-choice"), chosen = choice.querySelector("input:checked"), remark = row.querySelector("textarea");
    if (!chosen) { return [{ field: choice.id, text: "还没有作答" }]; }
    if (chosen.value !== "met") {
      if (remark.value.trim()) { return []; }
      return [{ field: remark.name, text: "选了“" + text(chosen.closest("label"), "span") + "”，请写明看到的情况和理由" }];
    }
    return Array.from(row.querySelectorAll("[data-service]")).filter(function (service) {
      return Array.from(service.querySelectorAll("[data-category]")).every(missing);
    }).map(function (service) {
      return { field: choice.id, text: "选了“符合”，但“" + service.dataset.service + "”的功能没有勾齐：请补勾看到的功能，或改为不符合" };
    });
  }

  function ofConclusion(row, rows) {
    var choice = row.querySelector(".v-choice"), chosen = choice.querySelector("input:checked");
    if (!chosen) { return [{ field: choice.id, text: "还没有作答" }]; }
    var said = rows.map(function (one) { var on = one.querySelector(".v-choice input:checked"); return on ? on.value : ""; });
    var unmet = said.indexOf("unmet") >= 0, doubt = said.indexOf("doubt") >= 0;
    if (row.dataset.qualified.split(" ").indexOf(chosen.value) >= 0) {
      return unmet ? [{ field: choice.id, text: "有项目不符合，整体结论不能是“" + text(chosen.closest("label"), "span") + "”" }] : [];
    }
    var faults = [], grounds = row.querySelector('[data-grounds="' + chosen.value + '"]'), stem = choice.id.replace(/outcome$/, "g." + chosen.value + ".0");
    if (!unmet && !doubt) { faults.push({ field: choice.id, text: "各项都没有不符合，请写明不符合的项目，或改选合格的结论" }); }
    if (!grounds || !grounds.querySelector("input:checked")) { faults.push({ field: stem, text: "请至少勾选一种情形" }); }
    return faults;
  }

  function faults(form) {
    var rows = Array.from(form.querySelectorAll("[data-row]")), last = rows.filter(function (row) { return row.hasAttribute("data-qualified"); });
    rows = rows.filter(function (row) { return last.indexOf(row) < 0; });
    return rows.reduce(function (found, row) { return found.concat(ofRow(row)); }, []).concat(last.reduce(function (found, row) { return found.concat(ofConclusion(row, rows)); }, []));
  }
  return { faults: faults };
}());
