/* A signature drawn with a finger, a pen or a mouse: kept as points, sent as numbers. Without it a typed name signs. */
(function () {
  "use strict";
  document.querySelectorAll("[data-pad]").forEach(function (pad) {
    var canvas = pad.querySelector("canvas"), form = pad.closest("form"), strokes = [], now = null;
    var hidden = form.querySelector("[name=strokes]"), pen = canvas.getContext("2d");
    if (!pen) { return; }
    pad.hidden = false;
    pen.lineWidth = 4; pen.lineCap = pen.lineJoin = "round"; pen.strokeStyle = "#111";

    function at(event) {
      var box = canvas.getBoundingClientRect();
      var x = Math.round((event.clientX - box.left) / box.width * canvas.width), y = Math.round((event.clientY - box.top) / box.height * canvas.height);
      return [Math.min(Math.max(x, 0), canvas.width), Math.min(Math.max(y, 0), canvas.height)];
    }
    function keep() { hidden.value = JSON.stringify(strokes); }
    canvas.addEventListener("pointerdown", function (event) {
      if (strokes.length >= 80) { return; }
      canvas.setPointerCapture(event.pointerId);
      now = at(event);
      strokes.push(now);
      pen.beginPath(); pen.moveTo(now[0], now[1]); pen.lineTo(now[0], now[1]); pen.stroke();
      keep(); event.preventDefault();
    });
    canvas.addEventListener("pointermove", function (event) {
      if (!now || now.length > 1000) { return; }
      var point = at(event), last = now.length - 2;
      if (Math.abs(point[0] - now[last]) + Math.abs(point[1] - now[last + 1]) < 3) { return; }
      pen.beginPath(); pen.moveTo(now[last], now[last + 1]); pen.lineTo(point[0], point[1]); pen.stroke();
      now.push(point[0], point[1]);
    });
    ["pointerup", "pointercancel"].forEach(function (name) { canvas.addEventListener(name, function () { now = null; keep(); }); });
    function wipe() { strokes = []; now = null; keep(); pen.clearRect(0, 0, canvas.width, canvas.height); }
    pad.querySelector("[data-wipe]").addEventListener("click", wipe);
    form.addEventListener("reset", wipe);
  });
}());
