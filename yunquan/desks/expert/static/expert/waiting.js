/* On the list of visits: what this device still has of each, also of a visit that can't be opened any more. */
(function () {
  "use strict";
  var list = document.getElementById("keep"), place = document.querySelector("[data-unsent]"), store = window.visitStore;
  if (!list || !place || !store || !window.indexedDB) { return; }
  store.takeLate().then(store.all).then(function (ops) {
    var visits = {}, others = 0;
    ops.filter(function (op) { return op.state !== "done"; }).forEach(function (op) {
      if (op.person !== list.dataset.person) { others += 1; return; }
      (visits[op.visit] = visits[op.visit] || []).push(op);
    });
    Object.keys(visits).forEach(function (pk) {
      var fold = document.createElement("details"), head = document.createElement("summary"), items = document.createElement("ul"), link = document.createElement("a");
      fold.className = "g-card g-fold";
      head.textContent = "抽查 " + pk + "：本机还有 " + visits[pk].length + " 条没有送到平台";
      link.href = "/expert/visits/" + pk + "/"; link.textContent = "打开这次抽查，联网后自动同步；打不开的，请把下面的内容告诉组织单位";
      visits[pk].forEach(function (op) {
        var item = document.createElement("li");
        item.textContent = op.at.slice(0, 16).replace("T", " ") + " " + (op.said || "") + " " + (op.kind === "entry" ? op.row + "：" + (op.value === true ? "勾选" : op.value === false ? "取消勾选" : op.value) : (op.dispute || op.reason || op.name || ""));
        items.append(item);
      });
      fold.append(head, link, items);
      place.append(fold);
    });
    if (others) { place.append("本机还有另一个账号的 " + others + " 条内容没有同步，请用那个账号登录。"); }
  }).catch(function () { /* A device without a base keeps nothing. */ });
}());
