// Hash the chosen file in this browser and say whether it is the list that was published.
(function () {
  "use strict";
  var box = document.querySelector("[data-proof]");
  if (!box || !window.crypto || !window.crypto.subtle) { return; }
  box.hidden = false;
  var said = box.querySelector("[data-proof-said]");
  box.querySelector("input[type=file]").addEventListener("change", function (event) {
    var file = event.target.files[0];
    if (!file) { return; }
    said.textContent = "正在计算…";
    file.arrayBuffer().then(function (bytes) { return crypto.subtle.digest("SHA-256", bytes); }).then(function (hash) {
      var hex = Array.from(new Uint8Array(hash)).map(function (one) { return one.toString(16).padStart(2, "0"); }).join("");
      said.textContent = hex === box.dataset.proof
        ? "✓ 一致：这个文件就是公示的清单。"
        : "✗ 不一致：这个文件的摘要是 " + hex + "。请确认下载的是原文且没有另存过。";
    }, function () { said.textContent = "这个文件读不出来，请重新下载后再试。"; });
  });
})();
